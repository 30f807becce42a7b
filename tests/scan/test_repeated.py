"""Values that more than one row has, found by hashes: where hashes are the same by chance, the values decide."""

from __future__ import annotations

from importlib import import_module

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import ROW, assert_equal, examples, tables
from vlekkeloos.scan import repeated


@pytest.fixture(autouse=True)
def few_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows are suspected; and hashes are read in parts."""
    hashed = repeated.hashed
    monkeypatch.setattr(
        import_module("vlekkeloos.scan.plan"), "hashed", lambda columns: f"({hashed(columns)} & 2147483649)::UINTEGER"
    )
    monkeypatch.setattr(repeated, "AT_ONCE", 4)


@pytest.mark.parametrize("kind", ["text", "whole", "float", "date", "moment", "decimal", "boolean"])
@examples
@given(data=st.data())
def test_unique(kind: str, data: st.DataObject) -> None:
    assert_equal(gxe.ExpectColumnValuesToBeUnique(column="a"), data.draw(tables(kind)))


@examples
@given(table=tables("text", "float"))
def test_compound_columns_unique(table: pa.Table) -> None:
    assert_equal(gxe.ExpectCompoundColumnsToBeUnique(column_list=["a", "b"]), table)


def test_in_the_rows_of_a_condition() -> None:
    table = pa.table({ROW: [1, 2, 3, 4], "a": ["x", "x", "y", "y"], "b": ["", "", "", "z"]})
    expectation = gxe.ExpectColumnValuesToBeUnique(column="a", row_condition='b == ""', condition_parser="pandas")
    assert_equal(expectation, table)
