"""What the answers of the KVK Handelsregister have in common in; the parts that its connectors are made of out.

KVK gives a date as text, YYYYMMDD, in which a month or a day that nobody knows is 00: so it stays text. An address
is one of a list; here each stands under its type, ``adressen.bezoekadres.postcode``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors import rest
from connectors._columns import Columns, Kind, kinds
from connectors._keys import askable
from connectors.http import ApiKey, Question
from vlekkeloos.connector import Connection, Pulled, Wanted

AUTH = ApiKey("apikey")
HEADERS = {"Accept": "application/hal+json"}

ADDRESS = (
    "type indAfgeschermd volledigAdres straatnaam huisnummer:integer huisletter huisnummerToevoeging"
    " aanduidingBijHuisnummer toevoegingAdres postcode postbusnummer:integer plaats straatHuisnummer"
    " postcodeWoonplaats regio land geoData.addresseerbaarObjectId geoData.nummerAanduidingId"
    " geoData.gpsLatitude:decimal geoData.gpsLongitude:decimal geoData.rijksdriehoekX:decimal"
    " geoData.rijksdriehoekY:decimal geoData.rijksdriehoekZ:decimal"
)
REGISTERED = (
    " indNonMailing formeleRegistratiedatum materieleRegistratie.datumAanvang materieleRegistratie.datumEinde"
)
VESTIGING = (
    f"vestigingsnummer kvkNummer rsin{REGISTERED} statutaireNaam eersteHandelsnaam indHoofdvestiging"
    " indCommercieleVestiging voltijdWerkzamePersonen:integer deeltijdWerkzamePersonen:integer"
    " totaalWerkzamePersonen:integer handelsnamen:json websites:texts sbiActiviteiten:json"
)
EIGENAAR = "rsin rechtsvorm uitgebreideRechtsvorm websites:texts"

#: A product that is being made or can't be made just now (KVK's error codes): no sign that there is none.
PASSING = frozenset({"IPD1002", "IPD1003"})

#: What is certain inside the fields that hold lists.
INSIDE = kinds("naam volgorde:integer", "handelsnamen") | kinds(
    "sbiCode sbiOmschrijving indHoofdactiviteit", "sbiActiviteiten"
)

#: How KVK writes its numbers.
WRITTEN = {"kvkNummer": "[0-9]{8}", "vestigingsnummer": "[0-9]{12}"}

Shape = Callable[[dict[str, Any]], dict[str, Any]]

#: The types of an address.
TYPES = ("bezoekadres", "correspondentieadres")


def addressed(fields: str, below: str = "") -> dict[str, Kind]:
    """The columns of something with addresses."""
    found = kinds(fields, below)
    for one in TYPES:
        found |= kinds(ADDRESS, f"{below}.adressen.{one}" if below else f"adressen.{one}")
    return found


def by_type(record: dict[str, Any]) -> dict[str, Any]:
    """The record with each address under its type; those that have no type or no place are kept together."""
    if "adressen" not in record:
        return record
    placed: dict[str, Any] = {}
    for address in record["adressen"] or ():
        if address.get("type") in TYPES and address["type"] not in placed:
            placed[address["type"]] = address
        else:
            placed.setdefault("overige", []).append(address)
    return record | {"adressen": placed}


def product(columns: Columns, shape: Shape = by_type, **more: Any) -> rest.Api:
    """A product of the register that is one record, or a list of them, for a number."""
    return rest.Api(columns=columns, shape=shape, auth=AUTH, headers=HEADERS, passing=PASSING, **more)


def pull(api: rest.Api, path: str, what: str, geo: bool, connection: Connection, wanted: Wanted) -> Pulled:
    """The product at ``path`` for every key that can be ``what``; for a number not given out there is no record.

    Raises BadInput without keys, RegistryRefused, RegistryFailed.
    """
    keys = askable(wanted.keys, what, WRITTEN[what], connection)
    params = {"geoData": "true"} if geo else {}
    questions = [Question(path.format(key), params, absent=True) for key in keys]
    return rest.pull(api, connection, questions, Wanted(keys, wanted.since, wanted.after))
