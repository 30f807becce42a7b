"""What is expected of one column by what was seen in it: guesses, so warnings."""

from __future__ import annotations

import math
from collections.abc import Iterator

from vlekkeloos.profile import ColumnProfile, Profile
from vlekkeloos.run import today
from vlekkeloos.suggest import bounds
from vlekkeloos.suggest.expectation import Suggested, expectation

#: From this share of filled rows on, an empty one is the exception.
MOSTLY_FILLED = 0.9
#: Values with on average this many rows are codes, not a short list of records.
ROWS_A_VALUE = 20
#: … and of records about persons each has this many, so that it says nothing of any of them.
ROWS_A_VALUE_OF_PERSONS = 50
#: Whole numbers that nearly all differ are numbers of records: the next one lies beyond the last.
RECORD_NUMBERS = 0.8
#: A code isn't longer than this; what is, is prose.
CODE = 60


def filled(column: ColumnProfile, found: Profile) -> Iterator[Suggested]:
    """No empty values where there were none, or few where there were few."""
    if not found.rows:
        return
    note = f"{column.nulls:,} of {found.rows:,} empty"
    if not column.nulls:
        yield expectation("column_values_to_not_be_null", "warning", note, column=column.name)
    elif (share := found.filled(column) / found.rows) >= MOSTLY_FILLED:
        mostly = math.floor(share * 100 - 1) / 100
        yield expectation("column_values_to_not_be_null", "warning", note, column=column.name, mostly=mostly)


def values(column: ColumnProfile, found: Profile, *, personal: bool) -> Iterator[Suggested]:
    """A set of codes, or a range, or the length of a text."""
    if not found.filled(column):
        return
    if (codes := _codes(column, found, personal)) is not None:
        yield codes
    elif column.kind in ("whole", "float", "decimal"):
        yield from _numbers(column, found, personal)
    elif column.kind in ("date", "moment"):
        yield from _dates(column, personal)
    elif column.kind == "text":
        yield from _length(column)


def _codes(column: ColumnProfile, found: Profile, personal: bool) -> Suggested | None:
    if not column.values or column.kind == "boolean" or (column.longest or 0) > CODE:
        return None
    whole = [value for value in column.values if isinstance(value, int)]
    if len(whole) > 1 and max(whole) - min(whole) < len(whole):
        # 1, 2, 3, 4: a number that counts something says as much by its range
        return None
    rarest, rows = min(column.values.values()), found.filled(column)
    if rows < ROWS_A_VALUE * len(column.values) or (personal and rarest < ROWS_A_VALUE_OF_PERSONS):
        return None
    return expectation(
        "column_values_to_be_in_set",
        "warning",
        f"{len(column.values)} different in {rows:,} values; the rarest {rarest:,} times",
        column=column.name,
        value_set=sorted(column.values),
    )


def _numbers(column: ColumnProfile, found: Profile, personal: bool) -> Iterator[Suggested]:
    if column.low is None or column.high is None:
        return
    rows = found.filled(column)
    if column.kind == "whole" and rows >= ROWS_A_VALUE and (column.distinct or 0) > RECORD_NUMBERS * rows:
        return
    ends = bounds.numbers(column.low, column.high, whole=column.kind == "whole", personal=personal)
    if ends is None:
        return
    note = "the powers of ten around what was seen" if personal else f"{column.low:,} to {column.high:,} seen"
    yield expectation(
        "column_values_to_be_between", "warning", note, column=column.name, min_value=ends[0], max_value=ends[1]
    )


def _dates(column: ColumnProfile, personal: bool) -> Iterator[Suggested]:
    if (ends := bounds.years(column, today())) is None:
        return
    seen = "from the decade of the first" if personal else f"{str(column.low)[:10]} to {str(column.high)[:10]} seen"
    yield expectation(
        "column_values_to_be_between",
        "warning",
        f"{seen}, with room for what is to come",
        column=column.name,
        min_value=ends[0],
        max_value=ends[1],
    )


def _length(column: ColumnProfile) -> Iterator[Suggested]:
    shortest, longest = column.shortest or 0, column.longest or 0
    if shortest == longest:
        note = f"every value {longest} long"
        yield expectation("column_value_lengths_to_equal", "warning", note, column=column.name, value=longest)
        return
    note = f"{shortest} to {longest} long" + ("; some are filled with nothing" if not shortest else "")
    most = int(bounds.rounded(longest * 1.5, up=True))
    yield expectation(
        "column_value_lengths_to_be_between",
        "info",
        note,
        column=column.name,
        min_value=min(shortest, 1),
        max_value=most,
    )
