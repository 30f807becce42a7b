"""The BRK connector against the sandbox's BRK, and both against Kadaster's own OpenAPI file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
import yaml
from pydantic import ValidationError

from connectors import brk as connector
from connectors._brk_soorten import OF, SOORTEN, ZAKEN
from connectors._haal_centraal import listed
from tests.connectors.conformance import Contract, Traffic
from vlekkeloos.connector import Connection, Wanted
from vlekkeloos.sandbox import parcels, registries
from vlekkeloos.sandbox.registries import Serving, Town, brk, door

TOWN = Town(seed=5, addresses=160)
NUMBERS = range(TOWN.addresses)
KEYS = [parcels.identificatie(number) for number in NUMBERS]
LISTS = {
    "zakelijkgerechtigden": parcels.rights,
    "hypotheken": parcels.mortgages,
    "beslagen": parcels.seizures,
    "privaatrechtelijkebeperkingen": parcels.restrictions,
    "publiekrechtelijkebeperkingen": parcels.public_restrictions,
}


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    """All that was said in this module."""
    return Traffic()


@pytest.fixture(scope="module")
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=["brk"], around=[traffic.middleware]) as started:
        yield started


@pytest.fixture
def connection(serving: Serving) -> Connection:
    described = brk.connections(serving.url + brk.PREFIX)["brk"]
    return Connection("brk", described["host"], password=described["password"])


@pytest.fixture(scope="session")
def file(shared_data: Path) -> Path:
    return shared_data / "brk" / "brk-bevragen-v2.openapi.yaml"


def pulled(connection: Connection, keys: list[str] | None = None, **words: Any) -> list[dict[str, Any]]:
    """The rows of a pull."""
    asked = connector.Options(**(words if keys is None else {"keys": "gemeente.sleutel"} | words))
    found = connector.pull(asked, connection, Wanted(keys=keys))
    return pa.Table.from_batches([page.rows for page in found.batches], found.schema).to_pylist()


def flat(record: Any, kinds: dict[str, str], above: str = "") -> dict[str, Any]:
    """A record as the columns have it."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        path = f"{above}.{name}" if above else name
        if kinds.get(path) == "json":
            found[path] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, dict):
            found |= flat(value, kinds, path)
        else:
            found[path] = value
    return found


def told(rows: list[dict[str, Any]], *without: str) -> list[dict[str, Any]]:
    """What the rows say, dates as text."""
    return [
        {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in row.items()
            if value is not None and name not in without
        }
        for row in rows
    ]


# ── the objects ───────────────────────────────────────────────────────────────────────────────────────────


def test_every_object_that_is_asked_for_comes_whole_in_the_order_of_the_keys(connection: Connection) -> None:
    kinds = SOORTEN[ZAKEN].columns
    expected = [flat(parcels.parcel(TOWN, number), kinds) for number in NUMBERS]
    assert told(pulled(connection, KEYS)) == expected
    assert {row["type"] for row in expected} == {"perceel", "appartementsrecht"}


def test_an_object_that_the_registry_does_not_have_is_not_in_the_table(connection: Connection) -> None:
    rows = pulled(connection, [KEYS[0], "999999999999999", "een/vreemde ?naam", ".."])
    assert [row["identificatie"] for row in rows] == [KEYS[0]]


def test_only_the_asked_properties_come(connection: Connection) -> None:
    rows = pulled(connection, KEYS[:3], fields=["identificatie", "koopsom.koopjaar", "kadastraleGrootte"])
    assert list(rows[0]) == [
        "identificatie",
        "kadastraleGrootte.waarde",
        "kadastraleGrootte.soortGrootte.code",
        "kadastraleGrootte.soortGrootte.waarde",
        "koopsom.koopjaar",
        "_unexpected",
    ]
    assert rows[0]["koopsom.koopjaar"] == parcels.parcel(TOWN, 0)["koopsom"]["koopjaar"]
    assert all(row["_unexpected"] is None for row in rows)


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("nummeraanduidingIdentificatie", lambda number: TOWN.address(number).identificatie),
        ("kadastraleAanduiding", lambda number: parcels.parcel(TOWN, number)["kadastraleAanduiding"]),
        (
            "kadastraleAanduidingMetGemeentecode",
            lambda number: parcels.parcel(TOWN, number)["kadastraleAanduiding"].replace("Vlekkerdam", "VLK00"),
        ),
    ],
)
def test_objects_are_found_by_other_keys_too(connection: Connection, by: str, key: Any) -> None:
    rows = pulled(connection, [key(number) for number in NUMBERS[:40]], by=by, fields=["identificatie"])
    assert [row["identificatie"] for row in rows] == KEYS[:40]


