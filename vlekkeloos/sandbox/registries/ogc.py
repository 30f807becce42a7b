"""The Town's panden and verblijfsobjecten as PDOK serves them: OGC API - Features part 1 (17-069r4), 2 and 5.

A page has at most 1000 features and a link with a cursor to the next; how many there are in all is not told.
Coordinates are in the Rijksdriehoeksstelsel only, which has to be asked for: the sandbox has no other. Errors are
RFC 9457 problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlekkeloos.sandbox import bag_objects as bag
from vlekkeloos.sandbox.addresses import Address
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.registries import paging
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/kadaster/bag/ogc/v2"
RD = "http://www.opengis.net/def/crs/EPSG/0/28992"
LIMIT, MOST = 10, 1000

Record = dict[str, Any]

#: Collection to the JSON types of its properties.
PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "pand": {
        "identificatie": "string",
        "bouwjaar": "integer",
        "status": "string",
        "gebruiksdoel": "string",
        "oppervlakte_min": "integer",
        "oppervlakte_max": "integer",
        "aantal_verblijfsobjecten": "integer",
    },
    "verblijfsobject": {
        "identificatie": "string",
        "status": "string",
        "gebruiksdoel": "string",
        "oppervlakte": "integer",
        "pand_identificatie": "string",
        "openbare_ruimte_naam": "string",
        "huisnummer": "integer",
        "huisletter": "string",
        "toevoeging": "string",
        "postcode": "string",
    },
}


#: The JSON types in the words of a contract.
KINDS = {"string": "text", "integer": "integer"}


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it; it is open to all."""
    return {"ogc": {"conn_type": "http", "host": url}}


def kept(town: Town) -> Kept:
    """What the municipality keeps of its panden, and how that differs from the BAG."""
    columns = ("identificatie", "bouwjaar", "status", "aantal_verblijfsobjecten")
    records = [{name: feature["properties"][name] for name in columns} for feature in _panden(town, 0)]
    return planted(town, pa.Table.from_pylist(records), key="identificatie", fields=columns[1:])


MUNICIPAL: Mapping[str, Callable[[Town], pa.Table]] = {"panden.parquet": lambda town: kept(town).table}


SAMPLES = [
    Sample(
        "ogc_features",
        key="identificatie",
        there=lambda town: {address.pand for address in town.all()},
        words={"collection": "pand", "properties": {name: KINDS[kind] for name, kind in PROPERTIES["pand"].items()}},
    ),
    # whose columns the service tells itself
    Sample(
        "ogc_features",
        key="identificatie",
        there=lambda town: [address.verblijfsobject for address in town.all()],
        words={"collection": "verblijfsobject"},
    ),
]


