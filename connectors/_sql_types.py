"""Column types and values of a database in, Arrow types and arrays out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from psycopg import adapters

#: The most digits that an Arrow decimal of 128 bits holds.
DIGITS = 38

#: PostgreSQL's names for the types of a query's columns.
_POSTGRES: dict[str, pa.DataType] = {
    "int2": pa.int64(),
    "int4": pa.int64(),
    "int8": pa.int64(),
    "float4": pa.float64(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
    "bytea": pa.binary(),
}


class Misfit(Exception):
    """A value that doesn't fit its column; ``at`` is its index."""

    def __init__(self, at: int) -> None:
        self.at = at
        super().__init__(at)


def of_column(type_: Any) -> pa.DataType:
    """The Arrow type of a reflected column."""
    for known, arrow in _SQLALCHEMY:
        if isinstance(type_, known):
            found: pa.DataType = arrow(type_)
            return found
    return pa.string()


def _decimal(precision: int | None, scale: int | None) -> pa.DataType:
    if precision is None or precision > DIGITS or (scale or 0) < 0:
        return pa.float64()
    return pa.decimal128(precision, scale or 0)


#: In this order: a subclass stands before its base.
_SQLALCHEMY: list[tuple[Any, Callable[[Any], pa.DataType]]] = [
    (sa.Boolean, lambda _: pa.bool_()),
    (sa.Integer, lambda _: pa.int64()),
    (sa.Float, lambda _: pa.float64()),
    (sa.Numeric, lambda type_: _decimal(type_.precision, type_.scale)),
    (sa.DateTime, lambda type_: pa.timestamp("us", "UTC" if type_.timezone else None)),
    (sa.Date, lambda _: pa.date32()),
    (sa.Time, lambda _: pa.time64("us")),
    (sa.LargeBinary, lambda _: pa.binary()),
    (sa.ARRAY, lambda type_: pa.list_(of_column(type_.item_type))),
]


def of_cursor(cursor: Any) -> list[pa.DataType | None]:
    """The Arrow types of a query's columns, None for each that the driver doesn't tell."""
    return [_of_description(column) for column in cursor.description]


def _of_description(column: Any) -> pa.DataType | None:
    if not hasattr(column, "type_display"):
        return None
    known = adapters.types.get(column.type_code)
    if known is None:
        return pa.string()
    if known.name == "numeric":
        return _decimal(column.precision, column.scale)
    one = _POSTGRES.get(known.name, pa.string())
    return pa.list_(one) if column.type_code == known.array_oid else one


def of_values(values: list[Any]) -> pa.DataType:
    """The Arrow type of the first value that isn't null; text if there is none."""
    first = next((value for value in values if value is not None), None)
    by_python = {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        bytes: pa.binary(),
        date: pa.date32(),
    }
    if isinstance(first, datetime):
        return pa.timestamp("us", "UTC" if first.tzinfo else None)
    return by_python.get(type(first), pa.float64() if isinstance(first, Decimal) else pa.string())


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
