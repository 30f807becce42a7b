"""Values of Excel cells in, the one Arrow type that a column of them has out, and each value as that type."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

_TYPES = {
    "whole": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "day": pa.date32(),
    "moment": pa.timestamp("us"),
}


def kind(value: Any) -> str:
    """Of which kind a value is: whole, number, boolean, day, moment or text."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "whole" if float(value).is_integer() and abs(value) < 2**53 else "number"
    if isinstance(value, datetime):
        return "moment"
    return "day" if isinstance(value, date) else "text"


def column(kinds: set[str]) -> pa.DataType:
    """The type that holds all these kinds: text if they don't go together, or if there are none."""
    if kinds == {"whole", "number"}:
        return pa.float64()
    if kinds == {"day", "moment"}:
        return pa.timestamp("us")
    return _TYPES.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def value(found: Any, wanted: pa.DataType) -> Any:
    """The value as Python has it for that type; an empty text is null."""
    if found is None or found == "":
        return None
    if pa.types.is_string(wanted):
        return _text(found)
    if pa.types.is_integer(wanted):
        return int(found)
    if pa.types.is_timestamp(wanted) and not isinstance(found, datetime):
        return datetime.combine(found, time())
    return found


def _text(found: Any) -> str:
    """A value in a column of text: a whole number without a fraction, a day or moment as in ISO 8601."""
    if isinstance(found, date | time):
        return found.isoformat()
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    return str(found)
