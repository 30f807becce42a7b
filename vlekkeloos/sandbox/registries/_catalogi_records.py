"""A number in; a part of the municipality's catalogus of zaaktypen, as the ZGW Catalogi API tells it, out.

What hangs on a version of a zaaktype has that version's number times MOST plus its own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from vlekkeloos.sandbox.addresses import GEMEENTE
from vlekkeloos.sandbox.cases import (
    ORGANISATIE,
    RESULTATEN,
    ROLLEN,
    SECOND,
    STATUSSEN,
    TYPES,
    VERSIONS,
    begin,
    uuid,
)

Record = dict[str, Any]

#: The kind in the uuid of each resource, and how many of one thing hang on a zaaktype at most.
KINDS = {
    "catalogussen": 0x100,
    "zaaktypen": 0x101,
    "statustypen": 0x102,
    "resultaattypen": 0x103,
    "roltypen": 0x104,
    "eigenschappen": 0x105,
    "informatieobjecttypen": 0x106,
    "besluittypen": 0x107,
    "zaakobjecttypen": 0x108,
    "zaaktype-informatieobjecttypen": 0x109,
}
MOST = 4

#: The version of a zaaktype that is still being written, beyond those that count.
CONCEPT = len(TYPES) * VERSIONS
DOCUMENTS = ("Aanvraag", "Besluit", "Bijlage")

#: How many of it hang on a version of a zaaktype.
MANY = {
    "statustypen": len(STATUSSEN),
    "resultaattypen": len(RESULTATEN),
    "roltypen": len(ROLLEN),
    "eigenschappen": 1,
    "zaakobjecttypen": 1,
    "zaaktype-informatieobjecttypen": 2,
}


def numbers(resource: str, version: int | None = None) -> list[int]:
    """The numbers of all records of a resource, or of those that hang on one version of a zaaktype."""
    if resource in MANY:
        versions = range(CONCEPT) if version is None else [version]
        return [each * MOST + at for each in versions for at in range(MANY[resource])]
    return list(range({"zaaktypen": CONCEPT + 1, "informatieobjecttypen": len(DOCUMENTS)}.get(resource, 1)))


def record(base: str, resource: str, number: int) -> Record:
    """One record; ``base`` is the API's URL."""
    return {"url": _url(base, resource, number)} | _TELL[resource](base, number)


def _url(base: str, resource: str, number: int) -> str:
    return f"{base}/{resource}/{uuid(KINDS[resource], number)}"


def _hanging(base: str, resource: str, version: int) -> list[str]:
    return [_url(base, resource, number) for number in numbers(resource, version)] if version != CONCEPT else []


def _catalogus(base: str, number: int) -> Record:
    return {
        "domein": "VLEK",
        "rsin": ORGANISATIE,
        "contactpersoonBeheerNaam": "Functioneel beheer",
        "contactpersoonBeheerTelefoonnummer": "",
        "contactpersoonBeheerEmailadres": "zaaktypen@vlekkerdam.example",
        "zaaktypen": [_url(base, "zaaktypen", each) for each in range(CONCEPT)],
        "besluittypen": [_url(base, "besluittypen", 0)],
        "informatieobjecttypen": [_url(base, "informatieobjecttypen", each) for each in range(len(DOCUMENTS))],
        "naam": f"Zaaktypen van {GEMEENTE}",
        "versie": "2",
        "begindatumVersie": SECOND.isoformat(),
    }


