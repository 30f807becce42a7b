"""The BAG of the Town, as Kadaster's contract of the LV BAG API Individuele Bevragingen v2 (OpenAPI) says.

By key for each object type, and by search and page where the contract has one (geometric searches by POST are
not here). Errors are the contract's: 401 without the right X-Api-Key, 400 with ``invalid-params`` for a parameter
or a combination that it doesn't have, 404, 406 for a media type or a coordinate reference system that isn't
served, 412 where a geometry is asked without saying in which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlekkeloos.sandbox import bag_objects as bag
from vlekkeloos.sandbox.addresses import WOONPLAATSCODE, identificatie
from vlekkeloos.sandbox.bag_search import Refused, Search
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.registries import door, paging
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/lvbag/individuelebevragingen/v2"
CRS, MEDIA = "epsg:28992", "application/hal+json"

#: Object type to its part of the path, the form of its key, and whether it has a geometry.
TYPES = {
    "nummeraanduiding": ("nummeraanduidingen", "[0-9]{4}20[0-9]{10}", False),
    "verblijfsobject": ("verblijfsobjecten", "[0-9]{4}01[0-9]{10}", True),
    "pand": ("panden", "[0-9]{4}10[0-9]{10}", True),
    "openbareRuimte": ("openbareruimten", "[0-9]{4}30[0-9]{10}", False),
    "woonplaats": ("woonplaatsen", "[0-9]{4}", True),
    "ligplaats": ("ligplaatsen", "[0-9]{4}02[0-9]{10}", True),
    "standplaats": ("standplaatsen", "[0-9]{4}03[0-9]{10}", True),
    "adres": ("adressen", "[0-9]{16}", False),
}

#: HTTP status to the code and the title that the contract gives an error.
ERRORS = {
    400: ("paramsValidation", "Een of meer parameters zijn niet correct."),
    401: ("authentication", "Niet correct geauthenticeerd."),
    404: ("notFound", "Opgevraagde resource bestaat niet."),
    406: ("notAcceptable", "Gevraagde contenttype of CRS wordt niet ondersteund."),
    412: ("preconditionFailed", "Niet voldaan aan vooraf gestelde voorwaarde."),
}

Record = dict[str, Any]


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it, with the API key as its password."""
    return {"bag_api": {"conn_type": "http", "host": url, "password": door.secret("bag_api")}}


def kept(town: Town) -> Kept:
    """What the municipality keeps of its addresses, and how that differs from the BAG; no address is missing."""
    columns = ("identificatie", "postcode", "huisnummer", "huisletter", "huisnummertoevoeging", "status", "ligtAan")
    records = ({name: record.get(name) for name in columns} for record in map(bag.nummeraanduiding, town.all()))
    table = pa.Table.from_pylist(list(records))
    fields = [name for name in columns if name != "identificatie"]
    return planted(town, table, key="identificatie", fields=fields, asked_by_key=True)


MUNICIPAL: Mapping[str, Callable[[Town], pa.Table]] = {"adressenlijst.csv": lambda town: kept(town).table}


def _along(town: Town, street: int) -> list[str]:
    """The nummeraanduidingen along a street."""
    beside = (address for _, _, address in bag.places(town) if address.street.number == street)
    return [address.identificatie for address in [*town.on_street(street), *beside]]


def _panden(town: Town) -> list[str]:
    return list(dict.fromkeys(address.pand for address in islice(town.all(), 12)))


SAMPLES = [
    Sample(
        "bag_api",
        key="identificatie",
        there=lambda town: [town.address(number).identificatie for number in range(12)],
        words={"object": "nummeraanduiding"},
        keys=lambda town: [*(town.address(number).identificatie for number in range(12)), "0000209999999999"],
    ),
    Sample(
        "bag_api",
        key="identificatie",
        there=lambda town: _along(town, 0),
        words={"object": "nummeraanduiding", "zoek": {"openbareRuimteIdentificatie": identificatie("30", 1)}},
    ),
    Sample(
        "bag_api",
        key="nummeraanduidingIdentificatie",
        there=lambda town: [address.identificatie for address in town.all() if address.pand in _panden(town)],
        words={"object": "adres", "by": "pandIdentificatie"},
        keys=_panden,
    ),
]


