"""GX's expectations about patterns: the scan gives GX's own answer on pandas, and LIKE is the SQL standard's."""

from __future__ import annotations

import datetime
import re
import warnings
from decimal import Decimal

import duckdb
import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from great_expectations import ExpectationSuite
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, assert_equal, examples, our_answer, tables
from vlekkeloos.errors import BadInput
from vlekkeloos.scan import SCAN, judge
from vlekkeloos.scan.frame import frame

pytestmark = [
    pytest.mark.filterwarnings("ignore:This pattern is interpreted"),  # pandas minds groups
    pytest.mark.filterwarnings("ignore:Possible nested set"),
]
#: What DuckDB judges, of values that are ASCII and have no newline at least.
IN_SQL = [
    # Dutch registries: postcode, bsn, BAG identificatie, dates, kenteken, huisnummer, e-mail, telephone, money, IBAN
    r"^[1-9][0-9]{3} ?[A-Z]{2}$", r"^[1-9]\d{3}\s?[A-Z]{2}$", r"\A\d{9}\Z", r"^\d{16}$", r"^(\d{2}-){2}\d{4}$",
    r"^\d{4}-\d{2}-\d{2}$", r"^\d{4}-(0[1-9]|1[0-2])-(?:[0-2]\d|3[01])$", r"^[A-Z]{2}-\d{2}-\d{2}$",
    r"^\d+\s*[a-zA-Z]?$", r"^[\w.+-]+@[\w-]+\.[a-z]{2,}$", r"^\+?[\d -]{1,15}$", r"^-?\d+(?:[.,]\d+)?$",
    r"^NL\d{2}[A-Z]{4}\d{10}$",
    # anchors, alternation, classes, repeats, groups
    "a", "^a", "a$", "^a$", "^$", "", "$", r"\Aa", r"a\Z", "a|b", "^(a|b|)$", "(?:a|b)+$", "[abc]", "[^abc]",
    "[a-c]$", "[a^-]", "a*b", "a+?$", "a{2}", "^.{1,3}$", ".", "^.$", "a.b", r"\.", r"\$", r"\d", r"\D", r"\w", r"\W",
    r"\s", r"\S$", r"\b", r"\ba\b", r"^\w+$", r"^[\w\s]*$", r"^\S+\s\S+$", r"[\d\s]", r"[^\s]", r"(?P<x>\d)", r"\t",
    r"\x41", r"^[\x20-\x7e]*$",
    # flags of the whole; letters that aren't ASCII; what RE2 alone reads
    "(?i)a", "(?i)^[a-z]+$", "(?s)a.b", "(?m)^b", r"(?m)a$", r"(?is)^A.*B$", "é", "^[à-ü]$", "(?i)É", "(?i)ß",
    "(?i)k", "[^a-z]", r"\p{L}", r"^\p{Lu}", r"[[:alpha:]]", r"\x{e9}", "(?U)a+",
]  # fmt: skip
#: What Python judges, of every value.
BY_PYTHON = [
    r"(?=.*\d)a", "^(?!a)", r"(?<=a)b", r"(?<!a)b", r"(a)\1", r"(?P<x>.)(?P=x)", r"\u00e9",
    r"a\N{LATIN SMALL LETTER B}", r"[^\S]", r"\s(?i:a)", r"[[:alpha:]]\s", r"\s{,2}a", r"\B\s",
]  # fmt: skip
#: What pandas leaves to RE2 or to Python by the values of the whole column, which then may answer differently.
IN_DOUBT = [r"\B", r"[[:alpha:]]$", r"\d{,2}$", "(?i)\u0131$", r"a++$", r"(?x) a $", r"\012$", r"(?>a)$", r"{$"]
PARTS = [
    "a", "b", "A", "1", " ", "\n", "é", ".", "^", "$", r"\d", r"\w", r"\W", r"\s", r"\S", r"\b", r"\B", r"\.",
    "[a-b]", "[^a]", r"[\w-]", r"[\s\d]", "(a|b)", "(?:a)",
]  # fmt: skip
#: Letters, digits and spaces of other scripts; what Python counts as a space; ends of lines.
ODD = st.text(st.sampled_from("aabAB19 -.@\t\n\r\x0b\x1c\x85\xa0éß\u017f\u212aİ\u0131\u0301٣๓²Ⅷ日🏠_$"), max_size=8)
PLAIN = st.text(st.sampled_from("aabbABkK129 -.@_$"), max_size=8)


def texts(values: list[str | None]) -> pa.Table:
    return pa.table({ROW: pa.array(range(1, len(values) + 1), pa.int64()), "a": pa.array(values, pa.string())})


@st.composite
def columns(draw: st.DrawFn, *regexes: str) -> pa.Table:
    """A column of plain values, or also odd ones, and some that the regexes fit."""
    matching = [st.from_regex(regex) for regex in regexes if _python_reads(regex)]
    wild = draw(st.booleans())
    values = st.one_of(PLAIN, ODD if wild else PLAIN, *(matching if wild else [])).filter(_arrow_holds)
    return texts(draw(st.lists(st.one_of(st.none(), values), max_size=12)))


