"""An onderneming of the town in; what KVK tells of it, field by field, out.

The field names, and the forms of their values, are those of KVK's public documentation (developers.kvk.nl).
"""

from __future__ import annotations

from typing import Any

from vlekkeloos.sandbox.addresses import WOONPLAATS, Address
from vlekkeloos.sandbox.businesses import Business, Vestiging
from vlekkeloos.sandbox.wgs84 import degrees


def basisprofiel(base: str, found: Business, geo: bool) -> dict[str, Any]:
    """The whole profile; ``base`` is the register's URL, ``geo`` whether it says where an address is."""
    return {
        "kvkNummer": found.kvk_nummer,
        **_registered(found),
        "naam": found.naam,
        "totaalWerkzamePersonen": sum(place.voltijd + place.deeltijd for place in found.vestigingen),
        **({} if found.rsin is None else {"statutaireNaam": found.naam}),
        "handelsnamen": _handelsnamen(found.handelsnaam),
        "sbiActiviteiten": _sbi(found),
        "links": _links(base, found, self="", vestigingen="/vestigingen"),
        "_embedded": {
            "hoofdvestiging": vestigingsprofiel(base, found, found.vestigingen[0], geo),
            "eigenaar": eigenaar(base, found),
        },
    }


def eigenaar(base: str, found: Business) -> dict[str, Any]:
    """Who owns it."""
    owner = {"rechtsvorm": found.rechtsvorm, "uitgebreideRechtsvorm": found.uitgebreide_rechtsvorm}
    if found.rsin is not None:
        owner["rsin"] = found.rsin
    return owner | {"links": _links(base, found, self="/eigenaar", basisprofiel="")}


def vestigingen(base: str, found: Business) -> dict[str, Any]:
    """Every place where it works."""
    return {
        "kvkNummer": found.kvk_nummer,
        "aantalCommercieleVestigingen": len(found.vestigingen),
        "aantalNietCommercieleVestigingen": 0,
        "totaalAantalVestigingen": len(found.vestigingen),
        "vestigingen": [
            {
                "vestigingsnummer": place.vestigingsnummer,
                "eersteHandelsnaam": place.naam,
                "indHoofdvestiging": _yes(place.hoofd),
                "indAdresAfgeschermd": "Nee",
                "indCommercieleVestiging": "Ja",
                "volledigAdres": _whole(place.adres),
            }
            for place in found.vestigingen
        ],
        "links": _links(base, found, self="/vestigingen", basisprofiel=""),
    }


def vestigingsprofiel(base: str, found: Business, place: Vestiging, geo: bool) -> dict[str, Any]:
    """One place where it works."""
    return {
        "vestigingsnummer": place.vestigingsnummer,
        "kvkNummer": found.kvk_nummer,
        **({} if found.rsin is None else {"rsin": found.rsin, "statutaireNaam": found.naam}),
        **_registered(found),
        "eersteHandelsnaam": place.naam,
        "indHoofdvestiging": _yes(place.hoofd),
        "indCommercieleVestiging": "Ja",
        "voltijdWerkzamePersonen": place.voltijd,
        "totaalWerkzamePersonen": place.voltijd + place.deeltijd,
        "deeltijdWerkzamePersonen": place.deeltijd,
        "handelsnamen": _handelsnamen(place.naam),
        "adressen": _adressen(found, place.adres, geo),
        "websites": [f"www.{found.kvk_nummer}.voorbeeld.nl"] if found.number % 3 == 0 else [],
        "sbiActiviteiten": _sbi(found),
        "links": _links(base, found, basisprofiel=""),
    }


def result(base: str, business: Business, place: Vestiging | None) -> dict[str, Any]:
    """What a search tells of one; ``rsin`` only of a rechtspersoon."""
    result: dict[str, Any] = {"kvkNummer": business.kvk_nummer}
    links = {"basisprofiel": {"href": f"{base}/v1/basisprofielen/{business.kvk_nummer}"}}
    if place is None:
        result |= {"rsin": business.rsin, "naam": business.naam, "type": "rechtspersoon"}
    else:
        result |= {
            "vestigingsnummer": place.vestigingsnummer,
            "naam": place.naam,
            "adres": {"binnenlandsAdres": {"type": "bezoekadres"} | adres(place.adres)},
            "type": "hoofdvestiging" if place.hoofd else "nevenvestiging",
        }
        links["vestigingsprofiel"] = {"href": f"{base}/v1/vestigingsprofielen/{place.vestigingsnummer}"}
    return result | {"actief": _yes(business.einde is None), "_links": links}


def adres(address: Address) -> dict[str, Any]:
    """What every product tells of an address."""
    parts = {
        "straatnaam": address.street.naam,
        "huisnummer": address.huisnummer,
        "huisletter": address.huisletter,
        "postcode": address.postcode,
        "plaats": WOONPLAATS,
    }
    return {name: value for name, value in parts.items() if value is not None}


def _adressen(found: Business, address: Address, geo: bool) -> list[dict[str, Any]]:
    """The bezoekadres and, of some, a correspondentieadres."""
    visit = {"type": "bezoekadres", "indAfgeschermd": "Nee", "volledigAdres": _whole(address)} | adres(address)
    if address.huisnummertoevoeging:
        visit["huisnummerToevoeging"] = address.huisnummertoevoeging
    visit["land"] = "Nederland"
    if geo:
        longitude, latitude = degrees(address.x, address.y)
        visit["geoData"] = {
            "addresseerbaarObjectId": address.verblijfsobject,
            "nummerAanduidingId": address.identificatie,
            "gpsLatitude": latitude,
            "gpsLongitude": longitude,
            "rijksdriehoekX": address.x,
            "rijksdriehoekY": address.y,
            "rijksdriehoekZ": 0.0,
        }
    if found.number % 4:
        return [visit]
    box = 100 + found.number
    post = {
        "type": "correspondentieadres",
        "indAfgeschermd": "Nee",
        "volledigAdres": f"Postbus {box} {address.postcode} {WOONPLAATS}",
        "straatnaam": "Postbus",
        "postcode": address.postcode,
        "postbusnummer": box,
        "plaats": WOONPLAATS,
        "land": "Nederland",
    }
    return [post, visit]


def _registered(found: Business) -> dict[str, Any]:
    ended = {} if found.einde is None else {"datumEinde": found.einde}
    return {
        "indNonMailing": _yes(found.number % 2 == 0),
        "formeleRegistratiedatum": found.geregistreerd,
        "materieleRegistratie": {"datumAanvang": found.aanvang} | ended,
    }


def _whole(address: Address) -> str:
    house = f"{address.huisnummer}{address.huisletter or ''}"
    if address.huisnummertoevoeging:
        house += f"-{address.huisnummertoevoeging}"
    return f"{address.street.naam} {house} {address.postcode} {WOONPLAATS}"


def _handelsnamen(naam: str) -> list[dict[str, Any]]:
    return [{"naam": naam, "volgorde": 0}]


def _sbi(found: Business) -> list[dict[str, str]]:
    code, words = found.sbi
    return [{"sbiCode": code, "sbiOmschrijving": words, "indHoofdactiviteit": "Ja"}]


def _yes(said: bool) -> str:
    return "Ja" if said else "Nee"


def _links(base: str, found: Business, **links: str) -> list[dict[str, str]]:
    here = f"{base}/v1/basisprofielen/{found.kvk_nummer}"
    return [{"rel": rel, "href": here + path} for rel, path in links.items()]
