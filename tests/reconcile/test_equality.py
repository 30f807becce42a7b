"""When two values are equal: the SQL beside plain Python that was written without it, on every kind of value."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from tests.reconcile import naive
from tests.scan.equal import DATES, DECIMALS, MOMENTS, SMALL, TEXTS, examples
from vlekkeloos.contract import FieldRule
from vlekkeloos.errors import BadInput
from vlekkeloos.reconcile.equality import as_received, by, comparable, equal, functions, judge, register

HERE = Path()
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.1, 0.3, 0.4, 1.0, 1.5, 1e300, -1e300, math.inf, -math.inf, math.nan]), st.floats()
)
WRITTEN = st.one_of(
    st.sampled_from(["", " ", "Dam", " Dam", "dam", "Damrak", "Damrack", "Dàm", "1", "1.0", "true"]),
    st.sampled_from(["2020-01-31", "20200201", "2020-02-02T10:00:00", "2020-02-30", "2020-01-31 x", "2019-12-31"]),
    TEXTS,
)
WHOLE = st.one_of(SMALL, st.integers(-(2**50), 2**50), st.sampled_from([20200131, 20200201, 2**63 - 1, -(2**63)]))
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "VARCHAR": (pa.string(), WRITTEN),
    "BIGINT": (pa.int64(), WHOLE),
    "INTEGER": (pa.int32(), SMALL),
    "DOUBLE": (pa.float64(), FLOATS),
    "DECIMAL(12,2)": (pa.decimal128(12, 2), DECIMALS),
    "DECIMAL(10,4)": (pa.decimal128(10, 4), st.decimals(-9999, 9999, places=4)),
    "DATE": (pa.date32(), st.one_of(DATES, st.dates(datetime.date(2020, 1, 30), datetime.date(2020, 2, 3)))),
    "TIMESTAMP": (pa.timestamp("us"), st.one_of(MOMENTS, DATES.map(naive.moment))),
    "BOOLEAN": (pa.bool_(), st.booleans()),
}
NUMBERS = ["BIGINT", "INTEGER", "DOUBLE", "DECIMAL(12,2)", "DECIMAL(10,4)"]
MOMENTS_TOO = ["DATE", "TIMESTAMP"]
ANYTHING: list[dict[str, Any]] = [{}, {"empty": "ignore"}]
OF_TEXTS: list[dict[str, Any]] = [
    {"normalise": "trim"},
    {"normalise": ["trim", "cijfers"]},
    {"normalise": "trim", "empty": "ignore"},
    {"similar": 0.9},
    {"similar": 0.8, "normalise": "trim"},
    {"similar": {"by": "levenshtein", "above": 0.7}, "empty": "ignore"},
]
OF_DATES: list[dict[str, Any]] = [{"tolerance": "2 days"}, {"tolerance": "0 days", "empty": "ignore"}]
OF_NUMBERS: list[dict[str, Any]] = [
    {"tolerance": 0},
    {"tolerance": 0.1},
    {"tolerance": 0.5, "empty": "ignore"},
    {"tolerance": "10%"},
    {"tolerance": "0%"},
]


def pairs_of(*sides: Sequence[str]) -> list[tuple[str, str]]:
    return [(left, right) for side in sides for left in side for right in side]


#: (types, rule): everything that a contract may ask.
ASKED = [
    *((kinds, rule) for kinds in pairs_of(NUMBERS) for rule in [*ANYTHING, *OF_NUMBERS]),
    *((kinds, rule) for kinds in pairs_of(MOMENTS_TOO) for rule in [*ANYTHING, *OF_DATES]),
    *((("VARCHAR", "VARCHAR"), rule) for rule in [*ANYTHING, *OF_TEXTS, *OF_DATES]),
    *((kinds, rule) for kinds in pairs_of(["VARCHAR", "DATE"]) for rule in [*ANYTHING, *OF_DATES]),
    *((kinds, rule) for kinds in pairs_of(["VARCHAR", "BIGINT"]) for rule in [*ANYTHING, *OF_TEXTS, *OF_DATES]),
    *((kinds, rule) for kinds in pairs_of(["BOOLEAN", "VARCHAR"]) for rule in ANYTHING),
]


@st.composite
def asked(draw: st.DrawFn) -> tuple[tuple[str, str], dict[str, Any], list[tuple[Any, Any]]]:
    """Two types, a rule for them, and pairs of values, of which many are alike."""
    kinds, rule = draw(st.sampled_from(ASKED))
    values = [st.one_of(st.none(), KINDS[kind][1]) for kind in kinds]
    rows = draw(st.lists(st.tuples(*values), min_size=1, max_size=30))
    if kinds[0] == kinds[1]:
        rows += [(left, left) for left, _ in rows[:5]]
    return kinds, rule, rows


def answers(
    rule: FieldRule, kinds: tuple[str, str], rows: list[tuple[Any, Any]], *what: str
) -> list[tuple[Any, ...]]:
    """SQL expressions over the columns a and b, for each row."""
    table = pa.table(
        {
            "number": range(len(rows)),
            **{name: pa.array([row[side] for row in rows], KINDS[kinds[side]][0]) for side, name in enumerate("ab")},
        }
    )
    with duckdb.connect(config={"threads": 1}) as query:
        register(query, {"field": rule}, HERE)
        query.register("arrow", table)
        query.execute("CREATE TABLE pairs AS FROM arrow")
        return query.execute(f"SELECT {', '.join(what)} FROM pairs ORDER BY number").fetchall()


@examples
@given(st.lists(asked(), min_size=8, max_size=8))
def test_equal_is_what_plain_python_says_and_the_same_with_the_sides_exchanged(asked_of: list[Any]) -> None:
    for kinds, written, rows in asked_of:
        rule, (left, right) = FieldRule.model_validate(written), kinds
        judge("field", rule, kinds, HERE)
        found = answers(
            rule, kinds, rows, equal("a", "b", rule, kinds, HERE), equal("b", "a", rule, (right, left), HERE)
        )
        for pair, (one, other) in zip(rows, found, strict=True):
            assert one is other, (kinds, written, pair)
            if (expected := naive.equal(*pair, rule)) is not None:
                assert one is expected, (kinds, written, pair)


@examples
@given(st.lists(asked(), min_size=8, max_size=8))
def test_what_may_be_compared_by_its_hash_is_equal_exactly_if_the_hashes_are(asked_of: list[Any]) -> None:
    for kinds, written, rows in asked_of:
        rule = FieldRule.model_validate(written)
        one, other = comparable("a", rule, kinds, HERE, 0), comparable("b", rule, kinds, HERE, 1)
        if one is None or other is None:
            assert one is other is None
            assert by(rule) != "normalise" or rule.empty == "ignore"
            continue
        same, hashes = equal("a", "b", rule, kinds, HERE), f"hash({one}) = hash({other})"
        found = answers(rule, kinds, rows, same, as_received(one, other), hashes)
        assert all(len(set(row)) == 1 for row in found), (kinds, written, rows)


@examples
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20), st.sampled_from(["é", "", "Burgemeester de V"]))
def test_similarity_is_one_definition_whatever_the_engine(texts: list[tuple[str, str]], front: str) -> None:
    rows = [(front + left, front + right) for left, right in texts]
    for by_, plain in (("jaro_winkler", naive.jaro_winkler), ("levenshtein", naive.levenshtein)):
        rule = FieldRule.model_validate({"similar": {"by": by_, "above": 0.5}})
        (function,) = functions({"field": rule}, HERE)
        on_duckdb = answers(rule, ("VARCHAR", "VARCHAR"), rows, f"{function.name}(a, b)", f"{function.name}(b, a)")
        elsewhere = function.work(*(pa.array([row[side] for row in rows]) for side in (0, 1))).to_pylist()
        for pair, (one, other), there in zip(rows, on_duckdb, elsewhere, strict=True):
            assert one == pytest.approx(there, abs=1e-9), pair
            assert one == pytest.approx(other, abs=1e-9), pair
            assert one == pytest.approx(plain(*pair), abs=1e-9), pair


#: A rectangle: left, below, width, height.
RECTANGLES = st.tuples(*[st.integers(0, 9)] * 2, *[st.integers(1, 9)] * 2)


@examples
@given(st.lists(st.tuples(RECTANGLES, RECTANGLES), min_size=1, max_size=10), st.sampled_from([0.2, 0.5, 1.0]))
def test_areas_overlap_as_rectangles_do(drawn: list[Any], share: float) -> None:
    rule = FieldRule.model_validate({"overlap": share})
    rows = [(naive.wkt(left), naive.wkb(right)) for left, right in drawn]
    rows += [(naive.wkt(right), naive.geojson(left)) for left, right in drawn]
    found = answers(rule, ("VARCHAR", "VARCHAR"), rows, equal("a", "b", rule, ("VARCHAR", "VARCHAR"), HERE))
    expected = [naive.overlap(left, right) >= share - 1e-9 for left, right in drawn]
    assert [one for (one,) in found] == [*expected, *expected]


@examples
@given(st.lists(st.tuples(*[st.integers(-9, 9)] * 4), min_size=1, max_size=10), st.integers(0, 9))
def test_points_are_equal_up_to_so_many_metres(drawn: list[tuple[int, int, int, int]], metres: int) -> None:
    rule = FieldRule.model_validate({"tolerance": f"{metres} m"})
    rows = [(f"{x} {y}", f"SRID=28992;POINT ({u} {v})") for x, y, u, v in drawn]
    found = answers(rule, ("VARCHAR", "VARCHAR"), rows, equal("a", "b", rule, ("VARCHAR", "VARCHAR"), HERE))
    assert [one for (one,) in found] == [math.hypot(x - u, y - v) <= metres + 1e-9 for x, y, u, v in drawn]


def same(left: str, right: str, **written: Any) -> bool:
    """Are two SQL literals equal by a rule?"""
    rule = FieldRule.model_validate(written)
    with duckdb.connect() as query:
        register(query, {"field": rule}, HERE)
        kinds = tuple(str(kind) for kind in query.sql(f"SELECT {left}, {right}").types)
        query.execute(f"CREATE TABLE pair AS SELECT {left} AS a, {right} AS b")
        (found,) = query.execute(f"SELECT {equal('a', 'b', rule, kinds, HERE)} FROM pair").fetchall()
    assert isinstance(found[0], bool)
    return found[0]


POINT = "unhex('0101000000000000000000F03F0000000000000040')"


@pytest.mark.parametrize(
    ("left", "right", "written", "expected"),
    [
        ("'' ", "NULL::VARCHAR", {}, False),
        ("''", "NULL::VARCHAR", {"normalise": "casefold"}, True),
        ("''", "'a'", {"empty": "ignore"}, True),
        ("NULL::INTEGER", "1", {"empty": "ignore"}, True),
        ("NULL::INTEGER", "NULL::INTEGER", {"tolerance": 1}, True),
        ("0.4::DOUBLE", "0.3::DOUBLE", {"tolerance": 0.1}, True),
        ("1", "1.0::DOUBLE", {}, True),
        ("9223372036854775807", "(-9223372036854775808)::BIGINT", {"tolerance": 1}, False),
        ("'inf'::DOUBLE", "1::DOUBLE", {"tolerance": "10%"}, False),
        ("'1,50'", "'1.5'", {"normalise": {"sql": "replace(value, ',', '.')"}, "tolerance": 0}, True),
        ("DATE '2020-01-31'", "TIMESTAMP '2020-02-01 23:00:00'", {"tolerance": "1 day"}, True),
        ("20200131", "DATE '2020-02-01'", {"tolerance": "1 day"}, True),
        ("20200100", "DATE '2020-02-01'", {"tolerance": "99 days"}, False),
        (POINT, "'POINT (1 2.5)'", {"tolerance": "0.5 m"}, True),
        (POINT, POINT, {"overlap": "100%"}, True),
        (POINT, "'no geometry'", {"tolerance": "9 m"}, False),
        ("'é'", "'è'", {"similar": 0.5}, False),
        ("TIMESTAMPTZ '2020-01-01 00:00:00+00'", "TIMESTAMPTZ '2020-01-01 01:00:00+01'", {}, True),
    ],
)
def test_what_is_equal(left: str, right: str, written: dict[str, Any], expected: bool) -> None:
    assert same(left, right, **written) is expected
    assert same(right, left, **written) is expected


@pytest.mark.parametrize(
    ("written", "kinds", "needed"),
    [
        ({"tolerance": 1}, ("VARCHAR", "BIGINT"), "a tolerance needs numbers on both sides"),
        ({"tolerance": "1%"}, ("DATE", "DATE"), "a tolerance needs numbers"),
        ({"tolerance": "3 days"}, ("BOOLEAN", "DATE"), "a tolerance in days needs dates"),
        ({"tolerance": "3 days"}, ("DOUBLE", "DATE"), "a tolerance in days needs dates"),
        ({"tolerance": "5 m"}, ("BIGINT", "BIGINT"), "a tolerance in metres needs geometries"),
        ({"overlap": 0.9}, ("BLOB", "DOUBLE"), "overlap: needs geometries"),
        ({"similar": 0.9}, ("BOOLEAN", "VARCHAR"), "similar: needs texts"),
        ({"tolerance": 1}, ("", "BIGINT"), "a tolerance needs numbers on both sides"),
    ],
)
def test_a_rule_that_the_types_cannot_carry_is_refused(
    written: dict[str, Any], kinds: tuple[str, str], needed: str
) -> None:
    with pytest.raises(BadInput, match=f"file x.yaml, field prijs: {needed}"):
        judge("prijs", FieldRule.model_validate(written), kinds, Path("x.yaml"))


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ({}, None),
        ({"empty": "ignore"}, None),
        ({"normalise": "trim"}, "normalise"),
        ({"normalise": "trim", "similar": 0.9}, "similar"),
        ({"tolerance": 0}, "tolerance"),
        ({"overlap": 0.5}, "overlap"),
    ],
)
def test_by_which_word_notations_are_equal(written: dict[str, Any], word: str | None) -> None:
    assert by(FieldRule.model_validate(written)) == word


@pytest.mark.parametrize(("kinds", "written"), ASKED)
def test_the_sql_goes_over_to_spark(kinds: tuple[str, str], written: dict[str, Any]) -> None:
    rule = FieldRule.model_validate(written)
    (spark,) = sqlglot.transpile(f"SELECT {equal('a', 'b', rule, kinds, HERE)}", read="duckdb", write="spark")
    sqlglot.parse_one(spark, read="spark")


def test_text_of_a_number_is_equal_to_the_number() -> None:
    assert same("'7'", "7")
    assert same("1.50::DECIMAL(5,2)", "1.5::DECIMAL(5,1)")
    assert not same(f"{Decimal('0.1')}::DECIMAL(3,1)", "0.11::DECIMAL(4,2)")


def test_numbers_are_normalised_in_the_type_that_they_share() -> None:
    """10.0 is what pandas makes of a whole number beside a missing one: it is 10, and never 100."""
    rule = FieldRule(normalise=["cijfers"])
    with duckdb.connect() as query:
        said = [
            query.execute(
                f"SELECT {equal('CAST(10.0 AS DOUBLE)', right, rule, ('DOUBLE', 'BIGINT'), HERE)}"
            ).fetchall()
            for right in ("CAST(10 AS BIGINT)", "CAST(100 AS BIGINT)")
        ]
    assert said == [[(True,)], [(False,)]]
