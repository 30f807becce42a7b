"""The BRP of the sandbox: a Town in, the BRP API Personen v2 over its persons out, behind a municipality's gateway.

Keeps to RvIG's OpenAPI file and, where that leaves something open, to the published features of the API: only
the asked fields are given, of a date and of a row of a code table always the whole; what is in onderzoek comes
with the field; secrecy, suspension and the like come unasked; the dead are found only if asked for; and a search
that finds more than ten is refused. The gateway lets in an API key or a token, and wants to know the purpose:
without ``x-doelbinding`` and ``x-origin-oin`` the answer is 403.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any, cast, get_args

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors import _brp_velden as velden
from connectors import _brp_vragen as vragen
from connectors._brp_plat import iso
from vlekkeloos.sandbox import persons
from vlekkeloos.sandbox.addresses import GEMEENTECODE
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.persons import Person
from vlekkeloos.sandbox.registries import door
from vlekkeloos.sandbox.registries._haal_centraal import Wrong, accepts, either, problem, unknown_asker
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/haalcentraal/api/brp"

#: More than so many a search does not find.
MOST_FOUND = 10
OIN = "00000001999800000000"


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The Airflow connection to it; whose questions they are goes along in a header."""
    extra = {"headers": {"x-origin-oin": OIN}}
    return {"brp": {"conn_type": "http", "host": url, "password": door.secret("brp"), "extra": extra}}


def kept(town: Town) -> Kept:
    """What the municipality keeps of its persons, and how that differs from the BRP; nobody is missing.

    Somebody whom the BRP doesn't know has a number that is right but nobody's.
    """
    table = pa.Table.from_pylist([_row(who) for who in _everybody(town)], _KEPT)
    found = planted(town, table, key="bsn", fields=[name for name in _KEPT.names if name != "bsn"], asked_by_key=True)
    strangers = sorted(set(found.table["bsn"].to_pylist()) - set(table["bsn"].to_pylist()))
    numbers = dict(zip(strangers, persons.numbers()[-len(strangers) :] if strangers else (), strict=True))
    return Kept(_renumbered(found.table, "bsn", numbers), _renumbered(found.truth, "key", numbers))


_KEPT = pa.schema(
    [
        *((name, pa.string()) for name in ("bsn", "voornamen", "voorvoegsel", "geslachtsnaam", "geslacht")),
        ("geboortedatum", pa.string()),
        ("postcode", pa.string()),
        ("huisnummer", pa.int64()),
        ("nummeraanduiding", pa.string()),
    ]
)


def _everybody(town: Town) -> Iterator[Person]:
    return (who for room in range(persons.rooms(town)) if (who := persons.person(town, room)) is not None)


def _row(who: Person) -> dict[str, Any]:
    stay, naam = who["verblijfplaats"], who["naam"]
    home = stay.get("verblijfadres", {})
    return {
        "bsn": who["burgerservicenummer"],
        **{name: naam.get(name) for name in ("voornamen", "voorvoegsel", "geslachtsnaam")},
        "geslacht": who["geslacht"]["code"],
        "geboortedatum": iso(who["geboorte"]["datum"]),
        "postcode": home.get("postcode"),
        "huisnummer": home.get("huisnummer"),
        "nummeraanduiding": stay.get("nummeraanduidingIdentificatie"),
    }


def _renumbered(table: pa.Table, name: str, numbers: Mapping[str, str]) -> pa.Table:
    column = pa.array([numbers.get(key, key) for key in table[name].to_pylist()], pa.string())
    return table.set_column(table.schema.get_field_index(name), name, column)


MUNICIPAL: Mapping[str, Callable[[Town], pa.Table]] = {"personen.sqlite": lambda town: kept(town).table}


def _some(town: Town) -> list[str]:
    """More burgerservicenummers than go into one question."""
    return [str(who["burgerservicenummer"]) for who in islice(_everybody(town), 45)]


SAMPLES = [
    Sample(
        "brp_personen",
        key="burgerservicenummer",
        there=_some,
        words={
            "fields": ["burgerservicenummer", "naam.geslachtsnaam", "geboorte.datum", "verblijfplaats.datumVan"],
            "doelbinding": "BRPACT-Test",
        },
        keys=lambda town: [*_some(town), persons.numbers()[-1]],
    )
]


def routes(town: Town) -> list[Route]:
    """``POST /personen``."""

    async def personen(request: Request) -> Response:
        return _answer(town, request, await request.body())

    check = either(door.api_key("X-API-KEY", door.secret("brp")), door.bearer())
    return door.guarded([Route("/personen", personen, methods=["POST"])], check, unknown_asker)


