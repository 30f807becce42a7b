"""A Town and a number in; a fictional onderneming with its vestigingen out, as the KVK Handelsregister knows it.

Every fifth address has one. The numbers are made up but well formed: a kvkNummer has 8 digits, a vestigingsnummer
12, an rsin passes the elfproef. Between two kvkNummers that are given out lie some that are not.
"""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from vlekkeloos.sandbox.addresses import Address, other_postcode
from vlekkeloos.sandbox.mistakes import Truth
from vlekkeloos.sandbox.registries.town import Town

#: Rechtsvorm, uitgebreideRechtsvorm, what stands before and after its name; None for who has no rsin.
FORMS = (
    ("Eenmanszaak", "Eenmanszaak", "", ""),
    ("BeslotenVennootschap", "Besloten Vennootschap met gewone structuur", "", " B.V."),
    ("VennootschapOnderFirma", "Vennootschap onder firma", "V.O.F. ", ""),
    ("Stichting", "Stichting", "Stichting ", ""),
    ("Vereniging", "Vereniging met volledige rechtsbevoegdheid", "Vereniging ", ""),
    ("NaamlozeVennootschap", "Naamloze Vennootschap", "", " N.V."),
)
#: Codes and words of the Standaard Bedrijfsindeling (SBI 2008).
SBI = (
    ("47241", "Winkels in brood en banket"),
    ("96021", "Haarverzorging"),
    ("43210", "Elektrotechnische bouwinstallatie"),
    ("6201", "Ontwikkelen, produceren en uitgeven van software"),
    ("56101", "Restaurants"),
    ("4520", "Handel in en reparatie van auto's"),
    ("8621", "Praktijken van huisartsen"),
    ("0113", "Teelt van groenten en wortel- en knolgewassen"),
)
_FIRST = ("Bakkerij", "Kapsalon", "Installatiebedrijf", "Software", "Restaurant", "Garage", "Praktijk", "Kwekerij")
_SECOND = (
    "Zonneveld",
    "Waterman",
    "De Gouden Leeuw",
    "Het Anker",
    "Van Vlek",
    "De Drie Linden",
    "Noorderlicht",
    "Veldzicht",
    "De Witte Raaf",
    "Sterrenwacht",
)

#: Every so many addresses there is a business.
EVERY = 5
FIRST_KVK, STEP_KVK = 90_000_013, 7
FIRST_VESTIGING, MOST_VESTIGINGEN = 900_000_000, 4


class Vestiging(NamedTuple):
    """A place where an onderneming works; ``adres`` is one of the town's."""

    vestigingsnummer: str
    hoofd: bool
    naam: str
    adres: Address
    voltijd: int
    deeltijd: int


class Business(NamedTuple):
    """An onderneming: the first of ``vestigingen`` is its hoofdvestiging. Dates are YYYYMMDD, ``einde`` if any."""

    number: int
    kvk_nummer: str
    rsin: str | None
    rechtsvorm: str
    uitgebreide_rechtsvorm: str
    naam: str
    handelsnaam: str
    aanvang: str
    geregistreerd: str
    einde: str | None
    sbi: tuple[str, str]
    vestigingen: tuple[Vestiging, ...]


