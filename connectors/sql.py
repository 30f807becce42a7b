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

from contextlib import ExitStack

import pyarrow as pa
import sqlalchemy as sa
from pydantic import Field, model_validator

from connectors._sql_database import Database
from connectors._sql_rows import Rows, lent
from connectors._sql_source import Source, from_text, to_text
from vlekkeloos.connector import EVERYTHING, Connection, DeltaOptions, Pulled, Wanted
from vlekkeloos.errors import BadInput


class Options(DeltaOptions):
    """Either a ``table`` (``adressen`` or ``schema.adressen``) or a ``query`` (one SELECT).

    With ``mode: delta`` the rows are read whose ``changed`` is not before the highest one of the last pull, and the
    keys of all rows, so that deletions are noticed. A row written in the same instant as that highest one is read
    again: the same record laid over itself changes nothing. A database sets the moment of a row when it is written,
    and shows the row when it is committed: ``overlap`` reads so much before the highest one again.
    """

    table: str | None = Field(None, description="table or schema.table; either this or query")
    query: str | None = Field(None, description="a SELECT; either this or table")
    changed: str | None = Field(
        None, description="with mode delta: the column that grows with each change: a moment, a date or a number"
    )
    overlap: int = Field(
        0, ge=0, description="with mode delta: seconds (days of dates, or so many numbers) to read again"
    )

    @model_validator(mode="after")
    def _go_together(self) -> Options:
        if (self.table is None) == (self.query is None):
            raise ValueError("give either table or query")
        if self.mode == "delta" and self.changed is None:
            raise ValueError("mode: delta needs changed:, the column that grows with each change")
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The rows of the table or query, in the order in which the database gives them.

    With ``mode: delta`` ``cursor`` is the highest value of ``changed`` when the reading began. Raises RegistryFailed
    if the database can't be reached or refuses the login, BadInput for a table or a column that isn't there and
    for a value that does not fit its column.
    """
    database = Database(connection)
    with ExitStack() as stack:
        session = database.begin(stack)
        source = Source(database, session, options.table, options.query)
        if options.mode == "full":
            rows = Rows(source, source.rows)
            return Pulled(rows.schema, rows.batches(lent(stack.pop_all(), users=1)))
        return _delta(options, source, wanted.since, stack)


def _delta(options: Options, source: Source, since: str | None, stack: ExitStack) -> Pulled:
    changed, key = source.column(options.changed or ""), source.column(options.key)  # type: ignore[attr-defined]
    until = source.database.ask(source.session, source.only(sa.func.max(changed))).scalar()
    cursor = to_text(until)
    if since is None:
        rows = Rows(source, source.rows)
        return Pulled(rows.schema, rows.batches(lent(stack.pop_all(), users=1)), cursor=cursor)
    try:
        begin = None if until is None else from_text(since, until, options.overlap)
        put_back = until is not None and from_text(since, until, 0) > until
    except (ValueError, TypeError, ArithmeticError):
        rule = "the column's values are of another type than at the last pull, or of none that grows"
        raise BadInput(
            rule, file=source.database.name, field=options.changed, advice="pull with mode: full"
        ) from None
    if put_back:
        # the newest row was removed, or an older state was put back: what else changed can't be told
        rows = Rows(source, source.rows)
        return Pulled(rows.schema, rows.batches(lent(stack.pop_all(), users=1)), cursor=cursor)
    rows = Rows(source, source.changed(changed, begin, until))
    present = Rows(source, source.only(key), pa.schema([rows.schema.field(key.name)]))
    until_both = lent(stack.pop_all(), users=2)
    return Pulled(
        rows.schema, rows.batches(until_both), cursor=cursor, delta=True, present=present.batches(until_both)
    )
