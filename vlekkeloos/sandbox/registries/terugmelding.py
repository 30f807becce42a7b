"""Kadaster's Terugmelding API of the sandbox: takes terugmeldingen about the BAG of the Town, and answers them.

Keeps to what ``connectors.bag_terugmelding`` says that is published: the message is the part ``melding`` of
multipart/form-data; an omschrijving has five characters at least; who is refused is told why in ``reden``.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlekkeloos.sandbox.registries import door
from vlekkeloos.sandbox.registries.town import Town
from vlekkeloos.sandbox.terugmeldingen import Filed, Terugmeldingen

PREFIX = "/tms/v2"

#: A step to the registry's status code, its words and what it answers.
STEPS = {
    "filed": ("NIEUW", "Nieuw", None),
    "investigated": ("IN_ONDERZOEK", "In onderzoek", None),
    "honoured": ("GOEDGEKEURD", "Goedgekeurd", "Het object wordt in de BAG opgenomen."),
    "rejected": ("AFGEWEZEN", "Afgewezen", "Het gegeven in de BAG is gecontroleerd en juist bevonden."),
}

Record = dict[str, Any]


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it, with the API key as its password."""
    return {"terugmelding": {"conn_type": "http", "host": url, "password": door.secret("terugmelding")}}


def routes(town: Town) -> list[Route]:
    """A new one, all of them, and one by its number."""
    store = Terugmeldingen("BAG", lambda key: town.number(key) is not None)

    async def new(request: Request) -> Response:
        message, wrong = await _message(request)
        properties = message["features"][0]["properties"] if not wrong else {}
        wrong = wrong or list(_wrong(properties))
        if wrong:
            return JSONResponse({"status": 400, "reden": wrong}, 400)
        found = store.file(
            request,
            kenmerk=properties.get("referentie", ""),
            key=properties.get("objectId"),
            told=json.dumps(properties),
        )
        return Response(status_code=201, headers={"Location": f"{request.url.path}/{found.number}"})

    async def several(request: Request) -> Response:
        codes = request.query_params.get("statusCode", "").split(",")
        found = [_feature(one) for one in store.all(request)]
        shown = [one for one in found if one["properties"]["statusCode"] in codes]
        return JSONResponse({"type": "FeatureCollection", "features": shown})

    async def one(request: Request) -> Response:
        found = store.asked(request, request.path_params["number"])
        if found is None:
            return JSONResponse({"status": 404, "reden": ["Deze terugmelding is er niet."]}, 404)
        return JSONResponse(_feature(found))

    found = [
        Route("/terugmeldingen", new, methods=["POST"]),
        Route("/terugmeldingen", several, methods=["GET"]),
        Route("/terugmeldingen/{number}", one),
    ]
    key = door.api_key("apikey", door.secret("terugmelding"))
    return door.guarded(found, key, lambda _: JSONResponse({"status": 401, "reden": ["Onbekende API-key."]}, 401))


async def _message(request: Request) -> tuple[Record, list[str]]:
    """The message, or what is wrong with its form."""
    form = await request.form()
    part = form.get("melding")
    text = (await part.read()).decode() if isinstance(part, UploadFile) else part
    try:
        message = json.loads(text or "")
        (x, y), properties = message["features"][0]["geometry"]["coordinates"], message["features"][0]["properties"]
        assert isinstance(properties, dict) and float(x) and float(y)
    except (ValueError, KeyError, IndexError, TypeError, AssertionError):
        return {}, ["De melding is geen FeatureCollection met een Feature met een punt."]
    return message, []


def _wrong(properties: Record) -> list[str]:
    missing = [name for name in ("registratie", "bron", "omschrijving") if not properties.get(name)]
    wrong = [f"{name} is verplicht." for name in missing]
    if properties.get("registratie") not in (None, "BAG"):
        wrong.append("registratie is onbekend.")
    # a signature alone is no explanation
    said = str(properties.get("omschrijving", "")).rpartition("Ons kenmerk:")[0] or properties.get("omschrijving", "")
    if len(said.strip()) < 5:
        wrong.append("omschrijving heeft minstens 5 tekens.")
    return wrong


def _feature(found: Filed) -> Record:
    """As the list and the single one give it: without the fields of the sender's own."""
    code, status, answer = STEPS[found.step]
    told = json.loads(found.told)
    properties = {name: told.get(name) for name in ("registratie", "bron", "omschrijving", "objectId", "objectType")}
    properties |= {
        "meldingsNummer": int(found.number.removeprefix("BAG")),
        "meldingsNummerVolledig": found.number,
        "status": status,
        "statusCode": code,
        "toelichting": answer,
        "tijdstipRegistratie": found.filed,
        "tijdstipStatusWijziging": found.since,
    }
    return {"type": "Feature", "geometry": None, "properties": properties}
