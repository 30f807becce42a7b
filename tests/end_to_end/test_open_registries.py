"""The exchanges with the open registries, run by the command line against the sandbox, find what was planted."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as papq
import pytest
import requests

from tests.connectors.conformance import Traffic
from tests.end_to_end.driver import vlekkeloos
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Serving, Town, bag_api, cbs, ogc

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"
TOWN = Town(seed=4, addresses=600)


@dataclass
class Municipality:
    """A folder with what the municipality keeps, the registries, and a lake."""

    folder: Path
    serving: Serving
    traffic: Traffic
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, exchange: str) -> None:
        lake = self.folder / "lake"
        done = vlekkeloos("run", exchange, "--exchanges", EXCHANGES, "--lake", lake, environment=self.environment)
        assert done.status == 0, done.err

    def found(self, exchange: str) -> set[tuple[str, ...]]:
        lake = Lake(str(self.folder / "lake"))
        rows = lake.delta(lake.find(f"discrepancies/{exchange}")).to_pyarrow_table().to_pylist()
        return {_line(row) for row in rows}

    def asked(self, path: str) -> int:
        return sum(path in request.path for request, _ in self.traffic)


@pytest.fixture
def municipality(tmp_path: Path) -> Iterator[Municipality]:
    traffic = Traffic()
    with registries.serve(TOWN, only=["bag_api", "ogc", "cbs"], around=[traffic.middleware]) as serving:
        made = Municipality(tmp_path, serving, traffic)
        made.environment |= registries.connections(serving, only=["bag_api", "ogc", "cbs"])
        made.environment |= registries.furnish(TOWN, tmp_path, only=["bag_api", "ogc", "cbs"])
        for partner in ("nutsbedrijf", "verzekeraar", "regio"):
            place = {"conn_type": "file", "extra": {"path": str(tmp_path / partner)}}
            made.environment[f"AIRFLOW_CONN_PARTNER_{partner.upper()}"] = json.dumps(place)
        yield made


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    """A discrepancy as key, field, kind and both values, a number as a number."""
    return (row["key"], row["field"] or "", row["kind"], _value(row["left"]), _value(row["right"]))


def _value(text: str | None) -> str:
    return "" if text is None else text.removesuffix(".0")


def _truth(kept: pa.Table) -> set[tuple[str, ...]]:
    return {_line(row) for row in kept.to_pylist()}


def test_the_list_of_addresses_is_held_against_the_bag_api(municipality: Municipality) -> None:
    municipality.run("adressen_bag_api")
    truth = _truth(bag_api.kept(TOWN).truth)
    assert len(truth) > 5
    assert municipality.found("adressen_bag_api") == truth
    known = {address.identificatie: address for address in TOWN.all()}
    (delivered,) = (municipality.folder / "nutsbedrijf").rglob("*.csv")
    with delivered.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    issued = [address.identificatie for address in known.values() if "uitgegeven" in address.status]
    assert sorted(row["identificatie"] for row in rows) == issued
    assert all(row["postcode"] == known[row["identificatie"]].postcode for row in rows)


def test_the_panden_are_held_against_pdok(municipality: Municipality) -> None:
    municipality.run("panden")
    truth = _truth(ogc.kept(TOWN).truth)
    assert {line[2] for line in truth} == {"differs", "missing_left", "missing_right"}
    assert municipality.found("panden") == truth
    (delivered,) = (municipality.folder / "verzekeraar").rglob("*.parquet")
    assert set(papq.read_table(delivered).column_names) >= {"identificatie", "bouwjaar"}


def test_the_inhabitants_are_held_against_the_cbs_and_not_read_again_until_they_are_renewed(
    municipality: Municipality,
) -> None:
    municipality.run("kerncijfers")
    truth = _truth(cbs.kept(TOWN).truth)
    assert truth
    assert municipality.found("kerncijfers") == truth

    once = municipality.asked("/Observations")
    municipality.run("kerncijfers")
    assert municipality.asked("/Observations") == once
    assert municipality.found("kerncijfers") == truth

    requests.post(f"{municipality.serving.url}{cbs.PREFIX}/_edition", timeout=10).raise_for_status()
    municipality.run("kerncijfers")
    assert municipality.asked("/Observations") > once
    renewed = {row["WijkenEnBuurten"]: row["Value"] for row in cbs.inhabitants(TOWN, edition=1)}
    found = {(line[0], float(line[4])) for line in municipality.found("kerncijfers") if line[2] == "differs"}
    ours = {row["buurt"]: row["inwoners"] for row in cbs.kept(TOWN).table.to_pylist()}
    assert found == {(buurt, value) for buurt, value in renewed.items() if abs(ours.get(buurt, value) - value) > 2}
    assert len(found) > len([line for line in truth if line[2] == "differs"])
