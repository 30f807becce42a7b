"""GX's conditions about two or more columns: the scan gives GX's own answer on pandas."""

from __future__ import annotations

from decimal import Decimal
from math import isnan, nan
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, assert_equal, examples, gx_answer, our_answer, plain, tables
from vlekkeloos.scan import SCAN

#: A test draws the kind of its columns from one of these; a whole number beyond floats has tests of its own.
OF_KINDS = pytest.mark.parametrize("kinds", [["text"], ["small", "float", "decimal"], ["date", "moment", "boolean"]])
PAIR = st.sampled_from(["both_values_are_missing", "either_value_is_missing", "neither"])
SEVERAL = st.sampled_from(["all_values_are_missing", "any_value_is_missing", "never"])


def related(data: st.DataObject, *kinds: str) -> pa.Table:
    """A table whose columns often have the same value in a row."""
    table = data.draw(tables(*kinds))
    first, columns = kinds[0], {ROW: table[ROW], "a": table["a"]}
    for name, kind in zip("bcdefgh", kinds[1:], strict=False):
        same = data.draw(st.lists(st.booleans(), min_size=len(table), max_size=len(table)))
        if kind == first:
            pairs = zip(same, table["a"].to_pylist(), table[name].to_pylist(), strict=True)
            columns[name] = pa.array([one if so else other for so, one, other in pairs], table[name].type)
        else:
            columns[name] = table[name]
    return pa.table(columns)


def assert_equal_as_floats(expectation: Any, table: pa.Table) -> None:
    """GX on pandas gives up on whole numbers and booleans with a missing one among them; of floats it doesn't."""
    if not any(
        pa.types.is_integer(kind) or pa.types.is_boolean(kind) for kind in table.drop_columns(ROW).schema.types
    ):
        assert_equal(expectation, table)
        return
    floats = {
        name: table[name].cast(pa.int8()).cast(pa.float64())
        if pa.types.is_boolean(table[name].type)
        else table[name].cast(pa.float64())
        for name in table.column_names
        if name != ROW
    }
    theirs = gx_answer(expectation, pa.table({ROW: table[ROW], **floats}))
    ours, rows = our_answer(expectation, table)
    assert ours.meta["evaluated_by"] == SCAN, ours.meta
    assert ours.success == theirs.success
    for result in (ours.result, theirs.result):
        result.pop("partial_unexpected_counts", None)  # GX makes it of the values, and counts each NaN apart
    assert plain(ours.result) == plain(theirs.result)
    assert rows == list(theirs.result["unexpected_index_list"])


def filled(table: pa.Table) -> pa.Table:
    """The rows without a missing value."""
    for name, kind in zip(table.column_names, table.schema.types, strict=True):
        if pa.types.is_floating(kind):
            table = table.filter(pc.invert(pc.is_nan(table[name])))
    return table.drop_null()


@OF_KINDS
@examples
@given(st.data())
def test_pair_equal(kinds: list[str], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(kinds))
    expectation = gxe.ExpectColumnPairValuesToBeEqual(
        column_A="a", column_B="b", ignore_row_if=data.draw(PAIR), mostly=data.draw(st.sampled_from([1, 0.5]))
    )
    assert_equal_as_floats(expectation, related(data, kind, kind))


@OF_KINDS
@examples
@given(st.data())
def test_pair_greater(kinds: list[str], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(kinds))
    expectation = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="a", column_B="b", or_equal=data.draw(st.booleans()), ignore_row_if=data.draw(PAIR)
    )
    assert_equal_as_floats(expectation, related(data, kind, kind))


@pytest.mark.parametrize("kinds", [("whole", "whole"), ("small", "float"), ("whole", "small"), ("whole", "decimal")])
@examples
@given(st.data())
def test_pair_of_numbers(kinds: tuple[str, str], data: st.DataObject) -> None:
    """Of different types, or beyond what a float tells apart."""
    table = filled(related(data, *kinds))
    equal, greater = gxe.ExpectColumnPairValuesToBeEqual, gxe.ExpectColumnPairValuesAToBeGreaterThanB
    assert_equal(data.draw(st.sampled_from([equal, greater]))(column_A="a", column_B="b"), table)


@examples
@given(st.data())
def test_pair_of_kinds_that_do_not_match(data: st.DataObject) -> None:
    unlike = [("text", "small"), ("date", "moment"), ("float", "decimal"), ("boolean", "small")]
    table = data.draw(tables(*data.draw(st.sampled_from(unlike))))
    expectation = gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b")
    assert_equal(expectation, table, translated=False)


