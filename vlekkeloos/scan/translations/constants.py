"""A suite's constants among a column's values: which of these equal them, as Python and pandas see it, exactly.

SQL would compare a whole number or a decimal with a float as floats. So a constant becomes one of the values that
the column's type can hold, or none.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
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


def members(column: Column, constants: Sequence[object]) -> list[str]:
    """SQL: the column's values that equal one of some constants, each once. Raises Untranslatable."""
    require_plain(column, *PLAIN)
    large = any(isinstance(constant, int) and abs(constant) > 2**53 for constant in constants)
    if column.kind in ("whole", "float") and large and any(isinstance(constant, float) for constant in constants):
        raise Untranslatable("whole numbers among floats that can't hold them")
    found = (same(column, constant) for constant in constants)
    return list(dict.fromkeys(value for value in found if value is not None))


def same(column: Column, constant: object) -> str | None:  # noqa: PLR0911 - one line a kind
    """SQL: the column's value that equals a constant in Python; None if there can be none.

    Raises Untranslatable for constants that pandas may refuse beside such a column.
    """
    require_plain(column, *PLAIN)
    if constant is None or (isinstance(constant, float) and math.isnan(constant)):
        return None  # it equals what is missing, and that isn't asked here
    known = isinstance(constant, bool | int | float | Decimal | str | datetime.date)
    if not known or (isinstance(constant, datetime.datetime) and pd.isna(constant)):
        raise Untranslatable(f"a value of the type {type(constant).__name__}")
    match column.kind:
        case "text":
            return _same_text(constant)
        case "whole" | "boolean":
            return _same_whole(column, constant)
        case "float":
            return _same_float(constant)
        case "decimal":
            return _same_decimal(column, constant)
        case "date":
            return literal(constant) if type(constant) is datetime.date else None
    return moment(column, constant) if isinstance(constant, datetime.datetime) else None


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
    return decimal(column, steps.numerator) if inside else None


def _same_float(constant: object) -> str | None:
    if isinstance(constant, Decimal):
        raise Untranslatable("a decimal among floats")
    if not isinstance(constant, bool | int | float):
        return None
    try:
        return literal(float(constant)) if float(constant) == constant else None
    except OverflowError:
        return None


def decimal(column: Column, steps: int) -> str:
    """SQL: so many of the smallest steps of a decimal column."""
    scale = column.type.scale
    digits = str(abs(steps)).zfill(scale + 1)
    written = f"{'-' if steps < 0 else ''}{digits[: len(digits) - scale]}.{digits[len(digits) - scale :]}"
    return f"'{written}'::DECIMAL({column.type.precision}, {scale})"


def moment(column: Column, constant: datetime.datetime) -> str | None:
    """SQL: a moment beside those of a column; None if one of the two has a time zone and the other has not."""
    if getattr(constant, "nanosecond", 0):
        raise Untranslatable("a moment finer than a microsecond")
    if (constant.tzinfo is None) is not (column.type.tz is None):
        return None
    return literal(constant)
