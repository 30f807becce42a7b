"""Python's values in, SQL out, and back: which of a column's values equals a suite author's, and what Python gets.

Equal is meant here as Python's sets mean it; ``constants`` says how pandas compares a column with a constant.
"""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pyarrow as pa

from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.metric import sql as literal


def constant(column: Column, given: Any) -> str | None:  # noqa: PLR0911 - one line a kind
    """The SQL of the value in a column that Python calls equal to ``given``; None if the column can't hold one.

    In Python ``1 == 1.0 == True == Decimal(1)``, and a date is no moment. Raises Untranslatable for kinds of
    columns of which that can't be said.
    """
    match column.kind, given:
        case "text", str():
            return literal(given)
        case "whole", bool() | int() | float() | Decimal():
            return str(int(given)) if _whole(given) and -(2**63) <= given < 2**64 else None
        case "float", bool() | int() | float() | Decimal():
            return literal(float(given)) if _fits_float(given) else None
        case "decimal", bool() | int() | float() | Decimal():
            return _decimal(column, given)
        case "boolean", bool() | int() | float() | Decimal():
            return str(bool(given)).upper() if given in (0, 1) else None
        case "moment", datetime.datetime():
            return _moment(column, given)
        case "date", datetime.date() if not isinstance(given, datetime.datetime):
            return literal(given)
        case "bytes" | "other", _:
            raise Untranslatable(f"{column.name} is {column.type}")
    return None


def _whole(given: Any) -> bool:
    return isinstance(given, int) or bool(math.isfinite(given) and given == int(given))


def _fits_float(given: Any) -> bool:
    try:
        return bool(float(given) == given)
    except OverflowError:
        return False


def _decimal(column: Column, given: Any) -> str | None:
    exact = Decimal(given)
    kind = _value_type(column)
    if not exact.is_finite() or abs(exact) >= Decimal(10) ** (kind.precision - kind.scale):
        return None
    if (Fraction(exact) * 10**kind.scale).denominator != 1:
        return None  # it has more decimals than the column
    return f"CAST('{exact:f}' AS DECIMAL({kind.precision}, {kind.scale}))"


def _moment(column: Column, given: datetime.datetime) -> str | None:
    if pd.isna(given) or (given.tzinfo is None) is not (_value_type(column).tz is None):
        return None
    if getattr(given, "nanosecond", 0):
        raise Untranslatable("a moment finer than a microsecond")
    return literal(given.to_pydatetime() if isinstance(given, pd.Timestamp) else given)


def _value_type(column: Column) -> Any:
    return column.type.value_type if pa.types.is_dictionary(column.type) else column.type


def carried(column: Column, expression: str) -> str:
    """SQL: a value of a column in the form in which Python gets it. Raises Untranslatable."""
    column.require("text", "whole", "float", "decimal", "boolean", "date", "moment")
    if column.kind != "moment":
        return expression
    if _value_type(column).unit == "ns":
        raise Untranslatable(f"{column.name} has moments finer than a microsecond")
    # Python would want a library of time zones for a moment that has one
    return f"epoch_us({expression})"


def restored(column: Column, found: Any) -> Any:
    """What pandas has for such a value; its own sign of a missing one for None."""
    if column.kind == "moment":
        return pd.NaT if found is None else pd.Timestamp(found, unit="us", tz=_value_type(column).tz)
    if found is None:
        return pd.NA if column.kind in ("whole", "boolean") else math.nan
    return found
