"""All connections that the exchanges name are of the sandbox; if one is not, that is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builder import Exchange, contract
from vlekkeloos import sandbox
from vlekkeloos.sandbox import bag_mutations, everything, stuf_messages
from vlekkeloos.sandbox.registries import Town

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"
TOWN = Town(seed=2, addresses=60)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    made = sandbox.make(tmp_path_factory.mktemp("town"), addresses=TOWN.addresses, seed=TOWN.seed)
    places = {"registries_url": "http://127.0.0.1:1", "partner_url": "http://127.0.0.1:2"}
    return everything.environment(made, TOWN, exchanges=EXCHANGES, **places)


def test_every_connection_of_every_exchange_is_there(environment: dict[str, str]) -> None:
    assert everything.lacking(EXCHANGES, environment) == {}


def test_every_file_and_folder_that_a_connection_names_is_there(environment: dict[str, str]) -> None:
    extras = [json.loads(said).get("extra", {}) for said in environment.values()]
    paths = [Path(extra["path"]) for extra in extras if "path" in extra]
    assert len(paths) > 15
    assert [path for path in paths if not path.exists()] == []


def test_modules_that_furnish_are_found_without_being_named() -> None:
    assert {bag_mutations, stuf_messages} <= set(everything.furnishers())


def test_what_nobody_gives_is_told_by_exchange(exchange: Exchange, environment: dict[str, str]) -> None:
    text = contract(
        publish=[{"partner": "iemand", "connector": "folder", "connection": "partner_x", "fields": ["postcode"]}]
    )
    text["sources"]["bag"].pop("url")
    text["sources"]["bag"]["connection"] = "nergens"
    exchange.write(text)
    assert everything.lacking(exchange.exchanges, environment) == {"demo": ["nergens", "partner_x"]}
    found = everything.partners(exchange.exchanges, exchange.folder / "partners")
    assert list(found) == ["partner_x"]