def routes(town: Town) -> list[Route]:
    """Every object by its key, and the searches."""
    found = [_by_key(town, name) for name in TYPES]
    search = Search(town)
    for name in ("nummeraanduiding", "verblijfsobject", "openbareRuimte", "woonplaats", "adres"):
        found.append(_by_search(search, name))
    return door.guarded(found, door.api_key("X-Api-Key", door.secret("bag_api")), lambda r: _error(r, 401))


def _by_key(town: Town, name: str) -> Route:
    path, form, _ = TYPES[name]

    async def one(request: Request) -> Response:
        key = request.path_params["key"]
        if refused := _precondition(request, name):
            return refused
        if unknown := set(request.query_params) - {"expand", "geldigOp", "beschikbaarOp"}:
            return _error(request, 400, dict.fromkeys(unknown, "Parameter wordt niet ondersteund."))
        if not re.fullmatch(form, key):
            return _error(request, 400, {"identificatie": "Waarde voldoet niet aan patroon."})
        record = BY_KEY[name](town, key)
        if record is None:
            return _error(request, 404)
        expand = request.query_params.get("expand", "").split(",")
        return _answer(_resource(town, name, record, expand, _base(request)), name)

    return Route(f"/{path}/{{key}}", one)


def _by_search(search: Search, name: str) -> Route:
    path = TYPES[name][0]

    async def several(request: Request) -> Response:
        if refused := _precondition(request, name):
            return refused
        params = dict(request.query_params)
        pages = name != "woonplaats"
        try:
            page, size = _page(params) if pages else (1, 100)
            found = search.find(name, params)
        except Refused as fault:
            return _error(request, 400, fault.params)
        shown = paging.window(request, page=page, asked=size, total=len(found))
        expand, base = params.get("expand", "").split(","), _base(request)
        resources = [_resource(search.town, name, found[number], expand, base) for number in shown.numbers]
        answer: Record = {"_links": _links(request, page, more=not shown.last) if pages else {"self": _href(request)}}
        if resources:
            answer["_embedded"] = {path: resources}
        counted = {"X-Pagination-Page": str(page), "X-Pagination-Limit": str(size)} if pages else {}
        return _answer(answer, name, counted)

    return Route(f"/{path}", several)


def _page(params: dict[str, str]) -> tuple[int, int]:
    """Takes the page and its size out of the parameters. Raises Refused."""
    values = []
    for name, usual, least, most in (("page", 1, 1, None), ("pageSize", 20, 10, 100)):
        text = params.pop(name, str(usual))
        if not text.isdigit() or int(text) < least or (most and int(text) > most):
            raise Refused(
                {name: f"Waarde moet een getal zijn vanaf {least}" + (f" tot en met {most}" if most else "")}
            )
        values.append(int(text))
    return values[0], values[1]


# ── records ───────────────────────────────────────────────────────────────────────────────────────────────


def _address(town: Town, key: str) -> Any:
    number = town.number(key)
    if number is not None:
        return town.address(number)
    return next((address for _, _, address in bag.places(town) if address.identificatie == key), None)


def _nummeraanduiding(town: Town, key: str) -> Record | None:
    address = _address(town, key)
    return bag.nummeraanduiding(address) if address else None


def _verblijfsobject(town: Town, key: str) -> Record | None:
    number = town.number(key, "01")
    return None if number is None else bag.verblijfsobject(town.address(number))


def _pand(town: Town, key: str) -> Record | None:
    number = town.number(key, "10")
    if number is None or (first := town.address(number)).pand != key:
        return None
    return bag.pand(first)


def _openbareruimte(town: Town, key: str) -> Record | None:
    number = town.number(key, "30")
    return None if number is None else bag.openbareruimte(town.street(number))


