"""Comparisons of a column with constants and other columns as pandas makes them, missing values included."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pandas as pd

from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations.bounds import compared
from vlekkeloos.scan.translations.constants import PLAIN, members, require_plain, same

Constant = bool | int | float | str | datetime.datetime
#: The kinds that are Arrow's in the frame: what is missing compares to nothing there.
ARROWS = ("whole", "boolean")


def among(column: Column, constants: Sequence[Any]) -> str:
    """SQL of pandas' isin, which a missing value never is."""
    equals = members(column, constants)
    return f"({_there(column)} AND {column.sql} IN ({', '.join(equals)}))" if equals else "FALSE"


def compare(column: Column, operator: str, constant: Constant) -> str:
    """SQL of a column ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=`` a constant."""
    require_plain(column, *PLAIN)
    if isinstance(constant, str):
        return _compare_with_text(column, operator, constant)
    if isinstance(constant, datetime.datetime):
        return _compare_with_moment(column, operator, constant)
    if column.kind in ARROWS:
        return _compare_in_arrow(column, operator, constant)
    if column.kind == "moment":
        raise Untranslatable("a moment beside a number")  # pandas reads the number's digits as a date
    if operator in ("==", "!="):
        return _equal(column, operator, _same_number(column, constant))
    return f"({_there(column)} AND {compared(column, operator, constant)})"


def _compare_with_text(column: Column, operator: str, text: str) -> str:
    if operator in ("==", "!="):
        # pandas' query asks whether the value is in a list of this text alone
        if column.kind in ARROWS:
            raise Untranslatable(f"{column.kind} beside a text")
        return _equal(column, operator, same(column, text))
    if column.kind == "text":
        return f"({_there(column)} AND {column.sql} {operator} {literal(text)})"
    if column.kind == "moment":
        return f"({_there(column)} AND {compared(column, operator, _moment(text))})"
    raise Untranslatable(f"{column.kind} beside a text")


def _compare_with_moment(column: Column, operator: str, moment: datetime.datetime) -> str:
    require_plain(column, "moment")
    if operator in ("==", "!="):
        return _equal(column, operator, same(column, moment))
    return f"({_there(column)} AND {compared(column, operator, moment)})"


def _moment(text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(text)
    except (ValueError, OverflowError) as error:
        raise Untranslatable("a text that is no moment") from error


def _same_number(column: Column, number: float) -> str | None:
    """pandas makes the constant a float beside floats, and compares others exactly."""
    if column.kind == "float":
        try:
            return literal(float(number))
        except OverflowError:
            raise Untranslatable("a number too large for a float") from None
    return same(column, number)


def _compare_in_arrow(column: Column, operator: str, constant: float) -> str:
    """Arrow compares whole numbers with a float as floats."""
    value, word = column.sql, {"==": "=", "!=": "<>"}.get(operator, operator)
    if isinstance(constant, float):
        whole = f"CAST({value} AS TINYINT)" if column.kind == "boolean" else value
        return f"(CAST({whole} AS DOUBLE) {word} {literal(constant)})"
    if not -(2**63) <= constant < 2**63:
        raise Untranslatable("a number too large for Arrow")
    if column.kind == "boolean":
        value = f"CAST({value} AS TINYINT)"
    return f"({value} {word} {int(constant)})"


def _equal(column: Column, operator: str, value: str | None) -> str:
    if value is None:
        return "FALSE" if operator == "==" else "TRUE"
    if operator == "==":
        return f"({_there(column)} AND {column.sql} = {value})"
    return f"({column.missing} OR {column.sql} <> {value})"


def beside(left: Column, operator: str, right: Column) -> str:
    """SQL of one column ``==``, ``<``, … another of the same type."""
    require_plain(left, *PLAIN)
    if left.type != right.type or left.kind == "boolean":
        raise Untranslatable(f"{left.type} beside {right.type}")
    word = {"==": "=", "!=": "<>"}.get(operator, operator)
    compares = f"{left.sql} {word} {right.sql}"
    if left.kind in ARROWS:
        return f"({compares})"
    if operator == "!=":
        return f"({left.missing} OR {right.missing} OR {compares})"
    return f"({_there(left)} AND {_there(right)} AND {compares})"


def _there(column: Column) -> str:
    return f"NOT {column.missing}"
