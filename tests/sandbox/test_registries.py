"""The frame of the sandbox's registries: who may come in, what goes wrong on request, and what a Town holds."""

from __future__ import annotations

import inspect
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import jwt
import openpyxl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq
import pytest
import requests
import sqlalchemy as sa
from lxml import etree
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlekkeloos.sandbox import addresses, registries
from vlekkeloos.sandbox.registries import Serving, Town, door, municipal, paging

ALL = registries.registries()
TOWN = Town(seed=3, addresses=500)
RECORDS = 95


# ── each registry ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=ALL)
def registry(request: pytest.FixtureRequest) -> ModuleType:
    return ALL[request.param]


def test_each_registry_says_where_it_is_what_it_answers_and_how_to_connect(registry: ModuleType) -> None:
    assert inspect.getdoc(registry)
    assert registry.PREFIX.startswith("/")
    assert not registry.PREFIX.endswith("/")
    assert registry.routes(TOWN)
    found = registry.connections(f"http://127.0.0.1:1{registry.PREFIX}")
    assert found
    assert all(connection["conn_type"] for connection in found.values())


def test_no_two_registries_are_in_the_same_place_or_share_a_connection() -> None:
    prefixes = [module.PREFIX for module in ALL.values()]
    names = [name for module in ALL.values() for name in module.connections(f"http://localhost{module.PREFIX}")]
    assert len(set(prefixes)) == len(prefixes)
    assert len(set(names)) == len(names)


def test_each_registry_can_be_served_and_what_the_municipality_keeps_be_written(tmp_path: Path) -> None:
    kept = registries.furnish(TOWN, tmp_path)
    assert all(name.startswith("AIRFLOW_CONN_GEMEENTE_") for name in kept)
    assert len(list(tmp_path.iterdir())) == len(kept)
    with registries.serve(TOWN) as serving:
        assert set(registries.connections(serving)) == set(registries.connections("http://localhost"))
        assert requests.get(serving.url + "/nowhere", timeout=5).status_code == 404


# ── a registry to try the frame on ────────────────────────────────────────────────────────────────────────


class Demo:
    """A registry of numbered records, ten a page, with a door of each kind."""

    __doc__ = "Records by page."
    PREFIX = "/demo/v1"

    @staticmethod
    def routes(town: Town) -> list[Route]:
        async def page(request: Request) -> Response:
            found = paging.window(request, page=int(request.query_params.get("page", 1)), asked=10, total=RECORDS)
            return JSONResponse({"records": [{"id": f"r{n}", "n": n} for n in found.numbers], "total": found.total})

        def refused(request: Request) -> Response:
            return JSONResponse({"code": "no"}, 401)

        return [
            Route("/open", page, methods=["GET", "POST"]),
            *door.guarded([Route("/key", page)], door.api_key("X-Api-Key", door.secret("demo")), refused),
            *door.guarded([Route("/token", page)], door.bearer(), refused),
            *door.guarded([Route("/zgw", page)], door.zgw("demo", door.secret("demo")), refused),
        ]

    @staticmethod
    def connections(url: str) -> dict[str, dict[str, object]]:
        return {"demo": {"conn_type": "http", "host": url}}


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    patch = pytest.MonkeyPatch()
    patch.setattr(registries, "registries", lambda: {"demo": Demo})
    with registries.serve(TOWN) as started:
        patch.undo()
        yield started


@pytest.fixture
def calm(serving: Serving) -> Iterator[str]:
    """The demo's URL, with all faults off before and after."""
    serving.calm()
    yield serving.url + Demo.PREFIX
    serving.calm()


def _get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=10)


# ── the door ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_api_key_opens_and_another_or_none_gets_the_registrys_own_refusal(calm: str) -> None:
    assert _get(f"{calm}/key", **{"X-Api-Key": door.secret("demo")}).status_code == 200
    for headers in ({}, {"X-Api-Key": "wrong"}, {"X-Api-Key": door.secret("other")}):
        refused = _get(f"{calm}/key", **headers)
        assert (refused.status_code, refused.json()) == (401, {"code": "no"})


