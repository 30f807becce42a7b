"""GX's conditions about the values of one column, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, condition
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations.bounds import compared
from vlekkeloos.scan.translations.constants import members, require_plain

#: A decimal of more digits behind the point may be written with an exponent: Decimal('1E-7').
PLAIN_SCALE = 6


@condition("column_values.nonnull", of_missing=True)
def nonnull(column: Column, scope: Scope) -> str:
    """There is a value."""
    return f"NOT {column.missing}"


@condition("column_values.null", of_missing=True)
def null(column: Column, scope: Scope) -> str:
    """There is no value."""
    return column.missing


@condition("column_values.in_set")
def in_set(column: Column, scope: Scope, value_set: Sequence[Any] | None = None) -> str:
    """The value is one of a set."""
    return "TRUE" if value_set is None else _one_of(column, value_set)


@condition("column_values.not_in_set")
def not_in_set(column: Column, scope: Scope, value_set: Sequence[Any] | None = None) -> str:
    """The value is none of a set. Beside moments, and only here, GX reads texts as moments."""
    if value_set is None:
        return "TRUE"
    return f"NOT {_one_of(column, _parsed(value_set) if column.kind == 'moment' else value_set)}"


def _one_of(column: Column, value_set: Sequence[Any]) -> str:
    """SQL: the column's value, which is there, equals one of some constants. Raises Untranslatable."""
    equals = members(column, value_set)
    return f"({column.sql} IN ({', '.join(equals)}))" if equals else "FALSE"


def _parsed(value_set: Sequence[Any]) -> list[Any]:
    from great_expectations.expectations.metrics.util import parse_value_set

    try:
        return list(parse_value_set(value_set))
    except (ValueError, OverflowError) as error:
        raise Untranslatable("a text that is no moment") from error


@condition("column_values.between")
def between(
    column: Column,
    scope: Scope,
    min_value: Any = None,
    max_value: Any = None,
    strict_min: bool | None = None,
    strict_max: bool | None = None,
) -> str:
    """The value lies between two bounds, or beyond one."""
    require_plain(column, "whole", "boolean", "float", "decimal", "date", "moment")
    _require_order(min_value, max_value)
    parts = []
    if min_value is not None:
        parts.append(compared(column, ">" if strict_min else ">=", min_value))
    if max_value is not None:
        parts.append(compared(column, "<" if strict_max else "<=", max_value))
    return " AND ".join(parts)


def _require_order(min_value: Any, max_value: Any) -> None:
    if min_value is None and max_value is None:
        raise Untranslatable("no bounds")
    if min_value is not None and max_value is not None:
        try:
            crossed = min_value > max_value
        except TypeError as error:
            raise Untranslatable("bounds of two types") from error
        if crossed:
            raise Untranslatable("a lower bound above the upper one")


@condition("column_values.value_length.equals")
def length_equals(column: Column, scope: Scope, value: float) -> str:
    """The value as text has so many characters."""
    return _length(column, scope, [("=", value)])


@condition("column_values.value_length.between")
def length_between(
    column: Column,
    scope: Scope,
    min_value: int | None = None,
    max_value: int | None = None,
    strict_min: bool | None = None,
    strict_max: bool | None = None,
) -> str:
    """The value as text has no fewer and no more characters than this."""
    lower = [(">" if strict_min else ">=", min_value)] if min_value is not None else []
    upper = [("<" if strict_max else "<=", max_value)] if max_value is not None else []
    if not lower and not upper:
        raise Untranslatable("no bounds")
    return _length(column, scope, [*lower, *upper])


def _length(column: Column, scope: Scope, bounds: Sequence[tuple[str, float]]) -> str:
    if not all(isinstance(bound, int | float) for _, bound in bounds):
        raise Untranslatable("a length that is no number")
    # moments aren't here: pandas writes all of them as long as the longest needs
    require_plain(column, "text", "whole", "boolean", "date", "float", "decimal")
    if column.kind == "float" or (column.kind == "decimal" and column.type.scale > PLAIN_SCALE):
        return scope.function(_length_in_pandas(bounds), column)
    length = f"length(CAST({column.sql} AS VARCHAR))"
    return " AND ".join(f"{length} {operator} {literal(_number(bound))}" for operator, bound in bounds)


def _number(bound: float) -> float:
    return int(bound) if isinstance(bound, bool) else bound


def _length_in_pandas(bounds: Sequence[tuple[str, float]]) -> Callable[[pd.Series], pd.Series]:
    """A float's length is that of Python's own way to write it."""
    names = {"=": "eq", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}

    def meets(values: pd.Series) -> pd.Series:
        lengths = values.astype(str).str.len()
        answers = {operator + str(bound): getattr(lengths, names[operator])(bound) for operator, bound in bounds}
        return pd.DataFrame(answers).all(axis=1)

    return meets
