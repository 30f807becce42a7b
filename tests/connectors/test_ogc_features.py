"""OGC API - Features: what is asked of a service and what comes of its features."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
import requests
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from connectors import ogc_features
from connectors._columns import Columns
from tests.connectors.conformance import Traffic
from vlekkeloos.connector import UNEXPECTED, Connection, Pulled, Wanted
from vlekkeloos.errors import BadInput, RegistryRefused
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Serving, Town, ogc

#: Enough panden for three pages.
TOWN = Town(seed=5, addresses=4000)

Row = dict[str, Any]
Pull = Callable[..., Pulled]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture(scope="module")
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=["ogc"], around=[traffic.middleware]) as started:
        yield started


@pytest.fixture
def pull(serving: Serving) -> Pull:
    def pulled(after: str | None = None, **words: Any) -> Pulled:
        options = ogc_features.Options(**{"collection": "pand", **words})
        return ogc_features.pull(options, Connection("ogc", serving.url + ogc.PREFIX), Wanted(after=after))

    return pulled


def _rows(pulled: Pulled) -> list[Row]:
    return [row for page in pulled.batches for row in page.rows.to_pylist()]


def test_every_feature_is_read_once_page_by_page(pull: Pull, traffic: Traffic) -> None:
    before = len(traffic)
    rows = _rows(pull())
    panden = list(dict.fromkeys(address.pand for address in TOWN.all()))
    assert [row["identificatie"] for row in rows] == panden
    asked = [dict(request.query) for request, _ in traffic[before:] if request.path.endswith("/items")]
    assert len(asked) == -(-len(panden) // 1000) > 2
    assert {params["limit"] for params in asked} == {"1000"}
    assert {params["crs"] for params in asked} == {ogc_features.RD}


def test_columns_are_those_of_the_collections_own_schema(pull: Pull) -> None:
    pulled = pull()
    assert pulled.schema.names == ["id", *ogc.PROPERTIES["pand"], "geometry", UNEXPECTED]
    assert pulled.schema.field("bouwjaar").type == pa.int64()
    row = _rows(pulled)[0]
    address = TOWN.address(0)
    assert (row["id"], row["identificatie"], row["bouwjaar"]) == ("0", address.pand, address.bouwjaar)
    assert json.loads(row["geometry"])["type"] == "Polygon"
    assert row[UNEXPECTED] is None


def test_columns_can_be_declared_and_what_is_not_is_kept_as_unexpected(pull: Pull, traffic: Traffic) -> None:
    before = len(traffic)
    rows = _rows(pull(properties={"identificatie": "text", "bouwjaar": "decimal"}))
    assert rows[0]["bouwjaar"] == float(TOWN.address(0).bouwjaar)
    assert set(json.loads(rows[0][UNEXPECTED])) == set(ogc.PROPERTIES["pand"]) - {"identificatie", "bouwjaar"}
    assert not any(request.path.endswith("/schema") for request, _ in traffic[before:])


def test_a_bbox_gives_the_features_that_touch_it(pull: Pull) -> None:
    address = TOWN.address(1500)
    rows = _rows(pull(collection="verblijfsobject", bbox=[address.x, address.y, address.x, address.y]))
    there = [a.verblijfsobject for a in TOWN.all() if (a.x, a.y) == (address.x, address.y)]
    assert [row["identificatie"] for row in rows] == there


def test_a_pull_goes_on_behind_the_page_that_was_kept_last(pull: Pull) -> None:
    pages = list(pull().batches)
    rest = list(pull(after=pages[0].after).batches)
    assert [page.rows for page in rest] == [page.rows for page in pages[1:]]
    assert list(pull(after=pages[-1].after).batches) == []


def test_a_collection_that_is_not_there_is_refused(pull: Pull) -> None:
    with pytest.raises(BadInput, match="tells no schema of the collection kasteel"):
        pull(collection="kasteel")
    with pytest.raises(RegistryRefused, match="404"):
        _rows(pull(collection="kasteel", properties={"naam": "text"}))


def test_a_refusal_does_not_show_the_question(pull: Pull) -> None:
    with pytest.raises(RegistryRefused) as refused:
        _rows(pull(crs="http://www.opengis.net/def/crs/EPSG/0/4258", bbox=[1234.5, 2, 3, 4]))
    assert "400" in str(refused.value)
    assert "1234.5" not in str(refused.value)


def test_what_is_no_geometry_is_kept_as_unexpected() -> None:
    point = {"type": "Point", "coordinates": [1.5, 2]}
    both = {"type": "GeometryCollection", "geometries": [point, point]}
    wrong = [{"type": "Point", "coordinates": ["1.5", 2]}, {"type": "Point"}, {"type": 1, "coordinates": []}, "here"]
    batch, misfits = Columns({"geometry": "geojson"}).batch(
        [{"geometry": each} for each in (point, both, None, *wrong)]
    )
    kept, unexpected = batch.to_pydict()["geometry"], batch.to_pydict()[UNEXPECTED]
    assert [json.loads(each) if each else each for each in kept] == [point, both, None, None, None, None, None]
    assert [json.loads(each)["geometry"] if each else each for each in unexpected] == [None, None, None, *wrong]
    assert misfits == {"geometry"}


@pytest.mark.parametrize("seed", range(5))
def test_a_value_of_another_type_is_asked_for_again_wherever_it_is(seed: int, pull: Pull, serving: Serving) -> None:
    right = _rows(pull())
    serving.fault("wrong_type", 0.6, seed=seed)
    try:
        rows = _rows(pull())
        hit = serving.seen()["hit"]
    finally:
        serving.calm()
    assert hit["wrong_type"] > 0
    assert rows == right


@pytest.mark.parametrize(
    "words",
    [
        {"collection": "../secret"},
        {"bbox": [1, 2, 3]},
        {"properties": {"id": "text"}},
        {"properties": {"naam": "color"}},
    ],
)
def test_a_question_that_can_not_be_is_refused_beforehand(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ogc_features.Options(**{"collection": "pand", **words})


class Odd:
    """A service whose features are as odd as the standard allows: no geometry, no properties, an id that is text."""

    PREFIX = "/odd"

    @staticmethod
    def routes(town: Town) -> list[Route]:
        async def schema(request: Request) -> JSONResponse:
            properties = {
                "day": {"type": ["string", "null"], "format": "date"},
                "moment": {"type": "string", "format": "date-time"},
                "size": {"type": "number"},
                "on": {"type": "boolean"},
                "parts": {"type": "array"},
                "either": {"type": ["string", "integer"]},
                "place": {"format": "geometry-any", "x-ogc-role": "primary-geometry"},
            }
            return JSONResponse({"properties": properties})

        async def items(request: Request) -> JSONResponse:
            filled = {"day": "2026-01-08", "moment": "2026-01-08T10:00:00+01:00", "size": 3, "on": True}
            filled |= {"parts": [1], "either": 1}
            features = [
                {"type": "Feature", "id": "a", "geometry": None, "properties": filled},
                {"type": "Feature", "geometry": None, "properties": None},
            ]
            return JSONResponse({"type": "FeatureCollection", "numberMatched": 2, "features": features})

        return [Route("/collections/odd/schema", schema), Route("/collections/odd/items", items)]


def test_what_the_standard_leaves_open_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "registries", lambda: {"odd": Odd})
    with registries.serve(TOWN) as serving:
        options = ogc_features.Options(collection="odd")
        pulled = ogc_features.pull(options, Connection("odd", serving.url + Odd.PREFIX))
        (page,) = pulled.batches
    kinds = [pa.date32(), pa.timestamp("us", "UTC"), pa.float64(), pa.bool_(), pa.string(), pa.string()]
    assert pulled.schema.types[1:7] == kinds
    assert (page.total, page.share) == (2, 1.0)
    first, second = page.rows.to_pylist()
    assert (first["id"], first["size"], first["parts"], first["either"]) == ("a", 3.0, "[1]", "1")
    assert set(second.values()) == {None}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("kasteel", 404),
        ("kasteel/items", 404),
        ("pand/items", 400),
        (f"pand/items?crs={ogc.RD}&limit=0", 400),
        (f"pand/items?crs={ogc.RD}&limit=many", 400),
        (f"pand/items?crs={ogc.RD}&colour=red", 400),
        (f"pand/items?crs={ogc.RD}&bbox=1,2,3&bbox-crs={ogc.RD}", 400),
    ],
)
def test_the_sandbox_refuses_with_a_problem(path: str, status: int, serving: Serving) -> None:
    answer = requests.get(f"{serving.url}{ogc.PREFIX}/collections/{path}", timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_sandbox_lists_its_collections_and_a_page_says_when_it_was_made(serving: Serving) -> None:
    base = f"{serving.url}{ogc.PREFIX}/collections"
    assert [found["id"] for found in requests.get(base, timeout=10).json()["collections"]] == [*ogc.PROPERTIES]
    assert requests.get(f"{base}/pand", timeout=10).json()["id"] == "pand"
    page = requests.get(f"{base}/pand/items?crs={ogc.RD}", timeout=10)
    assert page.headers["Content-Crs"] == f"<{ogc.RD}>"
    assert page.json()["numberReturned"] == ogc.LIMIT
    assert page.json()["timeStamp"]
