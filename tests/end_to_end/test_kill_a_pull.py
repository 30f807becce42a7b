"""A pull of many pages that is killed and run again: every record once, and what was kept is not asked again."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.builder import Exchange
from tests.end_to_end.driver import python, vlekkeloos
from tests.end_to_end.test_faults import pull_of_zaken
from vlekkeloos.sandbox import cases, registries
from vlekkeloos.sandbox.registries import Serving, Town

#: Yesterday's case system had 40 zaken more than today's 2,400, which are 24 pages.
YESTERDAY, TODAY = Town(seed=3, addresses=610), Town(seed=3, addresses=600)
PAGES = 24
#: Pages that are kept together here, and that are asked for ahead of the one that is taken.
TOGETHER, AHEAD = 5, 8

#: Kills its own process, really: when so many pages were taken, or at the so-manieth commit of a table, before
#: or after it.
KILLER = f"""
import os, signal, sys
from itertools import count
from vlekkeloos import cli
from vlekkeloos.lake import Lake
from vlekkeloos.pull import staging
from vlekkeloos.pull.progress import Progress

staging.ROWS = {TOGETHER} * 100
what, number, moment, *arguments = sys.argv[1:]
commits = count(1)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def of_pages(self, pages):
    for taken, page in enumerate(plain_of_pages(self, pages), start=1):
        if what == "pages" and taken > int(number):
            die()
        yield page

def write(self, name, data, **words):
    hit = name.startswith(what) and next(commits) == int(number)
    if hit and moment == "before":
        die()
    made = plain_write(self, name, data, **words)
    if hit and moment == "after":
        die()
    return made

plain_of_pages, Progress.of_pages = Progress.of_pages, of_pages
plain_write, Lake.write = Lake.write, write
cli.main(arguments)
"""


class Asked:
    """ASGI middleware that counts how often each page was asked for."""

    pages: ClassVar[Counter[int]] = Counter()

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/_"):
            Asked.pages[int(parse_qs(scope["query_string"].decode())["page"][0])] += 1
        await self.app(scope, receive, send)


@dataclass
class Begun:
    """An exchange that pulled yesterday's zaken, and today's case system."""

    folder: Path
    serving: Serving

    @property
    def environment(self) -> dict[str, str]:
        return registries.connections(self.serving, only=["zaken"])


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    folder = tmp_path_factory.mktemp("begun")
    made = Exchange(folder, pull_of_zaken())
    with registries.serve(YESTERDAY, only=["zaken"]) as yesterday:
        environment = registries.connections(yesterday, only=["zaken"])
        assert vlekkeloos(*arguments(made, "r1"), environment=environment).status == 0
    with registries.serve(TODAY, only=["zaken"], around=[Middleware(Asked)]) as today:
        yield Begun(folder, today)


def arguments(made: Exchange, run_id: str) -> list[str]:
    places = ["--exchanges", str(made.exchanges), "--lake", str(made.folder / "lake")]
    return ["pull", "demo", "--source", "nieuw", "--run-id", run_id, *places]


def killed(begun: Begun, folder: Path, *point: str) -> Exchange:
    """The exchange, in a folder of its own, after its second run was killed at that point."""
    shutil.copytree(begun.folder, folder, dirs_exist_ok=True)
    made = Exchange(folder, pull_of_zaken())
    died = python(KILLER, *point, *arguments(made, "r2"), environment=begun.environment)
    assert died.status == -signal.SIGKILL, died.err
    return made


def is_as_if_nothing_happened(made: Exchange) -> None:
    """Raw has today's zaken, each once; what went since yesterday is noted once; no page is left."""
    lake = made.lake
    assert lake.tables() == ["deletions/demo/nieuw", "raw/demo/nieuw", "runs"]
    rows = sorted(made.rows("raw/demo/nieuw"), key=lambda row: row["_row"])
    today = [cases.zaak(TODAY, number) for number in range(cases.count(TODAY))]
    assert [row["_row"] for row in rows] == list(range(1, len(today) + 1))
    assert [row["identificatie"] for row in rows] == [zaak.identificatie for zaak in today]
    assert [row["omschrijving"] for row in rows] == [zaak.omschrijving for zaak in today]
    assert [row["einddatum"] for row in rows] == [zaak.closed for zaak in today]
    went = [cases.zaak(YESTERDAY, number).identificatie for number in range(len(today), cases.count(YESTERDAY))]
    assert sorted(row["key"] for row in made.rows("deletions/demo/nieuw")) == went
    (ref,) = [ref for ref in [lake.latest("raw/demo/nieuw")] if ref]
    assert ref.version == 1
    (record,) = [row for row in made.rows("runs") if (row["run_id"], row["status"]) == ("r2", "done")]
    details: dict[str, Any] = json.loads(record["details"])
    assert (details["rows"], details["added"], details["removed"]) == (len(today), 0, len(went))


#: Where it is killed, and how many pages were kept by then.
POINTS = [
    (("pages", "13", ""), 10),
    (("staging/demo/nieuw", "3", "before"), 10),
    (("raw/demo/nieuw", "1", "before"), PAGES),
    (("raw/demo/nieuw", "1", "after"), PAGES),
    (("deletions/demo/nieuw", "1", "after"), PAGES),
]


@pytest.mark.parametrize(("point", "kept"), POINTS, ids=[" ".join(point) for point, _ in POINTS])
def test_a_pull_that_is_killed_goes_on_behind_what_it_kept(
    tmp_path: Path, begun: Begun, point: tuple[str, str, str], kept: int
) -> None:
    Asked.pages.clear()
    made = killed(begun, tmp_path, *point)
    assert set(range(1, kept + 1)) <= set(Asked.pages) <= set(range(1, kept + TOGETHER + AHEAD + 1))
    again = vlekkeloos(*arguments(made, "r2"), environment=begun.environment)
    assert again.status == 0, again.err
    assert Asked.pages.keys() == set(range(1, PAGES + 1))
    assert all(times == 1 if page <= kept else times <= 2 for page, times in Asked.pages.items())
    is_as_if_nothing_happened(made)


def test_a_pull_that_is_killed_while_pages_are_read_again_does_not_begin_anew(tmp_path: Path, begun: Begun) -> None:
    begun.serving.fault("shifted", 0.2)
    Asked.pages.clear()
    try:
        # four commits of five pages and one of four, and then one of what is read again
        made = killed(begun, tmp_path, "staging/demo/nieuw", "6", "after")
        again = vlekkeloos(*arguments(made, "r2"), environment=begun.environment)
    finally:
        begun.serving.calm()
    assert again.status == 0, again.err
    assert min(Asked.pages.values()) == 1
    is_as_if_nothing_happened(made)