def routes(town: Town) -> list[Route]:
    """The collections, what their features are like, and the features."""
    features = {"pand": lambda first: _panden(town, first), "verblijfsobject": lambda first: _objects(town, first)}

    async def collections(request: Request) -> Response:
        return JSONResponse({"collections": [_collection(request, name) for name in PROPERTIES], "links": []})

    async def collection(request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse(_collection(request, name)) if name in PROPERTIES else _problem(404, "no such collection")

    async def schema(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PROPERTIES:
            return _problem(404, "no such collection")
        return JSONResponse(_schema(request, name), media_type="application/schema+json")

    async def items(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PROPERTIES:
            return _problem(404, "no such collection")
        try:
            limit, first, box = _asked(request)
        except ValueError as fault:
            return _problem(400, str(fault))
        found = (feature for feature in features[name](first) if box is None or _touches(feature, box))
        return _page(request, list(islice(found, limit + 1)), limit)

    return [
        Route("/collections", collections),
        Route("/collections/{name}", collection),
        Route("/collections/{name}/schema", schema),
        Route("/collections/{name}/items", items),
    ]


def _asked(request: Request) -> tuple[int, int, list[float] | None]:
    """The limit, the number of the first feature, and the box. Raises ValueError."""
    params = request.query_params
    if unknown := set(params) - {"f", "limit", "cursor", "bbox", "bbox-crs", "crs"}:
        raise ValueError(f"unknown query parameter(s) found: {', '.join(sorted(unknown))}")
    if params.get("f", "json") not in ("json", "geojson"):
        raise ValueError("f must be json")
    if params.get("crs") != RD or ("bbox" in params and params.get("bbox-crs") != RD):
        raise ValueError(f"the sandbox has only the coordinate reference system {RD}")
    limit = int(params.get("limit", LIMIT))
    if limit < 1:
        raise ValueError("limit must be a positive number")
    box = [float(side) for side in params["bbox"].split(",")] if "bbox" in params else None
    if box is not None and len(box) != 4:
        raise ValueError("bbox must have four numbers")
    return paging.size(request, min(limit, MOST)), int(params.get("cursor") or "0", 36), box


def _page(request: Request, found: list[Record], limit: int) -> Response:
    links = [_link(request, "self")]
    if len(found) > limit:
        cursor = _base36(found[limit]["id"])
        links.append(_link(request, "next", cursor=cursor))
    content = {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "links": links,
        "features": found[:limit],
        "numberReturned": len(found[:limit]),
    }
    return JSONResponse(content, headers={"Content-Crs": f"<{RD}>"}, media_type="application/geo+json")


def _link(request: Request, rel: str, **params: str) -> Record:
    href = str(request.url.include_query_params(**params))
    return {"rel": rel, "type": "application/geo+json", "href": href}


# ── features; the id of each is the number of its (first) address ─────────────────────────────────────────


def _addresses(town: Town, first: int) -> Iterator[Address]:
    return (town.address(number) for number in range(first, town.addresses))


def _panden(town: Town, first: int) -> Iterator[Record]:
    for _, together in groupby(_addresses(town, first), lambda address: address.pand):
        yield _pand(list(together))


def _pand(addresses: list[Address]) -> Record:
    areas = [address.oppervlakte for address in addresses]
    record = bag.pand(addresses[0])
    properties = {
        "identificatie": record["identificatie"],
        "bouwjaar": addresses[0].bouwjaar,
        "status": record["status"],
        "gebruiksdoel": "woonfunctie",
        "oppervlakte_min": min(areas),
        "oppervlakte_max": max(areas),
        "aantal_verblijfsobjecten": len(addresses),
    }
    return _feature(addresses[0].number, properties, record["geometrie"])


def _objects(town: Town, first: int) -> Iterator[Record]:
    for address in _addresses(town, first):
        record = bag.verblijfsobject(address)
        properties = {
            "identificatie": record["identificatie"],
            "status": record["status"],
            "gebruiksdoel": "woonfunctie",
            "oppervlakte": address.oppervlakte,
            "pand_identificatie": address.pand,
            "openbare_ruimte_naam": address.street.naam,
            "huisnummer": address.huisnummer,
            "huisletter": address.huisletter,
            "toevoeging": address.huisnummertoevoeging,
            "postcode": address.postcode,
        }
        yield _feature(address.number, properties, record["geometrie"]["punt"])


def _feature(number: int, properties: Record, geometry: Record) -> Record:
    return {"type": "Feature", "id": number, "properties": properties, "geometry": geometry}


def _touches(feature: Record, box: list[float]) -> bool:
    """Whether the feature's own box and the other have a point in common."""
    points = list(_points(feature["geometry"]["coordinates"]))
    (west, east), (south, north) = ((min(side), max(side)) for side in zip(*points, strict=True))
    return bool(west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1])


def _points(coordinates: Any) -> Iterable[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _points(part)


# ── collections ───────────────────────────────────────────────────────────────────────────────────────────


def _collection(request: Request, name: str) -> Record:
    href = f"{request.url.scheme}://{request.url.netloc}{PREFIX}/collections/{name}/items"
    return {"id": name, "crs": [RD], "storageCrs": RD, "links": [{"rel": "items", "href": href}]}


def _schema(request: Request, name: str) -> Record:
    geometry = "polygon" if name == "pand" else "point"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": str(request.url.replace(query="")),
        "type": "object",
        "title": name,
        "properties": {
            "id": {"type": "integer", "x-ogc-role": "id", "readOnly": True},
            "geom": {"format": f"geometry-{geometry}", "x-ogc-role": "primary-geometry"},
            **{column: {"type": kind} for column, kind in PROPERTIES[name].items()},
        },
    }


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[number] if number < 36 else _base36(number // 36) + digits[number % 36]


def _problem(status: int, detail: str) -> Response:
    title = {400: "Bad Request", 404: "Not Found"}[status]
    content = {"status": status, "title": title, "detail": detail, "timeStamp": datetime.now(UTC).isoformat()}
    return JSONResponse(content, status, media_type="application/problem+json")
