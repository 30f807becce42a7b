"""The page that a request asks for in; which records are on it out."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request

from vlekkeloos.sandbox.registries.faults import shift


class Window(NamedTuple):
    """The numbers of the records on a page, counted from 0, and how many there are in all."""

    numbers: range
    total: int

    @property
    def last(self) -> bool:
        """Is there no page after it?"""
        return self.numbers.stop >= self.total


def size(request: Request, asked: int) -> int:
    """How many records the page gets: as many as were asked for, or the most that this sandbox gives at a time."""
    most: int | None = request.app.state.page
    return asked if most is None else min(asked, most)


def window(request: Request, *, page: int, asked: int, total: int) -> Window:
    """What is on that page (from 1) of so many records, if so many a page were asked for.

    Where the fault ``shifted`` hits, the page is as it is when one record more stands before it: it begins with
    the record that ended the page before, and there seem to be one more in all. The first page is never shifted:
    the record that would begin it does not exist.
    """
    moved = shift(request) if page > 1 else 0
    many = size(request, asked)
    first = (page - 1) * many - moved
    return Window(range(min(first, total), min(first + many, total)), total + moved)
