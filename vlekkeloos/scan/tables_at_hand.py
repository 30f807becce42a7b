"""The other tables that an expectation may refer to.

A scan has them as views. Where GX itself judges, on pandas, they have to be handed over first::

    with at_hand({"pand": pandas_frame_of_panden}):
        batch.validate(expectation)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from vlekkeloos.errors import BadInput


class Table(Protocol):
    """What gives a column by its name: a DataFrame, or a dict of lists."""

    def __getitem__(self, column: str, /) -> Iterable[Any]: ...


_TABLES: ContextVar[Mapping[str, Table]] = ContextVar("tables", default={})  # noqa: B039 - never changed in place


@contextmanager
def at_hand(tables: Mapping[str, Table]) -> Iterator[None]:
    """Lets GX find these tables, by the names that a suite uses."""
    token = _TABLES.set(tables)
    try:
        yield
    finally:
        _TABLES.reset(token)


def values(source: str, column: str) -> Iterable[Any]:
    """A column of another table, where GX judges on pandas. Raises BadInput if it isn't at hand."""
    tables = _TABLES.get()
    if source not in tables:
        raise BadInput(f"the suite speaks of a table {source!r} that is not at hand")
    return tables[source][column]
