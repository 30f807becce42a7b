"""The BRP connector against the sandbox's BRP, and both against RvIG's own OpenAPI file."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
import yaml
from pydantic import ValidationError

from connectors import _brp_velden as velden
from connectors import _brp_vragen as vragen
from connectors import brp_personen
from connectors._brp_plat import iso
from tests.connectors.conformance import Contract, Traffic
from vlekkeloos.connector import Connection, Wanted
from vlekkeloos.errors import RegistryRefused
from vlekkeloos.sandbox import persons, registries
from vlekkeloos.sandbox.registries import Serving, Town, brp, door

TOWN = Town(seed=5, addresses=400)
EVERYBODY = [who for room in range(persons.rooms(TOWN)) if (who := persons.person(TOWN, room))]
BSNS = [who["burgerservicenummer"] for who in EVERYBODY]
#: Every branch of a person: what comes is then all that the BRP has.
EVERYTHING = list(velden.PERSOON)
POSTCODE = "ZoekMetPostcodeEnHuisnummer"


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    """All that was said in this module."""
    return Traffic()


@pytest.fixture(scope="module")
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=["brp"], around=[traffic.middleware]) as started:
        yield started


@pytest.fixture
def connection(serving: Serving) -> Connection:
    described = brp.connections(serving.url + brp.PREFIX)["brp"]
    return Connection("brp", described["host"], password=described["password"], extra=described["extra"])


@pytest.fixture(scope="session")
def file(shared_data: Path) -> Path:
    return shared_data / "brp" / "brp-personen-v2.openapi.yaml"


def options(fields: list[str], **words: Any) -> brp_personen.Options:
    """By burgerservicenummer, unless the words say otherwise."""
    return brp_personen.Options(fields=fields, doelbinding="BRPACT-Vlekkeloos", **words)


def pulled(
    connection: Connection, fields: list[str], keys: list[str] | None = None, **words: Any
) -> list[dict[str, Any]]:
    """The rows of a pull."""
    asked = options(fields, **(words if keys is None else {"keys": "gemeente.sleutel"} | words))
    found = brp_personen.pull(asked, connection, Wanted(keys=keys))
    return pa.Table.from_batches([page.rows for page in found.batches], found.schema).to_pylist()


# ── asked by burgerservicenummer ──────────────────────────────────────────────────────────────────────────


def test_everybody_who_is_asked_for_comes_once_in_batches_of_twenty(connection: Connection, traffic: Traffic) -> None:
    before = len(traffic)
    rows = pulled(connection, ["burgerservicenummer"], sorted(BSNS))
    assert [row["burgerservicenummer"] for row in rows] == sorted(BSNS)
    asked = [json.loads(sent.body or b"")["burgerservicenummer"] for sent, _ in traffic[before:]]
    assert len(asked) == -(-len(BSNS) // 20)
    assert sorted(map(len, asked))[1:] == [20] * (len(asked) - 1)


def test_who_is_not_in_the_brp_is_not_in_the_table(connection: Connection) -> None:
    nobody = persons.numbers()[-1]
    rows = pulled(connection, ["burgerservicenummer"], [BSNS[0], nobody])
    assert [row["burgerservicenummer"] for row in rows] == [BSNS[0]]


def test_only_the_asked_fields_come_and_what_the_brp_adds_by_itself(connection: Connection) -> None:
    fields = ["burgerservicenummer", "naam.geslachtsnaam", "geboorte.datum", "geslacht"]
    rows = pulled(connection, fields, BSNS[:20])
    assert list(rows[0]) == [
        "burgerservicenummer",
        "naam.geslachtsnaam",
        "geboorte.datum",
        "geslacht.code",
        "geslacht.omschrijving",
        "geheimhoudingPersoonsgegevens",
        "opschortingBijhouding.reden.code",
        "opschortingBijhouding.reden.omschrijving",
        "opschortingBijhouding.datum",
        "rni",
        "verificatie.datum",
        "verificatie.omschrijving",
        "inOnderzoek",
        "_unexpected",
    ]
    whole = EVERYBODY[0]
    assert rows[0]["naam.geslachtsnaam"] == whole["naam"]["geslachtsnaam"]
    assert rows[0]["geslacht.omschrijving"] == whole["geslacht"]["omschrijving"]


def test_nothing_of_a_person_is_lost_on_the_way(connection: Connection) -> None:
    rows = pulled(connection, EVERYTHING, sorted(BSNS))
    assert all(row["_unexpected"] is None for row in rows)
    for row, whole in zip(rows, sorted(EVERYBODY, key=lambda who: who["burgerservicenummer"]), strict=True):
        assert _restored(row) == _plain(whole)


def _restored(row: dict[str, Any]) -> dict[str, Any]:
    """A row back in the API's own form, but for its dates."""
    marks = json.loads(row.pop("inOnderzoek") or "{}")
    found: dict[str, Any] = {}
    for path, value in (row | marks).items():
        if value is None:
            continue
        *above, name = path.split(".")
        at = found
        for step in above:
            at = at.setdefault(step, {})
        in_json = isinstance(velden.at(velden.PERSOON | velden.AUTOMATIC, path) or 0, tuple) and path in _LISTS
        at[name] = json.loads(value) if in_json else value
    return found


