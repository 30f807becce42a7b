"""The ZGW Zaken and Catalogi APIs: what is asked and what comes of it, against an API that keeps to the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from connectors import zgw_catalogi, zgw_zaken
from tests import builder
from tests.connectors.conformance import Contract, Traffic
from vlekkeloos.connector import UNEXPECTED, Connection, DeltaOptions, Wanted, history
from vlekkeloos.contract import model
from vlekkeloos.errors import BadInput, RegistryRefused
from vlekkeloos.sandbox import cases, registries
from vlekkeloos.sandbox.registries import Serving, Town, catalogi, door, zaken

#: Enough for three pages of zaken, and more of what hangs on them.
TOWN = Town(seed=3, addresses=60)
APIS = {"zaken": (zgw_zaken, zaken), "catalogi": (zgw_catalogi, catalogi)}
ALL = [(api, resource) for api, (connector, _) in APIS.items() for resource in connector.RESOURCES]
CRS = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}

Row = dict[str, Any]
Read = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture(scope="module")
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=list(APIS), around=[traffic.middleware]) as started:
        yield started


@pytest.fixture(scope="module")
def contracts(shared_data: Path) -> dict[str, Contract]:
    return {
        name: Contract(shared_data / "zgw" / f"{name}.openapi.yaml", api.PREFIX) for name, (_, api) in APIS.items()
    }


def connected(serving: Serving, name: str, **other: str) -> Connection:
    said = json.loads(registries.connections(serving, only=[name])[f"AIRFLOW_CONN_{name.upper()}"])
    return Connection(name, said["host"], **{"login": said["login"], "password": said["password"]} | other)


@pytest.fixture
def read(serving: Serving) -> Read:
    def pulled(name: str, resource: str, *keys: str, **more: Any) -> list[Row]:
        connector = APIS[name][0]
        options = connector.Options(resource=resource, **({"keys": "oud.sleutel"} if keys else {}), **more)
        wanted = Wanted(keys=list(keys)) if keys else Wanted()
        pages = connector.pull(options, connected(serving, name), wanted).batches
        return [row for page in pages for row in page.rows.to_pylist()]

    return pulled


def raw(serving: Serving, name: str, path: str, **headers: str) -> requests.Response:
    """An answer as it is, to a client with a good JWT unless ``headers`` say otherwise."""
    said = connected(serving, name)
    request = requests.Request("GET", f"{said.url}{path}", headers=headers)
    prepared = request.prepare()
    if "Authorization" not in headers:
        prepared = zgw_zaken._zgw.Zgw()(said)(prepared)
    elif not headers["Authorization"]:
        del prepared.headers["Authorization"]
    return requests.Session().send(prepared, timeout=30)


def keys_of(read: Read, resource: str) -> list[str]:
    """What a resource has to be asked with, where it has to be."""
    nested = resource in ("zaakeigenschappen", "zaakbesluiten")
    return [row["url"] for row in read("zaken", "zaken")][:25] if nested else []


# ── the contract ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "resource"), ALL, ids=lambda word: word)
def test_requests_and_answers_keep_to_the_official_file_and_every_field_has_a_column(
    read: Read, traffic: Traffic, contracts: dict[str, Contract], name: str, resource: str
) -> None:
    keys = keys_of(read, resource) if name == "zaken" else []
    traffic.clear()
    rows = read(name, resource, *keys)
    assert rows
    assert contracts[name].faults(traffic) == []
    assert [row[UNEXPECTED] for row in rows if row[UNEXPECTED]] == []


@pytest.mark.parametrize(("name", "resource"), ALL, ids=lambda word: word)
def test_its_columns_are_the_fields_that_the_file_declares(
    contracts: dict[str, Contract], name: str, resource: str
) -> None:
    contract, path = contracts[name], APIS[name][0].RESOURCES[resource].path or resource
    path = path.replace("{uuid}", "{zaak_uuid}")
    answer = contract.text["paths"][f"/{path}"]["get"]["responses"]["200"]
    declared = _fields(contract.text, answer["content"]["application/json"]["schema"])
    columns = {path.split(".")[0] for path in APIS[name][0].RESOURCES[resource].columns.kinds}
    assert columns == declared - {"_expand"}


def _fields(text: Row, schema: Row) -> set[str]:
    """The fields of the records in an answer: of a list, or of the list in a page."""
    while "$ref" in schema:
        schema = text["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    found = set(schema.get("properties", ()))
    if inner := schema.get("items") or schema.get("properties", {}).get("results"):
        return _fields(text, inner)
    parts = (part for word in ("allOf", "anyOf") for part in schema.get(word, ()))
    return found.union(*(_fields(text, part) for part in parts))


@pytest.mark.parametrize(("name", "resource"), ALL, ids=lambda word: word)
def test_its_filters_are_those_of_the_file_but_for_who(
    contracts: dict[str, Contract], name: str, resource: str
) -> None:
    found = contracts[name].text["paths"].get(f"/{resource}", {"get": {}})["get"]
    declared = {each["name"] for each in found.get("parameters", ()) if each["in"] == "query"}
    about_whom = {each for each in declared if "betrokkeneIdentificatie" in each or each.endswith("betrokkene")}
    offered = set(APIS[name][0].RESOURCES[resource].filters.split())
    assert offered == declared - about_whom - {"page", "expand", "ordering"}


def test_refusals_of_the_sandbox_keep_to_the_file(
    serving: Serving, traffic: Traffic, contracts: dict[str, Contract]
) -> None:
    traffic.clear()
    asked = [
        raw(serving, "zaken", "/zaken?kleur=rood", **CRS),
        raw(serving, "zaken", "/zaken?zaaktype=geen-url&startdatum=gisteren&ordering=kleur", **CRS),
        raw(serving, "zaken", "/zaken", Authorization=""),
        raw(serving, "zaken", "/zaken", Authorization="Bearer onzin"),
        raw(serving, "zaken", f"/zaken/{cases.uuid(1, 999_999)}", **CRS),
        raw(serving, "zaken", "/zaken", **CRS, Accept="text/csv"),
        raw(serving, "zaken", "/zaken"),
        raw(serving, "catalogi", "/zaaktypen?status=misschien"),
        raw(serving, "catalogi", "/statustypen", Authorization="Bearer onzin"),
    ]
    assert [answer.status_code for answer in asked] == [400, 400, 401, 403, 404, 406, 412, 400, 403]
    assert contracts["zaken"].faults(traffic[:7]) == []
    assert contracts["catalogi"].faults(traffic[7:]) == []
    assert {wrong["name"] for wrong in asked[1].json()["invalidParams"]} == {"zaaktype", "startdatum", "ordering"}


# ── what comes of it ──────────────────────────────────────────────────────────────────────────────────────


def test_every_zaak_is_read_once_whatever_the_page_that_it_is_on(read: Read) -> None:
    rows = read("zaken", "zaken")
    assert [row["identificatie"] for row in rows] == [
        cases.zaak(TOWN, number).identificatie for number in range(cases.count(TOWN))
    ]


def test_a_zaak_has_dates_geometry_as_text_and_nested_fields_by_their_path(read: Read) -> None:
    rows = read("zaken", "zaken")
    first, seventh = rows[0], rows[7]
    assert first["registratiedatum"] == date(2019, 1, 1)
    assert json.loads(first["zaakgeometrie"])["type"] == "Point"
    assert (seventh["verlenging.duur"], first["verlenging.duur"]) == ("P14D", None)
    assert first["opschorting.indicatie"] is True
    assert len(first["rollen"]) == 2
    assert json.loads(first["kenmerken"]) == [{"kenmerk": "OUD-0", "bron": "vorig zaaksysteem"}]


def test_what_hangs_on_the_given_zaken_is_read_and_nothing_else(read: Read) -> None:
    some = read("zaken", "zaken", filters={"startdatum__lte": date(2019, 1, 1)})
    assert 0 < len(some) < cases.count(TOWN)
    keys = sorted(row["url"] for row in some)
    rows = read("zaken", "rollen", *keys)
    assert [row["zaak"] for row in rows] == [key for key in keys for _ in range(2)]
    persons = [json.loads(row["betrokkeneIdentificatie"]).get("inpBsn") for row in rows]
    assert any(bsn and bsn.startswith("9999") for bsn in persons)


def test_a_zaak_that_is_gone_has_no_eigenschappen(read: Read, serving: Serving) -> None:
    gone = f"{connected(serving, 'zaken').url}/zaken/{cases.uuid(1, 999_999)}"
    assert read("zaken", "zaakeigenschappen", gone) == []


def test_a_key_that_is_no_url_of_a_zaak_is_refused_without_being_told(read: Read) -> None:
    with pytest.raises(BadInput) as refused:
        read("zaken", "zaakeigenschappen", "geheim-999993653")
    assert "999993653" not in str(refused.value)


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        ({"einddatum__isnull": True}, lambda row: row["einddatum"] is None),
        ({"startdatum__gt": date(2019, 1, 3)}, lambda row: row["startdatum"] > date(2019, 1, 3)),
        (
            {"archiefnominatie__in": ["vernietigen", "blijvend_bewaren"], "registratiedatum": "2019-01-02"},
            lambda row: row["registratiedatum"] == date(2019, 1, 2),
        ),
        (
            {"maximaleVertrouwelijkheidaanduiding": "intern"},
            lambda row: row["vertrouwelijkheidaanduiding"] == "openbaar",
        ),
    ],
)
def test_a_filter_is_the_apis_own(
    read: Read,
    traffic: Traffic,
    contracts: dict[str, Contract],
    filters: Row,
    passes: Callable[[Row], bool],
) -> None:
    everything = [row["url"] for row in read("zaken", "zaken") if passes(row)]
    traffic.clear()
    assert [row["url"] for row in read("zaken", "zaken", filters=filters)] == everything
    assert 0 < len(everything) < cases.count(TOWN)
    assert contracts["zaken"].faults(traffic) == []


def test_a_resultaattype_is_filtered_by_the_name_that_the_file_spells_otherwise(read: Read) -> None:
    rows = read(
        "catalogi", "resultaattypen", filters={"zaaktype_identificatie": "B0231", "datum_geldigheid": "2023-01-01"}
    )
    assert {row["zaaktypeIdentificatie"] for row in rows} == {"B0231"}
    assert len(rows) == len(cases.RESULTATEN)


def test_the_version_of_a_zaaktype_that_counts_can_be_told_from_the_others(read: Read) -> None:
    rows = read("catalogi", "zaaktypen", filters={"status": "definitief"})
    assert len(rows) == len(cases.TYPES) * cases.VERSIONS
    source = {"connector": "zgw_catalogi", "connection": "catalogi", "resource": "zaaktypen"}
    for key, versions in (("identificatie", True), ("url", False)):
        text = builder.contract()
        text["sources"]["bag"] = source | {"key": key}
        declared = history(zgw_catalogi, model().model_validate(text).sources["bag"])
        assert (declared is not None) == versions
    current = [row for row in rows if row["eindeGeldigheid"] is None]
    assert {row["beginGeldigheid"] for row in current} == {cases.SECOND}


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("connector", "words", "told"),
    [
        (zgw_zaken, {"resource": "zaken", "filters": {"kleur": "rood"}}, "have no filter kleur"),
        (
            zgw_zaken,
            {"resource": "rollen", "filters": {"betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": "1"}},
            "have no filter",
        ),
        (zgw_zaken, {"resource": "zaakeigenschappen"}, "asked for by zaak"),
        (zgw_zaken, {"resource": "rollen", "keys": "a.url", "filters": {"zaak": "x"}}, "can't be given as well"),
        (zgw_catalogi, {"resource": "catalogussen", "keys": "a.url"}, "can't be asked for by key"),
        (zgw_zaken, {"resource": "zaaktypen"}, "Input should be"),
    ],
)
def test_words_that_the_api_has_no_answer_to_are_refused_in_the_contract(
    connector: Any, words: Row, told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        connector.Options(**words)


def test_no_delta_is_offered_since_the_api_tells_of_no_change() -> None:
    assert not issubclass(zgw_zaken.Options, DeltaOptions)
    assert not issubclass(zgw_catalogi.Options, DeltaOptions)


def test_a_client_with_another_secret_is_refused_and_the_secret_stays_secret(serving: Serving) -> None:
    other = connected(serving, "zaken", password="een-heel-ander-geheim-van-genoeg-lengte")
    with pytest.raises(RegistryRefused) as refused:
        list(zgw_zaken.pull(zgw_zaken.Options(resource="zaken"), other, Wanted()).batches)
    assert "geheim" not in str(refused.value)
    assert door.secret("zaken") not in str(refused.value)