def count(town: Town) -> int:
    """How many there are."""
    return max(1, town.addresses // EVERY)


def business(town: Town, number: int) -> Business:
    """The onderneming with that number, counted from 0. Raises IndexError if there are not so many."""
    if not 0 <= number < count(town):
        raise IndexError(f"the town has {count(town)} businesses")
    chance = town.chance("business", number)
    rechtsvorm, uitgebreid, before, after = FORMS[min(int(chance.random() * 9), len(FORMS) - 1)]
    trade = int(chance.random() * len(_FIRST))
    name = f"{_FIRST[trade]} {_SECOND[number % len(_SECOND)]}"
    if turn := number // len(_SECOND):
        name += f" {turn + 1}"
    year, day = (
        1995 + int(chance.random() * 30),
        f"{1 + int(chance.random() * 12):02}{1 + int(chance.random() * 28):02}",
    )
    places = 1 + (chance.random() < 0.25) + (chance.random() < 0.1)
    vestigingen = tuple(_vestiging(town, number, at, name, chance.random()) for at in range(places))
    return Business(
        number,
        f"{FIRST_KVK + number * STEP_KVK:08}",
        None if rechtsvorm == "Eenmanszaak" else rsin(number),
        rechtsvorm,
        uitgebreid,
        before + name + after,
        name,
        f"{year}{day}",
        f"{year + 1}{day}",
        f"{year + 2}1231" if chance.random() < 0.05 else None,
        SBI[trade],
        vestigingen,
    )


def by_kvk_nummer(town: Town, kvk_nummer: str) -> Business | None:
    """The onderneming with that kvkNummer, None if it isn't given out."""
    number, between = divmod(int(kvk_nummer) - FIRST_KVK, STEP_KVK)
    return business(town, number) if between == 0 and 0 <= number < count(town) else None


def by_vestigingsnummer(town: Town, vestigingsnummer: str) -> tuple[Business, Vestiging] | None:
    """The vestiging with that number and whose it is, None if it isn't given out."""
    number, at = divmod(int(vestigingsnummer) - FIRST_VESTIGING, MOST_VESTIGINGEN)
    if not 0 <= number < count(town):
        return None
    found = business(town, number)
    return (found, found.vestigingen[at]) if at < len(found.vestigingen) else None


def rsin(number: int) -> str:
    """An rsin that passes the elfproef, another for every number (weights 9 8 7 6 5 4 3 2 -1)."""
    for digits in (f"85{number:05}0", f"85{number:05}1"):
        check = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
        # the two differ by 2, so that not both have the check that no digit is
        if check < 10:
            return f"{digits}{check}"
    raise AssertionError("unreachable")


def bedrijven(town: Town) -> pa.Table:
    """The municipality's own list of businesses, with what :func:`planted_bedrijven` tells."""
    wrong = {(line.key, line.field): line.left for line in planted_bedrijven(town)}
    rows = []
    for number in range(count(town)):
        found = business(town, number)
        main = found.vestigingen[0]
        key = found.kvk_nummer
        row = {
            "kvkNummer": key,
            "naam": found.naam,
            "rechtsvorm": found.rechtsvorm,
            "aanvang": found.aanvang,
            "postcode": main.adres.postcode,
            "huisnummer": main.adres.huisnummer,
            "branche": found.sbi[1],
        }
        rows.append(row | {name: _like(row[name], wrong[key, name]) for name in row if (key, name) in wrong})
    unknown = rows[0] | {"kvkNummer": _unknown(town), "naam": "Bakkerij Nergenshuizen"}
    return pa.Table.from_pylist([*rows, unknown])


def planted_bedrijven(town: Town) -> list[Truth]:
    """What is wrong in that list, as reconcile must report it."""
    chosen = town.chance("bedrijven").sample(range(count(town)), 3)
    postcode, naam, huisnummer = (business(town, number) for number in chosen)
    right, house = postcode.vestigingen[0].adres.postcode, huisnummer.vestigingen[0].adres.huisnummer
    return [
        Truth(postcode.kvk_nummer, "postcode", "differs", other_postcode(right), right, "typed wrongly"),
        Truth(naam.kvk_nummer, "naam", "differs", f"{naam.naam} en Zonen", naam.naam, "an earlier name"),
        Truth(huisnummer.kvk_nummer, "huisnummer", "differs", str(house + 2), str(house), "an earlier house"),
        Truth(_unknown(town), "", "missing_right", "", "", "never registered"),
    ]


def vestigingen(town: Town) -> pa.Table:
    """Where the municipality thinks that businesses work, with what is told to be planted in it."""
    wrong = {(line.key, line.field): line.left for line in planted_vestigingen(town)}
    unknown = {line.key for line in planted_in_plaats(town) if line.kind == "missing_left"}
    rows = []
    for number in range(count(town)):
        for place in business(town, number).vestigingen:
            key = place.vestigingsnummer
            row = {
                "vestigingsnummer": key,
                "nummeraanduiding": place.adres.identificatie,
                "naam": place.naam,
                "werkzamePersonen": place.voltijd + place.deeltijd,
                "vergunning": "terras" if number % 9 == 0 else "",
            }
            if key not in unknown:
                rows.append(row | {name: _like(row[name], wrong[key, name]) for name in row if (key, name) in wrong})
    return pa.Table.from_pylist(rows)


def planted_in_plaats(town: Town) -> list[Truth]:
    """Who is in that list and not in the place, or the reverse, as reconcile must report it."""
    everyone = [business(town, number) for number in range(count(town))]
    # of who has ended, nothing is found; the last that has not was overlooked
    ended = [place.vestigingsnummer for found in everyone if found.einde for place in found.vestigingen]
    overlooked = [found for found in everyone if not found.einde][-1].vestigingen[0].vestigingsnummer
    return [
        *(Truth(nummer, "", "missing_right", "", "", "ended") for nummer in ended),
        Truth(overlooked, "", "missing_left", "", "", "overlooked"),
    ]


def planted_vestigingen(town: Town) -> list[Truth]:
    """What is wrong in that list, as reconcile must report it."""
    moved, grown = (business(town, number).vestigingen[0] for number in
                    town.chance("vestigingen").sample(range(count(town) // 2), 2))  # fmt: skip
    people = grown.voltijd + grown.deeltijd
    elsewhere = town.address((moved.adres.number + 1) % town.addresses).identificatie
    here = moved.adres.identificatie
    return [
        Truth(moved.vestigingsnummer, "nummeraanduiding", "differs", elsewhere, here, "moved"),
        Truth(grown.vestigingsnummer, "werkzamePersonen", "differs", str(people + 3), str(people), "counted wrongly"),
    ]


def _like(value: object, text: str) -> object:
    """The text as what the value is."""
    return int(text) if isinstance(value, int) else text


def _unknown(town: Town) -> str:
    """A kvkNummer that is not given out."""
    return f"{FIRST_KVK + count(town) * STEP_KVK + 1:08}"


def _vestiging(town: Town, number: int, at: int, name: str, draw: float) -> Vestiging:
    address = town.address((number * EVERY + at * 3) % town.addresses)
    nummer = f"{FIRST_VESTIGING + number * MOST_VESTIGINGEN + at:012}"
    trading = name if at == 0 else f"{name} {address.street.naam}"
    return Vestiging(nummer, at == 0, trading, address, 1 + int(draw * 12), int(draw * 100) % 5)