def _plaats(kind: str) -> Callable[[Town, str], Record | None]:
    def found(town: Town, key: str) -> Record | None:
        all_of_it = (bag.plaats(address) for other, _, address in bag.places(town) if other == kind)
        return next((record for record in all_of_it if record["identificatie"] == key), None)

    return found


def _adres(town: Town, key: str) -> Record | None:
    address = _address(town, key)
    return bag.adres(address) if address else None


BY_KEY: Mapping[str, Callable[[Town, str], Record | None]] = {
    "nummeraanduiding": _nummeraanduiding,
    "verblijfsobject": _verblijfsobject,
    "pand": _pand,
    "openbareRuimte": _openbareruimte,
    "woonplaats": lambda town, key: bag.woonplaats() if key == WOONPLAATSCODE else None,
    "ligplaats": _plaats("Ligplaats"),
    "standplaats": _plaats("Standplaats"),
    "adres": _adres,
}


# ── HAL ───────────────────────────────────────────────────────────────────────────────────────────────────


def _resource(town: Town, name: str, record: Record, expand: Iterable[str], base: str) -> Record:
    """The object with its links, as HAL has it."""

    def link(kind: str, key: str) -> Record:
        return {"href": f"{base}/{TYPES[kind][0]}/{key}"}

    if name == "adres":
        key = record["nummeraanduidingIdentificatie"]
        return record | {"_links": {"self": link("adres", key), "nummeraanduiding": link("nummeraanduiding", key)}}
    links: Record = {"self": link(name, record["identificatie"])}
    if name == "nummeraanduiding":
        links["ligtAanOpenbareRuimte"] = link("openbareRuimte", record["ligtAan"])
    if "heeftAlsHoofdAdres" in record:
        links["heeftAlsHoofdAdres"] = link("nummeraanduiding", record["heeftAlsHoofdAdres"])
    if "maaktDeelUitVan" in record:
        links["maaktDeelUitVan"] = [link("pand", key) for key in record["maaktDeelUitVan"]]
    embedded = {}
    if name == "woonplaats" and {"geometrie", "true"} & set(expand):
        embedded = {"_embedded": {"geometrie": bag.woonplaats_geometry(town)}}
    return {name: record, "_links": links, **embedded}


def _links(request: Request, page: int, *, more: bool) -> Record:
    links = {"self": _href(request), "first": _href(request, page=1)}
    if page > 1:
        links["previous"] = _href(request, page=page - 1)
    if more:
        links["next"] = _href(request, page=page + 1)
    return links


def _href(request: Request, **params: Any) -> Record:
    return {"href": str(request.url.include_query_params(**params))}


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}"


def _answer(content: Record, name: str, headers: Mapping[str, str] | None = None) -> Response:
    placed = {"Content-Crs": CRS} if TYPES[name][2] else {}
    return JSONResponse(content, headers={"api-version": "2.0.0", **placed, **(headers or {})}, media_type=MEDIA)


def _precondition(request: Request, name: str) -> Response | None:
    """What is wrong with the headers, if anything is."""
    accepted = request.headers.get("Accept", "*/*")
    if not any(media in accepted for media in (MEDIA, "application/*", "*/*")):
        return _error(request, 406)
    asked = request.headers.get("Accept-Crs")
    if asked not in (CRS, None):
        return _error(request, 406)
    return _error(request, 412) if TYPES[name][2] and asked is None else None


def _error(request: Request, status: int, params: Mapping[str, str] | None = None) -> Response:
    code, title = ERRORS[status]
    content: Record = {
        "status": status,
        "title": title,
        "type": f"https://www.rfc-editor.org/rfc/rfc9110#status.{status}",
        "detail": title,
        "instance": str(request.url.replace(query="")),
        "code": code,
    }
    if params:
        content["invalid-params"] = [
            {"name": name, "code": "invalid", "reason": reason} for name, reason in params.items()
        ]
    return JSONResponse(content, status, {"api-version": "2.0.0"}, media_type="application/problem+json")
