"""The profiles of a source's last runs, kept; and what jumped between them and now.

What is measured (rows, the share of empty values, how many different values, the ends of a range) jumped if it moved
away from the last run by more than a tolerance and, once there are SETTLED runs to know by, from their median too.
The tolerance is then the ``steady`` one, or SPREAD times the spread of the last runs where that is more; with fewer
runs, the ``new`` one. So a source that always swings is not told for swinging, a steady one is for less, one that
grows is not for growing, what has moved for good is told once, and a bad run is not told again when it is over.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from vlekkeloos.profile import Bound, ColumnProfile, Profile, written

#: How many runs are looked back on, and how many of them make a habit.
LOOK_BACK, SETTLED = 10, 5
#: What is usual ends at so many deviations from the median (the median distance, scaled to a deviation).
SPREAD, DEVIATION = 6.0, 1.4826
#: Fewer values than this say nothing of a column.
ENOUGH = 20
#: A column whose values differ in more than this share of its rows has names of records, not properties.
NAMES = 0.5
YEAR = 365.25


@dataclass(frozen=True)
class Tolerance:
    """How far may a measure move: for a source with few runs, for one with a habit, and never less than this."""

    new: float
    steady: float
    least: float = 0.0
    side: Literal["both", "up", "down"] = "both"

    def passed(self, now: float, past: Sequence[float], scale: float) -> bool:
        """Did it jump? ``past`` is of the last runs, the newest first; ``scale`` what the tolerance is a share of."""
        allowed = max((self.new if len(past) < SETTLED else self.steady) * scale, self.least)
        usual = past[0]
        if len(past) >= SETTLED:
            median = statistics.median(past)
            deviation = DEVIATION * statistics.median(abs(one - median) for one in past)
            allowed = max(allowed, SPREAD * deviation)
            usual = median
        return self._far(now - past[0], allowed) and self._far(now - usual, allowed)

    def _far(self, step: float, allowed: float) -> bool:
        step = abs(step) if self.side == "both" else step if self.side == "up" else -step
        return step > allowed


#: A share of the rows: a fifth, or a twentieth; and ten rows are no jump.
ROWS = Tolerance(new=0.2, steady=0.05, least=10)
#: Percentage points of empty values.
EMPTY = Tolerance(new=0.10, steady=0.02)
#: A share of the number of different values, which is an estimate where they are many; and some new codes are none.
DISTINCT = Tolerance(new=0.5, steady=0.25, least=4)
#: Percentage points of different values among all, where nearly each is.
DIFFERING = Tolerance(new=0.25, steady=0.15)
#: A share of the distance from low to high, outwards.
LOW, HIGH = Tolerance(new=0.5, steady=0.25, side="down"), Tolerance(new=0.5, steady=0.25, side="up")
#: Days, outwards. The last date moves along with the runs; the first one stays, unless an old record comes.
FIRST, LAST = Tolerance(20 * YEAR, 10 * YEAR, side="down"), Tolerance(5 * YEAR, 2 * YEAR, side="up")


def jumps(now: Profile, before: Sequence[Profile]) -> list[dict[str, Any]]:
    """What jumped since the last runs, whose profiles are given with the newest first; [] if there were none.

    Each as ``{"column": …, "what": …, "before": …, "now": …}``: before is the last run's, the column of the number
    of rows is "", and what is ``rows``, ``empty`` (a share of the rows), ``distinct``, ``low`` or ``high``.
    """
    past = before[:LOOK_BACK]
    if not past:
        return []
    found: list[dict[str, Any]] = []
    if ROWS.passed(now.rows, [one.rows for one in past], past[0].rows):
        found.append(_jump("", "rows", past[0].rows, now.rows))
    for column in now.columns.values():
        same = [_Seen(one, one.columns[column.name]) for one in past if _comparable(one, column)]
        if same and same[0].profile is past[0]:
            found += _of_column(_Seen(now, column), same)
    return found


@dataclass(frozen=True)
class _Seen:
    """A column in one run."""

    profile: Profile
    column: ColumnProfile

    @property
    def filled(self) -> int:
        return self.profile.filled(self.column)

    @property
    def empty(self) -> float:
        return self.column.nulls / self.profile.rows if self.profile.rows else 0.0

    @property
    def differing(self) -> float:
        return min(1.0, (self.column.distinct or 0) / self.filled) if self.filled else 0.0


def _comparable(profile: Profile, column: ColumnProfile) -> bool:
    # a column of another type is told as drift
    return column.name in profile.columns and profile.columns[column.name].kind == column.kind


def _of_column(now: _Seen, past: Sequence[_Seen]) -> Iterator[dict[str, Any]]:
    last, name = past[0], now.column.name
    if min(now.profile.rows, last.profile.rows) >= ENOUGH:
        emptied = now.filled == 0 and last.filled >= ENOUGH
        if emptied or EMPTY.passed(now.empty, [one.empty for one in past], 1):
            yield _jump(name, "empty", round(last.empty, 4), round(now.empty, 4))
    if min(now.filled, last.filled) >= ENOUGH and _distinct(now, past):
        yield _jump(name, "distinct", last.column.distinct, now.column.distinct)
    yield from _ends(now, past)


def _distinct(now: _Seen, past: Sequence[_Seen]) -> bool:
    counts = [one.column.distinct for one in past if one.column.distinct is not None]
    if now.column.distinct is None or len(counts) < len(past):
        return False
    last = past[0]
    if now.column.distinct == 1 and counts[0] > 1:
        # a value that hardly any row had may well be gone
        others = last.filled - (last.column.most or 0)
        return others >= max(ENOUGH, last.filled / 100)
    if _grew_along(now, last):
        return False
    if last.differing > NAMES:
        return DIFFERING.passed(now.differing, [one.differing for one in past], 1)
    return DISTINCT.passed(now.column.distinct, counts, counts[0])


def _grew_along(now: _Seen, last: _Seen) -> bool:
    """More rows have more different values, and fewer fewer: that is said of the rows already."""
    rows, values = now.filled / last.filled, (now.column.distinct or 0) / (last.column.distinct or 1)
    return min(1.0, rows) <= values <= max(1.0, rows)


def _ends(now: _Seen, past: Sequence[_Seen]) -> Iterator[dict[str, Any]]:
    dates = now.column.kind in ("date", "moment")
    span = _span(past[0].column)
    for end, tolerance in {"low": FIRST if dates else LOW, "high": LAST if dates else HIGH}.items():
        found, last = getattr(now.column, end), getattr(past[0].column, end)
        if found is None or last is None or span is None:
            continue
        ends = [_number(known) for one in past if (known := getattr(one.column, end)) is not None]
        if tolerance.passed(_number(found), ends, 1 if dates else span or abs(ends[0])):
            yield _jump(now.column.name, end, written(last), written(found))


def _span(column: ColumnProfile) -> float | None:
    return None if column.low is None or column.high is None else _number(column.high) - _number(column.low)


def _number(known: Bound) -> float:
    """An end as a number: dates and moments in days."""
    if isinstance(known, datetime):
        return (known if known.tzinfo else known.replace(tzinfo=UTC)).timestamp() / 86_400
    return float(known.toordinal() if isinstance(known, date) else known)


def _jump(column: str, what: str, before: Any, now: Any) -> dict[str, Any]:
    return {"column": column, "what": what, "before": before, "now": now}
