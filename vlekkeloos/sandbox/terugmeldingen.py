"""Terugmeldingen in; what became of them out: the part of a registry's holder that both of its fronts share.

A terugmelding moves on each time that somebody asks for it: filed, under investigation, answered. The records of
the sandbox's registries are right by construction. So a doubt about a record that the registry has is rejected; what
is honoured is a record that it lacks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from starlette.requests import Request

Step = Literal["filed", "investigated", "honoured", "rejected"]


@dataclass(frozen=True)
class Filed:
    """A terugmelding as the holder keeps it; ``told`` is what was sent, ``since`` when it came to this step."""

    number: str
    kenmerk: str
    key: str | None
    told: str
    filed: str
    step: Step = "filed"
    since: str = ""


class Terugmeldingen:
    """What was filed at one registry, in the application's folder, if it has one, so a restart forgets nothing."""

    def __init__(self, name: str, known: Callable[[str], bool]) -> None:
        self.name, self.known = name, known
        self._filed: dict[str, Filed] | None = None

    def file(self, request: Request, *, kenmerk: str, key: str | None, told: str, number: str | None = None) -> Filed:
        """Takes one: whoever files the same one twice has two. Without a ``number`` it gets the next one."""
        there, now = self._all(request), datetime.now(UTC).isoformat(timespec="seconds")
        found = Filed(number or f"{self.name}{len(there) + 1:07}", kenmerk, key, told, now, since=now)
        there[found.number] = found
        self._keep(request)
        return found

    def all(self, request: Request) -> list[Filed]:
        """Every one that was filed, oldest first."""
        return list(self._all(request).values())

    def asked(self, request: Request, number: str) -> Filed | None:
        """The one with that number, a step further than when it was asked last; None if there is none."""
        there = self._all(request)
        found = there.get(number)
        if found is None or found.step in ("honoured", "rejected"):
            return found
        right = found.key is not None and self.known(found.key)
        step: Step = "investigated" if found.step == "filed" else "rejected" if right else "honoured"
        there[number] = replace(found, step=step, since=datetime.now(UTC).isoformat(timespec="seconds"))
        self._keep(request)
        return there[number]

    def _all(self, request: Request) -> dict[str, Filed]:
        if self._filed is None:
            file = self._file(request)
            told = json.loads(file.read_text(encoding="utf-8")) if file and file.exists() else []
            self._filed = {one["number"]: Filed(**one) for one in told}
        return self._filed

    def _keep(self, request: Request) -> None:
        if file := self._file(request):
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(".new")
            fresh.write_text(json.dumps([asdict(one) for one in self.all(request)]), encoding="utf-8")
            fresh.replace(file)

    def _file(self, request: Request) -> Path | None:
        kept: Path | None = request.app.state.kept
        return kept / f"terugmeldingen-{self.name}.json" if kept else None
