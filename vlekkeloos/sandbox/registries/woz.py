"""The WOZ of the sandbox: a Town in, WOZ Bevragen v1 over its WOZ-objecten out.

Keeps to the OpenAPI file of the Haal Centraal API: an object by its identificatie, or a search by one combination of
parameters, in pages of at most a hundred. ``fields`` names the properties that are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors import _haal_centraal
from connectors._woz_velden import COLUMNS, SEARCHES, WRITTEN
from vlekkeloos.sandbox import woz_objects
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.registries import door, paging
from vlekkeloos.sandbox.registries._haal_centraal import Wrong, accepts, hal, named, picked, problem, unknown_asker
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town
from vlekkeloos.sandbox.woz_objects import Record

PREFIX = "/woz/bevragen/v1"
PAGE, MOST_A_PAGE = 20, 100


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The Airflow connection to it."""
    return {"woz": {"conn_type": "http", "host": url, "password": door.secret("woz")}}


def kept(town: Town) -> Kept:
    """What the municipality levies by, and how that differs from the WOZ; no object is missing."""
    table = pa.Table.from_pylist([_row(woz_objects.woz_object(town, number)) for number in range(town.addresses)])
    fields = [name for name in table.column_names if name != "wozobjectnummer"]
    return planted(town, table, key="wozobjectnummer", fields=fields, asked_by_key=True)


def _row(record: Record) -> dict[str, Any]:
    standing = (w for w in record["waarden"] if "beschikking_vernietigd" not in w["beschikkingsStatussen"])
    waarde = next(standing)
    return {
        "wozobjectnummer": record["identificatie"],
        "waarde": waarde["vastgesteldeWaarde"],
        "waardepeildatum": date.fromisoformat(waarde["waardepeildatum"]),
        "postcode": record["aanduiding"]["postcode"],
        "huisnummer": record["aanduiding"]["huisnummer"],
        "grondoppervlakte": record["grondoppervlakte"],
    }


MUNICIPAL: Mapping[str, Callable[[Town], pa.Table]] = {"woz_waarden.csv": lambda town: kept(town).table}


SAMPLES = [
    Sample(
        "woz",
        key="identificatie",
        there=lambda town: [woz_objects.identificatie(number) for number in range(12)],
        keys=lambda town: [*(woz_objects.identificatie(number) for number in range(12)), "999999999999"],
    ),
    Sample(
        "woz",
        key="identificatie",
        there=lambda town: [woz_objects.identificatie(number) for number in range(12)],
        words={"by": "nummeraanduidingIdentificatie"},
        keys=lambda town: [town.address(number).identificatie for number in range(12)],
    ),
]


def routes(town: Town) -> list[Route]:
    """The objects, and one of them."""

    async def search(request: Request) -> Response:
        return _search(town, request)

    async def one(request: Request) -> Response:
        return _one(town, request)

    found = [Route("/wozobjecten", search), Route("/wozobjecten/{identificatie}", one)]
    return door.guarded(found, door.api_key("X-Api-Key", door.secret("woz")), unknown_asker)


def _one(town: Town, request: Request) -> Response:
    paths, wrong = _fields(request)
    identificatie = request.path_params["identificatie"]
    if len(identificatie) != 12 or not identificatie.isdigit():
        wrong.append(Wrong("identificatie", "pattern", "Een identificatie heeft twaalf cijfers."))
    wrong += [Wrong(n, "unknownParam", "Deze parameter is er niet.") for n in request.query_params if n != "fields"]
    if refused := _refused(request, wrong):
        return refused
    number = woz_objects.number(town, identificatie)
    if number is None:
        return problem(request, 404)
    return hal(picked(_linked(request, woz_objects.woz_object(town, number)), paths))


def _search(town: Town, request: Request) -> Response:
    paths, wrong = _fields(request)
    asked: dict[str, Any] = {name: _typed(name, text) for name, text in request.query_params.items()}
    asked.pop("fields", None)
    page, size = asked.pop("page", 1), asked.pop("pageSize", PAGE)
    if not (isinstance(page, int) and page >= 1):
        wrong.append(Wrong("page", "integer", "Dit is geen nummer van een pagina."))
    if not (isinstance(size, int) and 1 <= size <= MOST_A_PAGE):
        wrong.append(Wrong("pageSize", "maximum", "Een pagina heeft 1 tot 100 objecten."))
    wrong += [
        Wrong("zoekvraag", "paramsCombination", "Zo kan er niet gezocht worden.")
        for _ in _haal_centraal.faults(asked, SEARCHES, WRITTEN)
    ]
    if refused := _refused(request, wrong):
        return refused
    found = _numbers(town, asked)
    window = paging.window(request, page=page, asked=size, total=len(found))
    objects = [_linked(request, woz_objects.woz_object(town, found[n])) for n in window.numbers if n < len(found)]
    links = {"self": _page(request, page)} | ({} if window.last else {"next": _page(request, page + 1)})
    content = {"_links": links, "_embedded": {"wozObjecten": [picked(each, paths) for each in objects]}}
    return hal(content, **{"X-Pagination-Page": str(page), "X-Pagination-Limit": str(size)})


def _numbers(town: Town, asked: Mapping[str, Any]) -> Sequence[int]:
    """The numbers of the objects that a search finds."""
    if "nummeraanduidingIdentificatie" in asked:
        found = town.number(asked["nummeraanduidingIdentificatie"])
    elif "adresseerbaarObjectIdentificatie" in asked:
        found = town.number(asked["adresseerbaarObjectIdentificatie"], "01")
    else:
        return [home.number for home in town.all() if _fits(town, home.number, asked)]
    return [] if found is None else [found]


def _fits(town: Town, number: int, asked: Mapping[str, Any]) -> bool:
    found = woz_objects.woz_object(town, number)
    said = found["aanduiding"] | {name: found["belanghebbendeEigenaar"].get(name) for name in ("rsin", "kvkNummer")}
    return all(said.get(name) == value for name, value in asked.items())


def _fields(request: Request) -> tuple[list[str] | None, list[Wrong]]:
    text = request.query_params.get("fields")
    return named(text, lambda path: not list(_haal_centraal.unknown(COLUMNS, [path])))


def _typed(name: str, text: str) -> str | int:
    whole = name in ("page", "pageSize") or WRITTEN.get(name) is int
    return int(text) if whole and text.isascii() and text.isdigit() else text


def _refused(request: Request, wrong: Sequence[Wrong]) -> Response | None:
    if not accepts(request, "application/hal+json"):
        return problem(request, 406)
    return problem(request, 400, wrong) if wrong else None


def _linked(request: Request, record: Record) -> Record:
    base = str(request.url.replace(query="")).partition(PREFIX)[0] + PREFIX
    return record | {"_links": {"self": {"href": f"{base}/wozobjecten/{record['identificatie']}"}}}


def _page(request: Request, page: int) -> dict[str, str]:
    query = urlencode(dict(request.query_params) | {"page": page})
    return {"href": str(request.url.replace(query=query))}