_LISTS = [name for name, branch in (velden.PERSOON | velden.AUTOMATIC).items() if isinstance(branch, list)]


def _plain(value: Any) -> Any:
    """A person with dates as ISO text; those within lists stay."""
    if not isinstance(value, dict):
        return value
    return iso(value) or {name: _plain(each) for name, each in value.items()}


def test_a_date_has_as_much_as_the_brp_knows_of_it(connection: Connection) -> None:
    rows = pulled(connection, ["burgerservicenummer", "geboorte.datum"], sorted(BSNS))
    written = {
        len(row["geboorte.datum"]): row["geboorte.datum"] for row in rows if row["geboorte.datum"] != "onbekend"
    }
    assert set(written) == {4, 7, 10}
    assert "onbekend" in {row["geboorte.datum"] for row in rows}


def test_places_of_stay_of_every_type_are_told_apart(connection: Connection) -> None:
    fields = ["burgerservicenummer", "verblijfplaats.verblijfadres.postcode", "verblijfplaats.verblijfadres.land"]
    rows = pulled(connection, fields, sorted(BSNS))
    by_type = {row["verblijfplaats.type"]: row for row in rows}
    assert set(by_type) == {"Adres", "VerblijfplaatsBuitenland", "VerblijfplaatsOnbekend", "Locatie"}
    assert by_type["Adres"]["verblijfplaats.verblijfadres.postcode"]
    assert by_type["VerblijfplaatsBuitenland"]["verblijfplaats.verblijfadres.land.code"]
    assert by_type["VerblijfplaatsOnbekend"]["verblijfplaats.verblijfadres.postcode"] is None


def test_addresses_in_the_netherlands_can_be_asked_by_who_may_see_no_others(connection: Connection) -> None:
    rows = pulled(connection, ["burgerservicenummer", "verblijfplaatsBinnenland"], sorted(BSNS))
    assert {row["verblijfplaats.type"] for row in rows} == {"Adres", "Locatie", None}
    assert "verblijfplaats.verblijfadres.land.code" not in rows[0]


def test_secrecy_suspension_and_what_is_in_onderzoek_are_seen_unasked(connection: Connection) -> None:
    rows = pulled(connection, ["burgerservicenummer", "naam"], sorted(BSNS))
    assert {row["geheimhoudingPersoonsgegevens"] for row in rows} == {True, None}
    assert {"O", "E", "R"} <= {row["opschortingBijhouding.reden.code"] for row in rows}
    marks = [json.loads(row["inOnderzoek"]) for row in rows if row["inOnderzoek"]]
    assert {"geslachtsnaam": True, "volledigeNaam": True, "datumIngangOnderzoek": "2025-10-01"} in [
        mark.get("naam.inOnderzoek") for mark in marks
    ]


