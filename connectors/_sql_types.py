"""Column types of a database in, Arrow types out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
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
