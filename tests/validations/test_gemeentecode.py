"""Gemeentecode: of a municipality that is, was, or was there on a date."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import assert_equal, examples
from tests.validations.drawn import texts, wholes
from tests.validations.judged import refused
from validations.gemeentecode import ExpectColumnValuesToBeGemeentecode, codes

EVER = ExpectColumnValuesToBeGemeentecode(column="a")
gemeentecodes = st.one_of(
    st.sampled_from(sorted(codes(None))), st.integers(0, 2100).map(lambda code: str(code).zfill(4))
)
dates = st.none() | st.dates(datetime.date(1830, 1, 1), datetime.date(2030, 1, 1))


def _on(date: str) -> ExpectColumnValuesToBeGemeentecode:
    return ExpectColumnValuesToBeGemeentecode(column="a", on=date)


@examples
@given(texts(gemeentecodes), dates)
def test_texts(table: pa.Table, on: datetime.date | None) -> None:
    assert_equal(ExpectColumnValuesToBeGemeentecode(column="a", on=on), table)


@examples
@given(wholes(gemeentecodes), dates)
def test_whole_numbers_get_their_zeros_back(table: pa.Table, on: datetime.date | None) -> None:
    assert_equal(ExpectColumnValuesToBeGemeentecode(column="a", on=on), table)


def test_ever() -> None:
    wrong = ["0000", "0998", "1999", "9999", "363", "00363", "0363\n", "GM0363", "٠٣٦٣", ""]
    assert refused(EVER, ["0363", "0457", "1401", "1992", *wrong]) == wrong
    assert refused(EVER, [363, 457, 0, 998, -363]) == [0, 998, -363]


def test_weesp_joined_amsterdam() -> None:
    assert refused(_on("2022-03-23"), ["0457", "0363"]) == []
    assert refused(_on("2022-03-24"), ["0457", "0363"]) == ["0457"]


def test_voorne_aan_zee_succeeded_three() -> None:
    assert refused(_on("2022-12-31"), ["0501", "0530", "0614", "1992"]) == ["1992"]
    assert refused(_on("2023-01-01"), ["0501", "0530", "0614", "1992"]) == ["0501", "0530", "0614"]


@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("1997-01-01", 572), ("2018-01-01", 380), ("2019-01-01", 355), ("2021-01-01", 352), ("2022-01-01", 345),
        ("2022-03-24", 344), ("2023-01-01", 342),
    ],
)  # fmt: skip
def test_there_are_as_many_as_cbs_counted(day: str, number: int) -> None:
    assert len(codes(day)) == number
