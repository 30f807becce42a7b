"""Values as a database's driver gives them in, Arrow arrays of a column's type out, nothing rounded or cut."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa


class Misfit(Exception):
    """A value that doesn't fit its column; ``at`` is its index."""

    def __init__(self, at: int) -> None:
        self.at = at
        super().__init__(at)


#: What Python's and Arrow's conversions raise for a value that isn't of the type.
_REFUSALS = (pa.ArrowException, TypeError, ValueError, OverflowError, InvalidOperation)

#: What a driver gives for a type. Of anything else Arrow would take too much: 8.5 for a whole number, say.
_PYTHON: dict[int, type] = {
    pa.bool_().id: bool,
    pa.int64().id: int,
    pa.float64().id: float,
    pa.string().id: str,
    pa.binary().id: bytes,
    pa.date32().id: date,
    pa.decimal128(1).id: Decimal,
}


def array(values: list[Any], wanted: pa.DataType) -> pa.Array:
    """The values as an array of that type, nothing rounded or cut; raises Misfit."""
    fitted = values
    if not {type(value) for value in values} <= {_PYTHON.get(wanted.id), type(None)}:
        fitted = [value if value is None else _at(at, _fit, value, wanted) for at, value in enumerate(values)]
    try:
        return pa.array(fitted, wanted)
    except _REFUSALS:
        for at, value in enumerate(fitted):
            _at(at, pa.scalar, value, wanted)
        raise


def _at(at: int, convert: Callable[[Any, pa.DataType], Any], value: Any, wanted: pa.DataType) -> Any:
    try:
        return convert(value, wanted)
    except _REFUSALS:
        raise Misfit(at) from None


def _fit(value: Any, wanted: pa.DataType) -> Any:
    """The value as Python has it for that type; raises what the conversions raise, or TypeError."""
    if pa.types.is_string(wanted):
        return _text(value)
    if pa.types.is_temporal(wanted):
        return _time(value, wanted)
    if pa.types.is_boolean(wanted) and value in (0, 1):
        return bool(value)
    if pa.types.is_decimal(wanted) and isinstance(value, int | float | str):
        return Decimal(str(value))
    if pa.types.is_floating(wanted) and isinstance(value, Decimal | int):
        return float(value)
    if not pa.types.is_list(wanted) and type(value) is not _PYTHON.get(wanted.id):
        raise TypeError
    return value


def _time(value: Any, wanted: pa.DataType) -> date | time:
    """A date, moment or time of day, also from the text that SQLite keeps of it."""
    kind = datetime if pa.types.is_timestamp(wanted) else date if pa.types.is_date(wanted) else time
    found = kind.fromisoformat(value) if isinstance(value, str) else value
    if type(found) is not kind:
        raise TypeError
    if isinstance(found, datetime):
        if (found.tzinfo is None) != (wanted.tz is None):
            raise TypeError
        return found if found.tzinfo is None else found.astimezone(UTC)
    return found


def _text(value: Any) -> str:
    if isinstance(value, int | float | bytes | bytearray | memoryview):
        raise TypeError
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
