"""A registry's contract, declared, and questions to it in; its records, page by page, out.

This is what the connectors of HTTP registries stand on. A connector says where the records are in an answer,
how an answer is divided into pages, which columns a record has, and what to ask. How the questions are asked and
their answers are read is in ``_reader``, in which order in ``_pages``, how HTTP is spoken in ``http``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors._columns import Columns, kinds
from connectors._pages import Pages
from connectors._paging import Linked, Numbered
from connectors._reader import Reader
from connectors.http import ApiKey, Auth, Question, Rate
from vlekkeloos.connector import Connection, Pulled, Wanted

__all__ = ["Api", "ApiKey", "Columns", "Linked", "Numbered", "Question", "Rate", "kinds", "pull"]


@dataclass(frozen=True)
class Api:
    """What a registry's published contract says, as far as a pull has to know.

    ``records`` is the path in an answer to its list of records, or to its one record; empty for the answer itself,
    a function of the answer where no path says it. ``shape`` makes of one record, as the answer has it, the one
    that the columns describe. ``given`` tells what a question says of all records in its answer and they don't say
    themselves, e.g. whose they are. ``at_once`` questions are under way at a time, and ``rate`` (None: there is no
    limit) is kept by all tasks together. ``passing`` are the codes of a 404 that says that a record is not there for
    the moment only.
    """

    columns: Columns
    records: str | Callable[[Any], Any] = ""
    paging: Numbered | Linked | None = None
    auth: Auth = field(default_factory=lambda: ApiKey("X-Api-Key"))
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "application/json"})
    shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    given: Callable[[Question], Mapping[str, Any]] | None = None
    rate: Rate | None = field(default_factory=lambda: Rate(50))
    at_once: int = 8
    passing: frozenset[str] = frozenset()


def pull(api: Api, connection: Connection, questions: Sequence[Question], wanted: Wanted, **more: Any) -> Pulled:
    """The answers to all questions, in the order of the questions and of their pages.

    Where ``wanted`` has keys the questions are many and small: whole questions are asked at once. Otherwise the
    pages of one question are. ``more`` goes into Pulled as it is. Raises RegistryFailed, BadInput as it is read.
    """
    pages = Pages(Reader(api, connection), questions)
    if wanted.keys is not None:
        return Pulled(api.columns.schema, pages.many(wanted.after), paged=True, **more)
    again = pages.again if isinstance(api.paging, Numbered) else None
    return Pulled(api.columns.schema, pages.long(wanted.after), paged=True, reread=again, **more)
