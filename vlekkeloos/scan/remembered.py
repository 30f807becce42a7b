"""GX's configuration of an expectation, made once where GX makes it hundreds of times.

For every argument of every metric that an expectation needs, GX writes the expectation out as a configuration, and
reads an expectation from that again. If there are few rows this takes longer than DuckDB takes for all of them.
Inside ``remembered`` the same expectation has the same configuration, and the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

#: What was made, by what it was made of, which is kept with it so that no other object takes its place in memory.
_MADE: ContextVar[dict[int, tuple[Any, Any]] | None] = ContextVar("made", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """While GX judges one expectation, which doesn't change meanwhile."""
    _teach()
    token = _MADE.set({})
    try:
        yield
    finally:
        _MADE.reset(token)


@cache
def _teach() -> None:
    """Lets GX look here first. Outside ``remembered``, and in other threads, it goes on as ever."""
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    written: Any = Expectation.configuration
    _replace(Expectation, "configuration", property(_once(written.fget)))
    _replace(ExpectationConfiguration, "to_domain_obj", _once(ExpectationConfiguration.to_domain_obj))


def _replace(kind: type, name: str, by: object) -> None:
    setattr(kind, name, by)


def _once(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def once(of: Any) -> Any:
        made = _MADE.get()
        if made is None:
            return make(of)
        if id(of) not in made:
            made[id(of)] = of, make(of)
        return made[id(of)][1]

    return once
