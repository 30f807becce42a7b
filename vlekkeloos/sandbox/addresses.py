"""A seed and a number in; the streets and addresses of the fictional municipality of Vlekkerdam out.

What this module yields is the truth: what the BAG says and what the municipal registry should say. It
streams, and the address with number i is the same for every size of the municipality, so that any part can
make its own pass over it in constant memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

#: No municipality has this code, and no woonplaats the other.
GEMEENTECODE, GEMEENTE = "9998", "Vlekkerdam"
WOONPLAATSCODE, WOONPLAATS = "9997", "Vlekkerdam"

#: More than this the supply of street names and postcodes doesn't carry.
MOST_ADDRESSES = 5_000_000

ISSUED, WITHDRAWN = "Naamgeving uitgegeven", "Naamgeving ingetrokken"

#: The corner of the rectangle that holds all streets, in metres of the Rijksdriehoeksstelsel (EPSG:28992).
WEST, SOUTH = 150_000, 440_000
STREETS_A_ROW, COLUMN_WIDTH, ROW_HEIGHT = 160, 120, 60

_STEM_LIST = """
Kerk Molen Dorps School Station Haven Brink Markt Linden Eiken Beuken Kastanje Iepen Populieren Wilgen Elzen
Esdoorn Berken Meidoorn Sleedoorn Vlier Hazelaar Rozen Tulpen Narcissen Anjelier Dahlia Lelie Viooltjes
Klaver Boterbloem Madelief Zonnebloem Korenbloem Klaproos Merel Lijster Vink Mees Zwaluw Leeuwerik Kievit
Grutto Wulp Reiger Ooievaar Zwanen Eenden Ganzen Fazanten Patrijs Kwartel Koekoek Specht Uilen Valken
Sperwer Buizerd Adelaar Raven Bever Otter Dassen Vossen Hazen Egel Eekhoorn Zalm Snoek Baars Karper Paling
Forel Smids Bakkers Brouwers Wevers Schippers Vissers Kuipers Timmerlieden Metselaars Leerlooiers
Touwslagers Koningin Prinsen Graven Hertogen Ridder Burgemeester Wethouder Notaris Doctors Apothekers Domine
Kloosters Abdij Kapel Toren Poort Wal Gracht Kade Brug Sluis Dijk Polder Weide Akker Heide Duin Veen Broek
Horst Berg Zon Maan Sterren Regenboog Noorder Zuider Ooster Wester Water Wind Zand Klei Steen Turf Zout Vlas
Hooi Coöperatie Patiënten Vredes Vrijheids Eendrachts Nijverheids Handels Ambachts Industrie Energie
Techniek Sport Zwembad IJsbaan Renbaan Theater Muziek Schilders Dichters Componisten Planeten Saturnus
Jupiter Orion Pluto Mercurius Neptunus
"""
_STEMS = _STEM_LIST.split()
_ENDING_LIST = "straat laan weg plein hof pad singel dreef kade steeg park dijk ring akker wijk baan"
_ENDINGS = _ENDING_LIST.split()
_BEFORE = (
    "",
    "Nieuwe ",
    "Oude ",
    "Lange ",
    "Korte ",
    "Hoge ",
    "Lage ",
    "Grote ",
    "Kleine ",
    "Eerste ",
    "Tweede ",
)
_AFTER = ("", " Noord", " Oost", " Zuid", " West")

_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
#: Postcodes never end in these (PostNL).
_NEVER = ("SA", "SD", "SS")
_PAIRS = [a + b for a in _LETTERS for b in _LETTERS if a + b not in _NEVER]
_FIRST_PC4 = 3900


class Street(NamedTuple):
    """An openbare ruimte. ``begin`` is the date of its naming, ISO 8601."""

    number: int
    identificatie: str
    naam: str
    begin: str


class Period(NamedTuple):
    """When a voorkomen held: ``begin`` <= day < ``end``, both ISO 8601; ``end`` None while it holds.

    An ``inactive`` voorkomen was wrong from its first day and was corrected on that date.
    """

    number: int
    begin: str
    end: str | None = None
    inactive: str | None = None


class Address(NamedTuple):
    """A nummeraanduiding with its verblijfsobject, as valid in ``period``; ``earlier`` voorkomens in order.

    ``x`` and ``y`` in metres (EPSG:28992), ``oppervlakte`` in square metres,
    ``pand`` the identificatie of its building.
    """

    number: int
    identificatie: str
    street: Street
    huisnummer: int
    huisletter: str | None
    huisnummertoevoeging: str | None
    postcode: str
    status: str
    oppervlakte: int
    x: float
    y: float
    pand: str
    bouwjaar: int
    period: Period
    earlier: tuple[Address, ...] = ()

    @property
    def verblijfsobject(self) -> str:
        """The identificatie of the verblijfsobject that has this address as its hoofdadres."""
        return identificatie("01", self.number + 1)


def identificatie(object_type: str, number: int) -> str:
    """A BAG identificatie: gemeentecode, two digits for the object type, ten for the number."""
    return f"{GEMEENTECODE}{object_type}{number:010d}"


def street(seed: int, number: int) -> Street:
    """The street with that number, counted from 0."""
    names = len(_STEMS) * len(_ENDINGS)
    turn, place = divmod(number, names)
    # steps of 1009, a prime that doesn't divide ``names``, visit each name once before the next turn
    stem, ending = divmod((place * 1009 + seed * 31) % names, len(_ENDINGS))
    before, after = _BEFORE[turn % len(_BEFORE)], _AFTER[turn // len(_BEFORE) % len(_AFTER)]
    naam = _STEMS[stem] + _ENDINGS[ending]
    begin = date(1995, 1, 1) + timedelta(days=number * 37 % 4000)
    return Street(number, identificatie("30", number + 1), before + naam + after, begin.isoformat())


def streets(seed: int, addresses: int) -> Iterator[Street]:
    """The streets of so many addresses, and one named of late that has no address yet."""
    for number in itertools.count():
        yield street(seed, number)
        if addresses <= 0:
            return
        addresses -= length(seed, number)


def length(seed: int, street_number: int) -> int:
    """How many addresses the street with that number has."""
    return _length(_chance(seed, street_number))


def along(seed: int, street_number: int, first: int) -> list[Address]:
    """All addresses of the street with that number, of which the first one has the number ``first``."""
    chance = _chance(seed, street_number)
    # the first draw is the street's length
    long = _length(chance)
    return list(_along(street(seed, street_number), first, long, chance))


def generate(seed: int, addresses: int) -> Iterator[Address]:
    """The first so many addresses, in the order of their identificatie."""
    return itertools.islice(_all(seed), addresses)


def postcode(street_number: int, huisnummer: int) -> str:
    """The postcode of a house number: the odd and the even side of a street have one each."""
    return _postcode(street_number * 2 + huisnummer % 2)


def pand_corners(address: Address) -> list[tuple[float, float]]:
    """The outline of the pand that has this address, closed, in metres (EPSG:28992), against the clock."""
    west, south = address.x - 2, address.y - 5
    return _rectangle(west, south, west + 1.8, south + 10)


def woonplaats_corners(last_row: int) -> list[tuple[float, float]]:
    """The outline of the woonplaats whose streets reach to that row, closed, in metres, against the clock."""
    east, north = WEST + STREETS_A_ROW * COLUMN_WIDTH + 100, SOUTH + (last_row + 1) * ROW_HEIGHT + 100
    return _rectangle(WEST - 100, SOUTH - 100, east, north)


def _rectangle(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def other_postcode(postcode: str) -> str:
    """A valid postcode that differs in its fourth digit, as a typing error would give."""
    return f"{postcode[:3]}{(int(postcode[3]) + 1) % 10}{postcode[4:]}"


def _all(seed: int) -> Iterator[Address]:
    first = 0
    for number in itertools.count():
        here = along(seed, number, first)
        yield from here
        first += len(here)


def _chance(seed: int, street_number: int) -> Random:
    return Random(f"{seed}/{street_number}")  # noqa: S311 (a sandbox has to be repeatable)


def _length(chance: Random) -> int:
    return 8 + int(chance.random() * 65)


def _along(street: Street, first: int, long: int, chance: Random) -> Iterator[Address]:
    """The addresses of one street: numbers odd and even by turns, some with letters or additions."""
    made = 0
    for huisnummer in itertools.count(1):
        if made == long:
            return
        opens = first + made
        for letter, addition in _units(chance.random())[: long - made]:
            yield _address(street, first + made, opens, (huisnummer, letter, addition), chance)
            made += 1


def _units(draw: float) -> list[tuple[str | None, str | None]]:
    """The letters and additions that share one house number."""
    if draw < 0.80:
        return [(None, None)]
    if draw < 0.90:
        return [(None, None), ("A", None)]
    if draw < 0.94:
        return [("A", None), ("B", None), ("C", None)]
    if draw < 0.97:
        return [(None, "1"), (None, "2"), (None, "3"), (None, "4")]
    return [(None, None), (None, "bis"), ("A", "hs")]


def _address(
    along: Street, number: int, opens: int, house: tuple[int, str | None, str | None], chance: Random
) -> Address:
    huisnummer, letter, addition = house
    row, column = divmod(along.number, STREETS_A_ROW)
    begin = date.fromisoformat(along.begin) + timedelta(days=30 + int(chance.random() * 3000))
    now = Address(
        number=number,
        identificatie=identificatie("20", number + 1),
        street=along,
        huisnummer=huisnummer,
        huisletter=letter,
        huisnummertoevoeging=addition,
        postcode=postcode(along.number, huisnummer),
        status=ISSUED if chance.random() > 0.04 else WITHDRAWN,
        oppervlakte=25 + int(chance.random() * 225),
        x=float(WEST + column * COLUMN_WIDTH + min(huisnummer, 100)),
        y=float(SOUTH + row * ROW_HEIGHT + 10 + huisnummer % 2 * 30),
        pand=identificatie("10", opens + 1),
        bouwjaar=begin.year,
        period=Period(1, begin.isoformat()),
    )
    return _with_history(now, begin, chance.random())


def _with_history(now: Address, begin: date, draw: float) -> Address:
    """The address with what was registered before, where there was something; its values now don't change."""
    if now.status == ISSUED and draw >= 0.14:
        return now
    changed = (begin + timedelta(days=700)).isoformat()
    past = now._replace(period=Period(1, now.period.begin, changed))
    if now.status == WITHDRAWN:
        return now._replace(period=Period(2, changed), earlier=(past._replace(status=ISSUED),))
    if draw < 0.08:
        return now._replace(
            period=Period(2, changed), earlier=(past._replace(postcode=other_postcode(now.postcode)),)
        )
    if draw < 0.12:
        return now._replace(period=Period(2, changed), earlier=(past._replace(huisnummer=now.huisnummer + 2),))
    corrected = (begin + timedelta(days=712)).isoformat()
    wrong = now._replace(huisletter="Z", period=Period(2, changed, inactive=corrected))
    past = past._replace(postcode=other_postcode(now.postcode))
    return now._replace(period=Period(3, changed), earlier=(past, wrong))


def _postcode(number: int) -> str:
    pc4, pair = divmod(number, len(_PAIRS))
    return f"{_FIRST_PC4 + pc4}{_PAIRS[pair]}"
