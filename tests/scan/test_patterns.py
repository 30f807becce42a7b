"""GX's expectations about patterns: the scan gives GX's own answer on pandas, and LIKE is the SQL standard's."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, assert_equal, examples, our_answer, tables
from vlekkeloos.errors import BadInput
from vlekkeloos.scan import GX, SCAN

#: What DuckDB judges, of values that are ASCII and have no newline at least.
IN_SQL = [
    # Dutch registries: postcode, bsn, BAG identificatie, kenteken, huisnummer, e-mail, telephone, dates, money
    r"^[1-9][0-9]{3} ?[A-Z]{2}$", r"^[1-9]\d{3}\s?(?!x)?[A-Z]{2}$"[:12] + r"\s?[A-Z]{2}$", r"\A\d{9}\Z", r"^\d{16}$",
    r"^(\d{2}-){2}\d{4}$", r"^\d{4}-\d{2}-\d{2}$", r"^\d{4}-(0[1-9]|1[0-2])-(?:[0-2]\d|3[01])$", r"^[A-Z]{2}-\d{2}-\d{2}$",
    r"^\d+\s*[a-zA-Z]?$", r"^[\w.+-]+@[\w-]+\.[a-z]{2,}$", r"^\+?[\d -]{1,15}$", r"^-?\d+(?:[.,]\d+)?$", r"^NL\d{2}[A-Z]{4}\d{10}$",
    # anchors, alternation, classes, repeats, groups
    "a", "^a", "a$", "^a$", "^$", "", "$", r"\Aa", r"a\Z", "a|b", "^(a|b|)$", "(?:a|b)+$", "[abc]", "[^abc]", "[a-c]$", "[a^-]",
    "a*b", "a+?$", "a{2}", "^.{1,3}$", ".", "^.$", "a.b", r"\.", r"\$", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S$", r"\b", r"\ba\b",
    r"^\w+$", r"^[\w\s]*$", r"^\S+\s\S+$", r"[\d\s]", r"[^\s]", r"(?P<x>\d)", r"\t", r"\x41", r"^[\x20-\x7e]*$",
    # flags of the whole; letters that aren't ASCII; what RE2 alone reads
    "(?i)a", "(?i)^[a-z]+$", "(?s)a.b", "(?m)^b", r"(?m)a$", r"(?is)^A.*B$", "é", "^[à-ü]$", "(?i)É", "(?i)ß", "(?i)k", "[^a-z]",
    r"\p{L}", r"^\p{Lu}", r"[[:alpha:]]", r"\x{e9}", "(?U)a+",
]  # fmt: skip
#: What Python judges, of every value.
BY_PYTHON = [
    r"(?=.*\d)a", "^(?!a)", r"(?<=a)b", r"(?<!a)b", r"(a)\1", r"(?P<x>.)(?P=x)", r"\u00e9", r"a\N{LATIN SMALL LETTER B}",
    r"[^\S]", r"\s(?i:a)", r"[[:alpha:]]\s", r"\s{,2}a", r"\B\s",
]  # fmt: skip
#: What pandas leaves to RE2 or to Python by the values of the whole column, which then may answer differently.
IN_DOUBT = [r"\B", r"[[:alpha:]]$", r"\d{,2}$", r"(?i)ı$", r"a++$", r"(?x) a $", r"\012$", r"(?>a)$", r"{$"]
#: Letters, digits and spaces of other scripts; what Python counts as a space; ends of lines.
ODD = st.text(st.sampled_from("aabAB19 -.@\t\n\r\x0b\x1c\x85\xa0éßſKİı\u0301٣๓²Ⅷ日🏠_$"), max_size=8)
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


@pytest.mark.parametrize("regex", [*IN_SQL, *BY_PYTHON])
def test_every_regex(regex: str) -> None:
    plain = ["", "a", "b", "ab", "aa", "A", "k", "a b", "a-b", "1", "12", "1234 AB", "1234AB", "2024-02-30", "a@b.nl", " ", "_", "\t"]
    for more in ([], ["é", "É", "٣", "a\xa0b", "K", "ſ", "²"], ["a\n", "a\nb", "\n"], ["\x0b", "\x1c"], ["𮯰", "日\n", None]):
        assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), texts([*plain, *more]))


@examples
@given(st.data())
def test_match_regex(data: st.DataObject) -> None:
    regex = data.draw(st.sampled_from(IN_SQL + BY_PYTHON))
    mostly = data.draw(st.sampled_from([1, 0.5]))
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex, mostly=mostly), data.draw(columns(regex)))


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
    for match_on in ("any", "all"):
        assert_equal(gxe.ExpectColumnValuesToMatchRegexList(column="a", regex_list=regexes, match_on=match_on), table)
    assert_equal(gxe.ExpectColumnValuesToMatchRegexList(column="a", regex_list=regexes), table)
    assert_equal(gxe.ExpectColumnValuesToNotMatchRegexList(column="a", regex_list=regexes), table)


@examples
@given(st.data())
def test_composed_regexes(data: st.DataObject) -> None:
    """Whatever can be written of parts that RE2 and Python read alike, and of some that they don't."""
    part = st.sampled_from([*r"a b A 1 . ^ $ \d \w \W \s \S \b \B \. é [a-b] [^a] [\w-] [\s\d] (a|b) (?:a)".split(), "\n", " "])
    piece = st.tuples(part, st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "*?", "|"])).map("".join)
    regex = data.draw(st.sampled_from(["", "", "(?i)", "(?m)", "(?s)"])) + "".join(data.draw(st.lists(piece, max_size=4)))
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), data.draw(columns()), translated=None)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"text", "moment"}))
@examples
@given(st.data())
def test_regex_of_what_is_not_text(kind: str, data: st.DataObject) -> None:
    regex = data.draw(st.sampled_from([r"^-?\d+$", "0", r"\.", r"(\d)\1", r"^\S+$", r"-\d\d$", "e", r"(?<=1)\d|u", r"E-|e\+"]))
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), data.draw(tables(kind)))


