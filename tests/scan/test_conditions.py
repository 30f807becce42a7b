"""Row conditions: the scan keeps the rows that GX on pandas keeps."""

from __future__ import annotations

import datetime
import math
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from great_expectations.expectations.row_conditions import Column, Condition, OrCondition
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import DATES, FLOATS, KINDS, MOMENTS, ROW, TEXTS, WHOLE, assert_equal, examples, tables

# GX says so once for each expectation with a string
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated as of GX Core 1.9.0:DeprecationWarning")

OPERATORS = ["==", "!=", "<", "<=", ">", ">="]
NUMBERS = st.one_of(WHOLE, st.integers(-3, 3), FLOATS.filter(lambda number: not math.isnan(number)))
#: What may be compared with a column of each kind, by each operator.
CONSTANTS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "whole": NUMBERS,
    "small": NUMBERS,
    "float": NUMBERS,
    "decimal": st.one_of(NUMBERS, st.sampled_from([0.5, 1.25])),
    "moment": st.one_of(MOMENTS.map(lambda moment: moment.replace(fold=0)), MOMENTS.map(str), DATES.map(str)),
    "boolean": st.one_of(st.booleans(), st.integers(0, 1)),
}


def compared(column: str, operator: str, constant: Any) -> Condition:
    """GX's own object of a comparison."""
    return {
        "==": Column(column).__eq__,
        "!=": Column(column).__ne__,
        "<": Column(column).__lt__,
        "<=": Column(column).__le__,
        ">": Column(column).__gt__,
        ">=": Column(column).__ge__,
    }[operator](constant)


@st.composite
def conditions(draw: st.DrawFn, kinds: dict[str, str]) -> Condition:
    """A comparison of one column, its being there, or a set of values."""
    name = draw(st.sampled_from(sorted(kinds)))
    sort = draw(st.sampled_from(["compare", "compare", "compare", "null", "in"]))
    if sort == "null" or kinds[name] == "date":
        return draw(st.sampled_from([Column(name).is_null(), Column(name).is_not_null()]))
    if sort == "in" and kinds[name] in ("text", "float", "decimal", "small"):
        listed = TEXTS if kinds[name] == "text" else st.integers(-3, 3)
        values = draw(st.lists(listed, max_size=3))
        return draw(st.sampled_from([Column(name).is_in(values), Column(name).is_not_in(values)]))
    return compared(name, draw(st.sampled_from(OPERATORS)), draw(CONSTANTS[kinds[name]]))


@pytest.mark.parametrize("kind", sorted(KINDS))
@examples
@given(st.data())
def test_one_condition(kind: str, data: st.DataObject) -> None:
    assert_equal(
        gxe.ExpectColumnValuesToBeUnique(column="b", row_condition=data.draw(conditions({"a": kind}))),
        data.draw(tables(kind, "small")),
    )


@examples
@given(st.data())
def test_conditions_together(data: st.DataObject) -> None:
    kinds = dict(
        zip("abcd", data.draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=4, max_size=4)), strict=True)
    )
    one, two, three = (data.draw(conditions(kinds)) for _ in range(3))
    asked = data.draw(
        st.sampled_from([one & two & three, OrCondition(conditions=[one, two, three]), (one & two) | three])
    )
    table = data.draw(tables(*kinds.values()))
    for expectation in (gxe.ExpectColumnValuesToNotBeNull, gxe.ExpectColumnValuesToBeUnique):
        assert_equal(expectation(column="a", row_condition=asked, mostly=data.draw(st.sampled_from([1, 0.5]))), table)


@examples
@given(st.data())
def test_the_order_of_the_rows_considered(data: st.DataObject) -> None:
    asked = data.draw(conditions({"b": "small"}))
    assert_equal(
        gxe.ExpectColumnValuesToBeIncreasing(column="a", row_condition=asked), data.draw(tables("small", "small"))
    )
    assert_equal(
        gxe.ExpectColumnValuesToNotBeOutliers(column="a", row_condition=asked, method="std", multiplier=1.2),
        data.draw(tables("float", "small")),
    )


@pytest.mark.parametrize(
    "condition",
    ['col("a") == "x"', 'col("a") != "x y"', 'col("b") > -1', 'col("b") <= 2.5', 'col("a").notnull()'],
)
@examples
@given(table=tables("text", "small"))
def test_gx_older_strings(condition: str, table: pa.Table) -> None:
    assert_equal(
        gxe.ExpectColumnValuesToBeUnique(column="b", row_condition=condition, condition_parser="great_expectations"),
        table,
    )


@pytest.mark.parametrize(
    "condition",
    [
        "a == 'x' & b > 1 | c.isnull()",
        "not (b > 1) and ~c.isna() or d",
        "~(b == 1) | not d",
        "0 < b <= 3 and 'a' <= a",
        "a in ['a', 'A', '10'] or b not in (1, 2.0) and c != 0.1",
        "a == ['a', 'b'] and b != [1] and 1 != b",
        "b != 1 and c < -0.5 or c >= +0.0",
        "`a` == 'it\\'s' or (b < 2 and c.notna())",
        "a != '`&|#@' and b == b and c != c",
        "b == True or d == 0 or d > 0.5",
    ],
)
@examples
@given(table=tables("text", "small", "float", "boolean"))
def test_pandas_own_strings(condition: str, table: pa.Table) -> None:
    translated = "+0.0" not in condition
    assert_equal(
        gxe.ExpectColumnValuesToBeUnique(column="b", row_condition=condition, condition_parser="pandas"),
        table,
        translated=translated,
    )


TABLE = pa.table(
    {
        ROW: [1, 2, 3, 4],
        "a": ["x", "y", None, "x"],
        "huis nummer": [1, 2, 3, None],
        "class": [1, 1, 2, None],
        "straat.naam": ["a", "b", "a", None],
        "één": [0.5, 1.5, None, 2.5],
        "when": [datetime.datetime(2020, 1, day) for day in (1, 2, 3, 4)],
        "on": [datetime.date(2020, 1, day) for day in (1, 2, 3, 4)],
    }
)


@pytest.mark.parametrize(
    ("condition", "translated"),
    [
        (Column("huis nummer") > 1, True),
        (Column("class") == 1, True),
        (Column("straat.naam") == "a", True),
        (Column("één") >= 1.5, True),
        (Column("when") > "2020-01-02", True),
        (Column("when") > datetime.datetime(2020, 1, 2), True),
        (Column("when") != datetime.datetime(2020, 1, 2), True),
        (Column("when") > datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC), None),  # pandas refuses
        (Column("on") > datetime.date(2020, 1, 2), None),  # and again
        (Column("when") == "2020-01-02", True),  # pandas finds none: it looks for the text among moments
        (Column("on") == "2020-01-02", True),
        (Column("on") > "2020-01-02", None),  # pandas refuses
        (Column("a") > 1, None),
        (Column("nope") == 1, None),
        ("a.str.startswith('x')", False),
        ("`huis nummer` + 1 > 2", False),
        ("index > 2", False),
        ("a is None", None),
        ("a = 'x'", None),
        ("", True),
        ("@a > 1", None),
        ("a ==", None),
    ],
)
def test_of_columns_with_any_name_and_what_only_gx_reads(condition: Any, translated: bool | None) -> None:
    assert_equal(gxe.ExpectColumnValuesToBeUnique(column="a", row_condition=condition), TABLE, translated=translated)
