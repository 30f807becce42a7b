"""Every kind of request that a connector makes passes Prism, started from the registry's own OpenAPI file.

So does every answer of the sandbox to them. Which kinds there are is what the connectors' own tests ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
import requests

from connectors import _brk_soorten, _brp_vragen, bag_api, brk, brp_personen, woz, zgw_catalogi, zgw_zaken
from connectors._haal_centraal import HEADERS
from tests.connectors import (
    test_bag_api,
    test_brk,
    test_brp_personen,
    test_woz,
    test_zgw,
)
from tests.connectors.conformance import Traffic
from tests.connectors.prism import Prism, corrected
from vlekkeloos.connector import Connection, Wanted
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Serving, Town

#: The words of a contract's source, and the keys that its other source would give.
Kind = tuple[dict[str, Any], list[str]]


def of_bag_api(connection: Connection) -> Iterator[Kind]:
    for kind, (_, key) in test_bag_api._one_of_each().items():
        yield {"object": kind}, [key]
    for name, (kind, search) in test_bag_api.SEARCHES.items():
        if name != "nothing":
            yield {"object": kind, "zoek": search}, []
        if len(search) == 1 and "naam" not in search:
            ((by, key),) = search.items()
            yield {"object": kind, "by": by}, [str(key)]


def of_brp(connection: Connection) -> Iterator[Kind]:
    fields = {"fields": ["burgerservicenummer"], "doelbinding": "BRPACT-Vlekkeloos"}
    lives = test_brp_personen._at_home()["verblijfplaats"]
    for way in _brp_vragen.WAYS:
        if way == _brp_vragen.BSN:
            yield fields | {"type": way, "fields": test_brp_personen.EVERYTHING}, sorted(test_brp_personen.BSNS)[:40]
        elif way in _brp_vragen.BY_KEY:
            yield fields | {"type": way}, [lives[_brp_vragen.WAYS[way][0][0]]]
        else:
            yield fields | {"type": way, "parameters": test_brp_personen._searches()[way]}, []


def of_brk(connection: Connection) -> Iterator[Kind]:
    town, keys = test_brk.TOWN, test_brk.KEYS
    for kind in _brk_soorten.SOORTEN:
        yield {"object": kind}, keys[:60]
    yield {"fields": ["identificatie", "koopsom.koopjaar"]}, keys[:1]
    parcel, address = test_brk.parcels.parcel(town, 0), town.address(0)
    owners = (who for number in test_brk.NUMBERS for who in test_brk.parcels.owners(town, number))
    known = {
        "kadastraleAanduiding": parcel["kadastraleAanduiding"],
        "kadastraleAanduidingMetGemeentecode": parcel["kadastraleAanduiding"].replace("Vlekkerdam", "VLK00"),
        "nummeraanduidingIdentificatie": address.identificatie,
        "burgerservicenummer": next(
            who["identificatie"] for who in owners if who["type"] == "ingeschreven_natuurlijk_persoon"
        ),
    }
    assert known.keys() | {"identificatie"} == set(get_args(brk.Options.model_fields["by"].annotation))
    for by, key in known.items():
        yield {"by": by}, [key]
    yield {"parameters": {"postcode": address.postcode, "huisnummer": address.huisnummer}}, []


def of_woz(connection: Connection) -> Iterator[Kind]:
    town, objects = test_woz.TOWN, test_woz.OBJECTS
    yield {}, test_woz.KEYS[:40]
    yield {"fields": ["identificatie", "belanghebbendeEigenaar", "belanghebbendeGebruiker"]}, test_woz.KEYS[:40]
    address = town.address(0)
    known = {
        "nummeraanduidingIdentificatie": address.identificatie,
        "adresseerbaarObjectIdentificatie": address.verblijfsobject,
    }
    for by in ("rsin", "kvkNummer"):
        known[by] = next(o["belanghebbendeEigenaar"][by] for o in objects if by in o["belanghebbendeEigenaar"])
        yield {"parameters": {by: known[by]}}, []
    assert known.keys() | {"identificatie"} == set(get_args(woz.Options.model_fields["by"].annotation))
    for by, key in known.items():
        yield {"by": by}, [key]
    yield {"parameters": {"postcode": address.postcode, "huisnummer": address.huisnummer}}, []


def of_zaken(connection: Connection) -> Iterator[Kind]:
    zaken = pulled(zgw_zaken, connection, {"resource": "zaken"}, [])[:25]
    for resource, found in zgw_zaken.RESOURCES.items():
        if found.key != "{uuid}":
            yield {"resource": resource}, []
        if found.key is not None:
            yield (
                {"resource": resource},
                [row["identificatie" if found.key == "identificatie" else "url"] for row in zaken],
            )
    yield {"resource": "zaken", "filters": {"startdatum__lte": "2019-01-03", "einddatum__isnull": False}}, []


def of_catalogi(connection: Connection) -> Iterator[Kind]:
    versions = pulled(zgw_catalogi, connection, {"resource": "zaaktypen"}, [])
    for resource, found in zgw_catalogi.RESOURCES.items():
        yield {"resource": resource}, []
        if found.key is not None:
            keys = {row["identificatie" if found.key == "identificatie" else "url"] for row in versions}
            yield {"resource": resource}, sorted(keys)
    yield {"resource": "zaaktypen", "filters": {"status": "definitief"}}, []


@dataclass(frozen=True)
class Case:
    """A connector with its registry: its official file, its town, its kinds of request.

    ``mended``: Prism can't go by the file as it is. ``misspelled``: see ``conformance.Contract``.
    """

    connector: Any
    file: str
    town: Town
    kinds: Callable[[Connection], Iterator[Kind]]
    mended: bool = False
    misspelled: tuple[str, ...] = ()


#: The file of the BAG requires kortNaam of an address where it declares korteNaam, so no answer could fit; that of
#: the ZGW Zaken API refers to another one on the web, which a test doesn't fetch. The others are as they are.
CASES: Mapping[str, Case] = {
    "bag_api": Case(
        bag_api,
        "bag/bag-individuelebevragingen-v2.openapi.yaml",
        test_bag_api.TOWN,
        of_bag_api,
        mended=True,
        misspelled=("kortNaam",),
    ),
    "brp": Case(brp_personen, "brp/brp-personen-v2.openapi.yaml", test_brp_personen.TOWN, of_brp),
    "brk": Case(brk, "brk/brk-bevragen-v2.openapi.yaml", test_brk.TOWN, of_brk),
    "woz": Case(woz, "woz/woz-bevragen.openapi.yaml", test_woz.TOWN, of_woz),
    "zaken": Case(zgw_zaken, "zgw/zaken.openapi.yaml", test_zgw.TOWN, of_zaken, mended=True),
    "catalogi": Case(zgw_catalogi, "zgw/catalogi.openapi.yaml", test_zgw.TOWN, of_catalogi),
}


@dataclass
class Held:
    """A registry behind its Prism: what reached the registry is in ``traffic``."""

    serving: Serving
    traffic: Traffic
    prism: Prism


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Held]]:
    """Every registry, each behind a Prism of its own; these start side by side."""
    folder = tmp_path_factory.mktemp("prism")
    started: dict[str, Held] = {}
    try:
        for name, case in CASES.items():
            file = shared_data / case.file
            if case.mended:
                file = corrected(file, folder, case.misspelled)
            traffic = Traffic()
            serving = registries.serve(case.town, only=[name], around=[traffic.middleware])
            prefix = registries.registries()[name].PREFIX
            started[name] = Held(serving, traffic, Prism.before(serving.url + prefix, file, folder / f"{name}.log"))
        yield started
    finally:
        for each in started.values():
            each.prism.stop()
            each.serving.stop()


def connection(name: str, url: str) -> Connection:
    """The sandbox's own connection to the registry, but at that URL."""
    said = registries.registries()[name].connections(url)[name]
    return Connection(name, url, said.get("login"), said["password"], said.get("extra", {}))


