"""A table or a query in any database that SQLAlchemy knows in, its rows out, under the database's own names.

Rows come by a server-side cursor, so memory doesn't grow with the table. Types are the database's:

* numeric(p, s) is an exact decimal; numeric without a precision is a 64-bit float;
* timestamps with a time zone are in UTC, those without stay without;
* uuid, json, enum, interval and whatever Arrow has no word for is text;
* where a driver doesn't tell a query's types (SQLite), a column has that of its first value, or is text.

SQLite keeps any value in any column: one that does not fit its column's type is refused. The session is
read-only where the database can make it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from pydantic import Field, model_validator
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors import _sql_types
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, SourceOptions, Wanted
from vlekkeloos.errors import BadInput, RegistryFailed

BATCH = 50_000


class Options(SourceOptions):
    """Either a ``table`` (``adressen`` or ``schema.adressen``) or a ``query`` (one SELECT)."""

    table: str | None = Field(None, description="table or schema.table; either this or query")
    query: str | None = Field(None, description="a SELECT; either this or table")

    @model_validator(mode="after")
    def _one_of_both(self) -> Options:
        if (self.table is None) == (self.query is None):
            raise ValueError("give either table or query")
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The rows of the table or query, in the order in which the database gives them.

    Raises RegistryFailed if the database can't be reached or refuses the login, BadInput for a table or a
    column that isn't there and for a value that does not fit its column.
    """
    source = _Source(options, connection)
    with ExitStack() as stack:
        rows, types, names = source.start(stack)
        parts = source.guarded(rows.partitions(BATCH))
        first = next(parts, [])
        fields = [
            pa.field(name, wanted or _sql_types.of_values([row[at] for row in first]))
            for at, (name, wanted) in enumerate(zip(names, types, strict=True))
        ]
        schema = pa.schema(fields)
        return Pulled(schema, _batches(source, schema, first, parts, stack.pop_all()))


def _batches(
    source: _Source, schema: pa.Schema, first: Sequence[Any], parts: Iterator[Sequence[Any]], open_: ExitStack
) -> Iterator[pa.RecordBatch]:
    with open_:
        done, rows = 0, first
        while rows:
            columns = [source.column(field, [row[at] for row in rows], done) for at, field in enumerate(schema)]
            yield pa.record_batch(columns, schema=schema)
            done += len(rows)
            rows = next(parts, [])


class _Source:
    """The database, and what is said of it when it fails: never a password, never a value."""

    def __init__(self, options: Options, connection: Connection) -> None:
        self.options, self.name = options, connection.name.split("?")[0]
        self.secret = connection.password
        try:
            url = sa.make_url(connection.url)
            if connection.login is not None:
                url = url.set(username=connection.login)
            if connection.password is not None:
                url = url.set(password=connection.password)
            self.engine = sa.create_engine(url, poolclass=NullPool)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
            raise BadInput("this is no SQLAlchemy URL with an installed driver", file=self.name) from None
        # SQLite would make the file
        database = url.database if url.get_backend_name() == "sqlite" else None
        if database and not database.startswith((":memory:", "file:")) and not Path(database).is_file():
            raise BadInput("there is no database file", file=database)

    def start(self, stack: ExitStack) -> tuple[sa.CursorResult[Any], list[pa.DataType | None], list[str]]:
        """Begins to read: the rows still to come, their types as far as known, their names."""
        stack.callback(self.engine.dispose)
        try:
            database = stack.enter_context(self.engine.connect())
        except (SQLAlchemyError, self._driver_error) as error:
            raise RegistryFailed(f"database {self.name}: no connection: {self._said(error)}") from None
        try:
            if self.engine.dialect.name == "postgresql":
                database = database.execution_options(postgresql_readonly=True)
            elif self.engine.dialect.name == "sqlite":
                database.exec_driver_sql("PRAGMA query_only = ON")
            statement, types = self._statement(database)
            rows = database.execution_options(yield_per=BATCH).execute(statement)
        except NoSuchTableError:
            raise BadInput(f"there is no table {self.options.table}", file=self.name) from None
        except SQLAlchemyError as error:
            raise BadInput(f"the database refuses the question: {self._said(error)}", file=self.name) from None
        names = list(rows.keys())
        if len(set(names)) < len(names):
            raise BadInput("the query gives two columns the same name", file=self.name)
        return rows, types or _sql_types.of_cursor(rows.cursor), names

    def _statement(self, database: sa.Connection) -> tuple[Any, list[pa.DataType | None]]:
        if self.options.query is not None:
            return sa.text(self.options.query.replace(":", r"\:")), []
        schema, _, table = (self.options.table or "").rpartition(".")
        reflected = sa.Table(table, sa.MetaData(), schema=schema or None, autoload_with=database)
        # NullType: values as the driver gives them, so that a misfit is found here, with its record
        columns = [sa.type_coerce(c, sa.types.NullType()).label(c.name) for c in reflected.columns]
        return sa.select(*columns), [_sql_types.of_column(c.type) for c in reflected.columns]

    def guarded(self, parts: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """The parts; a fault of the database on the way is raised as RegistryFailed."""
        try:
            yield from parts
        except (SQLAlchemyError, self._driver_error) as error:
            raise RegistryFailed(f"database {self.name}: stopped while reading: {type(error).__name__}") from None

    def column(self, field: pa.Field, values: list[Any], done: int) -> pa.Array:
        """One column of a part; raises BadInput with record and field for a value that doesn't fit."""
        try:
            return _sql_types.array(values, field.type)
        except _sql_types.Misfit as misfit:
            rule = f"the value does not fit the column's type, {field.type}"
            raise BadInput(rule, file=self.name, record=done + misfit.at + 1, field=field.name) from None

    @property
    def _driver_error(self) -> type[Exception]:
        error: type[Exception] = self.engine.dialect.dbapi.Error  # type: ignore[union-attr]
        return error

    def _said(self, error: Exception) -> str:
        """The first line of what the driver says: about the login or the statement, not about a record."""
        text = (str(getattr(error, "orig", error)).splitlines() or [""])[0]
        return text.replace(self.secret, "***") if self.secret else text
