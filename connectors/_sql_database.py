"""A connection to a database in, what it is asked for out, and what is said of it when it fails.

No message has a password or a value in it. The session is read-only where the database can make it so, and sees
one state of the data from its first question to its last, where the database knows such a thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors import _sql_values
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

BATCH = 50_000


class Database:
    """A database, of which a session is begun in ``stack``, that ends when the stack is closed."""

    def __init__(self, connection: Connection) -> None:
        self.name, self.secret = connection.name.split("?")[0], connection.password
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

    def begin(self, stack: ExitStack) -> sa.Connection:
        """A session. Raises RegistryFailed if there is no server, or if it refuses the login."""
        stack.callback(self.engine.dispose)
        try:
            session = stack.enter_context(self.engine.connect())
            if self.engine.dialect.name == "postgresql":
                return session.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
            if self.engine.dialect.name == "sqlite":
                session.exec_driver_sql("PRAGMA query_only = ON")
                # the driver itself begins a transaction only where something is written
                session.exec_driver_sql("BEGIN")
            return session
        except (SQLAlchemyError, self._driver_error) as error:
            raise RegistryFailed(f"database {self.name}: no connection: {self._said(error)}") from None

    def table(self, session: sa.Connection, named: str) -> sa.Table:
        """A table or view, with its columns, by its name or ``schema.name``. Raises BadInput."""
        schema, _, table = named.rpartition(".")
        try:
            return sa.Table(table, sa.MetaData(), schema=schema or None, autoload_with=session)
        except NoSuchTableError:
            raise BadInput(f"there is no table {named}", file=self.name) from None
        except SQLAlchemyError as error:
            raise self._refused(error) from None

    def ask(self, session: sa.Connection, statement: Any) -> sa.CursorResult[Any]:
        """The rows that a statement gives, to be read in parts of BATCH. Raises BadInput if it is refused."""
        try:
            return session.execute(statement, execution_options={"yield_per": BATCH})
        except SQLAlchemyError as error:
            raise self._refused(error) from None

    def parts(self, rows: sa.CursorResult[Any]) -> Iterator[Sequence[Any]]:
        """The rows in parts; a fault of the database on the way is raised as RegistryFailed."""
        try:
            yield from rows.partitions(BATCH)
        except (SQLAlchemyError, self._driver_error) as error:
            raise RegistryFailed(f"database {self.name}: stopped while reading: {type(error).__name__}") from None

    def column(self, field: pa.Field, values: list[Any], done: int) -> pa.Array:
        """One column of a part; raises BadInput with record and field for a value that doesn't fit."""
        try:
            return _sql_values.array(values, field.type)
        except _sql_values.Misfit as misfit:
            rule = f"the value does not fit the column's type, {field.type}"
            raise BadInput(rule, file=self.name, record=done + misfit.at + 1, field=field.name) from None

    def _refused(self, error: Exception) -> BadInput:
        return BadInput(f"the database refuses the question: {self._said(error)}", file=self.name)

    @property
    def _driver_error(self) -> type[Exception]:
        error: type[Exception] = self.engine.dialect.dbapi.Error  # type: ignore[union-attr]
        return error

    def _said(self, error: Exception) -> str:
        """The first line of what the driver says: about the login or the statement, not about a record."""
        text = (str(getattr(error, "orig", error)).splitlines() or [""])[0]
        return text.replace(self.secret, "***") if self.secret else text