def _arrow_holds(text: str) -> bool:
    return not any(0xD800 <= ord(character) < 0xE000 for character in text)


def _python_reads(regex: str) -> bool:
    try:
        re.compile(regex)
    except re.error:
        return False
    return not regex.startswith(("(?U)", "[[:"))


PLAINLY = [
    "",
    "a",
    "b",
    "ab",
    "aa",
    "A",
    "k",
    "a b",
    "1",
    "12",
    "1234 AB",
    "1234AB",
    "2024-02-30",
    "a@b.nl",
    " ",
    "_",
    "\t",
]


@pytest.mark.parametrize(
    "more",
    [[], ["é", "É", "٣", "a\xa0b", "\u212a", "\u017f", "²"], ["a\n", "a\nb", "\n"], ["\x0b", "\x1c"], ["𮯰", "日\n"]],
)
def test_every_regex(more: list[str]) -> None:
    """Against the expression that GX has pandas evaluate, for GX itself takes its time."""
    regexes = IN_SQL + BY_PYTHON
    suite = ExpectationSuite(
        name="every", expectations=[gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex) for regex in regexes]
    )
    table = texts([*PLAINLY, *more, None])
    column = frame(table, ROW)["a"].dropna()
    with duckdb.connect() as query:
        query.register("raw", table)
        judged = judge(suite, query, "raw", table.schema)
        assert {result.meta["evaluated_by"] for result in judged.result.results} == {SCAN}
        failing = set(query.execute(f"SELECT number, row FROM {judged.failures}").fetchall())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            (number, row)
            for number, regex in enumerate(regexes)
            for row in column.index[~column.astype(str).str.contains(regex)]
        }
    assert {(regexes[number], table["a"][row - 1].as_py()) for number, row in failing ^ expected} == set()


@examples
@given(st.data())
def test_match_regex(data: st.DataObject) -> None:
    regex = data.draw(st.sampled_from(IN_SQL + BY_PYTHON))
    mostly = data.draw(st.sampled_from([1, 0.5]))
    assert_equal(
        gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex, mostly=mostly), data.draw(columns(regex))
    )


@examples
@given(st.data())
def test_not_match_regex(data: st.DataObject) -> None:
    regex = data.draw(st.sampled_from(IN_SQL + BY_PYTHON))
    assert_equal(gxe.ExpectColumnValuesToNotMatchRegex(column="a", regex=regex), data.draw(columns(regex)))


@examples
@given(st.data())
def test_lists_of_regexes(data: st.DataObject) -> None:
    regexes = data.draw(st.lists(st.sampled_from(IN_SQL + BY_PYTHON), min_size=1, max_size=3))
    table = data.draw(columns(*regexes))
    words = {"column": "a", "regex_list": regexes}
    expectation = data.draw(
        st.sampled_from(
            [
                gxe.ExpectColumnValuesToMatchRegexList(**words),
                gxe.ExpectColumnValuesToMatchRegexList(**words, match_on="any"),
                gxe.ExpectColumnValuesToMatchRegexList(**words, match_on="all"),
                gxe.ExpectColumnValuesToNotMatchRegexList(**words),
            ]
        )
    )
    assert_equal(expectation, table)


@examples
@given(st.data())
def test_composed_regexes(data: st.DataObject) -> None:
    """Whatever can be written of parts that RE2 and Python read alike, and of some that they don't."""
    part = st.sampled_from(PARTS)
    piece = st.tuples(part, st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "*?", "|"])).map("".join)
    regex = data.draw(st.sampled_from(["", "", "(?i)", "(?m)", "(?s)"])) + "".join(
        data.draw(st.lists(piece, max_size=4))
    )
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), data.draw(columns()), translated=None)


@examples
@given(st.data())
def test_regex_of_what_is_not_text(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(set(KINDS) - {"text", "moment"})))
    regex = data.draw(
        st.sampled_from([r"^-?\d+$", "0", r"\.", r"(\d)\1", r"^\S+$", r"-\d\d$", "e", r"(?<=1)\d|u", r"E-|e\+"])
    )
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), data.draw(tables(kind)))


def test_tiny_and_wide_numbers_are_written_as_python_writes_them() -> None:
    numbers = pa.array([1, 2], pa.int64())
    tiny = pa.table({ROW: numbers, "a": pa.array([Decimal("0.00000001"), Decimal(0)], pa.decimal128(12, 8))})
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=r"^\dE-8$"), tiny)
    small = pa.table({ROW: numbers, "a": pa.array([0.1, 16777216.0], pa.float32())})
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=r"^0\.1$"), small)


