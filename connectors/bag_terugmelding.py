"""A doubt about the BAG in; a terugmelding at Kadaster, its number and what became of it out (Terugmelding API).

One API takes them for BAG, BGT and BRT. What is from publications, of Kadaster unless it says otherwise:

* the address ``https://api.kadaster.nl/tms/v2/terugmeldingen`` (``api.acceptatie.kadaster.nl`` to try), an API key,
  and that the list takes ``crs`` since v2: "Wijzigingen Terugmelding API v2";
* the message, a GeoJSON FeatureCollection ``TerugmeldingGeneriek`` with one Feature, and which of its properties must
  be there: kadaster/klic-win, "Terugmelden Afwijkende Situatie", and for the BAG the open-source client of
  OpenStreetMap (the JOSM plugin nl-pdok-report): registratie, bron and omschrijving (five characters at least; it is
  made public), optionally objectId, objectType and email, and fields of one's own, such as ``referentie``;
* that it goes as the part ``melding`` of multipart/form-data with the header ``apikey`` and, since v2,
  ``Content-Crs``; that v2 answers 201 with the new address and v1 200 with ``meldingsNummerVolledig``, and refuses
  with ``{"reden": [...]}``; the properties of a terugmelding in the list; its parameters ``registratie``,
  ``statusCode`` and ``peildatum``; the status codes: the same client.

Not published, or not found: that the new address is in ``Location`` and can be asked with GET (HTTP has it so, RFC
9110, 15.3.2); whether the list gives fields of one's own, so the kenmerk is in the omschrijving too; how objectType
is written for the BAG; what ``AFGEROND`` says of the outcome. All of that is in the tables and in ``_message`` and
``_found`` below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import requests
from pydantic import Field

from connectors import http
from connectors._filing import filed, require_tls
from connectors._problem import masked
from vlekkeloos.connector import Connection, ReportOptions, Status, Terugmelding
from vlekkeloos.errors import RegistryFailed, RegistryRefused

PATH = "terugmeldingen"
#: What is reported can be read by everyone: no contract about persons may report here.
PUBLIC = True
AUTH = http.ApiKey("apikey")

#: The Rijksdriehoeksstelsel, as v2 names it.
CRS = "https://www.opengis.net/def/crs/epsg/0/28992"

#: What a status code of the registry means here.
STATUSES: dict[str, Literal["ingediend", "in onderzoek", "gehonoreerd", "afgewezen", "afgehandeld"]] = {
    "NIEUW": "ingediend",
    "IN_ONDERZOEK": "in onderzoek",
    "GOEDGEKEURD": "gehonoreerd",
    "AFGEWEZEN": "afgewezen",
    "AFGEROND": "afgehandeld",
}


#: Answers that are about the message itself: the same one will be refused again.
REFUSED = (400, 409, 413, 415, 422)


@dataclass(frozen=True)
class _Api:
    """What a session for questions has to know of the registry."""

    auth: http.Auth = AUTH
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "application/json"})
    rate: http.Rate | None = None
    at_once: int = 1
    passing: frozenset[str] = frozenset()


class Options(ReportOptions):
    """Of which registry and object type the records are, and where on the map a terugmelding is put.

    The registry wants a place for each. A nummeraanduiding has none, and a record that the registry lacks neither:
    so one point in the municipality does for all, and ``objectId`` says which object it is.
    """

    registratie: Literal["BAG", "BGT", "BRT"] = Field("BAG", description="the registry that is doubted")
    object: str = Field(pattern=r"^\w+$", description="objectType: the type of the records, e.g. nummeraanduiding")
    punt: list[float] = Field(
        min_length=2,
        max_length=2,
        description="x and y (EPSG:28992) of a point in the municipality: where it is put on the map",
    )
    email: str | None = Field(
        None, pattern=r"^\S+@\S+$", description="where the registry may mail what becomes of it"
    )


def report(options: Options, connection: Connection, terugmelding: Terugmelding) -> str:
    """Files one; gives its meldingsnummer. The omschrijving is made public: it must hold nothing about a person.

    Raises RegistryRefused, RegistryFailed; BadInput for a connection that can't be.
    """
    require_tls(connection)
    return filed(
        connection,
        f"{connection.url.rstrip('/')}/{PATH}",
        fresh=terugmelding.fresh,
        auth=AUTH,
        find=lambda: _searched(options, connection, terugmelding),
        read=_new,
        files={"melding": (None, json.dumps(_message(options, terugmelding)), "application/json")},
        headers={"Accept": "application/json", "Content-Crs": CRS},
    )


def status(options: Options, connection: Connection, number: str) -> Status:
    """What became of it. Raises RegistryRefused for a number that it doesn't know, RegistryFailed."""
    require_tls(connection)
    with http.Session(connection, _Api()) as session:
        told = session.ask(http.Question(f"{PATH}/{number}"), lambda answer: answer.at("properties"))
    code = str(told.get("statusCode", "")) if isinstance(told, dict) else ""
    if code not in STATUSES:
        raise RegistryFailed(f"{connection.name}: a terugmelding has a status code that the contract doesn't have")
    changed = told.get("tijdstipStatusWijziging")
    return Status(STATUSES[code], told.get("toelichting"), datetime.fromisoformat(changed) if changed else None)


