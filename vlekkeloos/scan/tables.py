"""GX's metrics about a whole table: its size and its columns."""

from __future__ import annotations

from vlekkeloos.scan.metric import Scope, Value, value


@value("table.columns")
def columns(scope: Scope) -> Value:
    """The columns' names."""
    return Value("TRUE", lambda _: list(scope.columns))
