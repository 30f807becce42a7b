"""A Town and a number in; a fictional zaak, and a zaaktype of the municipality's catalogus, out.

There are four zaken an address, numbered in the order in which they were registered, 40 a day. A zaak's uuid holds
its number, so that any zaak is found without a list of them. Zaaktypen have versions: the number of one is that of
its type times VERSIONS plus that of the version.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import pyarrow as pa

from vlekkeloos.sandbox.addresses import GEMEENTE
from vlekkeloos.sandbox.businesses import rsin
from vlekkeloos.sandbox.mistakes import Truth
from vlekkeloos.sandbox.registries.town import Town

A_DAY, AN_ADDRESS = 40, 4
FIRST_DAY = date(2019, 1, 1)

#: The rsin of the municipality, which no business has.
ORGANISATIE = rsin(99_999)

#: Identificatie, omschrijving, days that it may take, what becomes of its dossier.
TYPES = (
    ("B0101", "Melding openbare ruimte behandelen", 14, "vernietigen"),
    ("B0231", "Omgevingsvergunning verlenen", 56, "blijvend_bewaren"),
    ("B0345", "Verhuizing verwerken", 5, "vernietigen"),
    ("B0412", "Bezwaar tegen WOZ-waarde behandelen", 84, "vernietigen"),
    ("B0518", "Evenementenvergunning verlenen", 56, "vernietigen"),
    ("B0620", "Parkeervergunning verlenen", 7, "vernietigen"),
    ("B0733", "Naamgeving openbare ruimte vaststellen", 42, "blijvend_bewaren"),
)
#: Versions of a zaaktype, and the day on which the second took over from the first.
VERSIONS, SECOND = 2, date(2022, 1, 1)

STATUSSEN = ("Ontvangen", "In behandeling", "Besluit genomen", "Afgehandeld")
RESULTATEN = ("Verleend", "Geweigerd", "Afgebroken")
ROLLEN = (("Aanvrager", "initiator"), ("Behandelaar", "behandelaar"))
#: Confidential as a municipality has them: of a person's zaken, and of the others.
_OPENNESS = ("openbaar", "zaakvertrouwelijk")
_CHANNELS = ("Balie", "Website", "Telefoon", "Post")


class Zaak(NamedTuple):
    """A case. ``type`` is the number of a version of a zaaktype, ``stage`` how many statussen it has had."""

    number: int
    identificatie: str
    type: int
    registered: date
    due: date
    closed: date | None
    stage: int
    result: int | None
    address: int
    business: bool
    omschrijving: str
    vertrouwelijk: str
    archiefactie: date | None


def count(town: Town) -> int:
    """How many zaken there are."""
    return town.addresses * AN_ADDRESS


def zaak(town: Town, number: int) -> Zaak:
    """The zaak with that number, counted from 0. Raises IndexError if there are not so many."""
    if not 0 <= number < count(town):
        raise IndexError(f"the town has {count(town)} zaken")
    draw = _mix(town.seed, number)
    registered = FIRST_DAY + timedelta(days=number // A_DAY)
    kind = draw % len(TYPES)
    _, title, days, nominatie = TYPES[kind]
    took = 1 + (draw >> 8) % (days * 2)
    # the last tenth of the zaken are under way
    open_ = number * 10 >= count(town) * 9
    closed = None if open_ else registered + timedelta(days=took)
    archive = closed.replace(year=closed.year + 10, day=1) if closed and nominatie == "vernietigen" else None
    return Zaak(
        number,
        f"ZAAK-{registered.year}-{number + 1:010}",
        kind * VERSIONS + (registered >= SECOND),
        registered,
        registered + timedelta(days=days),
        closed,
        1 + (draw >> 16) % (len(STATUSSEN) - 1) if open_ else len(STATUSSEN),
        None if open_ else (draw >> 20) % len(RESULTATEN),
        (draw >> 24) % town.addresses,
        (draw >> 28) % 4 == 0,
        f"{title} {number + 1}",
        _OPENNESS[kind in (2, 3)],
        archive,
    )


def channel(number: int) -> str:
    """How a zaak came in."""
    return _CHANNELS[number % len(_CHANNELS)]


def bsn(town: Town, number: int) -> str:
    """The fictional BSN of who started a zaak: it begins with 9999 and passes the elfproef."""
    return _bsns()[_mix(town.seed, number, 7) % len(_bsns())]


def uuid(kind: int, number: int) -> str:
    """The uuid (version 4 in form) of thing ``number`` of a kind; :func:`number_of` is its inverse."""
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def number_of(kind: int, text: str) -> int | None:
    """The number in a uuid of that kind, None for any other text."""
    try:
        number = UUID(text).int & (1 << 48) - 1
    except ValueError:
        return None
    return number if text.lower() == uuid(kind, number) else None


def begin(version: int) -> date:
    """From when a version of a zaaktype, the first (0) or the second (1), counts."""
    return SECOND if version else date(2015, 1, 1)


def zaken(town: Town) -> pa.Table:
    """The cases as the old case system had them, with what :func:`planted_zaken` tells."""
    wrong = {(line.key, line.field): line.left for line in planted_zaken(town) if line.field}
    lost = {line.key for line in planted_zaken(town) if line.kind == "missing_left"}
    rows = []
    for number in range(count(town)):
        found = zaak(town, number)
        row = {
            "zaaknummer": found.identificatie,
            "onderwerp": found.omschrijving,
            "startdatum": found.registered.isoformat(),
            "einddatum": found.closed and found.closed.isoformat(),
            "bewaren": TYPES[found.type // VERSIONS][3],
            "behandelaar": f"team {found.number % 5 + 1}",
        }
        key = found.identificatie
        if key not in lost:
            rows.append(row | {name: wrong[key, name] for name in row if (key, name) in wrong})
    rows.append(rows[0] | {"zaaknummer": _UNKNOWN, "onderwerp": "Nooit overgezet"})
    return pa.Table.from_pylist(rows)


_UNKNOWN = "ZAAK-2018-0000000001"


def planted_zaken(town: Town) -> list[Truth]:
    """What is wrong in that system, as reconcile must report it; the fields are those of the old system."""
    numbers = town.chance("zaken").sample(range(count(town) // 2), 3)
    started, title, lost = (zaak(town, number) for number in numbers)
    before = (started.registered - timedelta(days=30)).isoformat()
    return [
        Truth(
            started.identificatie, "startdatum", "differs", before, started.registered.isoformat(), "of the letter"
        ),
        Truth(title.identificatie, "onderwerp", "differs", "Diversen", title.omschrijving, "never described"),
        Truth(lost.identificatie, "", "missing_left", "", "", "only in the new system"),
        Truth(_UNKNOWN, "", "missing_right", "", "", "never migrated"),
    ]


def zaaktypen() -> pa.Table:
    """The municipality's own table of zaaktypen, with what :func:`planted_zaaktypen` tells."""
    rows = [
        {"identificatie": kind, "omschrijving": title, "doorlooptijd": f"P{days}D", "afdeling": GEMEENTE}
        for kind, title, days, _ in TYPES[:-1]
    ]
    wrong = {line.key: {line.field: line.left} for line in planted_zaaktypen() if line.field}
    return pa.Table.from_pylist([row | wrong.get(row["identificatie"], {}) for row in rows])


def planted_zaaktypen() -> list[Truth]:
    """What is wrong in that table, as reconcile must report it."""
    return [
        Truth(TYPES[3][0], "doorlooptijd", "differs", "P42D", "P84D", "before the law changed"),
        Truth(TYPES[-1][0], "", "missing_left", "", "", "not in use at the desk"),
    ]


def _mix(*numbers: int) -> int:
    """A number of 48 bits that looks like chance, the same for the same numbers (a step of splitmix64 each)."""
    mixed = 0
    for number in numbers:
        mixed = (mixed ^ number) + 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        mixed ^= mixed >> 31
    return mixed >> 16


@lru_cache
def _bsns() -> list[str]:
    """Every number from 9999 00000 on that passes the elfproef (weights 9 8 7 6 5 4 3 2 -1)."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    numbers = (f"9999{rest:05}" for rest in range(100_000))
    return [n for n in numbers if sum(w * int(d) for w, d in zip(weights, n, strict=True)) % 11 == 0]
