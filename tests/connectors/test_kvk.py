"""The KVK Handelsregister: what is asked and what comes of it, against a register that answers as KVK documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from connectors import kvk_basisprofiel, kvk_vestigingsprofiel, kvk_zoeken
from tests.connectors.conformance import Traffic
from vlekkeloos.connector import UNEXPECTED, Connection, Wanted
from vlekkeloos.errors import BadInput, RegistryFailed, RegistryRefused
from vlekkeloos.sandbox import businesses, registries
from vlekkeloos.sandbox.addresses import WOONPLAATS
from vlekkeloos.sandbox.registries import Serving, Town, door, kvk

#: Enough businesses for several pages, and for a search that finds more than 1000.
TOWN = Town(seed=2, addresses=5000)
EVERYONE = [businesses.business(TOWN, number) for number in range(businesses.count(TOWN))]
ACTIVE = [business for business in EVERYONE if business.einde is None]

Row = dict[str, Any]
Pull = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture(scope="module")
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=["kvk"], around=[traffic.middleware]) as started:
        yield started


@pytest.fixture
def connection(serving: Serving) -> Connection:
    return Connection("kvk", serving.url + kvk.PREFIX, password=door.secret("kvk"))


@pytest.fixture
def read(connection: Connection) -> Pull:
    def pulled(connector: Any, *keys: str, **words: Any) -> list[Row]:
        options = connector.Options(**({"keys": "gemeente.sleutel"} if keys else {}), **words)
        wanted = Wanted(keys=list(keys)) if keys else Wanted()
        return [row for page in connector.pull(options, connection, wanted).batches for row in page.rows.to_pylist()]

    return pulled


def told(rows: list[Row]) -> list[Row]:
    """The rows without what is empty."""
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


# ── zoeken ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_search_gives_everyone_that_it_finds_once(read: Pull) -> None:
    rows = read(kvk_zoeken, naam="Bakkerij", plaats=WOONPLAATS, type=["hoofdvestiging"])
    assert [row["kvkNummer"] for row in rows] == [b.kvk_nummer for b in ACTIVE if "Bakkerij" in b.handelsnaam]
    assert len(rows) > 100
    assert {row["type"] for row in rows} == {"hoofdvestiging"}
    assert [row[UNEXPECTED] for row in rows if row[UNEXPECTED]] == []


def test_a_vestiging_has_its_address_by_its_path_and_a_rechtspersoon_its_rsin(read: Pull) -> None:
    business = next(b for b in ACTIVE if b.rsin and b.vestigingen[0].adres.huisletter)
    found = told(read(kvk_zoeken, kvkNummer=business.kvk_nummer))
    main, person = found[0], found[-1]
    adres = business.vestigingen[0].adres
    assert main == {
        "kvkNummer": business.kvk_nummer,
        "vestigingsnummer": business.vestigingen[0].vestigingsnummer,
        "naam": business.handelsnaam,
        "type": "hoofdvestiging",
        "actief": "Ja",
        "adres.binnenlandsAdres.type": "bezoekadres",
        "adres.binnenlandsAdres.straatnaam": adres.street.naam,
        "adres.binnenlandsAdres.huisnummer": adres.huisnummer,
        "adres.binnenlandsAdres.huisletter": adres.huisletter,
        "adres.binnenlandsAdres.postcode": adres.postcode,
        "adres.binnenlandsAdres.plaats": WOONPLAATS,
    }
    assert (person["type"], person["rsin"]) == ("rechtspersoon", business.rsin)


def test_a_search_that_finds_nothing_gives_nothing(read: Pull) -> None:
    assert read(kvk_zoeken, naam="Nergenshuizen") == []


def test_a_search_that_finds_more_than_the_register_gives_is_refused_and_not_cut(read: Pull) -> None:
    with pytest.raises(RegistryRefused, match="more than the 1000 records"):
        read(kvk_zoeken, plaats=WOONPLAATS)


def test_cut_up_into_one_search_a_street_it_gives_everyone(read: Pull) -> None:
    streets = sorted({TOWN.street(number).naam for number in range(TOWN.streets)})
    rows = read(kvk_zoeken, *streets, by="straatnaam", plaats=WOONPLAATS, type=["hoofdvestiging", "nevenvestiging"])
    numbers = sorted(row["vestigingsnummer"] for row in rows)
    assert numbers == sorted(place.vestigingsnummer for b in ACTIVE for place in b.vestigingen)
    assert len(numbers) > 1000


def test_who_has_stopped_is_found_if_asked_for(read: Pull) -> None:
    ended = next(b for b in EVERYONE if b.einde)
    assert read(kvk_zoeken, kvkNummer=ended.kvk_nummer) == []
    rows = read(kvk_zoeken, kvkNummer=ended.kvk_nummer, inclusiefInactieveRegistraties=True)
    assert {row["actief"] for row in rows} == {"Nee"}


def test_the_parameters_are_those_that_kvk_documents(read: Pull, traffic: Traffic) -> None:
    adres = EVERYONE[4].vestigingen[0].adres
    traffic.clear()
    read(kvk_zoeken, postcode=adres.postcode, huisnummer=adres.huisnummer, type=["rechtspersoon", "hoofdvestiging"])
    (asked, _), *_ = traffic
    assert asked.path == "/kvk/api/v2/zoeken"
    assert sorted(asked.query) == sorted(
        [
            ("postcode", adres.postcode),
            ("huisnummer", str(adres.huisnummer)),
            ("type", "rechtspersoon"),
            ("type", "hoofdvestiging"),
            ("inclusiefInactieveRegistraties", "false"),
            ("pagina", "1"),
            ("resultatenPerPagina", "100"),
        ]
    )
    assert asked.sent["apikey"] == door.secret("kvk")
    assert asked.sent["Accept"] == "application/hal+json"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "something to search for"),
        ({"type": ["rechtspersoon"]}, "something to search for"),
        ({"postcode": "3900AB"}, "together only"),
        ({"huisnummer": 3}, "together only"),
        ({"keys": "a.b", "kvkNummer": "90000013"}, "can't be given as well"),
        ({"kvkNummer": "123"}, "pattern"),
        ({"naam": "x", "kleur": "rood"}, "Extra inputs"),
    ],
)
def test_a_search_that_kvk_would_refuse_is_refused_in_the_contract(words: Row, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        kvk_zoeken.Options(**words)


# ── profiles ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_basisprofiel_has_its_hoofdvestiging_and_eigenaar_by_their_path(read: Pull) -> None:
    business = next(b for b in ACTIVE if b.rsin and b.number % 4 == 0)
    (row,) = read(kvk_basisprofiel, business.kvk_nummer)
    main = business.vestigingen[0]
    assert row["kvkNummer"] == business.kvk_nummer
    assert row["materieleRegistratie.datumAanvang"] == business.aanvang
    assert json.loads(row["handelsnamen"]) == [{"naam": business.handelsnaam, "volgorde": 0}]
    assert row["_embedded.eigenaar.rsin"] == business.rsin
    assert row["_embedded.hoofdvestiging.vestigingsnummer"] == main.vestigingsnummer
    assert row["_embedded.hoofdvestiging.adressen.bezoekadres.postcode"] == main.adres.postcode
    assert row["_embedded.hoofdvestiging.adressen.correspondentieadres.straatnaam"] == "Postbus"
    assert row["_embedded.hoofdvestiging.adressen.bezoekadres.geoData.nummerAanduidingId"] is None
    assert row[UNEXPECTED] is None


@pytest.mark.parametrize("deel", list(kvk_basisprofiel.PARTS))
def test_a_part_of_a_profile_says_whose_it_is_and_has_no_field_without_a_column(read: Pull, deel: str) -> None:
    some = [b for b in EVERYONE if len(b.vestigingen) > 1][:3]
    rows = read(kvk_basisprofiel, *sorted(b.kvk_nummer for b in some), deel=deel, geoData=True)
    expected = [b.kvk_nummer for b in some for _ in (b.vestigingen if deel == "vestigingen" else [b])]
    assert [row["kvkNummer"] for row in rows] == expected
    assert [row[UNEXPECTED] for row in rows if row[UNEXPECTED]] == []


def test_a_vestigingsprofiel_says_where_it_is_in_the_bag_if_asked(read: Pull) -> None:
    place = ACTIVE[7].vestigingen[0]
    (row,) = read(kvk_vestigingsprofiel, place.vestigingsnummer, geoData=True)
    assert row["adressen.bezoekadres.geoData.nummerAanduidingId"] == place.adres.identificatie
    assert row["totaalWerkzamePersonen"] == place.voltijd + place.deeltijd
    assert row[UNEXPECTED] is None


def test_a_number_that_is_not_given_out_or_is_none_gives_no_record(read: Pull, traffic: Traffic) -> None:
    known = EVERYONE[3].kvk_nummer
    traffic.clear()
    rows = read(kvk_basisprofiel, "../v2/zoeken", "1234", "90000014", known)
    assert [row["kvkNummer"] for row in rows] == [known]
    # what can't be a number of KVK's is not asked for
    assert {asked.path.rpartition("/")[2] for asked, _ in traffic} == {"90000014", known}


def test_without_keys_there_is_nothing_to_ask(connection: Connection) -> None:
    with pytest.raises(BadInput, match="kvkNummer"):
        kvk_basisprofiel.pull(kvk_basisprofiel.Options(keys="a.b"), connection, Wanted())


def test_another_key_is_refused_and_stays_secret(serving: Serving) -> None:
    other = Connection("kvk", serving.url + kvk.PREFIX, password="een-ander-geheim")
    with pytest.raises(RegistryRefused) as refused:
        pulled = kvk_basisprofiel.pull(kvk_basisprofiel.Options(keys="a.b"), other, Wanted(keys=["90000013"]))
        list(pulled.batches)
    assert "geheim" not in str(refused.value)


def test_a_profile_that_is_away_for_the_moment_is_no_absent_one(
    serve: Callable[[type[BaseHTTPRequestHandler]], str],
) -> None:
    class Register(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fout = {"fout": [{"code": "IPD1003", "omschrijving": "Gegevens tijdelijk niet beschikbaar"}]}
            body = json.dumps(fout).encode()
            self.send_response(404)
            self.send_header("Content-Type", "application/hal+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    connection = Connection("kvk", serve(Register), password="x")
    with pytest.raises(RegistryFailed, match="IPD1003"):
        pulled = kvk_basisprofiel.pull(kvk_basisprofiel.Options(keys="a.b"), connection, Wanted(keys=["90000013"]))
        list(pulled.batches)


# ── the register itself ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v2/zoeken?kleur=rood", 400, "IPD1999"),
        ("/v2/zoeken?resultatenPerPagina=101&naam=x", 400, "IPD1999"),
        ("/v2/zoeken", 400, "IPD1998"),
        ("/v2/zoeken?naam=Nergenshuizen", 404, "IPD5200"),
        ("/v2/zoeken?naam=Bakkerij&type=winkel", 404, "IPD5203"),
        ("/v1/basisprofielen/123", 400, "IPD0004"),
        ("/v1/basisprofielen/90000014/eigenaar", 404, "IPD0005"),
        ("/v1/vestigingsprofielen/123", 400, "IPD0006"),
        ("/v1/vestigingsprofielen/000000000001", 404, "IPD0007"),
    ],
)
def test_it_refuses_in_kvks_own_words(connection: Connection, path: str, status: int, code: str) -> None:
    headers = {"apikey": door.secret("kvk")}
    answer = requests.get(connection.url + path, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["fout"][0]["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/hal+json"


def test_no_more_than_1000_of_what_a_search_finds_can_be_had(connection: Connection) -> None:
    params = {"plaats": WOONPLAATS, "resultatenPerPagina": "100"}
    headers = {"apikey": door.secret("kvk")}
    pages = [
        requests.get(f"{connection.url}/v2/zoeken", params | {"pagina": page}, headers=headers, timeout=30)
        for page in ("10", "11")
    ]
    assert [page.status_code for page in pages] == [200, 404]
    assert pages[0].json()["totaal"] > 1000
    assert "volgende" not in pages[0].json()
