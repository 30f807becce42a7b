"""The case system of the sandbox: the ZGW Zaken API, as zaken.openapi.yaml (1.5.1) says, as far as it is read from.

Beyond the file: a page that isn't there is a 404, as implementations have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vlekkeloos.sandbox import cases
from vlekkeloos.sandbox.registries import _zaken_records, _zgw, catalogi, door
from vlekkeloos.sandbox.registries._zaken_records import HANGING, Links
from vlekkeloos.sandbox.registries._zgw import Resource
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/zaken/api/v1"
CLIENT = "vlekkeloos"
CRS = {"Content-Crs": "EPSG:4326"}

MUNICIPAL: dict[str, Callable[[Town], pa.Table]] = {"zaken.sqlite": cases.zaken}

_OPENNESS = (
    "openbaar",
    "beperkt_openbaar",
    "intern",
    "zaakvertrouwelijk",
    "vertrouwelijk",
    "confidentieel",
    "geheim",
    "zeer_geheim",
)
_DATES = ("archiefactiedatum", "startdatum", "registratiedatum", "einddatum", "einddatumGepland",
          "uiterlijkeEinddatumAfdoening")  # fmt: skip
_FILTERS = {
    **dict.fromkeys(("identificatie", "bronorganisatie", "bronorganisatie__in"), "text"),
    **dict.fromkeys(("archiefnominatie", "archiefnominatie__in", "archiefstatus", "archiefstatus__in"), "text"),
    **{f"{name}{how}": "date" for name in _DATES for how in ("", "__gt", "__lt")},
    **dict.fromkeys(("startdatum__gte", "startdatum__lte"), "date"),
    **dict.fromkeys(("archiefactiedatum__isnull", "einddatum__isnull"), "boolean"),
    **dict.fromkeys(("rol__betrokkeneType", "rol__omschrijvingGeneriek"), "text"),
    "maximaleVertrouwelijkheidaanduiding": "text",
    "zaaktype": "uri",
}
_ORDERING = frozenset(
    ("startdatum", "einddatum", "publicatiedatum", "archiefactiedatum", "registratiedatum", "identificatie")
)

#: The filters of what hangs on a zaak, beside the zaak itself, and whether it comes in pages.
_LISTS: Mapping[str, tuple[dict[str, str], bool]] = {
    "statussen": ({"statustype": "uri", "indicatieLaatstGezetteStatus": "boolean"}, True),
    "resultaten": ({"resultaattype": "uri"}, True),
    "rollen": (
        {"betrokkene": "uri", "roltype": "uri"}
        | dict.fromkeys(("betrokkeneType", "omschrijving", "omschrijvingGeneriek"), "text"),
        True,
    ),
    "zaakobjecten": ({"object": "uri", "objectType": "text"}, True),
    "klantcontacten": ({}, True),
    "zaakinformatieobjecten": ({"informatieobject": "uri"}, False),
    "zaakcontactmomenten": ({"contactmoment": "uri"}, False),
    "zaakverzoeken": ({"verzoek": "uri"}, False),
}


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it, for a client that may read everything."""
    return {"zaken": {"conn_type": "http", "host": url, "login": CLIENT, "password": door.secret("zaken")}}


def _uuids(town: Town, name: str, zaken: Iterable[int]) -> list[str]:
    return [cases.uuid(HANGING[name].kind, number) for number in _zaken_records.numbers(town, name, zaken)]


SAMPLES = [
    Sample(
        "zgw_zaken",
        key="identificatie",
        there=lambda town: [cases.zaak(town, number).identificatie for number in range(cases.count(town))],
        words={"resource": "zaken"},
    ),
    # a whole list in one answer
    Sample(
        "zgw_zaken",
        key="uuid",
        there=lambda town: _uuids(town, "zaakinformatieobjecten", range(cases.count(town))),
        words={"resource": "zaakinformatieobjecten"},
    ),
    # asked for below each zaak
    Sample(
        "zgw_zaken",
        key="uuid",
        there=lambda town: _uuids(town, "zaakeigenschappen", range(12)),
        words={"resource": "zaakeigenschappen"},
        keys=lambda town: [
            f"https://elders.example/zaken/{cases.uuid(_zaken_records.ZAAK, number)}" for number in range(12)
        ],
    ),
]


