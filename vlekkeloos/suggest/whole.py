"""What is expected of the table as a whole: its columns, and about how many rows."""

from __future__ import annotations

from collections.abc import Iterator

from vlekkeloos.connector import UNEXPECTED
from vlekkeloos.profile import Profile
from vlekkeloos.suggest.bounds import rounded
from vlekkeloos.suggest.expectation import Suggested, expectation


def table(found: Profile) -> Iterator[Suggested]:
    """Every column there, and between half and twice the rows: what is outside that is no ordinary change."""
    if found.rows:
        yield expectation(
            "table_row_count_to_be_between",
            "critical",
            f"{found.rows:,} rows seen; less than half or more than twice of that is no ordinary change",
            min_value=max(1, int(rounded(found.rows / 2, up=False))),
            max_value=int(rounded(found.rows * 2, up=True)),
        )
    yield expectation(
        "table_columns_to_match_set",
        "critical",
        "all columns seen; one more is no fault: the pull tells of it",
        column_set=[name for name in found.columns if name != UNEXPECTED],
        exact_match=False,
    )
