"""Dates as the BRP writes them, complete or not."""

from __future__ import annotations

import datetime

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import assert_equal, examples
from tests.validations.drawn import texts, wholes
from tests.validations.judged import refused
from validations.brp_datum import ExpectColumnValuesToBeBrpDatum

DATUM = ExpectColumnValuesToBeBrpDatum(column="a")
complete = st.dates().map(lambda date: f"{date.year:04}{date:%m%d}")
incomplete = complete.map(lambda date: f"{date[:6]}00") | complete.map(lambda date: f"{date[:4]}0000")
odd = st.builds("{:04}{:02}{:02}".format, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
datums = st.one_of(complete, incomplete, odd, st.just("00000000"))


@examples
@given(texts(datums))
def test_texts(table: pa.Table) -> None:
    assert_equal(DATUM, table)


@examples
@given(wholes(datums))
def test_whole_numbers(table: pa.Table) -> None:
    assert_equal(DATUM, table)


def test_what_is_known_must_be_in_the_calendar() -> None:
    right = ["19800131", "20000229", "20240229", "00010101", "99991231", "19800100", "19800000", "00000000"]
    wrong = [
        "19800132", "19000229", "20230229", "20230431", "20231301", "19800001", "00000101", "00000001", "00000100",
        "1980013", "198001310", "1980-01-31", "19800131\n", "١٩٨٠٠١٣١", "",
    ]  # fmt: skip
    assert refused(DATUM, right + wrong) == wrong
    assert refused(DATUM, [19800131, 0, 10101, 1, 100, -1, 100000101]) == [1, 100, -1, 100000101]


def test_every_day_of_a_leap_year_and_no_other() -> None:
    days = [f"2024{month:02}{day:02}" for month in range(1, 13) for day in range(1, 32)]
    known = {f"{datetime.date(2024, 1, 1) + datetime.timedelta(days=day):%Y%m%d}" for day in range(366)}
    assert refused(DATUM, days) == [day for day in days if day not in known]
