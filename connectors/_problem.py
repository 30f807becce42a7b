"""An answer that is an error in, what of it may be told out: status, title, code and names of parameters.

One form for the forms in which registries say it: RFC 9457 problem+json, as it is and as Haal Centraal and ZGW
extend it (``invalidParams``), HAL's ``_embedded.errors``, KVK's ``fout``, OData's and OAuth's ``error``. Words that
may quote what was asked (``detail``, ``reason``, ``instance``, ``message``, ``error_description``) are left out:
what was asked may be about a person. In a title, runs of four and more digits and quoted words are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

import requests

#: What a title may be long, and how many names of parameters are told.
LENGTH, NAMES = 120, 10

_NUMBER = re.compile(r"\d(?:[\s.-]?\d){3,}")
_QUOTED = re.compile(r"""(?<!\w)['"\u2018\u201c\u00ab`].*?['"\u2019\u201d\u00bb`](?!\w)""")
_NAME = re.compile(r"[A-Za-z_][\w.\[\]/-]{0,80}")
_CODE = re.compile(r"(?!.*\d{6})[A-Za-z][\w.-]{0,40}")


@dataclass(frozen=True)
class Problem:
    """Why a registry gave no answer: its HTTP status, and what its body says as far as it may be told."""

    status: int
    title: str
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: requests.Response) -> Problem:
        """The problem that an answer tells; a body of no known form leaves the status and its usual words."""
        try:
            body = answer.json()
        except (JSONDecodeError, requests.JSONDecodeError, UnicodeError, RecursionError):
            body = None
        if not isinstance(body, dict):
            body = {}
        faults = list(_faults(body))
        codes = dict.fromkeys(filter(None, map(_code, (body, *faults))))
        names = dict.fromkeys(filter(None, map(_named, faults)))
        return cls(answer.status_code, _title(body, faults) or _usual(answer), tuple(codes), tuple(names)[:NAMES])

    @property
    def code(self) -> str | None:
        """The registry's own code of it, where it has one."""
        return next(iter(self.codes), None)

    @property
    def refused(self) -> bool:
        """True if the same question would be refused again: 4xx but for those that pass by themselves."""
        return 400 <= self.status < 500 and self.status not in (408, 425, 429)

    def __str__(self) -> str:
        code = f" [{self.code}]" if self.code else ""
        return f"HTTP {self.status} {self.title}{code}" + (f": {', '.join(self.names)}" if self.names else "")


def masked(text: str) -> str:
    """The text on one line without what may be a value: numbers of four and more digits, and quoted words."""
    line = " ".join(text.split())
    return _NUMBER.sub("…", _QUOTED.sub("…", line))[:LENGTH]


def _faults(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of a body that each tell one fault."""
    embedded = body.get("_embedded")
    for found in (
        body.get("invalidParams"),
        body.get("invalid-params"),
        body.get("errors"),
        body.get("fout"),
        embedded.get("errors") if isinstance(embedded, dict) else None,
        body.get("error"),
    ):
        for part in found if isinstance(found, list) else [found]:
            if isinstance(part, dict):
                yield part


def _code(part: dict[str, Any]) -> str | None:
    for word in ("code", "logref", "error"):
        if isinstance(found := part.get(word), str) and _CODE.fullmatch(found):
            return found
    return None


def _named(part: dict[str, Any]) -> str | None:
    """The parameter that a fault names, with the code of what is wrong with it."""
    for word in ("name", "pointer", "field", "path", "parameter", "target"):
        if isinstance(found := part.get(word), str):
            name = found.removeprefix("#/").removeprefix("/")
            if not _NAME.fullmatch(name) or masked(name) != name:
                return "…"
            return f"{name} ({code})" if (code := _code(part)) else name
    return None


def _title(body: dict[str, Any], faults: list[dict[str, Any]]) -> str | None:
    told = [body.get("title"), *(part.get("omschrijving") for part in faults)]
    return next((masked(text) for text in told if isinstance(text, str) and text.strip()), None)


def _usual(answer: requests.Response) -> str:
    try:
        return HTTPStatus(answer.status_code).phrase
    except ValueError:
        return "(a status that HTTP does not know)"
