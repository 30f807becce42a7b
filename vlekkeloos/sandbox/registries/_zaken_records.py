"""A zaak of the town in; it and what hangs on it as the ZGW Zaken API tells it, field by field, out.

What hangs on a zaak has the zaak's number times MOST plus its own, so that it is found without a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from vlekkeloos.sandbox import businesses, cases
from vlekkeloos.sandbox.addresses import WOONPLAATS
from vlekkeloos.sandbox.cases import ORGANISATIE, ROLLEN, TYPES, VERSIONS, Zaak, uuid
from vlekkeloos.sandbox.registries import _catalogi_records
from vlekkeloos.sandbox.registries.town import Town
from vlekkeloos.sandbox.wgs84 import degrees

Record = dict[str, Any]

#: The kind of a zaak's uuid, and how many of one thing hang on a zaak at most.
ZAAK, MOST = 1, 4

#: Zaaktypen that end in a besluit.
_DECIDED = (1, 4, 5)


@dataclass(frozen=True)
class Links:
    """Where the API is, where that of the catalogi is, and where files and the like would be."""

    zaken: str
    catalogi: str
    elsewhere: str

    def zaak(self, number: int) -> str:
        """The URL of a zaak."""
        return f"{self.zaken}/zaken/{uuid(ZAAK, number)}"

    def type(self, resource: str, number: int) -> str:
        """The URL of something in the catalogus."""
        return f"{self.catalogi}/{resource}/{uuid(_catalogi_records.KINDS[resource], number)}"


@dataclass(frozen=True)
class Hanging:
    """A thing that hangs on a zaak: its kind of uuid, how many of it a zaak has, what the API tells of one."""

    kind: int
    many: Callable[[Zaak], int]
    tell: Callable[[Town, Links, Zaak, int], Record]
    path: str = ""

    def url(self, links: Links, name: str, zaak: int, at: int) -> str:
        """The URL of one, counted from 0."""
        where = links.zaak(zaak) + self.path if self.path else f"{links.zaken}/{name}"
        return f"{where}/{uuid(self.kind, zaak * MOST + at)}"

    def record(self, town: Town, links: Links, name: str, number: int) -> Record:
        """One of them, by its number."""
        zaak, at = divmod(number, MOST)
        record = {"url": self.url(links, name, zaak, at), "uuid": uuid(self.kind, number)}
        if name != "besluiten":
            record["zaak"] = links.zaak(zaak)
        return record | self.tell(town, links, cases.zaak(town, zaak), at)

    def number(self, town: Town, text: str) -> int | None:
        """The number in a uuid, None if there is no such."""
        found = cases.number_of(self.kind, text)
        if found is None or found // MOST >= cases.count(town):
            return None
        return found if found % MOST < self.many(cases.zaak(town, found // MOST)) else None


def zaak(town: Town, links: Links, number: int) -> Record:
    """A zaak itself."""
    found = cases.zaak(town, number)
    home = links.zaak(number)
    ended = {"reden": "Onderzoek duurt langer", "duur": "P14D"} if number % 50 == 7 else None
    return {
        "url": home,
        "uuid": uuid(ZAAK, number),
        "identificatie": found.identificatie,
        "bronorganisatie": ORGANISATIE,
        "omschrijving": found.omschrijving,
        "toelichting": "",
        "zaaktype": links.type("zaaktypen", found.type),
        "registratiedatum": found.registered.isoformat(),
        "verantwoordelijkeOrganisatie": ORGANISATIE,
        "startdatum": found.registered.isoformat(),
        "einddatum": _day(found.closed),
        "einddatumGepland": found.due.isoformat(),
        "uiterlijkeEinddatumAfdoening": found.due.isoformat(),
        "publicatiedatum": None,
        "communicatiekanaal": f"{links.elsewhere}/kanalen/{cases.channel(number).lower()}",
        "productenOfDiensten": [],
        "vertrouwelijkheidaanduiding": found.vertrouwelijk,
        "betalingsindicatie": "",
        "betalingsindicatieWeergave": "",
        "laatsteBetaaldatum": None,
        # left out where there is none: its schema in the file does not take null
        **({"zaakgeometrie": _point(town, found)} if number % 3 == 0 else {}),
        "verlenging": ended,
        "opschorting": {"indicatie": number % 40 == 0, "reden": "Wacht op stukken" if number % 40 == 0 else ""},
        "selectielijstklasse": "",
        "hoofdzaak": None,
        "deelzaken": [],
        "relevanteAndereZaken": [],
        "eigenschappen": _urls(links, "zaakeigenschappen", found),
        "rollen": _urls(links, "rollen", found),
        "status": _urls(links, "statussen", found)[-1],
        "zaakinformatieobjecten": _urls(links, "zaakinformatieobjecten", found),
        "zaakobjecten": _urls(links, "zaakobjecten", found),
        "kenmerken": [{"kenmerk": f"OUD-{number}", "bron": "vorig zaaksysteem"}] if number % 10 == 0 else [],
        "archiefnominatie": TYPES[found.type // VERSIONS][3],
        "archiefstatus": "nog_te_archiveren",
        "archiefactiedatum": _day(found.archiefactie),
        "resultaat": next(iter(_urls(links, "resultaten", found)), None),
        "opdrachtgevendeOrganisatie": "",
        "processobjectaard": None,
        "startdatumBewaartermijn": None,
        "processobject": None,
    }


def _status(town: Town, links: Links, found: Zaak, at: int) -> Record:
    return {
        "statustype": links.type("statustypen", found.type * MOST + at),
        "datumStatusGezet": f"{found.registered.isoformat()}T{9 + at:02}:{found.number % 60:02}:00Z",
        "statustoelichting": "",
        "indicatieLaatstGezetteStatus": at == found.stage - 1,
        "zaakinformatieobjecten": [],
    }


def _resultaat(town: Town, links: Links, found: Zaak, at: int) -> Record:
    return {"resultaattype": links.type("resultaattypen", found.type * MOST + (found.result or 0)), "toelichting": ""}


def _rol(town: Town, links: Links, found: Zaak, at: int) -> Record:
    omschrijving, generiek = ROLLEN[at]
    who = ("medewerker", _medewerker(found)) if at else _initiator(town, found)
    return {
        "betrokkeneType": who[0],
        "afwijkendeNaamBetrokkene": "",
        "roltype": links.type("roltypen", found.type * MOST + at),
        "omschrijving": omschrijving,
        "omschrijvingGeneriek": generiek,
        "roltoelichting": omschrijving,
        "registratiedatum": f"{found.registered.isoformat()}T09:00:00Z",
        "indicatieMachtiging": "",
        "contactpersoonRol": None,
        "statussen": [],
        "betrokkeneIdentificatie": who[1],
    }


def _medewerker(found: Zaak) -> Record:
    number = found.number % 25
    return {
        "identificatie": f"medewerker{number:03}",
        "achternaam": f"Ambtenaar {number}",
        "voorletters": "A.",
        "voorvoegselAchternaam": "",
    }


def _initiator(town: Town, found: Zaak) -> tuple[str, Record]:
    """Who started it: a business of the town, or a fictional person."""
    if found.business:
        business = businesses.business(town, found.number % businesses.count(town))
        place = business.vestigingen[0]
        return "vestiging", {
            "vestigingsNummer": place.vestigingsnummer,
            "handelsnaam": [place.naam],
            "kvkNummer": business.kvk_nummer,
        }
    return "natuurlijk_persoon", {
        "inpBsn": cases.bsn(town, found.number),
        "anpIdentificatie": "",
        "geslachtsnaam": f"Vlekkerdammer {found.number % 997}",
        "voorvoegselGeslachtsnaam": "",
        "voorletters": "V.",
        "voornamen": "",
        "geslachtsaanduiding": "",
        "geboortedatum": "",
    }


def _object(town: Town, links: Links, found: Zaak, at: int) -> Record:
    address = town.address(found.address)
    identificatie = {
        "identificatie": address.identificatie,
        "wplWoonplaatsNaam": WOONPLAATS,
        "gorOpenbareRuimteNaam": address.street.naam,
        "huisnummer": address.huisnummer,
        "huisletter": address.huisletter or "",
        "huisnummertoevoeging": address.huisnummertoevoeging or "",
        "postcode": address.postcode,
    }
    return {
        "object": "",
        "zaakobjecttype": links.type("zaakobjecttypen", found.type * MOST),
        "objectType": "adres",
        "relatieomschrijving": "Waar het over gaat",
        "objectIdentificatie": identificatie,
    }


def _contact(town: Town, links: Links, found: Zaak, at: int) -> Record:
    return {
        "identificatie": f"KC{found.number:010}",
        "datumtijd": f"{found.registered.isoformat()}T14:30:00Z",
        "kanaal": cases.channel(found.number),
        "onderwerp": "Stand van zaken",
        "toelichting": "",
    }


def _document(town: Town, links: Links, found: Zaak, at: int) -> Record:
    return {
        "informatieobject": f"{links.elsewhere}/documenten/{uuid(0x20, found.number * MOST + at)}",
        "aardRelatieWeergave": "Hoort bij, omgekeerd: kent",
        "titel": ("Aanvraag", "Bijlage")[at],
        "beschrijving": "",
        "registratiedatum": f"{found.registered.isoformat()}T10:00:00Z",
        "vernietigingsdatum": None,
        "status": None,
    }


def _elsewhere(field: str, kind: int) -> Callable[[Town, Links, Zaak, int], Record]:
    """A relation to a thing that another API has."""
    return lambda town, links, found, at: {field: f"{links.elsewhere}/{field}/{uuid(kind, found.number)}"}


def _eigenschap(town: Town, links: Links, found: Zaak, at: int) -> Record:
    about = links.type("eigenschappen", found.type * MOST)
    return {"eigenschap": about, "naam": "wijk", "waarde": f"Wijk {found.address % 9 + 1}"}


#: What hangs on a zaak, by the word of the API.
HANGING = {
    "statussen": Hanging(2, lambda zaak: zaak.stage, _status),
    "resultaten": Hanging(3, lambda zaak: int(zaak.result is not None), _resultaat),
    "rollen": Hanging(4, lambda zaak: len(ROLLEN), _rol),
    "zaakobjecten": Hanging(5, lambda zaak: 1, _object),
    "klantcontacten": Hanging(6, lambda zaak: int(zaak.number % 4 == 0), _contact),
    "zaakinformatieobjecten": Hanging(7, lambda zaak: 1 + zaak.number % 2, _document),
    "zaakcontactmomenten": Hanging(8, lambda zaak: int(zaak.number % 4 == 1), _elsewhere("contactmoment", 0x21)),
    "zaakverzoeken": Hanging(9, lambda zaak: int(zaak.number % 5 == 0), _elsewhere("verzoek", 0x22)),
    "zaakeigenschappen": Hanging(10, lambda zaak: 1, _eigenschap, "/zaakeigenschappen"),
    "besluiten": Hanging(
        11,
        lambda zaak: int(zaak.closed is not None and zaak.type // VERSIONS in _DECIDED),
        _elsewhere("besluit", 0x23),
        "/besluiten",
    ),
}


def _urls(links: Links, name: str, found: Zaak) -> list[str]:
    thing = HANGING[name]
    return [thing.url(links, name, found.number, at) for at in range(thing.many(found))]


def _point(town: Town, found: Zaak) -> Record:
    address = town.address(found.address)
    return {"type": "Point", "coordinates": list(degrees(address.x, address.y))}


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def numbers(town: Town, name: str, zaken: Iterable[int]) -> list[int]:
    """The numbers of all that hangs on these zaken."""
    many = HANGING[name].many
    return [number * MOST + at for number in zaken for at in range(many(cases.zaak(town, number)))]