def test_a_key_that_is_no_burgerservicenummer_spoils_no_batch_and_is_told_without_it(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    rows = pulled(connection, ["burgerservicenummer"], [BSNS[0], "12345678", BSNS[1]])
    assert len(rows) == 2
    assert "1 of 3 keys are no burgerservicenummer" in caplog.text
    assert "12345678" not in caplog.text


def test_not_even_the_chattiest_log_tells_a_number(connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pulled(connection, ["burgerservicenummer", "naam"], BSNS[:45])
    assert "/haalcentraal/api/brp/personen" in caplog.text, "the requests were logged"
    assert not any(bsn in caplog.text for bsn in BSNS)


# ── searched ──────────────────────────────────────────────────────────────────────────────────────────────


def _at_home() -> dict[str, Any]:
    """Somebody alive, at an address, born on a known day."""
    return next(
        who
        for who in EVERYBODY
        if who["verblijfplaats"]["type"] == "Adres"
        and "overlijden" not in who
        and "datum" in who["geboorte"]["datum"]
    )


def _searches() -> dict[str, dict[str, Any]]:
    who = _at_home()
    home, naam = who["verblijfplaats"]["verblijfadres"], who["naam"]
    return {
        "ZoekMetGeslachtsnaamEnGeboortedatum": {
            "geslachtsnaam": naam["geslachtsnaam"].upper(),
            "geboortedatum": who["geboorte"]["datum"]["datum"],
            "geslacht": who["geslacht"]["code"],
        },
        "ZoekMetNaamEnGemeenteVanInschrijving": {
            "geslachtsnaam": naam["geslachtsnaam"],
            "voornamen": naam["voornamen"][:3] + "*",
            "gemeenteVanInschrijving": "9998",
        },
        "ZoekMetPostcodeEnHuisnummer": {"postcode": home["postcode"], "huisnummer": home["huisnummer"]},
        "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving": {
            "straat": home["officieleStraatnaam"],
            "huisnummer": home["huisnummer"],
            "gemeenteVanInschrijving": "9998",
            "inclusiefOverledenPersonen": True,
        },
    }


@pytest.mark.parametrize("way", _searches())
def test_somebody_is_found_in_every_way_that_asks_without_keys(connection: Connection, way: str) -> None:
    rows = pulled(connection, ["burgerservicenummer", "naam"], type=way, parameters=_searches()[way])
    assert _at_home()["burgerservicenummer"] in {row["burgerservicenummer"] for row in rows}
    assert "naam.aanduidingNaamgebruik.code" not in rows[0], "a search tells less"


@pytest.mark.parametrize("name", ["nummeraanduidingIdentificatie", "adresseerbaarObjectIdentificatie"])
def test_who_lives_at_each_of_many_addresses_is_found_and_with_which_key(connection: Connection, name: str) -> None:
    way = f"ZoekMet{name[0].upper()}{name[1:]}"
    keys = sorted({who["verblijfplaats"][name] for who in EVERYBODY if name in who["verblijfplaats"]})[:30]
    rows = pulled(connection, ["burgerservicenummer"], keys, type=way)
    alive = {
        who["burgerservicenummer"]: who["verblijfplaats"][name]
        for who in EVERYBODY
        if who["verblijfplaats"].get(name) in keys and "overlijden" not in who
    }
    assert {row["burgerservicenummer"]: row[name] for row in rows} == alive


# ── refused ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"fields": ["burgerservicenummer", "geheimhoudingPersoonsgegevens"]}, "comes by itself"),
        ({"fields": ["burgerservicenummer", "naam.inOnderzoek"]}, "comes by itself"),
        ({"fields": ["burgerservicenummer", "naam.Geslachtsnaam"]}, "has no field"),
        ({"fields": ["burgerservicenummer", "geboorte.datum.dag"]}, "has no field"),
        ({"fields": ["naam"]}, "must be among them"),
        ({"fields": ["burgerservicenummer"] * 131}, "at most 130"),
        ({"fields": []}, "at least 1"),
        ({"fields": ["burgerservicenummer"], "keys": None}, "asks by keys"),
        ({"fields": ["burgerservicenummer"], "parameters": {"postcode": "1234AB"}}, "has no parameter postcode"),
        ({"fields": ["burgerservicenummer"], "parameters": {"gemeenteVanInschrijving": "12"}}, "is not written"),
        ({"fields": ["burgerservicenummer"], "parameters": {"burgerservicenummer": "999900006"}}, "comes from keys"),
        (
            {"fields": ["naam"], "type": POSTCODE, "parameters": {"postcode": "1234AB"}, "keys": None},
            "needs the parameter huisnummer",
        ),
        ({"fields": ["aNummer"], "type": "ZoekMetNummeraanduidingIdentificatie"}, "has no field aNummer"),
        ({"fields": ["burgerservicenummer"], "doelbinding": "a\r\nx-evil: b"}, "should match pattern"),
    ],
)  # fmt: skip
def test_a_contract_that_the_brp_would_refuse_is_refused_before(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        brp_personen.Options(**{"keys": "gemeente.bsn"} | words)


def test_without_a_purpose_the_gateway_refuses_and_no_number_is_told(connection: Connection) -> None:
    asked = brp_personen.Options(fields=["burgerservicenummer"], keys="gemeente.bsn")
    with pytest.raises(RegistryRefused) as refusal:
        list(brp_personen.pull(asked, connection, Wanted(keys=BSNS[:3])).batches)
    assert "403" in str(refusal.value)
    assert "9999" not in str(refusal.value)


def _ask(serving: Serving, body: Any, **headers: str | None) -> requests.Response:
    usual = {"X-API-KEY": door.secret("brp"), "x-doelbinding": "test", "x-origin-oin": "1", "Accept": "*/*"}
    sent = {name: value for name, value in (usual | headers).items() if value is not None}
    return requests.post(serving.url + brp.PREFIX + "/personen", json=body, headers=sent, timeout=10)


RIGHT = {"type": vragen.BSN, "burgerservicenummer": BSNS[:1], "fields": ["burgerservicenummer"]}


@pytest.mark.parametrize(
    ("change", "name", "code"),
    [
        ({"fields": ["anummer"]}, "fields", "fields"),
        ({"fields": ["rni"]}, "fields", "fields"),
        ({"fields": []}, "fields", "minItems"),
        ({"fields": "naam"}, "fields", "array"),
        ({"fields": ["naam"] * 131}, "fields", "maxItems"),
        ({"burgerservicenummer": BSNS[:21]}, "burgerservicenummer", "maxItems"),
        ({"burgerservicenummer": ["12345678"]}, "burgerservicenummer", "pattern"),
        ({"burgerservicenummer": BSNS[0]}, "burgerservicenummer", "array"),
        ({"voornamen": "Piet"}, "voornamen", "unknownParam"),
        ({"type": "ZoekMetPostcodeEnHuisnummer"}, "postcode", "required"),
        ({"type": "Zoek"}, "type", "value"),
    ],
)
def test_a_wrong_question_gets_400_that_says_which_parameter(
    serving: Serving, change: dict[str, Any], name: str, code: str
) -> None:
    answer = _ask(serving, RIGHT | change)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"name": name, "code": code} in [
        {"name": wrong["name"], "code": wrong["code"]} for wrong in answer.json()["invalidParams"]
    ]
    assert not any(bsn in answer.text for bsn in [*BSNS, "12345678"])


