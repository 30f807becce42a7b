"""Things that take time to make in, the same things out, each made while the one before is being used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The items in their order. A thread makes one ahead; what it raises is raised in the item's place."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def several(
    pool: ThreadPoolExecutor, at_once: int, work: Callable[[T], R], items: Iterable[T]
) -> Iterator[tuple[T, R]]:
    """Each item with what ``work`` makes of it, in order; ``at_once`` of them are worked on or wait to be taken."""
    source, pending = iter(items), deque[tuple[T, Future[R]]]()
    try:
        for item in islice(source, at_once):
            pending.append((item, pool.submit(work, item)))
        while pending:
            item, future = pending.popleft()
            result = future.result()
            pending.extend((following, pool.submit(work, following)) for following in islice(source, 1))
            yield item, result
    finally:
        for _, future in pending:
            future.cancel()