def routes(town: Town) -> list[Route]:
    """Everything it answers, for who shows a JWT of the client."""
    zaken = Resource(
        numbers=partial(_zaken, town),
        record=lambda request, number: _zaken_records.zaak(town, _links(request), number),
        filters=_FILTERS,
        tests={
            "rol__betrokkeneType": partial(_has_rol, town, "betrokkeneType"),
            "rol__omschrijvingGeneriek": partial(_has_rol, town, "omschrijvingGeneriek"),
            "maximaleVertrouwelijkheidaanduiding": _at_most_as_secret,
        },
        special=frozenset({"identificatie"}),
        ordering=_ORDERING,
        headers=CRS,
    )
    made = [_zgw.listing("/zaken", zaken), _zgw.detail("/zaken/{uuid}", zaken, partial(_number, town))]
    for name, (filters, paged) in _LISTS.items():
        resource = Resource(
            numbers=partial(_hanging, town, name),
            record=partial(_record, town, name),
            filters={"zaak": "uri", **filters},
            special=frozenset({"zaak"}),
            paged=paged,
        )
        made.append(_zgw.listing(f"/{name}", resource))
        made.append(_zgw.detail(f"/{name}/{{uuid}}", resource, partial(HANGING[name].number, town)))
    for name in ("zaakeigenschappen", "besluiten"):
        made.append(Route(f"/zaken/{{zaak_uuid}}/{name}", _nested(town, name)))
    return door.guarded(made, door.zgw(CLIENT, door.secret("zaken")), _zgw.refused)


def _nested(town: Town, name: str) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        zaak = _number(town, request.path_params["zaak_uuid"])
        if zaak is None:
            return _zgw.fout(404, "not_found", "Niet gevonden.")
        resource = Resource(
            numbers=lambda _: _zaken_records.numbers(town, name, [zaak]),
            record=partial(_record, town, name),
            filters={},
            paged=False,
        )
        try:
            return resource.answer(request)
        except _zgw.Fault as fault:
            return fault.answer

    return endpoint


def _zaken(town: Town, asked: Mapping[str, str]) -> Sequence[int]:
    """Of all zaken, or of the one with that identificatie."""
    if (identificatie := asked.get("identificatie")) is None:
        return range(cases.count(town))
    digits = identificatie[-10:]
    number = int(digits) - 1 if digits.isascii() and digits.isdigit() else -1
    there = 0 <= number < cases.count(town) and cases.zaak(town, number).identificatie == identificatie
    return [number] if there else []


def _hanging(town: Town, name: str, asked: Mapping[str, str]) -> Sequence[int]:
    """Of all that hangs on zaken, or of what hangs on one."""
    if (url := asked.get("zaak")) is None:
        return _all_hanging(town, name)
    zaak = _number(town, url.rpartition("/")[2])
    return [] if zaak is None else _zaken_records.numbers(town, name, [zaak])


@lru_cache(maxsize=16)
def _all_hanging(town: Town, name: str) -> list[int]:
    return _zaken_records.numbers(town, name, range(cases.count(town)))


def _record(town: Town, name: str, request: Request, number: int) -> dict[str, Any]:
    return HANGING[name].record(town, _links(request), name, number)


def _number(town: Town, text: str) -> int | None:
    """The number in the uuid of a zaak that is there."""
    number = cases.number_of(_zaken_records.ZAAK, text)
    return number if number is not None and number < cases.count(town) else None


def _links(request: Request) -> Links:
    host = f"{request.url.scheme}://{request.url.netloc}"
    return Links(host + PREFIX, host + catalogi.PREFIX, host + "/elders")


def _has_rol(town: Town, field: str, zaak: dict[str, Any], value: str) -> bool:
    number = _number(town, zaak["uuid"])
    assert number is not None
    rol, nowhere = HANGING["rollen"], Links("", "", "")
    return any(
        rol.record(town, nowhere, "rollen", each)[field] == value
        for each in _zaken_records.numbers(town, "rollen", [number])
    )


def _at_most_as_secret(zaak: dict[str, Any], most: str) -> bool:
    return most in _OPENNESS and _OPENNESS.index(zaak["vertrouwelijkheidaanduiding"]) <= _OPENNESS.index(most)