def _zaaktype(base: str, number: int) -> Record:
    concept = number == CONCEPT
    kind, version = divmod(number, VERSIONS)
    identificatie, title, days, _ = TYPES[0] if concept else TYPES[kind]
    return {
        "identificatie": identificatie,
        "omschrijving": title,
        "omschrijvingGeneriek": "",
        "vertrouwelijkheidaanduiding": "zaakvertrouwelijk" if kind in (2, 3) else "openbaar",
        "doel": f"{title}, zoals de wet het vraagt",
        "aanleiding": "Een aanvraag of melding",
        "toelichting": "",
        "indicatieInternOfExtern": "extern",
        "handelingInitiator": "aanvragen",
        "onderwerp": title,
        "handelingBehandelaar": "behandelen",
        "doorlooptijd": f"P{days}D",
        "servicenorm": None,
        "opschortingEnAanhoudingMogelijk": True,
        "verlengingMogelijk": kind == 1,
        "verlengingstermijn": "P42D" if kind == 1 else None,
        "trefwoorden": [title.split(maxsplit=1)[0].lower()],
        "publicatieIndicatie": kind == 1,
        "publicatietekst": "",
        "verantwoordingsrelatie": [],
        "productenOfDiensten": [],
        "referentieproces": {"naam": title},
        "verantwoordelijke": GEMEENTE,
        "zaakobjecttypen": _hanging(base, "zaakobjecttypen", number),
        "catalogus": _url(base, "catalogussen", 0),
        "statustypen": _hanging(base, "statustypen", number),
        "resultaattypen": _hanging(base, "resultaattypen", number),
        "eigenschappen": _hanging(base, "eigenschappen", number),
        # a text, the file says
        "informatieobjecttypen": _url(base, "informatieobjecttypen", 0),
        "roltypen": _hanging(base, "roltypen", number),
        "besluittypen": [_url(base, "besluittypen", 0)] if kind == 1 else [],
        "deelzaaktypen": [],
        "gerelateerdeZaaktypen": [],
        **(_valid(date(2030, 1, 1), None) if concept else _valid(begin(version), None if version else SECOND)),
        "versiedatum": begin(version).isoformat(),
        "concept": concept,
    }


