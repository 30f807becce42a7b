"""The WOZ connector against the sandbox's WOZ, and both against the official OpenAPI file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
import yaml
from pydantic import ValidationError

from connectors import woz as connector
from connectors._woz_velden import COLUMNS, WAARDE
from tests.connectors.conformance import Contract, Traffic
from tests.connectors.test_brk import flat, leaves, told
from vlekkeloos.connector import Connection, Wanted
from vlekkeloos.sandbox import registries, woz_objects
from vlekkeloos.sandbox.registries import Serving, Town, door, woz

TOWN = Town(seed=6, addresses=420)
KEYS = [woz_objects.identificatie(number) for number in range(TOWN.addresses)]
OBJECTS = [woz_objects.woz_object(TOWN, number) for number in range(TOWN.addresses)]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    """All that was said in this module."""
    return Traffic()


@pytest.fixture(scope="module")
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=["woz"], around=[traffic.middleware]) as started:
        yield started


@pytest.fixture
def connection(serving: Serving) -> Connection:
    described = woz.connections(serving.url + woz.PREFIX)["woz"]
    return Connection("woz", described["host"], password=described["password"])


@pytest.fixture(scope="session")
def file(shared_data: Path) -> Path:
    return shared_data / "woz" / "woz-bevragen.openapi.yaml"


def pulled(connection: Connection, keys: list[str] | None = None, **words: Any) -> list[dict[str, Any]]:
    """The rows of a pull."""
    asked = connector.Options(**(words if keys is None else {"keys": "gemeente.sleutel"} | words))
    found = connector.pull(asked, connection, Wanted(keys=keys))
    return pa.Table.from_batches([page.rows for page in found.batches], found.schema).to_pylist()


def test_every_object_comes_with_all_but_its_persons(connection: Connection) -> None:
    rows = pulled(connection, KEYS)
    who = ("belanghebbendeEigenaar", "belanghebbendeGebruiker")
    impersonal = [{name: value for name, value in each.items() if name not in who} for each in OBJECTS]
    assert told(rows, *WAARDE) == [flat(each, COLUMNS) for each in impersonal]
    assert not any(name.startswith("belanghebbende") for name in rows[0])


def test_who_owns_and_uses_it_comes_only_if_asked_for(connection: Connection) -> None:
    fields = ["identificatie", "belanghebbendeEigenaar", "belanghebbendeGebruiker.naam"]
    rows = pulled(connection, KEYS, fields=fields)
    expected = []
    for each in OBJECTS:
        owner = flat({"belanghebbendeEigenaar": each["belanghebbendeEigenaar"]}, COLUMNS)
        user = {"belanghebbendeGebruiker.naam": each.get("belanghebbendeGebruiker", {}).get("naam")}
        expected.append({"identificatie": each["identificatie"], **owner, **user})
    assert told(rows) == [{name: value for name, value in each.items() if value is not None} for each in expected]


def test_the_waarde_is_the_newest_that_was_not_annulled(connection: Connection) -> None:
    rows = pulled(connection, KEYS, fields=["identificatie", "waarden"])
    annulled = 0
    for row, each in zip(rows, OBJECTS, strict=True):
        newest, before, *_ = each["waarden"]
        gone = "beschikking_vernietigd" in newest["beschikkingsStatussen"]
        annulled += gone
        assert row["waarde.vastgesteldeWaarde"] == (before if gone else newest)["vastgesteldeWaarde"]
        assert row["waarde.waardepeildatum"] == date(2024 if gone else 2025, 1, 1)
        assert json.loads(row["waarden"]) == each["waarden"], "none of them is lost"
    assert annulled
    assert annulled < len(rows)


def test_the_waarde_is_that_of_the_day_that_the_contract_names(connection: Connection) -> None:
    rows = pulled(connection, KEYS[:5], waardepeildatum=date(2023, 1, 1))
    assert [row["waarde.vastgesteldeWaarde"] for row in rows] == [
        each["waarden"][2]["vastgesteldeWaarde"] for each in OBJECTS[:5]
    ]
    rows = pulled(connection, KEYS[:5], waardepeildatum="1999-01-01")
    assert {row["waarde.vastgesteldeWaarde"] for row in rows} == {None}


def test_an_object_that_is_not_there_and_a_key_that_can_not_be_are_left_out(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    rows = pulled(connection, [KEYS[0], "999999999999", "../wozobjecten"])
    assert [row["identificatie"] for row in rows] == [KEYS[0]]
    assert "1 of 3 keys are no identificatie" in caplog.text


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("nummeraanduidingIdentificatie", lambda number: TOWN.address(number).identificatie),
        ("adresseerbaarObjectIdentificatie", lambda number: TOWN.address(number).verblijfsobject),
    ],
)
def test_objects_are_found_by_what_the_bag_calls_them(connection: Connection, by: str, key: Any) -> None:
    rows = pulled(connection, [key(number) for number in range(30)], by=by)
    assert [row["identificatie"] for row in rows] == KEYS[:30]


@pytest.mark.parametrize("by", ["rsin", "kvkNummer"])
def test_all_objects_of_an_organisation_come_page_by_page(connection: Connection, traffic: Traffic, by: str) -> None:
    owned = [each for each in OBJECTS if by in each["belanghebbendeEigenaar"]]
    value = owned[0]["belanghebbendeEigenaar"][by]
    before = len(traffic)
    assert [row["identificatie"] for row in pulled(connection, parameters={by: value})] == [
        each["identificatie"] for each in owned
    ]
    assert len(traffic) - before == -(-len(owned) // 100)
    assert len(pulled(connection, [value], by=by)) == len(owned)


def test_a_search_by_address_finds_what_is_there(connection: Connection) -> None:
    home = next(each for each in TOWN.all() if each.huisletter)
    asked = {"postcode": home.postcode, "huisnummer": home.huisnummer, "huisletter": home.huisletter}
    assert KEYS[home.number] in [row["identificatie"] for row in pulled(connection, parameters=asked)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "either keys: or parameters:"),
        ({"parameters": {"postcode": "1234AB"}}, "one of the combinations"),
        ({"parameters": {"rsin": "123456789", "kvkNummer": "12345678"}}, "one of the combinations"),
        ({"parameters": {"postcode": "1234AB", "huisnummer": 100_000}}, "huisnummer as the API has it"),
        ({"keys": "g.k", "by": "burgerservicenummer"}, "Input should be"),
        ({"keys": "g.k", "fields": ["waarde"]}, "has no waarde"),
        ({"keys": "g.k", "fields": ["identificatie"], "waardepeildatum": "2024-01-01"}, "needs waarden"),
        ({"keys": "g.k", "waardepeildatum": "1 januari"}, "should match pattern"),
    ],
)
def test_a_contract_that_the_registry_would_refuse_is_refused_before(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        connector.Options(**words)


def test_a_wrong_question_gets_an_answer_in_the_contracts_own_words(serving: Serving) -> None:
    usual = {"X-Api-Key": door.secret("woz"), "Accept": "application/hal+json"}

    def status(path: str, **headers: str) -> int:
        url = f"{serving.url}{woz.PREFIX}/{path}"
        return requests.get(url, headers=usual | headers, timeout=10).status_code

    assert status("wozobjecten") == 400
    assert status("wozobjecten?rsin=12") == 400
    assert status("wozobjecten?rsin=123456789&pageSize=101") == 400
    assert status("wozobjecten?rsin=123456789&page=0") == 400
    assert status("wozobjecten/12") == 400
    assert status(f"wozobjecten/{KEYS[0]}?fields=kleur") == 400
    assert status("wozobjecten/999999999999") == 404
    assert status(f"wozobjecten/{KEYS[0]}", Accept="text/html") == 406
    assert status(f"wozobjecten/{KEYS[0]}", **{"X-Api-Key": "wrong"}) == 401


def test_the_columns_are_the_properties_of_the_official_file(file: Path) -> None:
    schemas = yaml.safe_load(file.read_text())["components"]["schemas"]
    assert dict(leaves(schemas, {"$ref": "#/components/schemas/WozObject"}, "", COLUMNS)) == COLUMNS
    waarde = {path.removeprefix("waarde."): kind for path, kind in WAARDE.items()}
    assert dict(leaves(schemas, {"$ref": "#/components/schemas/Waarde"}, "", {})) == waarde


def test_every_request_and_every_answer_keeps_to_the_official_file(traffic: Traffic, file: Path) -> None:
    contract = Contract(file, woz.PREFIX)
    assert contract.faults(traffic) == []
    asked = contract.operations(traffic)
    assert {("GET /wozobjecten", 200), ("GET /wozobjecten/{identificatie}", 200)} <= asked
    assert {status for _, status in asked} >= {200, 400, 401, 404, 406}
