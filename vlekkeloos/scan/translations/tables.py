"""GX's metrics about a whole table: its columns, and what a query finds in it."""

from __future__ import annotations

from typing import Any

from vlekkeloos.scan.metric import Scope, Untranslatable, Value, value

#: GX shows no more rows of a query than these.
SHOWN = 200


@value("table.columns")
def columns(scope: Scope) -> Value:
    """The columns' names."""
    return Value("TRUE", lambda _: list(scope.columns))


@value("table.column_count")
def column_count(scope: Scope) -> Value:
    """How many columns there are."""
    return Value("TRUE", lambda _: len(scope.columns))


@value("unexpected_rows_query.table")
def unexpected_rows(scope: Scope, unexpected_rows_query: str | None = None) -> Value:
    """The first rows that a query finds. The query is DuckDB's SQL; ``{batch}`` in it is the table.

    GX on pandas knows no queries; on a database its query is that database's SQL, and its result is of this form.
    """
    found = f"SELECT found FROM ({_query(scope, unexpected_rows_query)}\n) AS found LIMIT {SHOWN}"
    return Value(f"(SELECT coalesce(list(found), []) FROM ({found}))")


@value("unexpected_rows_query.row_count")
def unexpected_row_count(scope: Scope, unexpected_rows_query: str | None = None) -> Value:
    """How many rows a query finds."""
    return Value(f"(SELECT count(*) FROM ({_query(scope, unexpected_rows_query)}\n))")


def _query(scope: Scope, query: Any) -> str:
    if not isinstance(query, str):
        raise Untranslatable("no query")
    try:
        return query.strip().rstrip(";").format(batch=f"(SELECT * EXCLUDE ({scope.row}) FROM {scope.rows})")
    except (KeyError, IndexError, ValueError) as error:
        raise Untranslatable("braces in the query that are not {batch}") from error
