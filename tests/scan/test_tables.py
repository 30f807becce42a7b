"""GX's metrics about a whole table: the scan gives GX's own answer on pandas; of queries, that of a database."""

from __future__ import annotations

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import ROW, assert_equal, examples, our_answer, tables
from vlekkeloos.errors import BadInput

NAMES = st.lists(st.sampled_from(["a", "b", "c", "B"]), min_size=1, max_size=3, unique=True)
TABLE = pa.table({ROW: [1, 2, 3], "a": [1, 2, None], "b": ["x", "y", "z"]})


@examples
@given(tables("text", "small"), NAMES, st.booleans())
def test_columns(table: pa.Table, names: list[str], exact: bool) -> None:
    assert_equal(gxe.ExpectTableColumnsToMatchOrderedList(column_list=names), table)
    assert_equal(gxe.ExpectTableColumnsToMatchSet(column_set=names, exact_match=exact), table)


@pytest.mark.parametrize(
    "expectation",
    [
        gxe.ExpectTableColumnCountToEqual(value=2),
        gxe.ExpectTableColumnCountToEqual(value=3),
        gxe.ExpectTableColumnCountToBeBetween(min_value=1, max_value=2),
        gxe.ExpectTableColumnCountToBeBetween(min_value=3),
        gxe.ExpectColumnToExist(column="b", column_index=1),
        gxe.ExpectColumnToExist(column="b", column_index=3),
        gxe.ExpectColumnToExist(column="c"),
        gxe.ExpectTableRowCountToEqual(value=3),
        gxe.ExpectTableRowCountToEqual(value=4),
        gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=2),
    ],
)
def test_columns_and_rows_counted(expectation: gxe.Expectation) -> None:
    assert_equal(expectation, TABLE)


def test_rows_of_another_table_are_counted_there() -> None:
    expectation = gxe.ExpectTableRowCountToEqualOtherTable(other_table_name="other")
    ours, _ = our_answer(expectation, TABLE, others={"other": TABLE})
    assert ours.success
    ours, _ = our_answer(expectation, TABLE, others={"other": TABLE.slice(1)})
    assert not ours.success
    assert ours.result["observed_value"] == {"self": 3, "other": 2}
    with pytest.raises(BadInput, match="'other'"):
        our_answer(expectation, TABLE)


@pytest.mark.parametrize("end", ["", ";", " -- the end"])
def test_rows_that_a_query_finds(end: str) -> None:
    expectation = gxe.UnexpectedRowsExpectation(unexpected_rows_query=f"SELECT * FROM {{batch}} WHERE a > 1{end}")
    ours, _ = our_answer(expectation, TABLE)
    assert not ours.success
    assert ours.result == {"observed_value": 1, "details": {"unexpected_rows": [{"a": 2, "b": "y"}]}}
    ours, _ = our_answer(expectation, TABLE.slice(0, 1), "SUMMARY")
    assert ours.success
    assert ours.result == {"observed_value": 0}


def test_no_more_rows_that_a_query_finds_than_gx_shows() -> None:
    table = pa.table({ROW: range(300), "a": range(300)})
    ours, _ = our_answer(gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT a FROM {batch}"), table)
    assert ours.result["observed_value"] == 300
    assert len(ours.result["details"]["unexpected_rows"]) == 200


@pytest.mark.parametrize("query", ["SELECT no FROM {batch}", "DELETE FROM {batch}", "SELECT {'a': a} FROM {batch}"])
def test_a_query_that_can_not_be_asked_is_bad_input(query: str) -> None:
    with pytest.raises(BadInput):
        our_answer(gxe.UnexpectedRowsExpectation(unexpected_rows_query=query), TABLE)
