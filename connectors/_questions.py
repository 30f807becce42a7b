"""What is asked of a registry, and what it answers, as the connectors see both: paths and JSON, no HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import msgspec


class Unreadable(Exception):
    """An answer that is not of the form that the registry's contract gives it; asked again, it may be."""


@dataclass(frozen=True)
class Question:
    """One request: ``path`` below the connection's URL, or a whole URL below it; ``body`` makes it a POST.

    ``absent``: an answer 404 is no error, but means that there is no such record. Its text never shows in a log.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    absent: bool = False

    def __str__(self) -> str:
        """As text from which ``parse`` makes the same question."""
        return json.dumps([self.path, dict(self.params), self.body, self.absent])

    @classmethod
    def parse(cls, text: str) -> Question:
        """The inverse of ``str``."""
        return cls(*json.loads(text))


@dataclass(frozen=True)
class Answer:
    """What a registry said: its JSON, or ``absent``; ``url`` is what was asked, with its query."""

    content: Any
    headers: Mapping[str, str]
    absent: bool = False
    url: str = field(default="", repr=False)

    def at(self, path: str) -> Any:
        """What is at a dotted path in the answer (empty: all of it). Raises Unreadable if nothing is."""
        found = self.content
        for step in filter(None, path.split(".")):
            if not isinstance(found, dict) or step not in found:
                raise Unreadable(f"the answer has no {path}")
            found = found[step]
        return found

    def link(self, next: str | Callable[[Any], str | None], asked: Question) -> Question | None:
        """The question that a link in the answer asks, None without one.

        The link may be a whole URL, or relative to what was asked (RFC 3986, 5). Raises Unreadable for one that
        is no text, or that leads to what was asked itself.
        """
        if callable(next):
            target = next(self.content)
        else:
            found = self.content
            for step in next.split("."):
                found = found.get(step) if isinstance(found, dict) else None
            target = found
        if target is None:
            return None
        if not isinstance(target, str):
            raise Unreadable("the link to the next page is no text")
        try:
            url = urljoin(self.url, target)
        except ValueError:
            raise Unreadable("the link to the next page is no URL") from None
        if url == self.url:
            raise Unreadable("the link to the next page leads to the page that it is on")
        return Question(url, body=asked.body)


def decoded(body: bytes) -> Any:
    """The JSON of an answer. Raises Unreadable if it is none."""
    with suppress(ValueError, RecursionError):
        # three times as fast, but it refuses some of what the standard library reads, such as a byte order mark
        return msgspec.json.decode(body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    raise Unreadable("the answer is no JSON")
