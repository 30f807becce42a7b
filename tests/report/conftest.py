"""Runs in a lake: one that is started, and one that came to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.report.in_chromium import chromium
from tests.report.runs import Built, broken, contract, difference
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Chromium for every test that looks at a page."""
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def start(lake: Lake) -> Callable[..., Built]:
    """Starts a run in the lake, of the exchange of ``contract`` unless another is given."""

    def started(run_id: str = "20261124T040000Z-1f3a", day: int = 24, **words: Any) -> Built:
        return Built(Run(contract(**words), lake, run_id, date(2026, 11, day)))

    return started


@pytest.fixture
def done(start: Callable[..., Built]) -> Built:
    """A run that came to its end: two rows in quarantine, four discrepancies of which one waits, one delivery."""
    built = start()
    built.pulled("gemeente", 25_000)
    built.pulled("bag", 25_010, "bag_extract")
    built.judged(
        "gemeente", 25_000, [broken(7, "0457200000000007", "postcode", "1382XX9"), broken(9, None, "postcode", "")]
    )
    built.judged("bag", 25_010, [])
    built.compared(
        [
            difference("0457200000000001", "postcode", "1381AA", "1381AB"),
            difference("0457200000000002", "straatnaam", "Hoogstr.", "Hoogstraat"),
            difference("0457200000000003", None, None, None, kind="missing_left"),
            difference("0457200000000004", "huisnummer", "4", "6", rule=None, choice=None, runs_seen=3, state="open"),
        ]
    )
    built.published()
    return built
