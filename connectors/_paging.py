"""How a registry divides a long answer into pages, as its contract says: by number, or by a link to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from connectors.http import Question


@dataclass(frozen=True)
class Numbered:
    """Pages by number, or by how many records to skip: any page can be asked for by itself.

    ``number`` and ``size`` are the parameters' names and ``records`` the size to ask for, or to expect where there
    is no parameter for it. ``total`` is the path to the number of records in all, without which the next page is
    asked for until one is not full; a server that tells it may have pages of another size than expected.
    ``skips``: the parameter counts records, from 0, instead of pages, from 1. ``more`` is the path to what an
    answer has only if another page follows. ``most``: a question that finds more is refused, because the registry
    gives no more of them.
    """

    number: str
    size: str | None
    records: int
    total: str | None = None
    skips: bool = False
    more: str | None = None
    most: int | None = None

    def question(self, first: Question, page: int, held: int | None = None) -> Question:
        """The question for that page (from 1); that there is none of that number means that the list has ended.

        ``held`` is how many records a page holds, if not as many as expected.
        """
        params = dict(first.params) | {self.number: (page - 1) * (held or self.records) if self.skips else page}
        return replace(
            first,
            params=params | ({self.size: self.records} if self.size else {}),
            absent=first.absent or page > 1,
        )


@dataclass(frozen=True)
class Linked:
    """Pages by the link that each answer has to the next: ``next`` is the path to it.

    ``total`` is the path to the number of records in all, which an answer may leave out. A link that leaves the
    registry's own address is refused.
    """

    next: str | Callable[[Any], str | None]
    total: str | None = None
