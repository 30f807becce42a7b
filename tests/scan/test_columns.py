"""GX's conditions about one column: the scan gives GX's own answer on pandas."""

from __future__ import annotations

import datetime
import math
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import DATES, DECIMALS, KINDS, MOMENTS, TEXTS, WHOLE, assert_equal, examples, tables

EVERY = pytest.mark.parametrize("kind", sorted(KINDS))
SETS = st.sampled_from([gxe.ExpectColumnValuesToBeInSet, gxe.ExpectColumnValuesToNotBeInSet])
MOSTLY = st.sampled_from([1, 0.5, 0])
#: What a suite's author may well write beside a column of each kind.
NATURAL: dict[str, st.SearchStrategy[Any]] = {
    "text": st.one_of(TEXTS, st.none(), st.integers(0, 9)),
    "whole": st.one_of(WHOLE, st.none()),
    "small": st.one_of(st.integers(-1000, 1000), st.none(), st.integers(-3, 3).map(float)),
    "float": st.one_of(KINDS["float"][1], st.none(), st.integers(-3, 3)),
    "date": st.one_of(DATES, st.none(), DATES.map(str)),
    "moment": st.one_of(MOMENTS, st.none(), DATES.map(str), MOMENTS.map(str), DATES),
    "decimal": st.one_of(DECIMALS, st.integers(-3, 3), st.sampled_from([0.5, 0.1, 1.25]), st.none()),
    "boolean": st.one_of(st.booleans(), st.none()),
}
#: Anything at all: either the scan or GX judges, and both alike.
ANYTHING = st.one_of(
    *NATURAL.values(),
    st.just(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)),
    st.sampled_from([2**63, 2**70, 1.5]),
)


@st.composite
def tables_and_sets(draw: st.DrawFn, kind: str, constants: st.SearchStrategy[Any]) -> tuple[pa.Table, list[Any]]:
    """A table of one column, and a set that shares some values with it."""
    table = draw(tables(kind))
    there = [value for value in table["a"].to_pylist() if value is not None] or [draw(KINDS[kind][1])]
    return table, draw(st.lists(st.one_of(st.sampled_from(there), constants), max_size=4))


@EVERY
@examples
@given(st.data())
def test_null_and_not_null(kind: str, data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from([gxe.ExpectColumnValuesToBeNull, gxe.ExpectColumnValuesToNotBeNull]))
    assert_equal(asked(column="a", mostly=data.draw(MOSTLY)), data.draw(tables(kind)))


@EVERY
@examples
@given(st.data())
def test_in_set_and_not_in_set(kind: str, data: st.DataObject) -> None:
    table, value_set = data.draw(tables_and_sets(kind, NATURAL[kind]))
    assert_equal(data.draw(SETS)(column="a", value_set=value_set, mostly=data.draw(MOSTLY)), table)


@EVERY
@examples
@given(st.data())
def test_any_set_is_judged_as_gx_judges_it(kind: str, data: st.DataObject) -> None:
    table, value_set = data.draw(tables_and_sets(kind, ANYTHING))
    assert_equal(data.draw(SETS)(column="a", value_set=value_set), table, translated=None)


@st.composite
def bounds(draw: st.DrawFn, constants: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Two bounds in order, or one, each strict or not."""
    lower, upper = draw(st.tuples(constants, constants).map(sorted))
    given_ = draw(
        st.sampled_from([{"min_value": lower, "max_value": upper}, {"min_value": lower}, {"max_value": upper}])
    )
    return {**given_, "strict_min": draw(st.booleans()), "strict_max": draw(st.booleans())}


NUMBERS = st.one_of(st.integers(-3, 3), WHOLE, st.floats(-1e19, 1e19), st.sampled_from([0.1, 0.5, 1.25, 1e300]))
BOUNDS: dict[str, st.SearchStrategy[Any]] = {
    "whole": NUMBERS,
    "small": NUMBERS,
    "float": NUMBERS,
    "decimal": st.one_of(NUMBERS, DECIMALS.map(float)),
    "boolean": NUMBERS,
    "date": DATES,
    "moment": MOMENTS,
}


@pytest.mark.parametrize("kind", sorted(BOUNDS))
@examples
@given(st.data())
def test_between(kind: str, data: st.DataObject) -> None:
    table = data.draw(tables(kind))
    there = [
        value for value in table["a"].to_pylist() if value is not None and not (kind == "float" and math.isnan(value))
    ]
    # GX makes a float of a decimal bound
    either = st.one_of(st.sampled_from(there), BOUNDS[kind]) if there and kind != "decimal" else BOUNDS[kind]
    assert_equal(gxe.ExpectColumnValuesToBeBetween(column="a", **data.draw(bounds(either))), table)


@EVERY
@examples
@given(st.data())
def test_any_bounds_are_judged_as_gx_judges_them(kind: str, data: st.DataObject) -> None:
    lower, upper = data.draw(st.tuples(*[st.one_of(NUMBERS, DATES, MOMENTS, st.none())] * 2))
    if lower is None and upper is None:
        lower = 0
    assert_equal(
        gxe.ExpectColumnValuesToBeBetween(column="a", min_value=lower, max_value=upper),
        data.draw(tables(kind)),
        translated=None,
    )


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"moment"}))
@examples
@given(st.data())
def test_lengths(kind: str, data: st.DataObject) -> None:
    table = data.draw(tables(kind))
    assert_equal(gxe.ExpectColumnValueLengthsToBeBetween(column="a", **data.draw(bounds(st.integers(0, 12)))), table)
    assert_equal(gxe.ExpectColumnValueLengthsToEqual(column="a", value=data.draw(st.integers(0, 10))), table)


@examples
@given(tables("moment"))
def test_lengths_of_moments_are_left_to_gx(table: pa.Table) -> None:
    assert_equal(gxe.ExpectColumnValueLengthsToEqual(column="a", value=10), table, translated=False)
