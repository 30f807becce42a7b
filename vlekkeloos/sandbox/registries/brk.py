"""The BRK of the sandbox: a Town in, BRK Bevragen v2 over its kadastraal onroerende zaken and what rests on them out.

Keeps to Kadaster's OpenAPI file: an object by its identificatie, a search by exactly one combination of
parameters, a search by burgerservicenummer in a body, and the lists below an object. ``fields`` names the
properties that are given; a search doesn't tell who has a right to what it finds. There are no pages; a search
that would find more than fifty is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors import _haal_centraal
from connectors._brk_soorten import SEARCHES, SOORTEN, WRITTEN, ZAKEN
from vlekkeloos.sandbox import parcels, persons
from vlekkeloos.sandbox.addresses import GEMEENTE
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.parcels import Record
from vlekkeloos.sandbox.registries import door
from vlekkeloos.sandbox.registries._haal_centraal import Wrong, accepts, hal, named, picked, problem, unknown_asker
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/esd/bevragen/v2"
MOST_FOUND = 50
#: The code of the only kadastrale gemeente there is.
KADASTRALE_GEMEENTE = "VLK00"

_BELOW: Mapping[str, Callable[[Town, int], list[Record]]] = {
    "zakelijkgerechtigden": parcels.rights,
    "hypotheken": parcels.mortgages,
    "beslagen": parcels.seizures,
    "privaatrechtelijkebeperkingen": parcels.restrictions,
}
_AANDUIDING = re.compile(
    r"(?P<gemeente>.+) (?P<letters>[A-IK-Z]{1,2}) (?P<place>[1-9][0-9]{0,4})(?: A(?P<index>[0-9]+))?"
)


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The Airflow connection to it."""
    return {"brk": {"conn_type": "http", "host": url, "password": door.secret("brk")}}


def kept(town: Town) -> Kept:
    """What the municipality keeps of its parcels, and how that differs from the BRK; none is missing."""
    records = (parcels.parcel(town, number) for number in range(town.addresses))
    rows = [
        {
            "identificatie": each["identificatie"],
            "aanduiding": each["kadastraleAanduiding"],
            "soort": each["type"],
            "grootte": each.get("kadastraleGrootte", {}).get("waarde"),
            "koopjaar": each["koopsom"]["koopjaar"],
            "koopsom": each["koopsom"]["koopsom"],
        }
        for each in records
    ]
    table = pa.Table.from_pylist(rows)
    return planted(town, table, key="identificatie", fields=table.column_names[1:], asked_by_key=True)


MUNICIPAL: Mapping[str, Callable[[Town], pa.Table]] = {"percelen.xlsx": lambda town: kept(town).table}


SAMPLES = [
    Sample(
        "brk",
        key="identificatie",
        there=lambda town: map(parcels.identificatie, range(12)),
        keys=lambda town: [parcels.identificatie(number) for number in [*range(12), town.addresses]],
    ),
    Sample(
        "brk",
        key="identificatie",
        there=lambda town: [each["identificatie"] for number in range(8) for each in parcels.rights(town, number)],
        words={"object": "zakelijkgerechtigden"},
        keys=lambda town: [parcels.identificatie(number) for number in range(8)],
    ),
]


def routes(town: Town) -> list[Route]:
    """The objects, one of them, what rests on one, and the publiekrechtelijke beperkingen."""

    async def search(request: Request) -> Response:
        if request.method == "POST":
            return _by_person(town, request, await request.body())
        return _search(town, request)

    async def one(request: Request) -> Response:
        return _one(town, request)

    async def below(request: Request) -> Response:
        return _below(town, request)

    async def public(request: Request) -> Response:
        return _public(town, request)

    found = [
        Route(f"/{ZAKEN}", search, methods=["GET", "POST"]),
        Route(f"/{ZAKEN}/{{identificatie}}", one),
        *(Route(f"/{ZAKEN}/{{identificatie}}/{kind}", below) for kind in _BELOW),
        Route("/publiekrechtelijkebeperkingen", public),
    ]
    return door.guarded(found, door.api_key("X-Api-Key", door.secret("brk")), unknown_asker)


# ── the questions ─────────────────────────────────────────────────────────────────────────────────────────


def _one(town: Town, request: Request) -> Response:
    paths, wrong = _fields(ZAKEN, request.query_params.get("fields"))
    if refused := _refused(request, wrong, ("fields", "expand")):
        return refused
    number = parcels.number(town, request.path_params["identificatie"])
    if number is None:
        return problem(request, 404)
    return _hal(picked(_linked(request, parcels.parcel(town, number)), paths))


def _search(town: Town, request: Request) -> Response:
    asked = dict(request.query_params)
    paths, wrong = _fields(ZAKEN, asked.pop("fields", None))
    asked.pop("expand", None)
    if set(asked) == {"persoon__identificatie"} and not wrong:
        # somebody whom only the Kadaster knows: there is nobody such
        return _objects(town, request, [], paths)
    parameters = {name: _typed(name, text) for name, text in asked.items()}
    wrong += [
        Wrong("zoekvraag", "paramsCombination", "Zo kan er niet gezocht worden.")
        for _ in _haal_centraal.faults(parameters, SEARCHES, WRITTEN)
    ]
    if refused := _refused(request, wrong):
        return refused
    return _objects(town, request, _numbers(town, parameters), paths)