def pulled(connector: Any, to: Connection, words: dict[str, Any], keys: list[str]) -> list[dict[str, Any]]:
    options = connector.Options(**({"keys": "gemeente.sleutel"} if keys else {}), **words)
    pages = connector.pull(options, to, Wanted(keys=keys or None)).batches
    return [row for page in pages for row in page.rows.to_pylist()]


@pytest.mark.parametrize("name", CASES)
def test_prism_has_nothing_against_any_request_nor_against_any_answer(name: str, held: dict[str, Held]) -> None:
    case, here = CASES[name], held[name]
    to = connection(name, here.prism.url)
    for words, keys in case.kinds(to):
        assert pulled(case.connector, to, words, keys), words
    assert here.prism.complaints == []
    assert here.prism.received == len(here.traffic)
    assert {answer.status_code for _, answer in here.traffic} == {200}


def test_prism_does_refuse_a_request_and_an_answer_that_break_the_file(held: dict[str, Held]) -> None:
    here = held["woz"]
    url = f"{here.prism.url}/wozobjecten"
    usual = HEADERS | {"X-Api-Key": connection("woz", url).password or ""}

    def ask(path: str, **headers: str) -> tuple[int, str]:
        answer = requests.get(url + path, headers=usual | headers, timeout=30)
        return answer.status_code, answer.json()["type"].rpartition("#")[2]

    reached = len(here.traffic)
    assert ask("?rsin=12") == (422, "UNPROCESSABLE_ENTITY")
    assert ask("/12") == (422, "UNPROCESSABLE_ENTITY")
    assert ask("/1/waarden") == (404, "NO_PATH_MATCHED_ERROR")
    assert len(here.traffic) == reached
    here.serving.fault("wrong_type", 1)
    assert ask(f"/{test_woz.KEYS[0]}") == (500, "VIOLATIONS")
    here.serving.calm()
    assert len(here.prism.complaints) == 4
