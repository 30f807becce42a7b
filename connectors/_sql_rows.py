"""A statement's rows in, batches of them in the types of their columns out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pyarrow as pa

from connectors import _sql_types
from connectors._sql_source import Source

#: What keeps a session open while it is in use.
Lent = Callable[[], AbstractContextManager[None]]


class Rows:
    """The rows that a statement gives; without a schema, in that of the database."""

    def __init__(self, source: Source, statement: Any, schema: pa.Schema | None = None) -> None:
        self.database = source.database
        rows = self.database.ask(source.session, statement)
        # to be asked before the last row is read
        types, names = source.types_and_names(rows)
        self._parts = self.database.parts(rows)
        self._first: Sequence[Any] = next(self._parts, [])
        if schema is None:
            # the first values of all rows tell it: those of what changed may not be there
            by = self._first if statement is source.rows or None not in types else _first(source)
            found = [kind or _sql_types.of_values([row[at] for row in by]) for at, kind in enumerate(types)]
            schema = pa.schema(list(zip(names, found, strict=True)))
        self.schema = schema

    def batches(self, lent: Lent) -> Iterator[pa.RecordBatch]:
        """The rows. Raises RegistryFailed, BadInput."""
        with lent():
            done, rows = 0, self._first
            while rows:
                values = enumerate(self.schema)
                columns = [self.database.column(field, [row[at] for row in rows], done) for at, field in values]
                yield pa.record_batch(columns, schema=self.schema)
                done += len(rows)
                rows = next(self._parts, [])


def lent(stack: ExitStack, users: int) -> Lent:
    """Keeps the stack open until each of so many users has been in and out."""
    left = [users]

    @contextmanager
    def use() -> Iterator[None]:
        try:
            yield
        finally:
            left[0] -= 1
            if not left[0]:
                stack.close()

    return use


def _first(source: Source) -> Sequence[Any]:
    with source.database.ask(source.session, source.rows) as rows:
        return next(source.database.parts(rows), [])