def test_objects_are_found_by_who_has_them_and_the_number_is_in_no_url(
    connection: Connection, traffic: Traffic
) -> None:
    owned = {
        who["identificatie"]: KEYS[number]
        for number in NUMBERS
        for who in parcels.owners(TOWN, number)
        if who["type"] == "ingeschreven_natuurlijk_persoon"
    }
    before = len(traffic)
    rows = pulled(connection, sorted(owned), by="burgerservicenummer", fields=["identificatie"])
    assert [row["identificatie"] for row in rows] == [owned[bsn] for bsn in sorted(owned)]
    assert {sent.method for sent, _ in traffic[before:]} == {"post"}
    assert not any(bsn in f"{sent.path}{sent.query}" for bsn in owned for sent, _ in traffic)


def test_a_search_by_address_or_by_name_finds_what_is_there(connection: Connection) -> None:
    home = next(TOWN.address(number) for number in NUMBERS if TOWN.address(number).huisletter)
    letter = {"postcode": home.postcode, "huisnummer": home.huisnummer, "huisletter": home.huisletter}
    rows = pulled(connection, parameters=letter)
    assert KEYS[home.number] in [row["identificatie"] for row in rows]
    street = [a.number for a in TOWN.all() if a.postcode == home.postcode]
    rows = pulled(connection, parameters={"postcode": home.postcode})
    assert [row["identificatie"] for row in rows] == [KEYS[number] for number in street]


def test_what_a_perceel_was_split_into_comes_if_asked_for(connection: Connection) -> None:
    number = next(n for n in NUMBERS if parcels.parcel(TOWN, n)["type"] == "appartementsrecht")
    whole = parcels.parcel(TOWN, number)["kadastraleAanduiding"].rpartition(" ")[0]
    assert pulled(connection, parameters={"kadastraleAanduiding": whole}) == []
    split = {"kadastraleAanduiding": whole, "inclusiefKadastraalOnroerendeZakenUitSplitsing": True}
    assert len(pulled(connection, parameters=split)) > 1


def test_an_answer_without_a_list_is_an_empty_one_but_not_if_the_list_has_another_name() -> None:
    found = listed("hypotheken")
    assert found({"_links": {"self": {}}, "_embedded": {"hypotheken": [1]}}) == [1]
    assert found({"_links": {"self": {}}}) == []
    for other in ({"_links": {"self": {}}, "_embedded": {"leningen": [1]}}, {"hypotheken": [1]}):
        with pytest.raises(KeyError):
            found(other)


# ── what rests on them ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", LISTS)
def test_what_rests_on_each_object_comes_with_the_object_that_it_rests_on(connection: Connection, kind: str) -> None:
    kinds = SOORTEN[kind].columns
    expected = [
        {OF: KEYS[number], **flat(record, kinds)} for number in NUMBERS for record in LISTS[kind](TOWN, number)
    ]
    assert expected
    assert told(pulled(connection, [*KEYS, "999999999999999"], object=kind)) == expected


