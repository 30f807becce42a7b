"""The BAG API: what is asked and what comes of it, against a registry that answers as the contract says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from connectors import bag_api
from tests.connectors.conformance import Contract, Traffic
from vlekkeloos.connector import UNEXPECTED, Connection, Wanted
from vlekkeloos.errors import RegistryFailed, RegistryRefused
from vlekkeloos.sandbox import bag_objects, registries
from vlekkeloos.sandbox.addresses import WOONPLAATS, WOONPLAATSCODE, identificatie
from vlekkeloos.sandbox.registries import Serving, Town
from vlekkeloos.sandbox.registries import bag_api as registry

#: Enough streets for a list of them to have several pages.
TOWN = Town(seed=5, addresses=10_000)
HEADERS = {"X-Api-Key": registries.door.secret("bag_api"), "Accept": "application/hal+json"}

Row = dict[str, Any]
Read = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture(scope="module")
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=["bag_api"], around=[traffic.middleware]) as started:
        yield started


@pytest.fixture
def connection(serving: Serving) -> Connection:
    return Connection("bag_api", serving.url + registry.PREFIX, password=registries.door.secret("bag_api"))


@pytest.fixture
def read(connection: Connection) -> Read:
    def pulled(kind: str, *keys: str, **more: Any) -> list[Row]:
        options = bag_api.Options(object=kind, **({"keys": "gemeente.sleutel"} if keys else {}), **more)
        wanted = Wanted(keys=list(keys)) if keys else Wanted()
        pages = bag_api.pull(options, connection, wanted).batches
        return [row for page in pages for row in page.rows.to_pylist()]

    return pulled


@pytest.fixture(scope="module")
def contract(shared_data: Path) -> Contract:
    """The official file; of an address it requires kortNaam where it declares korteNaam."""
    file = shared_data / "bag" / "bag-individuelebevragingen-v2.openapi.yaml"
    return Contract(file, registry.PREFIX, misspelled=["kortNaam"])


# ── by key ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_nummeraanduiding_is_read_by_its_identificatie_under_the_contracts_names(read: Read) -> None:
    address = next(address for address in TOWN.all() if address.huisletter and address.earlier)
    (row,) = read("nummeraanduiding", address.identificatie)
    begin = date.fromisoformat(address.period.begin)
    assert {name: value for name, value in row.items() if value is not None} == {
        "identificatie": address.identificatie,
        "domein": "NL.IMBAG.Nummeraanduiding",
        "huisnummer": address.huisnummer,
        "huisletter": address.huisletter,
        "postcode": address.postcode,
        "typeAdresseerbaarObject": "Verblijfsobject",
        "status": address.status,
        "ligtAan": address.street.identificatie,
        "geconstateerd": "N",
        "documentdatum": begin,
        "documentnummer": f"B&W-{begin.year}",
        "voorkomen.tijdstipRegistratie": datetime(begin.year, begin.month, begin.day, 9, tzinfo=UTC),
        "voorkomen.versie": address.period.number,
        "voorkomen.beginGeldigheid": begin,
        "voorkomen.tijdstipRegistratieLV": datetime(begin.year, begin.month, begin.day, 9, 5, tzinfo=UTC),
    }


def test_a_key_that_the_registry_does_not_know_gives_no_record(read: Read) -> None:
    known, unknown = TOWN.address(3).identificatie, identificatie("20", 77_777_777)
    assert [row["identificatie"] for row in read("nummeraanduiding", known, unknown)] == [known]


def test_what_is_no_identificatie_of_the_type_is_not_asked(read: Read, traffic: Traffic) -> None:
    before = len(traffic)
    others = ("", "1", "12 34", "../woonplaatsen/9997", TOWN.address(3).verblijfsobject, "x" * 16)
    assert read("nummeraanduiding", *others) == []
    assert len(traffic) == before


def test_a_verblijfsobject_has_its_point_as_geojson_and_its_panden_as_a_list(read: Read) -> None:
    address = TOWN.address(8)
    (row,) = read("verblijfsobject", address.verblijfsobject)
    assert json.loads(row["geometrie.punt"]) == {"type": "Point", "coordinates": [address.x, address.y, 0.0]}
    assert row["geometrie.vlak"] is None
    assert (row["maaktDeelUitVan"], row["gebruiksdoelen"]) == ([address.pand], ["woonfunctie"])
    assert row["heeftAlsHoofdAdres"] == address.identificatie


def test_a_pand_and_a_woonplaats_have_their_outline(read: Read) -> None:
    (pand,) = read("pand", TOWN.address(0).pand)
    (woonplaats,) = read("woonplaats", WOONPLAATSCODE)
    for geometry in (pand["geometrie"], woonplaats["geometrie.vlak"]):
        (ring,) = json.loads(geometry)["coordinates"]
        assert ring[0] == ring[-1]
    assert (woonplaats["naam"], woonplaats[UNEXPECTED]) == (WOONPLAATS, None)


def _one_of_each() -> dict[str, tuple[str, str]]:
    address, places = TOWN.address(0), bag_objects.places(TOWN)
    return {
        "nummeraanduiding": ("identificatie", address.identificatie),
        "verblijfsobject": ("identificatie", address.verblijfsobject),
        "pand": ("identificatie", address.pand),
        "openbareRuimte": ("identificatie", address.street.identificatie),
        "woonplaats": ("identificatie", WOONPLAATSCODE),
        "ligplaats": ("identificatie", bag_objects.object_of(places[0][2])),
        "standplaats": ("identificatie", bag_objects.object_of(places[-1][2])),
        "adres": ("nummeraanduidingIdentificatie", address.identificatie),
    }


@pytest.mark.parametrize("kind", bag_api.PATHS)
def test_each_object_type_keeps_to_the_contract_by_key(
    kind: str, read: Read, traffic: Traffic, contract: Contract
) -> None:
    name, key = _one_of_each()[kind]
    unknown = key[:-1] + ("8" if key[-1] != "8" else "7") if kind == "woonplaats" else key[:6] + "9" * 10
    before = len(traffic)
    (row,) = read(kind, key, unknown)
    assert (row[name], row[UNEXPECTED]) == (key, None)
    assert contract.faults(traffic[before:]) == []
    assert {status for _, status in contract.operations(traffic[before:])} == {200, 404}


# ── by search and page ────────────────────────────────────────────────────────────────────────────────────

ADDRESS = TOWN.address(40)
SEARCHES = {
    "streets of the woonplaats": ("openbareRuimte", {"woonplaatsIdentificatie": WOONPLAATSCODE}),
    "a street by name": (
        "openbareRuimte",
        {"woonplaatsNaam": WOONPLAATS, "openbareRuimteNaam": ADDRESS.street.naam},
    ),
    "numbers along a street": ("nummeraanduiding", {"openbareRuimteIdentificatie": ADDRESS.street.identificatie}),
    "numbers of a house": ("nummeraanduiding", {"postcode": ADDRESS.postcode, "huisnummer": ADDRESS.huisnummer}),
    "in a pand": ("verblijfsobject", {"pandIdentificatie": ADDRESS.pand, "huidig": True}),
    "a woonplaats by name": ("woonplaats", {"naam": WOONPLAATS}),
    "addresses in a pand": ("adres", {"pandIdentificatie": ADDRESS.pand}),
    "an address": (
        "adres",
        {
            "woonplaatsNaam": WOONPLAATS,
            "openbareRuimteNaam": ADDRESS.street.naam,
            "huisnummer": ADDRESS.huisnummer,
            "exacteMatch": True,
        },
    ),
    "nothing": ("adres", {"postcode": "1000AA", "huisnummer": 1}),
}


@pytest.mark.parametrize("search", SEARCHES)
def test_each_search_keeps_to_the_contract(search: str, read: Read, traffic: Traffic, contract: Contract) -> None:
    kind, zoek = SEARCHES[search]
    before = len(traffic)
    rows = read(kind, zoek=zoek)
    assert bool(rows) is (search != "nothing")
    assert all(row[UNEXPECTED] is None for row in rows)
    assert contract.faults(traffic[before:]) == []
    assert {status for _, status in contract.operations(traffic[before:])} == {200}


def test_a_long_list_is_read_page_by_page_in_its_order(read: Read, traffic: Traffic) -> None:
    before = len(traffic)
    rows = read("openbareRuimte", zoek={"woonplaatsIdentificatie": WOONPLAATSCODE})
    assert [row["identificatie"] for row in rows] == [TOWN.street(n).identificatie for n in range(TOWN.streets)]
    asked = [dict(request.query) for request, _ in traffic[before:]]
    assert [(params["page"], params["pageSize"]) for params in asked] == [("1", "100"), ("2", "100"), ("3", "100")]


def test_a_list_goes_on_behind_the_page_that_was_kept_last(connection: Connection) -> None:
    options = bag_api.Options(object="openbareRuimte", zoek={"woonplaatsIdentificatie": WOONPLAATSCODE})
    pages = list(bag_api.pull(options, connection, Wanted()).batches)
    rest = list(bag_api.pull(options, connection, Wanted(after=pages[0].after)).batches)
    assert [page.number for page in rest] == [2, 3]
    assert rest[0].rows == pages[1].rows
    assert list(bag_api.pull(options, connection, Wanted(after=pages[-1].after)).batches) == []


def test_keys_can_fill_a_parameter_of_a_search(read: Read) -> None:
    streets = [TOWN.street(number).identificatie for number in (0, 2)]
    rows = read("nummeraanduiding", *streets, by="openbareRuimteIdentificatie")
    along = [a.identificatie for number in (0, 2) for a in TOWN.on_street(number)]
    placed = {address.identificatie for _, _, address in bag_objects.places(TOWN)}
    assert [row["identificatie"] for row in rows if row["identificatie"] not in placed] == along
    assert {row["ligtAan"] for row in rows} == set(streets)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"object": "pand"}, "give either keys: or zoek:"),
        (
            {"object": "adres", "keys": "a.b", "zoek": {"postcode": "1234AB", "huisnummer": 1}},
            "either keys: or zoek:",
        ),
        ({"object": "adres", "zoek": {"postcode": "1234AB"}}, "postcode + huisnummer"),
        ({"object": "pand", "zoek": {"geometrie": "x"}}, "for pand there is only keys:"),
        ({"object": "nummeraanduiding", "zoek": {"woonplaatsNaam": "X"}}, "has no such search"),
        ({"object": "nummeraanduiding", "by": "openbareRuimteIdentificatie"}, "there must be keys:"),
        ({"object": "verblijfsobject", "keys": "a.b", "by": "woonplaatsIdentificatie"}, "has no such search"),
        ({"object": "adres", "keys": "a.b", "by": "naam"}, "openbareRuimteIdentificatie"),
        ({"object": "gebouw", "keys": "a.b"}, "nummeraanduiding"),
    ],
)
def test_what_the_contract_has_no_question_for_is_refused_beforehand(words: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        bag_api.Options(**words)
    assert told in str(refused.value)


# ── errors ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_key_to_the_door_is_told_without_the_key(connection: Connection) -> None:
    wrong = Connection("bag_api", connection.url, password="not-the-key")
    options = bag_api.Options(object="pand", keys="gemeente.pand")
    with pytest.raises(RegistryFailed) as refused:
        list(bag_api.pull(options, wrong, Wanted(keys=[TOWN.address(0).pand])).batches)
    assert "401" in str(refused.value)
    assert "not-the-key" not in str(refused.value)


def test_what_the_registry_refuses_is_told_without_the_question(connection: Connection) -> None:
    options = bag_api.Options(object="nummeraanduiding", zoek={"postcode": "1234AB", "huisnummer": "zeven"})
    with pytest.raises(RegistryRefused) as refused:
        list(bag_api.pull(options, connection, Wanted()).batches)
    assert "400" in str(refused.value)
    assert "zeven" not in str(refused.value)
    assert "1234AB" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("nummeraanduidingen/1", {}, 400),
        ("nummeraanduidingen", {}, 400),
        ("nummeraanduidingen?postcode=1234AB", {}, 400),
        ("nummeraanduidingen?openbareRuimteIdentificatie=9998300000000001&pageSize=101", {}, 400),
        ("nummeraanduidingen?openbareRuimteIdentificatie=9998300000000001&page=0", {}, 400),
        ("nummeraanduidingen/9998200000000001?colour=red", {}, 400),
        ("panden/9998100000000001", {"X-Api-Key": "wrong"}, 401),
        ("panden/9998109999999999", {"Accept-Crs": "epsg:28992"}, 404),
        ("panden/9998100000000001", {"Accept": "text/html"}, 406),
        ("panden/9998100000000001", {"Accept-Crs": "epsg:4326"}, 406),
        ("panden/9998100000000001", {}, 412),
    ],
)
def test_the_sandbox_refuses_in_the_contracts_own_form(
    path: str,
    headers: dict[str, str],
    status: int,
    serving: Serving,
    traffic: Traffic,
    contract: Contract,
) -> None:
    before = len(traffic)
    answer = requests.get(f"{serving.url}{registry.PREFIX}/{path}", headers=HEADERS | headers, timeout=10)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert ("invalid-params" in answer.json()) is (status == 400)
    assert contract.faults(traffic[before:]) == []
