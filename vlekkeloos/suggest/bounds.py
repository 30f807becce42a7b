"""What was seen at both ends in; bounds with some room beyond them, in round numbers, out."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from vlekkeloos.profile import Bound, ColumnProfile

#: The share of the distance between low and high that is left as room at each end.
ROOM = 0.1
#: Years after the last date seen (or today) in which new records may still fall.
YEARS = 10
#: Beyond this a float, and so JSON in many a reader, can't tell whole numbers apart.
SAFE = 2**53


def rounded(number: float, *, up: bool) -> float:
    """The nearest number of two digits (and zeros) at or beyond this one."""
    if number == 0:
        return 0
    unit = 10.0 ** (math.floor(math.log10(abs(number))) - 1)
    steps = number / unit
    # 0.1 + 0.2 is no reason to go a whole step further
    steps = math.ceil(steps - 1e-9) if up else math.floor(steps + 1e-9)
    return float(f"{steps * unit:.12g}")


def numbers(low: Bound, high: Bound, *, whole: bool, personal: bool) -> tuple[float, float] | None:
    """Bounds around numbers; None if they are too large to be told apart.

    For records about persons both are the powers of ten beyond, so that neither is the value of a record.
    """
    least, most = _float(low), _float(high)
    if max(abs(least), abs(most)) > SAFE:
        return None
    if personal:
        bottom, top = (0.0 if least >= 0 else -_power(-least)), _power(most)
    else:
        room = (most - least or abs(most)) * ROOM
        bottom, top = rounded(least - room, up=False), rounded(most + room, up=True)
        if 0 <= least <= max(room, 1 if whole else 0):
            # what starts near zero doesn't go below it, and a number that starts at 1 has no 0
            bottom = 1.0 if whole and least else 0.0
    return (math.floor(bottom), math.ceil(top)) if whole else (bottom, top)


def years(column: ColumnProfile, today: date) -> tuple[str, str] | None:
    """Bounds around dates or moments, as GX's JSON has them: decades before, and some years ahead.

    New records have new dates: an upper bound close to the last one would soon be wrong.
    """
    low, high = column.low, column.high
    if not isinstance(low, date) or not isinstance(high, date):
        return None
    first, last = (low.year - 1) // 10 * 10, max(high.year, today.year) + YEARS
    if first < 1 or last > 9999:
        return None
    if isinstance(low, datetime):
        return low.replace(first, 1, 1, 0, 0, 0, 0).isoformat(), low.replace(last, 12, 31, 0, 0, 0, 0).isoformat()
    return date(first, 1, 1).isoformat(), date(last, 12, 31).isoformat()


def _power(number: float) -> float:
    """The least power of ten above a number, at least 10."""
    return 10.0 ** max(1, math.floor(math.log10(number)) + 1) if number > 0 else 10.0


def _float(found: Any) -> float:
    return float(found) if isinstance(found, int | float | Decimal) else math.inf