def test_the_door_and_the_gate_refuse_in_the_contracts_own_words(serving: Serving) -> None:
    assert _ask(serving, RIGHT, **{"X-API-KEY": "wrong"}).status_code == 401
    assert _ask(serving, RIGHT, **{"x-doelbinding": None}).status_code == 403
    assert _ask(serving, RIGHT, Accept="text/html").status_code == 406
    assert _ask(serving, RIGHT, **{"Content-Type": "text/plain"}).status_code == 415
    assert _ask(serving, ["not", "a", "question"]).status_code == 400


def test_a_search_that_finds_too_many_is_refused(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    way = "ZoekMetPostcodeEnHuisnummer"
    asked = {"type": way, "fields": ["naam"], **_searches()[way]}
    found = len(_ask(serving, asked).json()["personen"])
    monkeypatch.setattr(brp, "MOST_FOUND", found - 1)
    answer = _ask(serving, asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "tooManyResults")


# ── as the official file has it ───────────────────────────────────────────────────────────────────────────


def test_the_fields_are_those_of_the_official_file(file: Path) -> None:
    schemas = yaml.safe_load(file.read_text())["components"]["schemas"]
    ours = {"Persoon": velden.PERSOON, "PersoonBeperkt": velden.BEPERKT, "GezagPersoonBeperkt": velden.MET_GEZAG}
    for name, tree in ours.items():
        assert _tree(schemas, {"$ref": f"#/components/schemas/{name}"}) == tree | velden.AUTOMATIC


_COMPOSITES = {"AbstractDatum": "datum", "Waardetabel": "tabel", "AdellijkeTitelPredicaatType": "titel"}
_PLAIN = {"string": "text", "integer": "integer", "boolean": "boolean"}


def _tree(schemas: dict[str, Any], schema: Any) -> Any:
    """A schema of the official file as our tree, what is in onderzoek left out."""
    if (name := schema.get("$ref", "").rpartition("/")[2]) in _COMPOSITES:
        return _COMPOSITES[name]
    parts = list(_parts(schemas, schema))
    fields: dict[str, list[Any]] = {}
    for part in parts:
        for field, inner in part.get("properties", {}).items():
            if field != "inOnderzoek":
                fields.setdefault(field, []).append(inner)
    if fields:
        return {field: _merged([_tree(schemas, inner) for inner in inners]) for field, inners in fields.items()}
    kinds = {part["type"] for part in parts if "type" in part}
    if "array" in kinds:
        return [_tree(schemas, next(part["items"] for part in parts if "items" in part))]
    return "text" if not kinds else _PLAIN[kinds.pop()]


def _parts(schemas: dict[str, Any], schema: Any) -> Iterator[dict[str, Any]]:
    """A schema, what it is made of, and all that may stand in its place."""
    found = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    yield found
    for part in found.get("allOf", ()):
        if "discriminator" in schemas.get(part.get("$ref", "").rpartition("/")[2], {}):
            yield {
                word: each for word, each in schemas[part["$ref"].rpartition("/")[2]].items() if word == "properties"
            }
        else:
            yield from _parts(schemas, part)
    for target in set(found.get("discriminator", {}).get("mapping", {}).values()):
        yield from _parts(schemas, {"$ref": target})


def _merged(trees: list[Any]) -> Any:
    return (
        {field: inner for tree in trees for field, inner in tree.items()} if isinstance(trees[0], dict) else trees[0]
    )


def test_the_ways_of_asking_are_those_of_the_official_file(file: Path) -> None:
    schemas = yaml.safe_load(file.read_text())["components"]["schemas"]
    ways = schemas["PersonenQuery"]["discriminator"]["mapping"]
    assert set(vragen.WAYS) == set(ways)
    for way, (needed, optional) in vragen.WAYS.items():
        own = schemas[way]["allOf"][1]["properties"]
        assert set(schemas[way]["required"]) == set(needed), way
        assert set(own) | {"gemeenteVanInschrijving"} == {*needed, *optional}, way
        assert vragen.BY_KEY.get(way) == own.get("burgerservicenummer", {}).get("maxItems"), way


def test_every_request_and_every_answer_keeps_to_the_official_file(traffic: Traffic, file: Path) -> None:
    contract = Contract(file, brp.PREFIX)
    assert contract.faults(traffic) == []
    said = {status for _, status in contract.operations(traffic)}
    assert said >= {200, 400, 401, 403, 406, 415}
    asked = {json.loads(sent.body or b"null")["type"] for sent, answer in traffic if answer.status_code == 200}
    assert asked == set(vragen.WAYS)


def test_no_burgerservicenummer_is_in_any_url(traffic: Traffic) -> None:
    assert traffic
    assert all(not sent.query and sent.path == brp.PREFIX + "/personen" for sent, _ in traffic)
