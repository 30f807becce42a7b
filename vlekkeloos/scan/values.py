"""GX's metrics about a whole column, in SQL."""

from __future__ import annotations

from vlekkeloos.scan.metric import Column, Scope, Value, value


@value("column.max")
def maximum(column: Column, scope: Scope) -> Value:
    """The largest value."""
    column.require("whole")
    return Value(f"max({column.sql}) {scope.filter}")