def test_a_token_is_given_for_client_credentials_and_opens(calm: str) -> None:
    url = door.token_url(calm)
    asked = {"grant_type": "client_credentials"}
    by_header = requests.post(url, asked, auth=("demo", door.secret("demo")), timeout=10).json()
    in_form = {**asked, "client_id": "demo", "client_secret": door.secret("demo")}
    by_form = requests.post(url, in_form, timeout=10).json()
    for given in (by_header, by_form):
        assert (given["token_type"], given["expires_in"]) == ("Bearer", door.LIFETIME)
        assert _get(f"{calm}/token", Authorization=f"Bearer {given['access_token']}").status_code == 200
    assert _get(f"{calm}/token", Authorization="Bearer made-up").status_code == 401
    assert _get(f"{calm}/token").status_code == 401


def test_no_token_is_given_for_a_wrong_secret_or_another_grant(calm: str) -> None:
    url = door.token_url(calm)
    wrong = requests.post(url, {"grant_type": "client_credentials"}, auth=("demo", "wrong"), timeout=10)
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    other = requests.post(url, {"grant_type": "password"}, auth=("demo", door.secret("demo")), timeout=10)
    assert (other.status_code, other.json()) == (400, {"error": "unsupported_grant_type"})


def test_a_zgw_client_signs_a_fresh_token_itself(calm: str) -> None:
    now = int(time.time())
    claims = {"iss": "demo", "iat": now, "client_id": "demo", "user_id": "", "user_representation": ""}

    def status(key: str = door.secret("demo"), **changes: object) -> int:
        token = jwt.encode(claims | changes, key, "HS256")
        return _get(f"{calm}/zgw", Authorization=f"Bearer {token}").status_code

    assert status() == 200
    assert status(key=door.secret("another")) == 401
    assert status(client_id="another") == 401
    assert status(iat=now - 2 * door.MOST_AGE) == 401


# ── faults, over a real connection ────────────────────────────────────────────────────────────────────────


def test_too_many_is_429_and_says_when_to_come_back(serving: Serving, calm: str) -> None:
    serving.fault("too_many", 1, seconds=2)
    answer = _get(f"{calm}/open")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_unavailable_is_503(serving: Serving, calm: str) -> None:
    serving.fault("unavailable", 1)
    assert _get(f"{calm}/open").status_code == 503


def test_slow_is_the_right_answer_only_late(serving: Serving, calm: str) -> None:
    serving.fault("slow", 1, seconds=0.3)
    begin = time.monotonic()
    answer = _get(f"{calm}/open")
    assert answer.json()["total"] == RECORDS
    assert time.monotonic() - begin > 0.25