def _answer(town: Town, request: Request, body: bytes) -> Response:
    if refused := _at_the_gate(request):
        return problem(request, refused)
    try:
        asked = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return problem(request, 400)
    if wrong := list(_wrong(asked)):
        return problem(request, 400, wrong)
    way = cast(vragen.Type, asked["type"])
    found = [who for who in _found(town, way, asked) if _narrowed(who, way, asked)]
    if way != vragen.BSN and len(found) > MOST_FOUND:
        return problem(request, 400, code="tooManyResults")
    content = [selected(who, _tree(way), asked["fields"]) for who in found]
    return JSONResponse({"type": way, "personen": content}, media_type="application/json; charset=utf-8")


def _at_the_gate(request: Request) -> int | None:
    """The status with which a request is sent away unread."""
    if not (request.headers.get("x-doelbinding") and request.headers.get("x-origin-oin")):
        return 403
    if not request.headers.get("content-type", "").startswith("application/json"):
        return 415
    return None if accepts(request, "application/json") else 406


def _tree(way: vragen.Type) -> velden.Tree:
    if way == vragen.BSN:
        return velden.PERSOON
    return velden.MET_GEZAG if way == "ZoekMetAdresseerbaarObjectIdentificatie" else velden.BEPERKT


# ── is the question well put? ─────────────────────────────────────────────────────────────────────────────


def _wrong(asked: Mapping[str, Any]) -> Iterator[Wrong]:
    """Everything that is wrong with a question."""
    way = asked.get("type")
    if way not in get_args(vragen.Type):
        yield Wrong("type", "value", "Er is geen zoekwijze met die naam.")
        return
    needed, optional = vragen.WAYS[cast(vragen.Type, way)]
    for name in (*needed, "fields"):
        if name not in asked:
            yield Wrong(name, "required", "Deze parameter moet er zijn.")
    for name, value in asked.items():
        if name not in ("type", "fields", *needed, *optional):
            yield Wrong(_spelled(name), "unknownParam", "Deze parameter hoort niet bij deze zoekwijze.")
        elif name == "burgerservicenummer":
            yield from _wrong_list(name, value, 20, partial(vragen.fits, name))
        elif name not in ("type", "fields") and not vragen.fits(name, value):
            yield Wrong(name, "pattern", "Zo wordt deze waarde niet geschreven.")
    if "fields" in asked:
        yield from _wrong_list("fields", asked["fields"], 130, lambda each: isinstance(each, str))
    if isinstance(asked.get("fields"), list):
        yield from _wrong_fields(cast(vragen.Type, way), asked["fields"])


def _wrong_list(name: str, value: Any, most: int, fits: Any) -> Iterator[Wrong]:
    if not isinstance(value, list):
        yield Wrong(name, "array", "Dit moet een lijst zijn.")
    elif not value:
        yield Wrong(name, "minItems", "De lijst is leeg.")
    elif len(value) > most:
        yield Wrong(name, "maxItems", f"De lijst is langer dan {most}.")
    elif not all(map(fits, value)):
        yield Wrong(name, "pattern", "Zo wordt een van deze waarden niet geschreven.")


def _wrong_fields(way: vragen.Type, fields: Sequence[Any]) -> Iterator[Wrong]:
    for path in fields:
        if not isinstance(path, str):
            continue
        if path.partition(".")[0] in velden.AUTOMATIC or "inOnderzoek" in path.split("."):
            yield Wrong("fields", "fields", "Er is een veld bij dat vanzelf komt.")
        elif velden.at(_tree(way), path) is None:
            yield Wrong("fields", "fields", "Er is een veld bij dat niet bestaat.")


def _spelled(name: str) -> str:
    """A parameter's name as an error may show it."""
    return "".join(letter for letter in name if letter.isascii() and letter.isalnum())[:30] or "onbekend"


# ── who is it? ────────────────────────────────────────────────────────────────────────────────────────────


def _found(town: Town, way: vragen.Type, asked: Mapping[str, Any]) -> Iterator[Person]:
    """Those that the first, needed part of a question points to."""
    if way == vragen.BSN:
        rooms: Sequence[int | None] = [
            persons.number(town, bsn) for bsn in dict.fromkeys(asked["burgerservicenummer"])
        ]
    elif way == "ZoekMetNummeraanduidingIdentificatie":
        rooms = _at(town, town.number(asked["nummeraanduidingIdentificatie"], "20"))
    elif way == "ZoekMetAdresseerbaarObjectIdentificatie":
        rooms = _at(town, town.number(asked["adresseerbaarObjectIdentificatie"], "01"))
    elif "geslachtsnaam" in vragen.WAYS[way][0]:
        rooms = range(persons.rooms(town))
    else:
        rooms = [room for home in _homes(town)[asked["huisnummer"]] for room in persons.at(town, home)]
    for room in rooms:
        if room is not None and (who := persons.person(town, room)) is not None:
            yield who