def _of_type(base: str, number: int) -> tuple[int, Record]:
    """The number within its version of a zaaktype, and what says which version that is."""
    version, at = divmod(number, MOST)
    kind = {
        "zaaktype": _url(base, "zaaktypen", version),
        "zaaktypeIdentificatie": TYPES[version // VERSIONS][0],
        "catalogus": _url(base, "catalogussen", 0),
    }
    return at, kind


def _since(number: int) -> Record:
    version = number // MOST % VERSIONS
    return _valid(begin(version), None if version else SECOND)


def _valid(begun: date, ended: date | None) -> Record:
    return {
        "beginGeldigheid": begun.isoformat(),
        "eindeGeldigheid": ended and ended.isoformat(),
        "beginObject": begin(0).isoformat(),
        "eindeObject": None,
    }


def _statustype(base: str, number: int) -> Record:
    at, kind = _of_type(base, number)
    return kind | {
        "omschrijving": STATUSSEN[at],
        "omschrijvingGeneriek": "",
        "statustekst": "",
        "volgnummer": at + 1,
        "isEindstatus": at == len(STATUSSEN) - 1,
        "informeren": at == 0,
        "doorlooptijd": None,
        "toelichting": None,
        "checklistitemStatustype": [],
        "eigenschappen": [],
        **_since(number),
    }


def _resultaattype(base: str, number: int) -> Record:
    at, kind = _of_type(base, number)
    keep = TYPES[number // MOST // VERSIONS][3]
    return kind | {
        "omschrijving": RESULTATEN[at],
        "resultaattypeomschrijving": f"{base}/omschrijvingen/{RESULTATEN[at].lower()}",
        "omschrijvingGeneriek": RESULTATEN[at],
        "selectielijstklasse": f"{base}/selectielijst/{at + 1}",
        "toelichting": "",
        "archiefnominatie": keep,
        "archiefactietermijn": "P10Y" if keep == "vernietigen" else None,
        "brondatumArchiefprocedure": {
            "afleidingswijze": "afgehandeld",
            "datumkenmerk": "",
            "einddatumBekend": False,
            "objecttype": "",
            "registratie": "",
            "procestermijn": None,
        },
        "procesobjectaard": None,
        "indicatieSpecifiek": None,
        "procestermijn": None,
        "besluittypen": [],
        "besluittypeOmschrijving": [],
        "informatieobjecttypen": [],
        "informatieobjecttypeOmschrijving": [],
        **_since(number),
    }


def _roltype(base: str, number: int) -> Record:
    at, kind = _of_type(base, number)
    return kind | {"omschrijving": ROLLEN[at][0], "omschrijvingGeneriek": ROLLEN[at][1], **_since(number)}


def _eigenschap(base: str, number: int) -> Record:
    _, kind = _of_type(base, number)
    return kind | {
        "naam": "wijk",
        "definitie": "De wijk waar het over gaat",
        "specificatie": {
            "groep": "",
            "formaat": "tekst",
            "lengte": "20",
            "kardinaliteit": "1",
            "waardenverzameling": [],
        },
        "toelichting": "",
        "statustype": None,
        **_since(number),
    }


def _informatieobjecttype(base: str, number: int) -> Record:
    return {
        "catalogus": _url(base, "catalogussen", 0),
        "omschrijving": DOCUMENTS[number],
        "vertrouwelijkheidaanduiding": "zaakvertrouwelijk",
        **_valid(begin(0), None),
        "concept": False,
        # a text, the file says
        "zaaktypen": _url(base, "zaaktypen", 0),
        "besluittypen": [_url(base, "besluittypen", 0)] if number == 1 else [],
        "informatieobjectcategorie": "brief",
        "trefwoord": [],
        "omschrijvingGeneriek": {
            "informatieobjecttypeOmschrijvingGeneriek": DOCUMENTS[number],
            "definitieInformatieobjecttypeOmschrijvingGeneriek": "Een stuk bij een zaak",
            "herkomstInformatieobjecttypeOmschrijvingGeneriek": "gemeente",
            "hierarchieInformatieobjecttypeOmschrijvingGeneriek": "",
            "opmerkingInformatieobjecttypeOmschrijvingGeneriek": None,
        },
    }


def _besluittype(base: str, number: int) -> Record:
    return {
        "catalogus": _url(base, "catalogussen", 0),
        "zaaktypen": [_url(base, "zaaktypen", version) for version in range(2, 2 + VERSIONS)],
        "omschrijving": "Besluit op een vergunning",
        "omschrijvingGeneriek": "",
        "besluitcategorie": "",
        "reactietermijn": "P42D",
        "publicatieIndicatie": True,
        "publicatietekst": "",
        "publicatietermijn": None,
        "toelichting": "",
        "informatieobjecttypen": [_url(base, "informatieobjecttypen", 1)],
        **_valid(begin(0), None),
        "concept": False,
        "resultaattypen": [],
        "resultaattypenOmschrijving": [],
        "vastgelegdIn": [DOCUMENTS[1]],
    }


def _zaakobjecttype(base: str, number: int) -> Record:
    _, kind = _of_type(base, number)
    return kind | {
        "anderObjecttype": False,
        "objecttype": f"{base}/objecttypen/adres",
        "relatieOmschrijving": "Waar het over gaat",
        "resultaattypen": [],
        "statustypen": [],
        **_since(number),
    }


def _document_of_type(base: str, number: int) -> Record:
    at, kind = _of_type(base, number)
    return kind | {
        "informatieobjecttype": DOCUMENTS[at],
        "volgnummer": at + 1,
        "richting": ("inkomend", "uitgaand")[at],
        "statustype": None,
    }


_TELL = {
    "catalogussen": _catalogus,
    "zaaktypen": _zaaktype,
    "statustypen": _statustype,
    "resultaattypen": _resultaattype,
    "roltypen": _roltype,
    "eigenschappen": _eigenschap,
    "informatieobjecttypen": _informatieobjecttype,
    "besluittypen": _besluittype,
    "zaakobjecttypen": _zaakobjecttype,
    "zaaktype-informatieobjecttypen": _document_of_type,
}
