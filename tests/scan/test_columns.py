"""GX's conditions about one column: the scan gives GX's own answer on pandas."""

from __future__ import annotations

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, TEXTS, assert_equal, examples, tables

EVERY = pytest.mark.parametrize("kind", sorted(KINDS))


@EVERY
@examples
@given(st.data())
def test_not_null(kind: str, data: st.DataObject) -> None:
    mostly = data.draw(st.sampled_from([1, 0.5, 0]))
    assert_equal(gxe.ExpectColumnValuesToNotBeNull(column="a", mostly=mostly), data.draw(tables(kind)))


@EVERY
@examples
@given(st.data())
def test_unique(kind: str, data: st.DataObject) -> None:
    assert_equal(gxe.ExpectColumnValuesToBeUnique(column="a"), data.draw(tables(kind)))


@examples
@given(tables("text"), st.lists(TEXTS, min_size=1, max_size=4))
def test_in_set_of_texts(table: pa.Table, value_set: list[str]) -> None:
    assert_equal(gxe.ExpectColumnValuesToBeInSet(column="a", value_set=value_set), table)