def _at(town: Town, address: int | None) -> list[int]:
    return [] if address is None else persons.at(town, address)


@lru_cache(maxsize=8)
def _homes(town: Town) -> Mapping[int, list[int]]:
    """The inhabited addresses by huisnummer."""
    found = defaultdict[int, list[int]](list)
    for number in range(-(-persons.rooms(town) // persons.ROOMS)):
        found[town.address(number).huisnummer].append(number)
    return found


def _narrowed(who: Person, way: vragen.Type, asked: Mapping[str, Any]) -> bool:
    """Does a person fit all parameters?"""
    stay = who["verblijfplaats"]
    home = stay.get("verblijfadres", {}) if stay["type"] == "Adres" else {}
    if way != vragen.BSN and who.get("overlijden") and not asked.get("inclusiefOverledenPersonen"):
        return False
    if way not in (vragen.BSN, *_BY_NAME) and not home:
        return False
    if "geboortedatum" in asked and who["geboorte"]["datum"].get("datum") != asked["geboortedatum"]:
        return False
    if asked.get("gemeenteVanInschrijving", GEMEENTECODE) != GEMEENTECODE:
        return False
    said = {**who["naam"], **home, "straat": home.get("officieleStraatnaam"), "geslacht": who["geslacht"]["code"]}
    texts = ("geslachtsnaam", "voornamen", "voorvoegsel", "geslacht", "straat", "postcode", "huisletter")
    return all(_like(asked[name], said.get(name)) for name in (*texts, "huisnummertoevoeging") if name in asked)


_BY_NAME = ("ZoekMetGeslachtsnaamEnGeboortedatum", "ZoekMetNaamEnGemeenteVanInschrijving")


def _like(asked: str, value: str | None) -> bool:
    """Equal but for capitals and spaces; ``*`` stands for whatever comes before or after."""
    wanted, there = (" ".join(text.split()).casefold() for text in (asked, value or ""))
    if wanted.endswith("*"):
        return there.startswith(wanted[:-1])
    if wanted.startswith("*"):
        return there.endswith(wanted[1:])
    return there.replace(" ", "") == wanted.replace(" ", "")


# ── what may be told? ─────────────────────────────────────────────────────────────────────────────────────


def selected(who: Person, tree: velden.Tree, fields: Sequence[str]) -> Person:
    """Of a person the asked fields, what is in onderzoek of them, and what comes unasked."""
    asked: dict[str, Any] = {}
    for path in fields:
        first = path.partition(".")[0]
        if first in velden.ALIASES and _elsewhere(who):
            continue
        for place in velden.places(tree, path):
            # a relation has parts that may not be left out: it is given whole
            _put(asked, ["gezag"] if place.startswith("gezag.") else place.split("."))
    found = _picked(who, asked)
    return found | {name: who[name] for name in velden.AUTOMATIC if name in who}


def _elsewhere(who: Person) -> bool:
    """Is this somebody whose address in the Netherlands can't be told, as there is none?"""
    return who["verblijfplaats"]["type"] not in ("Adres", "Locatie")


def _put(tree: dict[str, Any], steps: Sequence[str]) -> None:
    for step in steps[:-1]:
        tree = tree.setdefault(step, {})
    tree.setdefault(steps[-1], {})


def _picked(record: Mapping[str, Any], asked: Mapping[str, Any]) -> Person:
    found: Person = {}
    for name, below in asked.items():
        value = record.get(name)
        if isinstance(value, list) and below:
            value = [_picked(each, below) for each in value]
        elif isinstance(value, Mapping) and below:
            value = _picked(value, below)
        if value not in (None, {}, []):
            found[name] = value
    found |= {name: record[name] for name in velden.WITH_THE_GROUP if name in record and asked}
    marks = {name: mark for name, mark in record.get("inOnderzoek", {}).items() if name in found}
    if marks:
        dates = {
            name: date for name, date in record["inOnderzoek"].items() if name.startswith("datumIngangOnderzoek")
        }
        found["inOnderzoek"] = marks | dates
    return found