def test_pair_of_a_number_beyond_floats_is_left_to_gx() -> None:
    table = pa.table({ROW: [1], "a": [2**53 + 1], "b": [float(2**53)]})
    assert_equal(gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b"), table)


@examples
@given(st.data())
def test_pair_in_set(data: st.DataObject) -> None:
    kinds = data.draw(
        st.sampled_from([*((kind, kind) for kind in sorted(KINDS)), ("text", "small"), ("date", "boolean")])
    )
    table = related(data, *kinds)
    there = list(zip(table["a"].to_pylist(), table["b"].to_pylist(), strict=True))
    odd = [(1, True), ("a", 0.0), (None, None), (Decimal("1.50"), 1.5), (None, 2), (nan, 1)]
    pairs = data.draw(st.lists(st.sampled_from([*there, *odd]), min_size=1, max_size=5))
    expectation = gxe.ExpectColumnPairValuesToBeInSet(
        column_A="a", column_B="b", value_pairs_set=pairs, ignore_row_if=data.draw(PAIR)
    )
    assert_equal(expectation, table)


@examples
@given(st.data())
def test_compound_unique(data: st.DataObject) -> None:
    alike = [(kind, kind) for kind in sorted(KINDS)]
    kinds = data.draw(st.sampled_from([*alike, ("text", "whole"), ("date", "float", "text")]))
    expectation = gxe.ExpectCompoundColumnsToBeUnique(
        column_list=list("abc"[: len(kinds)]), ignore_row_if=data.draw(SEVERAL)
    )
    table = related(data, *kinds)
    assert_equal(
        expectation, pa.concat_tables([table, table]).set_column(0, ROW, [list(range(1, 2 * len(table) + 1))])
    )
    assert_equal(expectation, table)


@pytest.mark.parametrize("kinds", [("small",) * 2, ("small",) * 3, ("float",) * 2])
@examples
@given(st.data())
def test_sum(kinds: tuple[str, ...], data: st.DataObject) -> None:
    table = related(data, *kinds)
    expectation = gxe.ExpectMulticolumnSumToEqual(
        column_list=list("abc"[: len(kinds)]), sum_total=_a_sum(table, data), ignore_row_if=data.draw(SEVERAL)
    )
    assert_equal_as_floats(expectation, table)


@pytest.mark.parametrize("kinds", [("decimal",) * 2, ("decimal", "small"), ("small", "float")])
@examples
@given(st.data())
def test_sum_of_mixed(kinds: tuple[str, ...], data: st.DataObject) -> None:
    table = filled(related(data, *kinds))
    expectation = gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b"], sum_total=_a_sum(table, data))
    assert_equal(expectation, table, translated=None)


def _a_sum(table: pa.Table, data: st.DataObject) -> float:
    rows = [row.values() for row in table.drop_columns(ROW).to_pylist() if None not in row.values()]
    return float(data.draw(st.sampled_from([0, 0.5, *(sum(row) for row in rows if not any(map(isnan, row)))])))


def test_sum_beyond_64_bits_is_not_what_it_wraps_around_to() -> None:
    table = pa.table({ROW: [1], "a": [2**63 - 1], "b": [1]})
    ours, _ = our_answer(gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b"], sum_total=-(2**63)), table)
    assert not ours.success


@pytest.mark.parametrize("kinds", [["text", "decimal", "date", "moment"], ["small", "float", "boolean", "whole"]])
@examples
@given(st.data())
def test_several_equal(kinds: list[str], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(kinds))
    table = related(data, *[kind] * 3)
    expectation = gxe.ExpectMulticolumnValuesToBeEqual(
        column_list=["a", "b", "c"], ignore_row_if=data.draw(SEVERAL), mostly=data.draw(st.sampled_from([1, 0.3]))
    )
    if kind == "whole":
        assert_equal(expectation, filled(table))
    else:
        assert_equal_as_floats(expectation, table)


@examples
@given(st.data())
def test_within_record(data: st.DataObject) -> None:
    kinds = data.draw(st.sampled_from([*((kind,) * 3 for kind in sorted(KINDS)), ("small", "float")]))
    expectation = gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(
        column_list=list("abc"[: len(kinds)]), ignore_row_if=data.draw(SEVERAL)
    )
    assert_equal(expectation, related(data, *kinds))


@examples
@given(tables("text", "date"))
def test_several_of_kinds_that_do_not_match(table: pa.Table) -> None:
    assert_equal(gxe.ExpectMulticolumnValuesToBeEqual(column_list=["a", "b"]), table, translated=False)
