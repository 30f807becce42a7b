"""The catalogus of zaaktypen of the sandbox: the ZGW Catalogi API, as catalogi.openapi.yaml (1.3) says, for reading.

Beyond the file: a page that isn't there is a 404, as implementations have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.routing import Route

from vlekkeloos.sandbox import cases
from vlekkeloos.sandbox.registries import _catalogi_records, _zgw, door
from vlekkeloos.sandbox.registries._catalogi_records import KINDS
from vlekkeloos.sandbox.registries._zgw import Resource
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/catalogi/api/v1"
CLIENT = "vlekkeloos"

MUNICIPAL: dict[str, Callable[[Town], pa.Table]] = {"zaaktypen.csv": lambda town: cases.zaaktypen()}

_OF_TYPE = {"zaaktype": "uri", "zaaktypeIdentificatie": "text", "status": "text", "datumGeldigheid": "date"}
_FILTERS: Mapping[str, dict[str, str]] = {
    "catalogussen": dict.fromkeys(("domein", "domein__in", "rsin", "rsin__in"), "text"),
    "zaaktypen": {
        "catalogus": "uri",
        **dict.fromkeys(("identificatie", "trefwoorden", "status"), "text"),
        "datumGeldigheid": "date",
    },
    "statustypen": _OF_TYPE,
    "resultaattypen": {
        "zaaktype": "uri",
        **dict.fromkeys(("zaaktype_identificatie", "status"), "text"),
        "datum_geldigheid": "date",
    },
    "roltypen": _OF_TYPE | {"omschrijvingGeneriek": "text"},
    "eigenschappen": _OF_TYPE,
    "informatieobjecttypen": {
        "catalogus": "uri",
        **dict.fromkeys(("status", "omschrijving"), "text"),
        "datumGeldigheid": "date",
    },
    "besluittypen": {
        "catalogus": "uri",
        **dict.fromkeys(("zaaktypen", "informatieobjecttypen", "status", "omschrijving"), "text"),
        "datumGeldigheid": "date",
    },
    "zaakobjecttypen": {
        **dict.fromkeys(("catalogus", "objecttype", "zaaktype"), "uri"),
        **dict.fromkeys(("relatieOmschrijving", "zaaktypeIdentificatie"), "text"),
        **dict.fromkeys(("datumBeginGeldigheid", "datumEindeGeldigheid", "datumGeldigheid"), "date"),
        "anderObjecttype": "boolean",
    },
    "zaaktype-informatieobjecttypen": {
        "zaaktype": "uri",
        **dict.fromkeys(("informatieobjecttype", "richting", "status"), "text"),
    },
}


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it, for a client that may read everything."""
    return {"catalogi": {"conn_type": "http", "host": url, "login": CLIENT, "password": door.secret("catalogi")}}


SAMPLES = [
    # a next version has the same identificatie
    Sample(
        "zgw_catalogi",
        key="identificatie",
        there=lambda town: [name for name, *_ in cases.TYPES for _ in range(cases.VERSIONS)],
        words={"resource": "zaaktypen", "filters": {"status": "definitief"}},
    )
]


def routes(town: Town) -> list[Route]:
    """Everything it answers, for who shows a JWT of the client; the catalogus is the same in every town."""
    made = []
    for name, filters in _FILTERS.items():
        resource = Resource(
            numbers=partial(_numbers, name),
            record=partial(_record, name),
            filters=filters,
            tests=_TESTS,
            special=frozenset({"zaaktype", "status"}),
        )
        made.append(_zgw.listing(f"/{name}", resource))
        made.append(_zgw.detail(f"/{name}/{{uuid}}", resource, partial(_number, name)))
    return door.guarded(made, door.zgw(CLIENT, door.secret("catalogi")), _zgw.refused)


def _numbers(name: str, asked: Mapping[str, str]) -> Sequence[int]:
    """Of all of it, or of what hangs on one zaaktype; concepts only if they are asked for."""
    status = asked.get("status", "definitief")
    if status not in ("alles", "concept", "definitief"):
        raise _zgw.Fault(_zgw.invalid(("status", "invalid", "Voer een geldige waarde in.")))
    if (url := asked.get("zaaktype")) is not None:
        version = _number("zaaktypen", url.rpartition("/")[2])
        numbers = [] if version in (None, _catalogi_records.CONCEPT) else _catalogi_records.numbers(name, version)
    else:
        numbers = _catalogi_records.numbers(name)
    concepts = {_catalogi_records.CONCEPT} if name == "zaaktypen" else set()
    if status == "alles":
        return numbers
    return [number for number in numbers if (number in concepts) == (status == "concept")]


def _record(name: str, request: Request, number: int) -> dict[str, Any]:
    home = f"{request.url.scheme}://{request.url.netloc}{PREFIX}"
    return _catalogi_records.record(home, name, number)


def _number(name: str, text: str) -> int | None:
    """The number in a uuid of something that is there."""
    number = cases.number_of(KINDS[name], text)
    return number if number in _catalogi_records.numbers(name) else None


def _valid(record: dict[str, Any], day: str) -> bool:
    return record["beginGeldigheid"] <= day and (record["eindeGeldigheid"] is None or day < record["eindeGeldigheid"])


_TESTS: Mapping[str, Callable[[dict[str, Any], str], bool]] = {
    "datumGeldigheid": _valid,
    "datum_geldigheid": _valid,
    "datumBeginGeldigheid": lambda record, day: record["beginGeldigheid"] == day,
    "datumEindeGeldigheid": lambda record, day: record["eindeGeldigheid"] == day,
    "zaaktype_identificatie": lambda record, value: record["zaaktypeIdentificatie"] == value,
}
