"""An identificatie of the BAG: 16 digits that tell the type of the object."""

from __future__ import annotations

import pyarrow as pa
import pytest
from great_expectations.exceptions import GreatExpectationsError
from hypothesis import given
from hypothesis import strategies as st
from pydantic.v1 import ValidationError

from tests.scan.equal import TEXTS, examples
from tests.validations.beside import broken, expectation, table
from validations._bag import CODES

KIND = "expect_column_values_to_be_bag_identificatie"
SOME = st.one_of(
    st.sampled_from([
        "0457200000000001", "0457100000000001", "0457010000000001", "0457300000000001", "0457990000000001",
        "045720000000000", "04572000000000011", "0457200000000001\n", " 0457200000000001", "0457٢00000000001",
        "2403", "24",
    ]),
    TEXTS,
)  # fmt: skip
TYPES = st.one_of(st.none(), st.sampled_from(["woonplaats", *CODES]))


@examples
@given(st.lists(st.one_of(st.none(), SOME), max_size=8), TYPES, st.sampled_from([1, 0.5]))
def test_the_scan_says_of_a_text_what_gx_says(values: list[str | None], type_: str | None, mostly: float) -> None:
    judged = expectation(KIND, column="a", object_type=type_, mostly=mostly)
    broken(judged, table(a=pa.array(values, pa.string())))


@examples
@given(st.lists(st.one_of(st.none(), st.lists(st.one_of(st.none(), SOME), max_size=3)), max_size=6), TYPES)
def test_the_scan_says_of_a_list_what_gx_says(values: list[list[str | None] | None], type_: str | None) -> None:
    judged = expectation(KIND, column="a", object_type=type_)
    broken(judged, table(a=pa.array(values, pa.list_(pa.string()))))


def test_whole_numbers_are_read_as_written() -> None:
    judged = expectation(KIND, column="a", object_type="pand")
    assert broken(judged, table(a=pa.array([1457100000000001, 457100000000001, None]))) == [2]


@pytest.mark.parametrize(("type_", "code"), [*CODES.items()])
def test_the_type_is_told_by_its_code(type_: str, code: str) -> None:
    rows = [f"0457{other}0000000001" for other in CODES.values()]
    judged = expectation(KIND, column="a", object_type=type_)
    wrong = [number for number, row in enumerate(rows, 1) if row[4:6] != code]
    assert broken(judged, table(a=pa.array(rows))) == wrong


def test_each_value_of_a_list_counts() -> None:
    rows = [["0457100000000001", "0457200000000001"], ["0457100000000001"], [], None]
    judged = expectation(KIND, column="a", object_type="pand")
    assert broken(judged, table(a=pa.array(rows, pa.list_(pa.string())))) == [1]


def test_a_type_that_the_bag_does_not_have_is_refused() -> None:
    with pytest.raises((ValidationError, GreatExpectationsError)):
        expectation(KIND, column="a", object_type="gebouw")