def test_tiny_and_wide_numbers_are_written_as_python_writes_them() -> None:
    numbers = pa.array([1, 2], pa.int64())
    tiny = pa.table({ROW: numbers, "a": pa.array([Decimal("0.00000001"), Decimal(0)], pa.decimal128(12, 8))})
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=r"^\dE-8$"), tiny)
    small = pa.table({ROW: numbers, "a": pa.array([0.1, 16777216.0], pa.float32())})
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=r"^0\.1$"), small)


@examples
@given(tables("moment"))
def test_regex_of_moments_is_asked_of_gx(table: pa.Table) -> None:
    assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=r"00:00$"), table, translated=False)


@pytest.mark.parametrize("regex", IN_DOUBT)
def test_a_regex_in_doubt_is_asked_of_gx(regex: str) -> None:
    for values in (["", "a", "1", "ı", "i", "\n"], ["", "a", "a1", "i", ":]"], ["é\n", ""]):
        assert_equal(gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex), texts(values), translated=False)


@pytest.mark.parametrize("regex", ["(", "a{2000}", r"\p{None}", "(?<=a*)b", "[z-a]", r"\N{NO SUCH LETTER}", "*", r"(\2)", "\\"])
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


def _failing(expectation: object, table: pa.Table) -> list[int]:
    result, rows = our_answer(expectation, table)
    assert result.meta["evaluated_by"] == SCAN
    assert result.success is (not rows)
    assert result.result["unexpected_list"] == [table["a"].to_pylist()[row - 1] for row in rows]
    return rows


@examples
@given(st.lists(st.one_of(st.none(), st.text(st.sampled_from("abéAB%_!\n\\.🏠"), max_size=5)), max_size=8), st.data())
def test_like(values: list[str | None], data: st.DataObject) -> None:
    escape = data.draw(st.sampled_from([None, "!", "\\"]))
    pattern = LIKES.filter(lambda text: escape is None or re.sub(re.escape(escape) + ".", "", text, flags=re.S)[-1:] != escape)
    patterns = data.draw(st.lists(pattern, min_size=1, max_size=3))
    table = texts(values)

    def rows(broken: object) -> list[int]:
        return [row for row, text in enumerate(values, 1) if text is not None and broken([like(one, escape).fullmatch(text) is not None for one in patterns])]  # type: ignore[operator]  # noqa: E501

    given = {"column": "a", "like_pattern_list": patterns, "escape": escape}
    assert _failing(gxe.ExpectColumnValuesToMatchLikePatternList(**given), table) == rows(lambda met: not any(met))
    assert _failing(gxe.ExpectColumnValuesToMatchLikePatternList(**given, match_on="all"), table) == rows(
        lambda met: not all(met)
    )
    assert _failing(gxe.ExpectColumnValuesToNotMatchLikePatternList(**given), table) == rows(any)
    one = {"column": "a", "like_pattern": patterns[0], "escape": escape}
    assert _failing(gxe.ExpectColumnValuesToMatchLikePattern(**one), table) == rows(lambda met: not met[0])
    assert _failing(gxe.ExpectColumnValuesToNotMatchLikePattern(**one), table) == rows(lambda met: met[0])


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
    assert GX != SCAN
