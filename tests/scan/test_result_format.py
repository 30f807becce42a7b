"""Every result_format: what the scan gives is what GX gives."""

from __future__ import annotations

from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from great_expectations.expectations.row_conditions import Column
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, assert_equal, examples, our_answer, tables
from vlekkeloos.errors import BadInput

FORMS = ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"]


@st.composite
def forms(draw: st.DrawFn, *names: str) -> dict[str, Any]:
    """A result_format with any of its settings."""
    form: dict[str, Any] = {"result_format": draw(st.sampled_from(FORMS))}
    settings: dict[str, st.SearchStrategy[Any]] = {
        "partial_unexpected_count": st.sampled_from([0, 1, 3, 20]),
        "unexpected_index_column_names": st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True),
        "include_unexpected_rows": st.booleans(),
        "exclude_unexpected_values": st.booleans(),
        "return_unexpected_index_query": st.booleans(),
    }
    for setting, values in settings.items():
        if draw(st.booleans()):
            form[setting] = draw(values)
    return form


def expectations() -> st.SearchStrategy[Any]:
    """Some expectations of columns ``a`` (text) and ``b`` (whole), with and without a row_condition."""
    words = st.fixed_dictionaries(
        {
            "mostly": st.sampled_from([1, 0.5]),
            "row_condition": st.sampled_from([None, Column("b") > 0, Column("a") != "a", Column("c").is_null()]),
        }
    )
    return words.flatmap(
        lambda given_: st.sampled_from(
            [
                gxe.ExpectColumnValuesToNotBeNull(column="a", **given_),
                gxe.ExpectColumnValuesToBeNull(column="c", **given_),
                gxe.ExpectColumnValuesToBeInSet(column="a", value_set=["a", "é"], **given_),
                gxe.ExpectColumnValuesToBeBetween(column="b", min_value=0, **given_),
                gxe.ExpectColumnValuesToBeBetween(column="c", max_value=0, **given_),
                gxe.ExpectColumnValuesToBeUnique(column="d", **given_),
            ]
        )
    )


@examples
@given(expectations(), tables("text", "small", "float", "date"), forms("a", "b", "d"))
def test_every_form(expectation: Any, table: pa.Table, form: dict[str, Any]) -> None:
    assert_equal(expectation, table, result_format=form)


@pytest.mark.parametrize("kind", sorted(KINDS))
@examples
@given(st.data())
def test_values_of_every_kind(kind: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    wanted = {"result_format": form, "include_unexpected_rows": True, "partial_unexpected_count": 2}
    assert_equal(gxe.ExpectColumnValuesToBeUnique(column="a"), data.draw(tables(kind, "text")), result_format=wanted)


LONG = pa.table(
    {ROW: range(1, 501), "a": [None if row % 10 == 0 else row % 7 for row in range(500)], "b": range(500)}
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("index", [None, ["b", "a"]])
@pytest.mark.parametrize(("count", "query"), [(20, None), (20, False), (300, None), (300, True)])
def test_more_than_gx_shows(form: str, count: int, index: list[str] | None, query: bool | None) -> None:
    wanted: dict[str, Any] = {
        "result_format": form,
        "partial_unexpected_count": count,
        "include_unexpected_rows": True,
    }
    if index is not None:
        wanted["unexpected_index_column_names"] = index
    if query is not None:
        wanted["return_unexpected_index_query"] = query
    assert_equal(gxe.ExpectColumnValuesToBeUnique(column="a"), LONG, result_format=wanted)
    excluding = {**wanted, "exclude_unexpected_values": True}
    assert_equal(gxe.ExpectColumnValuesToBeBetween(column="a", min_value=3), LONG, result_format=excluding)


def test_an_index_column_that_is_not_there_is_refused() -> None:
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["nope"]}
    with pytest.raises(BadInput, match="nope"):
        our_answer(gxe.ExpectColumnValuesToBeUnique(column="a"), LONG, form)
