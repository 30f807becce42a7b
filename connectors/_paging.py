"""How a registry divides a long answer into pages, as its contract says: by number, or by a link to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from connectors.http import Question

if TYPE_CHECKING:
    from connectors._reader import Read


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


class Sizes:
    """How many records a page holds, list by list, in what way ever they are divided."""

    def __init__(self, paging: Numbered | Linked | None) -> None:
        self._expected = paging.records if isinstance(paging, Numbered) else 0
        #: Of each list whose pages hold another number than expected.
        self.held: dict[int, int] = {}

    def of(self, number: int) -> int:
        """The records of a full page of that list."""
        return self.held.get(number, self._expected)

    def measure(self, first: Read, number: int) -> None:
        """Learns from the first page how many records a page of that list holds."""
        records, size = first.rows.num_rows, self.of(number)
        if first.total is not None and (records > size or 0 < records < min(size, first.total)):
            self.held[number] = records

    def is_last(self, read: Read, number: int, page: int) -> bool:
        """Whether no page of that list follows this one."""
        if read.more is not None:
            return not read.more
        if read.total is None:
            return read.rows.num_rows < self._expected
        return page * self.of(number) >= read.total
