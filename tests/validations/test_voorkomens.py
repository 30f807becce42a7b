"""Voorkomens of one object hold one after the other."""

from __future__ import annotations

import datetime
from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import examples
from tests.validations.beside import broken, expectation, table

COLUMNS = ["identificatie", "begin", "eind", "inactief"]
KEEP_APART = expectation("expect_voorkomens_to_not_overlap", column_list=COLUMNS)
FIRST, LAST = datetime.date(1, 1, 1), datetime.date(9999, 12, 31)
DAYS = st.sampled_from([None, FIRST, LAST, *(datetime.date(2020, 1, day) for day in range(1, 7))])
Row = tuple[str | None, datetime.date | None, datetime.date | None, datetime.datetime | None]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", None]),
        DAYS,
        DAYS,
        st.sampled_from([None, None, None, datetime.datetime(2021, 1, 1)]),
    ),
    max_size=10,
)


def voorkomens(rows: list[Row], day: pa.DataType | None = None) -> pa.Table:
    types = [pa.string(), pa.date32(), pa.date32(), pa.timestamp("us")]
    columns = list(zip(*rows, strict=True)) or [[]] * len(COLUMNS)
    made = {name: pa.array(list(one), type_) for name, one, type_ in zip(COLUMNS, columns, types, strict=True)}
    return table(**made | {name: made[name].cast(day or pa.date32()) for name in ("begin", "eind")})


def overlapping(rows: list[Row]) -> list[int]:
    """Each row against each other, as the rule says it."""
    found = set()
    held = [
        (number, key, begin, end or datetime.date.max)
        for number, (key, begin, end, inactive) in enumerate(rows, 1)
        if key is not None and begin is not None and inactive is None and (end is None or begin < end)
    ]
    for (one, key, begin, end), (other, its_key, its_begin, its_end) in combinations(held, 2):
        if key == its_key and begin < its_end and its_begin < end:
            found |= {one, other}
    return sorted(found)


@pytest.mark.parametrize("day", [pa.date32(), pa.timestamp("us")], ids=str)
@examples
@given(ROWS)
def test_the_scan_says_what_gx_says_and_what_each_pair_says(day: pa.DataType, rows: list[Row]) -> None:
    # the very last day is not told apart from no end
    rows = [(key, begin, end, inactive) for key, begin, end, inactive in rows if begin != LAST]
    assert broken(KEEP_APART, voorkomens(rows, day)) == overlapping(rows)


def test_one_long_voorkomen_over_several_short_ones() -> None:
    day = [datetime.date(2020, 1, number) for number in range(1, 10)]
    rows: list[Row] = [
        ("1", day[0], None, None),
        ("1", day[2], day[3], None),
        ("1", day[5], day[6], None),
        ("2", day[0], day[3], None),
        ("2", day[3], None, None),
    ]
    assert broken(KEEP_APART, voorkomens(rows)) == [1, 2, 3]


def test_one_that_ended_on_the_day_it_began_never_held() -> None:
    day = datetime.date(2020, 1, 1)
    assert broken(KEEP_APART, voorkomens([("1", day, day, None), ("1", day, None, None)])) == []
