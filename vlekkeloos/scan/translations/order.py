"""GX's conditions about a value among the others of its column, in SQL: is it there once, and in order?"""

from __future__ import annotations

from vlekkeloos.scan.metric import Column, Scope, condition
from vlekkeloos.scan.translations.constants import require_plain


@condition("column_values.unique")
def unique(column: Column, scope: Scope) -> str:
    """No other row considered has the same value."""
    column.require("text", "whole", "boolean", "date", "moment", "decimal", "float", "bytes")
    return f"NOT ({scope.repeated([column])})"


@condition("column_values.increasing")
def increasing(column: Column, scope: Scope, strictly: bool | None = None) -> str:
    """The value is no smaller than the one before it; larger, if strictly."""
    return _in_order(column, scope, ">" if strictly else ">=")


@condition("column_values.decreasing")
def decreasing(column: Column, scope: Scope, strictly: bool | None = None) -> str:
    """The value is no larger than the one before it; smaller, if strictly."""
    return _in_order(column, scope, "<" if strictly else "<=")


def _in_order(column: Column, scope: Scope, operator: str) -> str:
    require_plain(column, "whole", "float", "decimal", "date", "moment")
    last = f"lag({column.sql}) OVER (ORDER BY {scope.row})"
    follows = f"value {operator} last"
    if column.kind == "whole":
        # pandas takes the difference, and so do we: both refuse if it is too large for the type
        follows = f"value - last {operator} 0"
    if column.kind == "float":
        # from infinity to infinity is no number, and pandas lets that pass
        follows = f"({follows} OR isnan(value - last))"
    broken = scope.table(
        f"SELECT row FROM (SELECT {scope.row} AS row, {column.sql} AS value, {last} AS last FROM {scope.rows})"
        f" WHERE NOT {follows}"
    )
    return f"{scope.row} NOT IN (FROM {broken})"
