"""Unique, increasing, decreasing: the scan gives GX's own answer on pandas."""

from __future__ import annotations

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, assert_equal, examples, tables


@pytest.mark.parametrize("kind", sorted(KINDS))
@examples
@given(st.data())
def test_unique(kind: str, data: st.DataObject) -> None:
    assert_equal(gxe.ExpectColumnValuesToBeUnique(column="a"), data.draw(tables(kind)))


ORDERS = st.sampled_from([gxe.ExpectColumnValuesToBeIncreasing, gxe.ExpectColumnValuesToBeDecreasing])


@pytest.mark.parametrize("kind", ["small", "float", "date", "moment", "decimal"])
@examples
@given(st.data())
def test_in_order(kind: str, data: st.DataObject) -> None:
    expectation = data.draw(ORDERS)(column="a", strictly=data.draw(st.booleans()))
    assert_equal(expectation, data.draw(tables(kind)))


@pytest.mark.parametrize("kind", ["boolean", "text", "whole"])
@examples
@given(st.data())
def test_any_order_is_judged_as_gx_judges_it(kind: str, data: st.DataObject) -> None:
    expectation = data.draw(ORDERS)(column="a", strictly=data.draw(st.booleans()))
    assert_equal(expectation, data.draw(tables(kind)), translated=None)


@pytest.mark.parametrize("rows", [[1, 2, 3], [3, 1, 2]])
def test_the_order_is_that_of_the_rows_numbers(rows: list[int]) -> None:
    table = pa.table({ROW: rows, "a": rows}).sort_by(ROW)
    assert_equal(gxe.ExpectColumnValuesToBeIncreasing(column="a", strictly=True), table)
