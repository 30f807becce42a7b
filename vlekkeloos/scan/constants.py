"""A suite's constants beside a column's values, compared as Python and pandas compare them: exactly.

SQL would compare a whole number or a decimal with a float as floats. So a constant becomes one of the values that
the column's type can hold, or the nearest of them on the side that matters.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pyarrow as pa

from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.metric import sql as literal

#: The types that pandas judges as this module says; narrower floats and coarser moments it judges otherwise.
PLAIN: dict[str, Callable[[pa.DataType], bool]] = {
    "text": lambda type_: not pa.types.is_dictionary(type_),
    "whole": lambda type_: not pa.types.is_uint64(type_),
    "float": pa.types.is_float64,
    "decimal": lambda type_: bool(pa.types.is_decimal128(type_)),
    "date": pa.types.is_date32,
    "moment": lambda type_: bool(type_.unit == "us" and type_.tz in (None, "UTC")),
    "boolean": lambda _: True,
}


def require_plain(column: Column, *kinds: str) -> None:
    """Raises Untranslatable if the column is of another kind than these, or of an unusual type of that kind."""
    if column.kind not in kinds or not PLAIN[column.kind](column.type):
        raise Untranslatable(f"{column.name} is {column.type}, not a plain {' or '.join(kinds)}")


def same(column: Column, constant: object) -> str | None:
    """SQL: the column's value that equals a constant in Python; None if there can be none.

    Raises Untranslatable for constants that pandas may refuse beside such a column.
    """
    require_plain(column, *PLAIN)
    if constant is None or (isinstance(constant, float) and math.isnan(constant)):
        return None  # it equals what is missing, and that isn't asked here
    if not isinstance(constant, bool | int | float | Decimal | str | datetime.date) or constant is pd.NaT:
        raise Untranslatable(f"a value of the type {type(constant).__name__}")
    match column.kind:
        case "text":
            return _same_text(constant)
        case "whole" | "boolean":
            return _same_whole(column, constant)
        case "float":
            exact = isinstance(constant, bool | int | float) and _is_double(constant)
            return literal(float(constant)) if exact else _no_number(constant)  # type: ignore[arg-type]
        case "decimal":
            return _same_decimal(column, constant)
        case "date":
            return literal(constant) if type(constant) is datetime.date else None
    return _moment(column, constant) if isinstance(constant, datetime.datetime) else None


def _same_text(constant: object) -> str | None:
    if isinstance(constant, str):
        return literal(constant)
    if isinstance(constant, Decimal) or (isinstance(constant, int) and not -(2**63) <= constant < 2**63):
        raise Untranslatable(f"a {type(constant).__name__} among texts")
    return None


def _same_whole(column: Column, constant: object) -> str | None:
    """Arrow makes one type of the constants and casts the column to it: only what fits either is sure to go well."""
    if column.kind == "boolean":
        if not isinstance(constant, bool):
            raise Untranslatable(f"a {type(constant).__name__} beside truth values")
        return literal(constant)
    if isinstance(constant, int) and not isinstance(constant, bool) and -(2**63) <= constant < 2**63:
        return literal(constant)
    if isinstance(constant, float) and constant.is_integer() and abs(constant) <= 2**53:
        return literal(int(constant))
    raise Untranslatable(f"a {type(constant).__name__} among whole numbers")


def _same_decimal(column: Column, constant: object) -> str | None:
    if not isinstance(constant, bool | int | float | Decimal):
        return None
    if not math.isfinite(constant):
        raise Untranslatable("a number without end among decimals")
    steps = Fraction(constant) * 10**column.type.scale
    inside = steps.denominator == 1 and abs(steps.numerator) < 10**column.type.precision
    return _decimal(column, steps.numerator) if inside else None


def _no_number(constant: object) -> None:
    if isinstance(constant, Decimal):
        raise Untranslatable("a decimal among floats")


def _is_double(number: float) -> bool:
    try:
        return float(number) == number
    except OverflowError:
        return False


def compared(column: Column, operator: str, constant: object) -> str:
    """SQL: the column's value, which is there, ``<``, ``<=``, ``>`` or ``>=`` a constant, as Python finds it.

    Raises Untranslatable where Python won't compare the two.
    """
    require_plain(column, "whole", "boolean", "float", "decimal", "date", "moment")
    if isinstance(constant, bool | int | float | Decimal):
        if column.kind == "float":
            return f"{column.sql} {operator} {literal(_double(constant))}"
        return _on_grid(column, operator, constant)
    if column.kind == "date" and type(constant) is datetime.date:
        return f"{column.sql} {operator} {literal(constant)}"
    if column.kind == "moment" and isinstance(constant, datetime.datetime) and constant is not pd.NaT:
        moment = _moment(column, constant)
        if moment is not None:
            return f"{column.sql} {operator} {moment}"
    raise Untranslatable(f"{column.kind} beside a {type(constant).__name__}")


def _double(number: bool | float | Decimal) -> float:
    if isinstance(number, Decimal):
        raise Untranslatable("a decimal beside a float")
    try:
        made = float(number)
    except OverflowError:
        raise Untranslatable("a number too large for a float") from None
    if math.isnan(made):
        raise Untranslatable("a bound that is no number")
    return made


def _on_grid(column: Column, operator: str, constant: bool | float | Decimal) -> str:
    """Whole numbers and decimals lie on a grid: the constant moves to the nearest point that judges alike."""
    if column.kind not in ("whole", "boolean", "decimal") or math.isnan(constant):
        raise Untranslatable(f"{column.kind} beside a {type(constant).__name__}")
    below = operator in ("<", "<=")
    if math.isinf(constant):
        return str((constant > 0) is below).upper()
    scale = column.type.scale if column.kind == "decimal" else 0
    steps = Fraction(constant) * 10**scale
    point = math.ceil(steps) if operator in ("<", ">=") else math.floor(steps)
    end = 10**column.type.precision if column.kind == "decimal" else 2**64
    if abs(point) >= end:
        return str((point > 0) is below).upper()
    if column.kind == "decimal":
        return f"{column.sql} {operator} {_decimal(column, point)}"
    value = f"CAST({column.sql} AS TINYINT)" if column.kind == "boolean" else column.sql
    return f"{value} {operator} {point}"


def _decimal(column: Column, steps: int) -> str:
    kind = column.type
    written = Decimal(steps).scaleb(-kind.scale)
    return f"'{written:f}'::DECIMAL({kind.precision}, {kind.scale})"


def _moment(column: Column, moment: datetime.datetime) -> str | None:
    """None if one of the two has a time zone and the other has not: they never are equal."""
    if getattr(moment, "nanosecond", 0):
        raise Untranslatable("a moment finer than a microsecond")
    if (moment.tzinfo is None) is not (column.type.tz is None):
        return None
    return literal(moment)
