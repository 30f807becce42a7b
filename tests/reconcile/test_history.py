"""A source with history: which voorkomen speaks for a key on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from vlekkeloos.connector import History
from vlekkeloos.reconcile.sides import quarantined_keys, valid_on

HISTORY = History(begin="begin", end="eind", version="nummer", annulled=("inactief",))
DAY = date(2020, 1, 1)
#: (key, nummer, begin, eind, inactief, quarantined)
PAST = ("1", 1, "2010-01-01", "2015-01-01", None, False)
NOW = ("1", 2, "2015-01-01", None, None, False)


def sides(*rows: tuple[Any, ...]) -> tuple[list[tuple[str, int]], list[str]]:
    """The (key, nummer) that hold on DAY, and the keys in quarantine."""
    query = duckdb.connect()
    query.execute("CREATE TABLE raw (id VARCHAR, nummer INTEGER, begin DATE, eind DATE, inactief DATE, bad BOOLEAN)")
    query.executemany("INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?)", rows)
    query.execute("CREATE TABLE accepted AS SELECT * EXCLUDE bad FROM raw WHERE NOT bad")
    query.execute(
        "CREATE TABLE quarantine AS SELECT id AS key, 'critical' AS severity,"
        " CAST(to_json(r) AS VARCHAR) AS record FROM (SELECT * EXCLUDE bad FROM raw WHERE bad) AS r"
    )
    valid = query.sql(f"SELECT id, nummer FROM ({valid_on(HISTORY, 'id', 'accepted', 'quarantine', DAY)})").fetchall()
    return valid, [key for (key,) in query.sql(quarantined_keys(HISTORY, "quarantine", DAY)).fetchall()]


@pytest.mark.parametrize(
    ("rows", "valid", "quarantined"),
    [
        ([PAST, NOW], [("1", 2)], []),
        ([PAST], [], []),
        ([("1", 1, "2021-01-01", None, None, False)], [], []),
        ([("1", 1, "2010-01-01", "2020-01-01", None, False)], [], []),
        ([("1", 1, "2020-01-01", None, None, False)], [("1", 1)], []),
        ([PAST, (*NOW[:4], "2016-01-01", False)], [], []),
        ([(*PAST[:5], True), NOW], [("1", 2)], []),
        ([PAST, (*NOW[:5], True)], [], ["1"]),
        ([("1", 1, "2010-01-01", None, None, False), (*NOW[:5], True)], [], ["1"]),
        ([("1", 9, "2010-01-01", None, None, False), ("1", 10, "2012-01-01", None, None, False)], [("1", 10)], []),
        ([("1", 9, "2010-01-01", None, None, False), ("1", 10, "2012-01-01", None, None, True)], [], ["1"]),
        ([("1", 10, "2010-01-01", None, None, False), ("1", 9, "2012-01-01", None, None, True)], [("1", 10)], ["1"]),
    ],
    ids=[
        "the present one",
        "only a past one",
        "only a future one",
        "ended on the day itself",
        "begun on the day itself",
        "annulled",
        "a past one in quarantine is no matter",
        "the present one in quarantine",
        "an older one does not speak for the newest in quarantine",
        "ten is more than nine",
        "ten in quarantine is more than nine",
        "an older one in quarantine leaves the newest",
    ],
)
def test_which_voorkomen_holds(
    rows: list[tuple[Any, ...]], valid: list[tuple[str, int]], quarantined: list[str]
) -> None:
    assert sides(*rows) == (valid, quarantined)
