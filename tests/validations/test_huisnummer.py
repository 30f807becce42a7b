"""Huisnummer, huisletter and huisnummertoevoeging together."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import ROW, TEXTS, WHOLE, assert_equal, examples, our_answer
from tests.validations.drawn import nearly
from validations.huisnummer import ExpectMulticolumnValuesToBeHuisnummer

NAMES = ["huisnummer", "huisletter", "huisnummertoevoeging"]
HUISNUMMER = ExpectMulticolumnValuesToBeHuisnummer(column_list=NAMES)
whole = st.one_of(st.none(), st.integers(0, 100_000), WHOLE)


def _texts(form: str) -> st.SearchStrategy[str | None]:
    right = st.from_regex(form, fullmatch=True)
    return st.one_of(st.none(), right, nearly(right), TEXTS)


def _table(rows: list[tuple[Any, Any, Any]], *kinds: pa.DataType) -> pa.Table:
    columns = {name: pa.array([row[place] for row in rows], kinds[place]) for place, name in enumerate(NAMES)}
    return pa.table({ROW: pa.array(range(1, len(rows) + 1), pa.int64()), **columns})


@examples
@given(st.lists(st.tuples(whole, _texts("[A-Za-z]"), _texts("[0-9A-Za-z]{1,4}")), max_size=10))
def test_whole_numbers_and_texts(rows: list[Any]) -> None:
    assert_equal(HUISNUMMER, _table(rows, pa.int64(), pa.string(), pa.string()))


@examples
@given(
    st.lists(st.tuples(_texts("[1-9][0-9]{0,4}"), st.none(), whole), max_size=10), st.sampled_from(["never", None])
)
def test_texts_and_whole_numbers(rows: list[Any], ignore: str | None) -> None:
    more = {"ignore_row_if": ignore} if ignore else {}
    expectation = ExpectMulticolumnValuesToBeHuisnummer(column_list=NAMES, **more)
    assert_equal(expectation, _table(rows, pa.string(), pa.string(), pa.int64()))


def test_known_rows() -> None:
    right = [(1, None, None), (99999, "a", None), (12, "A", "bis"), (12, None, "3"), (None, None, None)]
    wrong = [
        (0, None, None), (100000, None, None), (-1, None, None), (None, "A", None), (None, None, "bis"),
        (1, "AB", None), (1, "1", None), (1, "é", None), (1, "", None), (1, None, "bis-2"), (1, None, "12345"),
        (1, None, " "), (1, None, "bis\n"),
    ]  # fmt: skip
    table = _table(right + wrong, pa.int64(), pa.string(), pa.string())
    assert_equal(HUISNUMMER, table)
    _, rows = our_answer(HUISNUMMER, table)
    assert [(right + wrong)[row - 1] for row in rows] == wrong


def test_it_is_about_three_columns() -> None:
    with pytest.raises(ValueError, match="three columns"):
        ExpectMulticolumnValuesToBeHuisnummer(column_list=["huisnummer", "huisletter"])
