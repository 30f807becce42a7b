"""A suite's bounds beside a column's values, compared as Python compares them: exactly.

SQL would compare a whole number or a decimal with a float as floats. So a bound moves to the nearest value that the
column's type can hold, on the side that matters.
"""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations.constants import decimal, moment, require_plain


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
    if column.kind == "moment" and isinstance(constant, datetime.datetime) and not pd.isna(constant):
        bound = moment(column, constant)
        if bound is not None:
            return f"{column.sql} {operator} {bound}"
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
        return f"{column.sql} {operator} {decimal(column, point)}"
    value = f"CAST({column.sql} AS TINYINT)" if column.kind == "boolean" else column.sql
    return f"{value} {operator} {point}"
