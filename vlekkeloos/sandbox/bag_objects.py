"""A Town in; its BAG objects out, each as the LV BAG API Individuele Bevragingen v2 tells it.

Every function gives the part of an answer that is about one object: its fields under the contract's names, without
the links. Beside the town's verblijfsobjecten there are a few ligplaatsen and standplaatsen, each with a
nummeraanduiding of its own that the town's addresses don't have.
"""

from __future__ import annotations

from typing import Any

from vlekkeloos.sandbox.addresses import (
    STREETS_A_ROW,
    WOONPLAATS,
    WOONPLAATSCODE,
    Address,
    Period,
    Street,
    identificatie,
    pand_corners,
    woonplaats_corners,
)
from vlekkeloos.sandbox.registries.town import Town

#: How many ligplaatsen the town has, and standplaatsen.
PLACES = 3

#: Where the numbers of their nummeraanduidingen begin.
_FIRST = 9_000_000_000
_CODES = {"Ligplaats": "02", "Standplaats": "03"}

Record = dict[str, Any]


def place(town: Town, kind: str, number: int) -> Address | None:
    """The address of the ligplaats or standplaats with that number from 0; None if there are not so many."""
    if not 0 <= number < PLACES:
        return None
    beside = town.address(number % town.addresses)
    own = _FIRST + number + (PLACES if kind == "Standplaats" else 0)
    return beside._replace(
        number=own,
        identificatie=identificatie("20", own + 1),
        huisnummer=900 + number * 2 + beside.huisnummer % 2,
        huisletter="L" if kind == "Ligplaats" else "S",
        huisnummertoevoeging=None,
        earlier=(),
    )


def places(town: Town) -> list[tuple[str, int, Address]]:
    """Every ligplaats and standplaats: its type, its number, and its address."""
    found = ((kind, number, place(town, kind, number)) for kind in _CODES for number in range(PLACES))
    return [(kind, number, address) for kind, number, address in found if address is not None]


def kind(address: Address) -> str:
    """The type of the adresseerbaar object that has the address."""
    if address.number < _FIRST:
        return "Verblijfsobject"
    return "Ligplaats" if address.number < _FIRST + PLACES else "Standplaats"


def object_of(address: Address) -> str:
    """The identificatie of the adresseerbaar object that has the address."""
    if address.number < _FIRST:
        return address.verblijfsobject
    return identificatie(_CODES[kind(address)], (address.number - _FIRST) % PLACES + 1)


def nummeraanduiding(address: Address) -> Record:
    """A nummeraanduiding."""
    return {
        "identificatie": address.identificatie,
        "domein": "NL.IMBAG.Nummeraanduiding",
        "huisnummer": address.huisnummer,
        **_additions(address),
        "postcode": address.postcode,
        "typeAdresseerbaarObject": kind(address),
        "status": address.status,
        **_registered(address.period),
        "ligtAan": address.street.identificatie,
    }


def verblijfsobject(address: Address) -> Record:
    """The verblijfsobject with that address, a point in its pand."""
    return {
        "identificatie": address.verblijfsobject,
        "domein": "NL.IMBAG.Verblijfsobject",
        "type": "Verblijfsobject",
        "heeftAlsHoofdAdres": address.identificatie,
        "geometrie": {"punt": {"type": "Point", "coordinates": [address.x, address.y, 0.0]}},
        "gebruiksdoelen": ["woonfunctie"],
        "oppervlakte": address.oppervlakte,
        "status": "Verblijfsobject in gebruik",
        **_registered(_first(address)),
        "maaktDeelUitVan": [address.pand],
    }


def plaats(address: Address) -> Record:
    """The ligplaats or standplaats with that address."""
    return {
        "identificatie": object_of(address),
        "domein": f"NL.IMBAG.{kind(address)}",
        "type": kind(address),
        "heeftAlsHoofdAdres": address.identificatie,
        "status": "Plaats aangewezen",
        "geometrie": _polygon(pand_corners(address)),
        **_registered(_first(address)),
    }


def pand(address: Address) -> Record:
    """The pand whose first address this is."""
    return {
        "identificatie": address.pand,
        "domein": "NL.IMBAG.Pand",
        "geometrie": _polygon(pand_corners(address)),
        "oorspronkelijkBouwjaar": str(address.bouwjaar),
        "status": "Pand in gebruik",
        **_registered(_first(address)),
    }


def openbareruimte(street: Street) -> Record:
    """An openbare ruimte."""
    return {
        "identificatie": street.identificatie,
        "domein": "NL.IMBAG.Openbareruimte",
        "naam": street.naam,
        "type": "Weg",
        "status": "Naamgeving uitgegeven",
        "korteNaam": street.naam[:24],
        **_registered(Period(1, street.begin)),
        "ligtIn": WOONPLAATSCODE,
    }


def woonplaats() -> Record:
    """The woonplaats, without its geometry."""
    return {
        "identificatie": WOONPLAATSCODE,
        "domein": "NL.IMBAG.Woonplaats",
        "naam": WOONPLAATS,
        "status": "Woonplaats aangewezen",
        **_registered(Period(1, "1990-01-01")),
    }


def woonplaats_geometry(town: Town) -> Record:
    """The outline of the woonplaats."""
    return {"vlak": _polygon(woonplaats_corners((town.streets - 1) // STREETS_A_ROW))}


def adres(address: Address) -> Record:
    """An address with all that it is made of."""
    return {
        "openbareRuimteNaam": address.street.naam,
        "korteNaam": address.street.naam[:24],
        "huisnummer": address.huisnummer,
        **_additions(address),
        "postcode": address.postcode,
        "woonplaatsNaam": WOONPLAATS,
        "nummeraanduidingIdentificatie": address.identificatie,
        "openbareRuimteIdentificatie": address.street.identificatie,
        "woonplaatsIdentificatie": WOONPLAATSCODE,
        "adresseerbaarObjectIdentificatie": object_of(address),
        **({"pandIdentificaties": [address.pand]} if kind(address) == "Verblijfsobject" else {}),
    }


def _additions(address: Address) -> Record:
    additions = {"huisletter": address.huisletter, "huisnummertoevoeging": address.huisnummertoevoeging}
    return {name: value for name, value in additions.items() if value is not None}


def _first(address: Address) -> Period:
    """When the object began: its address may have changed since."""
    return Period(1, (address.earlier[0] if address.earlier else address).period.begin)


def _registered(period: Period) -> Record:
    """Document and voorkomen: registered on the morning of its begin, in the LV five minutes later."""
    voorkomen = {
        "tijdstipRegistratie": f"{period.begin}T09:00:00Z",
        "versie": period.number,
        "beginGeldigheid": period.begin,
        "tijdstipRegistratieLV": f"{period.begin}T09:05:00Z",
    }
    document = f"B&W-{period.begin[:4]}"
    return {
        "geconstateerd": "N",
        "documentdatum": period.begin,
        "documentnummer": document,
        "voorkomen": voorkomen,
    }


def _polygon(corners: list[tuple[float, float]]) -> Record:
    return {"type": "Polygon", "coordinates": [[[round(x, 3), round(y, 3), 0.0] for x, y in corners]]}