def _by_person(town: Town, request: Request, body: bytes) -> Response:
    try:
        asked = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return problem(request, 400)
    bsn = asked.get("burgerservicenummer")
    paths, wrong = _fields(ZAKEN, asked.get("fields"))
    if not (isinstance(bsn, str) and re.fullmatch("[0-9]{9}", bsn)):
        wrong.append(Wrong("burgerservicenummer", "pattern", "Een nummer van negen cijfers moet er zijn."))
    if refused := _refused(request, wrong):
        return refused
    room = persons.number(town, str(bsn))
    home = None if room is None else room // persons.ROOMS
    theirs = home is not None and bsn in [who["identificatie"] for who in parcels.owners(town, home)]
    return _objects(town, request, [home] if home is not None and theirs else [], paths)


def _below(town: Town, request: Request) -> Response:
    kind = request.url.path.rpartition("/")[2]
    paths, wrong = _fields(kind, request.query_params.get("fields"))
    if refused := _refused(request, wrong, ("fields", "type")):
        return refused
    number = parcels.number(town, request.path_params["identificatie"])
    if number is None:
        return problem(request, 404)
    wanted = request.query_params.get("type")
    found = [each for each in _BELOW[kind](town, number) if wanted in (None, each.get("type"))]
    return _hal(_list(request, kind, found, paths))


def _public(town: Town, request: Request) -> Response:
    kind = "publiekrechtelijkebeperkingen"
    paths, wrong = _fields(kind, request.query_params.get("fields"))
    name = "kadastraalOnroerendeZaakIdentificatie"
    if name not in request.query_params:
        wrong.append(Wrong(name, "required", "Deze parameter moet er zijn."))
    if refused := _refused(request, wrong, ("fields", name)):
        return refused
    number = parcels.number(town, request.query_params[name])
    found = [] if number is None else parcels.public_restrictions(town, number)
    return _hal(_list(request, kind, found, paths))


# ── what they have in common ──────────────────────────────────────────────────────────────────────────────


def _refused(request: Request, wrong: Sequence[Wrong], known: Sequence[str] | None = None) -> Response | None:
    if not accepts(request, "application/hal+json"):
        return problem(request, 406)
    strangers = [] if known is None else [name for name in request.query_params if name not in known]
    wrong = [*wrong, *(Wrong(name, "unknownParam", "Deze parameter is er niet.") for name in strangers)]
    return problem(request, 400, wrong) if wrong else None


def _fields(kind: str, text: str | None) -> tuple[list[str] | None, list[Wrong]]:
    columns = SOORTEN[kind].columns
    return named(text, lambda path: not list(_haal_centraal.unknown(columns, [path])))


def _typed(name: str, text: str) -> str | int | bool:
    if WRITTEN.get(name) is int and text.isascii() and text.isdigit():
        return int(text)
    return text == "true" if WRITTEN.get(name) is bool and text in ("true", "false") else text


def _numbers(town: Town, asked: Mapping[str, Any]) -> list[int]:
    """The numbers of the objects that a search finds."""
    if "nummeraanduidingIdentificatie" in asked:
        found = town.number(asked["nummeraanduidingIdentificatie"])
        return [] if found is None else [found]
    if "postcode" in asked:
        return [home.number for home in town.all() if _fits(home, asked)]
    text = asked.get("kadastraleAanduiding") or asked["kadastraleAanduidingMetGemeentecode"]
    said = _AANDUIDING.fullmatch(text)
    if said is None or said["gemeente"] not in (GEMEENTE, KADASTRALE_GEMEENTE):
        return []
    index = int(said["index"]) if said["index"] else None
    split = bool(asked.get("inclusiefKadastraalOnroerendeZakenUitSplitsing"))
    return parcels.called(town, said["letters"], int(said["place"]), index, split=split)


def _fits(home: Any, asked: Mapping[str, Any]) -> bool:
    said = {"postcode": home.postcode, "huisnummer": home.huisnummer, "huisletter": home.huisletter}
    return all((said | {"huisnummertoevoeging": home.huisnummertoevoeging})[name] == v for name, v in asked.items())


def _objects(town: Town, request: Request, numbers: Sequence[int], paths: Sequence[str] | None) -> Response:
    if len(numbers) > MOST_FOUND:
        return problem(request, 400, code="tooManyResults")
    found = [parcels.parcel(town, number) for number in numbers]
    untold = "zakelijkGerechtigdeIdentificaties"
    told = [_linked(request, {name: value for name, value in each.items() if name != untold}) for each in found]
    return _hal(_list(request, ZAKEN, told, paths))


def _list(request: Request, kind: str, found: Sequence[Record], paths: Sequence[str] | None) -> Record:
    content = {SOORTEN[kind].records: [picked(each, paths) for each in found]}
    return {"_links": {"self": {"href": str(request.url.replace(query=""))}}, "_embedded": content}


def _linked(request: Request, record: Record) -> Record:
    return record | {"_links": {"self": {"href": f"{_base(request)}/{ZAKEN}/{record['identificatie']}"}}}


def _base(request: Request) -> str:
    return str(request.url.replace(query="")).partition(PREFIX)[0] + PREFIX


def _hal(content: Mapping[str, Any]) -> Response:
    return hal(content, **{"Content-Crs": "epsg:28992"})