# ── refused ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "either keys: or parameters:"),
        ({"keys": "g.k", "parameters": {"postcode": "1234AB"}}, "either keys: or parameters:"),
        ({"parameters": {"persoon__identificatie": "1"}}, "may not stand in a URL"),
        ({"parameters": {"huisnummer": 1}}, "one of the combinations"),
        ({"parameters": {"postcode": "1234AB", "kadastraleAanduiding": "X A 1"}}, "one of the combinations"),
        ({"parameters": {"postcode": "1234 ab"}}, "postcode as the API has it"),
        ({"parameters": {"postcode": "1234AB", "huisnummer": 0}}, "huisnummer as the API has it"),
        ({"object": "beslagen", "parameters": {"postcode": "1234AB"}}, "asked for by keys"),
        ({"object": "beslagen", "keys": "g.k", "by": "kadastraleAanduiding"}, "asked for by keys"),
        ({"keys": "g.k", "fields": ["koopsom.prijs"]}, "have no koopsom.prijs"),
        ({"keys": "g.k", "by": "naam"}, "Input should be"),
    ],
)
def test_a_contract_that_the_registry_would_refuse_is_refused_before(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        connector.Options(**words)


def test_a_wrong_question_gets_an_answer_in_the_contracts_own_words(serving: Serving) -> None:
    url, usual = serving.url + brk.PREFIX, {"X-Api-Key": door.secret("brk"), "Accept": "application/hal+json"}

    def status(path: str, **headers: str) -> int:
        return requests.get(f"{url}/{path}", headers=usual | headers, timeout=10).status_code

    assert status(f"{ZAKEN}?postcode=1234AB&nummeraanduidingIdentificatie=1") == 400
    assert status(f"{ZAKEN}?persoon__identificatie=NL.IMKAD.Persoon.1") == 200
    assert status(f"{ZAKEN}/{KEYS[0]}?fields=naam") == 400
    assert status(f"{ZAKEN}/{KEYS[0]}?kleur=rood") == 400
    assert status(f"{ZAKEN}/1") == 404
    assert status(f"{ZAKEN}/1/hypotheken") == 404
    assert status("publiekrechtelijkebeperkingen") == 400
    assert status(f"{ZAKEN}/{KEYS[0]}", Accept="text/html") == 406
    assert status(f"{ZAKEN}/{KEYS[0]}", **{"X-Api-Key": "wrong"}) == 401
    asked = requests.post(f"{url}/{ZAKEN}", json={"burgerservicenummer": "12"}, headers=usual, timeout=10)
    assert asked.status_code == 400
    assert asked.json()["invalidParams"][0]["name"] == "burgerservicenummer"


# ── as the official file has it ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", SOORTEN)
def test_the_columns_are_the_properties_of_the_official_file(file: Path, kind: str) -> None:
    schemas = yaml.safe_load(file.read_text())["components"]["schemas"]
    names = {
        ZAKEN: "KadastraalOnroerendeZaak",
        "zakelijkgerechtigden": "ZakelijkGerechtigde",
        "privaatrechtelijkebeperkingen": "Aantekening",
        "publiekrechtelijkebeperkingen": "PubliekrechtelijkeBeperking",
        "hypotheken": "Hypotheek",
        "beslagen": "Beslag",
    }
    kinds = SOORTEN[kind].columns
    assert dict(leaves(schemas, {"$ref": f"#/components/schemas/{names[kind]}"}, "", kinds)) == kinds


def leaves(schemas: dict[str, Any], schema: Any, path: str, kinds: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The values of a schema by their path, down to what our columns hold as JSON."""
    found = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if kinds.get(path) == "json" and (found.get("type") == "array" or "properties" in found or "allOf" in found):
        yield path, "json"
        return
    for part in found.get("allOf", ()):
        yield from leaves(schemas, part, path, kinds)
    for name, inner in found.get("properties", {}).items():
        yield from leaves(schemas, inner, f"{path}.{name}" if path else name, kinds)
    if not {"allOf", "properties"} & set(found):
        plain = {"string": "text", "integer": "integer", "number": "decimal", "boolean": "boolean", "array": "texts"}
        yield path, "date" if found.get("format") == "date" else plain[found["type"]]


def test_every_request_and_every_answer_keeps_to_the_official_file(traffic: Traffic, file: Path) -> None:
    contract = Contract(file, brk.PREFIX)
    assert contract.faults(traffic) == []
    one = f"/{ZAKEN}/{{kadastraalOnroerendeZaakIdentificatie}}"
    asked = contract.operations(traffic)
    below = [f"{one}/{kind}" for kind in LISTS if kind != "publiekrechtelijkebeperkingen"]
    for path in (f"/{ZAKEN}", one, *below, "/publiekrechtelijkebeperkingen"):
        assert (f"GET {path}", 200) in asked
    assert (f"POST /{ZAKEN}", 200) in asked
    assert {status for _, status in asked} >= {200, 400, 401, 404, 406}