def test_regex_of_moments_is_asked_of_gx() -> None:
    """How pandas writes one depends on all: with the time only if some moment has one."""
    for moment in (datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, 12)):
        values = pa.array([datetime.datetime(2024, 1, 2), moment], pa.timestamp("us"))
        table = pa.table({ROW: pa.array([1, 2], pa.int64()), "a": values})
        assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex="00:00$"), table, translated=False)


@pytest.mark.parametrize("regex", IN_DOUBT)
def test_a_regex_in_doubt_is_asked_of_gx(regex: str) -> None:
    for values in (["", "a", "1", "\u0131", "i", "\n"], ["", "a", "a1", "i", ":]"], ["é\n", ""]):
        assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), texts(values), translated=False)


@pytest.mark.parametrize(
    "regex", ["(", "a{2000}", r"\p{None}", "(?<=a*)b", "[z-a]", r"\N{NO SUCH LETTER}", "*", r"(\2)", "\\"]
)
def test_a_regex_that_can_not_be_compiled_is_bad_input(regex: str) -> None:
    for expectation in (
        gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex),
        gxe.ExpectColumnValuesToNotMatchRegexList(column="a", regex_list=["a", regex]),
    ):
        with pytest.raises(BadInput, match="could not be evaluated"):
            our_answer(expectation, texts(["a", None]))
        with pytest.raises(BadInput):
            our_answer(expectation, texts(["é\n", None]))


def test_a_regex_with_a_nul_is_asked_of_gx() -> None:
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex="a\0"), texts(["a\0b", "ab"]), translated=False)


LIKES = st.text(st.sampled_from("ab%_!é\n\\."), max_size=5)


def like(pattern: str, escape: str | None) -> re.Pattern[str]:
    """The pattern as a regular expression, by the SQL standard: the reference, for GX has none on pandas."""
    made, characters = "", iter(pattern)
    for character in characters:
        if character == escape:
            made += re.escape(next(characters))
        else:
            made += {"%": ".*", "_": "."}.get(character, re.escape(character))
    return re.compile(made, re.DOTALL)


def _whole(pattern: str, escape: str | None) -> bool:
    """Does no pattern end in the middle of an escape?"""
    return escape is None or len(re.findall(re.escape(escape) + "*$", pattern)[0]) % 2 == 0


@examples
@given(st.data())
def test_like(data: st.DataObject) -> None:
    values = st.text(st.sampled_from("abéAB%_!\n\\.🏠"), max_size=5)
    table = texts(data.draw(st.lists(st.one_of(st.none(), values), max_size=8)))
    escape = data.draw(st.sampled_from([None, "!", "\\"]))
    patterns = data.draw(st.lists(LIKES.filter(lambda one: _whole(one, escape)), min_size=1, max_size=3))
    several = {"column": "a", "like_pattern_list": patterns, "escape": escape}
    one = {"column": "a", "like_pattern": patterns[0], "escape": escape}
    expectation, meets = data.draw(
        st.sampled_from(
            [
                (gxe.ExpectColumnValuesToMatchLikePattern(**one), lambda met: met[0]),
                (gxe.ExpectColumnValuesToNotMatchLikePattern(**one), lambda met: not met[0]),
                (gxe.ExpectColumnValuesToMatchLikePatternList(**several), any),
                (gxe.ExpectColumnValuesToMatchLikePatternList(**several, match_on="all"), all),
                (gxe.ExpectColumnValuesToNotMatchLikePatternList(**several), lambda met: not any(met)),
            ]
        )
    )
    broken = [
        (row, text)
        for row, text in enumerate(table["a"].to_pylist(), 1)
        if text is not None and not meets([like(one, escape).fullmatch(text) is not None for one in patterns])
    ]
    result, rows = our_answer(expectation, table)
    assert result.meta["evaluated_by"] == SCAN
    assert result.success is (not broken)
    assert list(zip(rows, result.result["unexpected_list"], strict=True)) == broken


def test_like_of_what_is_not_text_is_bad_input_as_all_like_is_to_gx_on_pandas() -> None:
    table = pa.table({ROW: pa.array([1], pa.int64()), "a": pa.array([datetime.date(2024, 1, 1)])})
    with pytest.raises(BadInput, match="could not be evaluated"):
        our_answer(gxe.ExpectColumnValuesToMatchLikePattern(column="a", like_pattern="2024%"), table)
    with pytest.raises(BadInput, match="could not be evaluated"):  # it ends in the escape
        our_answer(gxe.ExpectColumnValuesToMatchLikePattern(column="a", like_pattern="a!", escape="!"), texts(["a"]))


def test_the_plain_case_is_pure_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python function is made for a regex that pandas has RE2 find whatever the values are."""
    from vlekkeloos.scan.plan import Scan

    def refuse(*_: object) -> str:
        raise AssertionError("a function in Python")

    monkeypatch.setattr(Scan, "function", refuse)
    for regex in ("^[A-Z]", "a|b", "(?i)x", "^[1-9][0-9]{3}"):
        ours, _ = our_answer(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), texts(["a", "é\n", None]))
        assert ours.meta["evaluated_by"] == SCAN
