"""A table or a query in, the statements that ask for its rows out: for all of them, or for what changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from connectors import _sql_types
from connectors._sql_database import Database
from vlekkeloos.errors import BadInput

#: Values as the driver gives them, so that a misfit is found here, with its record; and as it takes them.
RAW = sa.types.NullType()


class Source:
    """The rows of a table, or of a query."""

    def __init__(self, database: Database, session: sa.Connection, table: str | None, query: str | None) -> None:
        self.database, self.session = database, session
        if table is not None:
            reflected = database.table(session, table)
            self._columns = {c.name: sa.type_coerce(c, RAW).label(c.name) for c in reflected.columns}
            self.types = [_sql_types.of_column(c.type) for c in reflected.columns]
            self.rows: Any = sa.select(*self._columns.values())
            self._selected: sa.Select[Any] = self.rows
        else:
            text = (query or "").strip().rstrip(";").replace(":", r"\:")
            self.rows, self.types = sa.text(text), []
            self._selected = sa.select(sa.text("*")).select_from(sa.text(f"({text}) AS q"))
            self._columns = {}

    def types_and_names(self, rows: sa.CursorResult[Any]) -> tuple[list[pa.DataType | None], list[str]]:
        """The types of the columns, as far as they are known, and their names. Raises BadInput."""
        names = list(rows.keys())
        if len(set(names)) < len(names):
            raise BadInput("the query gives two columns the same name", file=self.database.name)
        return list(self.types) or _sql_types.of_cursor(rows.cursor), names

    def column(self, name: str) -> Any:
        """The column of that name, in capitals or not. Raises BadInput if there is none."""
        if not self._columns:
            with self.database.ask(self.session, self._selected.where(sa.false())) as rows:
                names = list(rows.keys())
            self._columns = {column: sa.column(column, RAW) for column in names}
        for known, column in self._columns.items():
            if known.lower() == name.lower():
                return column
        raise BadInput("there is no such column", file=self.database.name, field=name)

    def changed(self, column: Any, since: Any, until: Any) -> sa.Select[Any]:
        """Asks for the rows that changed from ``since`` to ``until``, both included.

        A row without a value there may have changed at any time: it is always among them.
        """
        among = column.is_(None)
        if until is not None:
            first, last = (sa.bindparam(None, value, RAW) for value in (since, until))
            among = among | ((column >= first) & (column <= last))
        return self._selected.where(among)

    def only(self, column: Any) -> sa.Select[Any]:
        """Asks for one column, or a function of it, of all rows."""
        return self._selected.with_only_columns(column)


def to_text(value: Any) -> str | None:
    """A value of the column that only grows, as a cursor."""
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


def from_text(text: str, like: Any, overlap: int) -> Any:
    """A cursor as a value of the type of ``like``, so much before it. Raises ValueError."""
    kinds: dict[type, Callable[[], Any]] = {
        datetime: lambda: datetime.fromisoformat(text) - timedelta(seconds=overlap),
        date: lambda: date.fromisoformat(text) - timedelta(days=overlap),
        int: lambda: _number(text) - overlap,
        float: lambda: _number(text) - overlap,
        Decimal: lambda: Decimal(text) - overlap,
        str: partial(_text, text, overlap),
    }
    if type(like) not in kinds:
        raise ValueError("a moment, a date, a number or a text is wanted")
    return kinds[type(like)]()


def _number(text: str) -> int | float:
    """SQLite has whole numbers and others in one column."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _text(text: str, overlap: int) -> str:
    """SQLite has moments and dates as text: their order is that of the moments if all are written alike."""
    if not overlap:
        return text
    if len(text) == len("yyyy-mm-dd"):
        return (date.fromisoformat(text) - timedelta(days=overlap)).isoformat()
    return (datetime.fromisoformat(text) - timedelta(seconds=overlap)).isoformat(text[len("yyyy-mm-dd")])
