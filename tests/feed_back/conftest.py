"""An exchange that reports to the sandbox's Kadaster, run after run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from tests.builder import Exchange, addresses, contract
from tests.connectors.terugmeldingen import TOWN
from vlekkeloos import pipeline
from vlekkeloos.cli import main
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Serving

#: A record that the BAG of the sandbox has, and one that it lacks.
KNOWN, UNKNOWN = TOWN.address(1).identificatie, "9999200000099999"
RULES = {
    "connector": "bag_terugmelding",
    "connection": "terugmelding",
    "object": "nummeraanduiding",
    "punt": [155000, 463000],
    "after": "2 runs",
}


@dataclass
class Reporting:
    """The exchange; ``right`` is what the BAG has of each record, ``left`` the municipality."""

    exchange: Exchange
    serving: Serving
    runs: int = 0

    def have(self, left: dict[str, str], right: dict[str, str] | None = None) -> None:
        """Says which postcode each side has of each key; the BAG has 1234AB, if nothing else is said."""
        sides = [left, dict.fromkeys(left, "1234AB") if right is None else right]
        # one record that both have: two registries without a key in common hold the run
        rows = [[("0", "1234AB", 1), *((key, code, 1) for key, code in side.items())] for side in sides]
        self.exchange.sides(addresses(*rows[0]), addresses(*rows[1]))

    def run(self, times: int = 1) -> list[dict[str, Any]]:
        """Runs it; gives the terugmeldingen."""
        for _ in range(times):
            self.runs += 1
            pipeline.run_all(self.exchange.run(f"r{self.runs}"))
        return self.rows()

    def rows(self) -> list[dict[str, Any]]:
        """The terugmeldingen, by key and when they were drafted."""
        return sorted(self.exchange.rows("terugmeldingen/demo"), key=lambda row: (row["key"], row["runs_seen"]))

    def statuses(self, times: int = 1) -> list[str]:
        """The statuses after so many runs."""
        return [row["status"] for row in self.run(times)]

    def say(self, *words: str) -> Result:
        """What a person types after `vlekkeloos terugmelden demo`."""
        places = ["--exchanges", str(self.exchange.exchanges), "--lake", str(self.exchange.folder / "lake")]
        return CliRunner().invoke(main, ["terugmelden", "demo", *places, *words])

    def filed(self) -> int:
        """How many the registry got."""
        said = json.loads(registries.connections(self.serving, only=["terugmelding"])["AIRFLOW_CONN_TERUGMELDING"])
        codes = {"statusCode": "NIEUW,IN_ONDERZOEK,GOEDGEKEURD,AFGEWEZEN"}
        place, key = f"{said['host']}/terugmeldingen", {"apikey": said["password"]}
        return len(requests.get(place, params=codes, headers=key, timeout=9).json()["features"])


@pytest.fixture
def reporting(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reporting]:
    with registries.serve(TOWN, only=["terugmelding"]) as serving:
        for name, said in registries.connections(serving, only=["terugmelding"]).items():
            monkeypatch.setenv(name, said)
        exchange.write(contract(feed_back=RULES, publish=[]))
        yield Reporting(exchange, serving)
