"""GX's conditions about one column, in SQL."""

from __future__ import annotations

from typing import Any

from vlekkeloos.scan.metric import Column, Scope, condition
from vlekkeloos.scan.metric import sql as literal


@condition("column_values.nonnull", of_missing=True)
def nonnull(column: Column, scope: Scope) -> str:
    """There is a value."""
    return f"NOT {column.missing}"


@condition("column_values.null", of_missing=True)
def null(column: Column, scope: Scope) -> str:
    """There is no value."""
    return column.missing


@condition("column_values.unique")
def unique(column: Column, scope: Scope) -> str:
    """No other row considered has the same value."""
    column.require("text", "whole", "boolean", "date", "moment", "decimal", "float")
    twice = scope.table(f"SELECT {column.sql} FROM {scope.rows} GROUP BY ALL HAVING count(*) > 1")
    return f"{column.sql} NOT IN (FROM {twice})"


@condition("column_values.in_set")
def in_set(column: Column, scope: Scope, value_set: list[Any] | None = None) -> str:
    """The value is one of a set."""
    column.require("text")
    if value_set is None:
        return "TRUE"
    texts = [literal(one) for one in value_set if isinstance(one, str)]
    return f"{column.sql} IN ({', '.join(texts)})" if texts else "FALSE"