def _message(options: Options, terugmelding: Terugmelding) -> dict[str, Any]:
    properties = {
        "registratie": options.registratie,
        "bron": "Vlekkeloos",
        "omschrijving": f"{terugmelding.explanation}\n{_signed(terugmelding)}",
        "objectType": options.object.capitalize(),
        "referentie": terugmelding.kenmerk,
    }
    properties |= {} if terugmelding.absent else {"objectId": terugmelding.key}
    properties |= {"email": options.email} if options.email else {}
    place = {"type": "Point", "coordinates": options.punt}
    feature = {"type": "Feature", "geometry": place, "properties": properties}
    return {"type": "FeatureCollection", "name": "TerugmeldingGeneriek", "features": [feature]}


def _signed(terugmelding: Terugmelding) -> str:
    return f"Ons kenmerk: {terugmelding.kenmerk}"


def _searched(options: Options, connection: Connection, terugmelding: Terugmelding) -> str | None:
    """The number of the one with our kenmerk, if the registry has it."""
    asked = {
        "registratie": options.registratie,
        "statusCode": ",".join(STATUSES),
        "peildatum": datetime.now(ZoneInfo("Europe/Amsterdam")).date().isoformat(),
        "crs": CRS,
    }
    with http.Session(connection, _Api()) as session:
        features = session.ask(http.Question(PATH, asked), lambda answer: answer.at("features"))
    return next((number for number in (_found(one, terugmelding) for one in features) if number), None)


def _found(feature: dict[str, Any], terugmelding: Terugmelding) -> str | None:
    told = feature.get("properties") or {}
    own = told.get("referentie") == terugmelding.kenmerk
    signed = str(told.get("omschrijving", "")).rstrip().endswith(_signed(terugmelding))
    return str(told["meldingsNummerVolledig"]) if own or signed else None


def _new(answer: requests.Response) -> str:
    """The number in the answer to a new one: the last step of its address, or in the body.

    Raises RegistryRefused, with the registry's reasons, if it does not take this one; RegistryFailed.
    """
    body = _body(answer)
    if answer.status_code in (requests.codes.ok, requests.codes.created):
        address = answer.headers.get("Location", "").partition("?")[0]
        if number := address.rstrip("/").rpartition("/")[2] or body.get("meldingsNummerVolledig"):
            return str(number)
        raise RegistryFailed("the registry took a terugmelding, and gave no number")
    reasons = body.get("reden") or []
    said = [masked(str(one)) for one in (reasons if isinstance(reasons, list) else [reasons])]
    why = ": ".join([f"the registry answered HTTP {answer.status_code}", *filter(None, ["; ".join(said[:3])])])
    raise RegistryRefused(why) if answer.status_code in REFUSED else RegistryFailed(why)


def _body(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