def test_cut_off_is_a_body_shorter_than_its_content_length(serving: Serving, calm: str) -> None:
    whole = _get(f"{calm}/open").content
    serving.fault("cut_off", 1)
    parts = urlsplit(calm)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(f"GET {parts.path}/open HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head.lower()
    assert body == whole[: len(whole) // 2]


def test_wrong_type_changes_one_value_to_a_number_or_a_text(serving: Serving, calm: str) -> None:
    right = _get(f"{calm}/open").json()
    serving.fault("wrong_type", 1)
    wrong = _get(f"{calm}/open").json()

    def values(content: dict) -> list[object]:
        return [content["total"], *(value for record in content["records"] for value in record.values())]

    changed = [(a, b) for a, b in zip(values(right), values(wrong), strict=True) if a != b or type(a) is not type(b)]
    assert [{type(value) for value in pair} for pair in changed] == [{str, int}]


def test_an_expired_token_is_401_and_has_lapsed_for_good(serving: Serving, calm: str) -> None:
    asked = {"grant_type": "client_credentials"}
    token = requests.post(door.token_url(calm), asked, auth=("demo", door.secret("demo")), timeout=10).json()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert _get(f"{calm}/token", **bearer).status_code == 200
    serving.fault("expired_token", 1)
    assert _get(f"{calm}/token", **bearer).status_code == 401
    serving.calm()
    assert _get(f"{calm}/token", **bearer).status_code == 401


def test_a_shifted_page_begins_with_the_record_that_ended_the_one_before(serving: Serving, calm: str) -> None:
    serving.fault("shifted", 1)
    pages = [_get(f"{calm}/open?page={number}").json() for number in (1, 2, 10)]
    numbers = [[record["n"] for record in page["records"]] for page in pages]
    assert numbers == [list(range(10)), list(range(9, 19)), list(range(89, 95))]
    assert [page["total"] for page in pages] == [95, 96, 96]


def test_which_requests_are_hit_depends_on_the_seed_and_not_on_their_order(serving: Serving, calm: str) -> None:
    def hit(order: list[int], seed: int) -> set[int]:
        serving.calm()
        serving.fault("unavailable", 0.3, seed=seed)
        return {page for page in order if _get(f"{calm}/open?page={page}").status_code == 503}

    pages = list(range(1, 61))
    first = hit(pages, seed=1)
    assert 8 <= len(first) <= 28
    assert hit(pages[::-1], seed=1) == first
    assert hit(pages, seed=2) != first


def test_the_same_request_asked_again_may_pass(serving: Serving, calm: str) -> None:
    serving.fault("unavailable", 0.5)
    assert {_get(f"{calm}/open").status_code for _ in range(30)} == {200, 503}
    seen = serving.seen()
    assert seen["asked"] == 30
    assert 5 <= seen["hit"]["unavailable"] <= 25


def test_the_bodys_text_tells_requests_apart(serving: Serving, calm: str) -> None:
    serving.fault("unavailable", 0.5)
    statuses = [requests.post(f"{calm}/open", json={"n": n}, timeout=10).status_code for n in range(30)]
    assert set(statuses) == {200, 503}


def test_a_fault_that_is_not_known_is_refused(serving: Serving, calm: str) -> None:
    for asked in ({"kind": "bad luck"}, {"kind": "slow", "share": 2}, {}, []):
        assert requests.post(serving.url + "/_faults", json=asked, timeout=10).status_code == 400


def test_registries_are_served_from_a_process_of_their_own_and_end_with_it() -> None:
    with registries.serve_process(TOWN) as serving:
        serving.fault("unavailable", 1)
        assert requests.get(serving.url + "/anything", timeout=10).status_code == 503
    with pytest.raises(requests.ConnectionError):
        requests.get(serving.url, timeout=10)


# ── the town, and what the municipality keeps ─────────────────────────────────────────────────────────────


def test_any_address_can_be_asked_for_by_its_number() -> None:
    assert [TOWN.address(number) for number in range(500)] == list(addresses.generate(3, 500))
    for number in (-1, 500):
        with pytest.raises(IndexError):
            TOWN.address(number)


def test_the_streets_hold_all_addresses_and_no_more() -> None:
    on_streets = [address for number in range(TOWN.streets) for address in TOWN.on_street(number)]
    assert on_streets == list(TOWN.all())
    assert TOWN.street(TOWN.streets - 1) == on_streets[-1].street
    with pytest.raises(IndexError):
        TOWN.street(TOWN.streets)


def test_an_identificatie_leads_back_to_its_address() -> None:
    address = TOWN.address(41)
    assert TOWN.number(address.identificatie) == 41
    assert TOWN.number(address.verblijfsobject, "01") == 41
    assert TOWN.number(address.street.identificatie, "30") == address.street.number
    for other in ("", "9998200000000501", "9998200000000000", "0457200000000041", "999820000000004x", "9998"):
        assert TOWN.number(other) is None


def test_what_the_municipality_keeps_is_the_same_in_every_form(tmp_path: Path) -> None:
    table = pa.table({"id": ["007", "a<b;c"], "aantal": [1, None], "naam": [None, 'met "quotes"']})
    paths = {suffix: tmp_path / f"dingen{suffix}" for suffix in municipal.WRITERS}
    found = {suffix: municipal.write(table, path) for suffix, path in paths.items()}
    rows = table.to_pylist()
    assert papq.read_table(paths[".parquet"]).to_pylist() == rows
    texts = pacsv.ConvertOptions(column_types={"id": pa.string()}, strings_can_be_null=True, null_values=[""])
    options = pacsv.ParseOptions(delimiter=";")
    assert pacsv.read_csv(paths[".csv"], parse_options=options, convert_options=texts).to_pylist() == rows
    sheet = openpyxl.load_workbook(paths[".xlsx"])["dingen"]
    assert [list(row) for row in sheet.values] == [table.column_names, *(list(row.values()) for row in rows)]
    elements = [[(field.tag, field.text) for field in row] for row in etree.parse(paths[".xml"]).getroot()]
    assert elements == [[(n, str(v)) for n, v in row.items() if v is not None] for row in rows]
    with sa.create_engine(f"sqlite:///{paths['.sqlite']}").connect() as database:
        assert [dict(row._mapping) for row in database.execute(sa.text("SELECT * FROM dingen"))] == rows
    assert found[".sqlite"] == {"conn_type": "sqlite", "host": str(paths[".sqlite"])}
    assert found[".csv"] == {"conn_type": "file", "extra": {"path": str(paths[".csv"])}}
