"""A Town and a number in; a fictional person, whole, as the BRP API Personen v2 has one, out.

At every address there is room for three persons: two grown-ups, who may be partners, and their child; not every
room is taken. Of some the day or month of birth is unknown, some moved abroad, to nobody knows where, or live in
a place without an address, some have died, some keep their data from third parties, and of some a thing is in
onderzoek. Burgerservicenummers are test numbers: they begin with 9999 and pass the elfproef; as there are no
more than some nine thousand of these, only so many live in the first addresses of a larger town.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from vlekkeloos.sandbox.addresses import GEMEENTE, GEMEENTECODE, WOONPLAATS
from vlekkeloos.sandbox.registries.town import Town

#: Rooms at an address.
ROOMS = 3
#: What every age and term is reckoned from, so that a town doesn't change by the day.
TODAY = date(2026, 1, 1)

Person = dict[str, Any]

_MONTH_LIST = "januari februari maart april mei juni juli augustus september oktober november december"
_MAN_LIST = "Jan Pieter Willem Hendrik Mohammed Daan Sem Levi Finn Lucas Thijs Bram Youssef Noud Teun"
_WOMAN_LIST = "Anna Maria Johanna Fatima Emma Julia Mila Sophie Zoë Chloé Renée Saar Yara Noor Tess"
_NAME_LIST = """
Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Koster Prins Huisman
Peeters Postma Kuipers Veenstra Kramer Kok Willems Hoekstra Çelik Müller Özdemir Ruíz Łukasik Novák
"""
_MONTHS, _MEN, _WOMEN = _MONTH_LIST.split(), _MAN_LIST.split(), _WOMAN_LIST.split()
_NAMES = _NAME_LIST.split()
_WITH_PREFIX = [("de", "Vries"), ("van", "Dijk"), ("van den", "Berg"), ("van der", "Meer"), ("'t", "Hart")]
_ABROAD = {"5010": "België", "9089": "Bondsrepubliek Duitsland", "6014": "Verenigde Staten van Amerika"}
_NATIONS = {"0001": "Nederlandse", "0052": "Belgische", "0339": "Turkse"}


@lru_cache
def numbers() -> tuple[str, ...]:
    """Every burgerservicenummer of this sandbox, in order: 9999, four digits, and the one that makes it right."""
    found = []
    for digits in (f"9999{n:04d}" for n in range(10_000)):
        check = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            found.append(f"{digits}{check}")
    return tuple(found)


@lru_cache
def _places() -> dict[str, int]:
    return {bsn: number for number, bsn in enumerate(numbers())}


def rooms(town: Town) -> int:
    """How many rooms the town has, taken or not: the numbers of its persons run from 0 up to it."""
    # the last hundred numbers are nobody's, so that a register can hold one that the BRP doesn't know
    return min(town.addresses * ROOMS, len(numbers()) - 100)


def number(town: Town, bsn: str) -> int | None:
    """The room of whoever has this burgerservicenummer; None if it is no number of this town."""
    found = _places().get(bsn)
    return found if found is not None and found < rooms(town) else None


def lives(town: Town, room: int) -> bool:
    """Is there anybody in this room?"""
    return 0 <= room < rooms(town) and town.chance("lives", room).random() < (0.95, 0.6, 0.4)[room % ROOMS]


def at(town: Town, address: int) -> list[int]:
    """The rooms at an address that are taken."""
    return [room for room in range(address * ROOMS, (address + 1) * ROOMS) if lives(town, room)]


@lru_cache(maxsize=20_000)
def person(town: Town, room: int) -> Person | None:
    """Whoever lives in that room, None for nobody; not to be changed by who asks."""
    if not lives(town, room):
        return None
    chance = town.chance("person", room)
    found = dict(_basics(town, room))
    found |= _stay(town, room, chance)
    found |= _relatives(town, room)
    found |= _marks(found, chance)
    return found


def datum(value: date | str) -> dict[str, Any]:
    """A date as the BRP API has it: of ``1970-03`` or ``1970`` a part is unknown, of ``onbekend`` everything."""
    text = str(value)
    if text == "onbekend":
        return {"type": "DatumOnbekend", "onbekend": True, "langFormaat": text}
    year, month, day = [int(part) for part in text.split("-")] + [0] * (2 - text.count("-"))
    if not month:
        return {"type": "JaarDatum", "jaar": year, "langFormaat": f"{year}"}
    if not day:
        return {"type": "JaarMaandDatum", "jaar": year, "maand": month, "langFormaat": f"{_MONTHS[month - 1]} {year}"}
    return {"type": "Datum", "datum": text, "langFormaat": f"{day} {_MONTHS[month - 1]} {year}"}


def tabel(code: str, omschrijving: str) -> dict[str, str]:
    """A row of a code table as the BRP API has it."""
    return {"code": code, "omschrijving": omschrijving}


# ── who somebody is ───────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=20_000)
def _basics(town: Town, room: int) -> Person:
    """What relatives are told of each other by: number, name, birth, sex."""
    chance = town.chance("basics", room)
    child = room % ROOMS == 2
    birth = _partly(_born(town, room), chance.random())
    woman = chance.random() < 0.5
    voornamen = " ".join(chance.sample(_WOMEN if woman else _MEN, 1 + int(chance.random() * 2)))
    # a child has the name of the first at the address
    naam = _family(town.chance("family", room - 2 if child else room)) | {"voornamen": voornamen}
    naam["voorletters"] = "".join(f"{part[0]}." for part in voornamen.split())
    naam["volledigeNaam"] = " ".join(
        part for part in (voornamen, naam.get("voorvoegsel"), naam["geslachtsnaam"]) if part
    )
    naam["aanduidingNaamgebruik"] = tabel("E", "eigen geslachtsnaam")
    return {
        "burgerservicenummer": numbers()[room],
        "aNummer": f"{1_000_000_001 + room * 7}",
        "geslacht": tabel("V", "vrouw") if woman else tabel("M", "man"),
        "naam": naam,
        "geboorte": {
            "datum": datum(birth),
            "land": tabel("6030", "Nederland"),
            "plaats": tabel(GEMEENTECODE, GEMEENTE),
        },
        # reckoned from the whole date only
        **({"leeftijd": _age(town, room)} if len(birth) == 10 else {}),
    }


def _family(chance: Random) -> Person:
    if chance.random() < 0.2:
        voorvoegsel, geslachtsnaam = chance.choice(_WITH_PREFIX)
        found: Person = {"voorvoegsel": voorvoegsel, "geslachtsnaam": geslachtsnaam}
    else:
        found = {"geslachtsnaam": chance.choice(_NAMES)}
    if chance.random() < 0.02:
        found["adellijkeTitelPredicaat"] = tabel("JH", "jonkheer") | {"soort": "predicaat"}
    return found


def _partly(born: date, draw: float) -> str:
    """The date of birth, as much of it as is known."""
    text = born.isoformat()
    return text[:7] if draw < 0.02 else text[:4] if draw < 0.04 else "onbekend" if draw < 0.05 else text


@lru_cache(maxsize=20_000)
def _born(town: Town, room: int) -> date:
    first, days = (date(2008, 1, 2), 6_000) if room % ROOMS == 2 else (date(1935, 1, 2), 24_000)
    return first + timedelta(days=int(town.chance("born", room).random() * days))


def _age(town: Town, room: int) -> int:
    born = _born(town, room)
    return TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))


# ── where somebody is ─────────────────────────────────────────────────────────────────────────────────────


def _stay(town: Town, room: int, chance: Random) -> Person:
    """Address, place without one, or abroad; and whether the BRP is still kept of this person."""
    draw = chance.random()
    since = max(_born(town, room), TODAY - timedelta(days=30 + int(chance.random() * 5_000)))
    here = {
        "gemeenteVanInschrijving": tabel(GEMEENTECODE, GEMEENTE),
        "datumInschrijvingInGemeente": datum(since),
        "datumEersteInschrijvingGBA": datum("1994-10-01"),
        "nationaliteiten": _nationalities(chance),
    }
    if draw < 0.04:
        return here | _abroad(since, chance)
    if draw < 0.06:
        unknown = {"type": "VerblijfplaatsOnbekend", "datumVan": datum(since), "datumIngangGeldigheid": datum(since)}
        return here | {"verblijfplaats": unknown, "opschortingBijhouding": _stopped("E", "emigratie", since)}
    if draw < 0.08:
        return here | _without_address(since, room)
    at_home = here | _address(town, room // ROOMS, since)
    if draw < 0.12:
        died = max(since, TODAY - timedelta(days=1 + int(chance.random() * 2_000)))
        dead = {"datum": datum(died), "land": tabel("6030", "Nederland"), "plaats": tabel(GEMEENTECODE, GEMEENTE)}
        del at_home["adressering"]
        return at_home | {"overlijden": dead, "opschortingBijhouding": _stopped("O", "overlijden", died)}
    return at_home


def _stopped(code: str, omschrijving: str, since: date) -> Person:
    return {"reden": tabel(code, omschrijving), "datum": datum(since)}


def _nationalities(chance: Random) -> list[Person]:
    draw = chance.random()
    since = {"datumIngangGeldigheid": datum("1994-10-01")}
    if draw < 0.02:
        return [{"type": "Staatloos", "redenOpname": tabel("311", "vaststelling staatloosheid"), **since}]
    if draw < 0.03:
        return [{"type": "NationaliteitOnbekend", **since}]
    codes = ["0001"] if draw < 0.85 else ["0001", "0339"] if draw < 0.95 else ["0052"]
    return [{"type": "Nationaliteit", "nationaliteit": tabel(code, _NATIONS[code]), **since} for code in codes]


def _address(town: Town, number: int, since: date) -> Person:
    home = town.address(number)
    parts = {"huisletter": home.huisletter, "huisnummertoevoeging": home.huisnummertoevoeging}
    binnenland = {
        "officieleStraatnaam": home.street.naam,
        "korteStraatnaam": home.street.naam[:24].strip(),
        "huisnummer": home.huisnummer,
        **{name: value for name, value in parts.items() if value is not None},
        "postcode": home.postcode,
        "woonplaats": WOONPLAATS,
    }
    house = f"{home.huisnummer}{home.huisletter or ''}{'-' if home.huisnummertoevoeging else ''}"
    house += home.huisnummertoevoeging or ""
    return {
        "verblijfplaats": {
            "type": "Adres",
            "verblijfadres": binnenland,
            "functieAdres": tabel("W", "woonadres"),
            "adresseerbaarObjectIdentificatie": home.verblijfsobject,
            "nummeraanduidingIdentificatie": home.identificatie,
            "datumVan": datum(since),
            "datumIngangGeldigheid": datum(since),
        },
        "adressering": {
            "adresregel1": f"{home.street.naam[:24].strip()} {house}",
            "adresregel2": f"{home.postcode[:4]} {home.postcode[4:]}  {WOONPLAATS.upper()}",
        },
    }


def _without_address(since: date, room: int) -> Person:
    place = {
        "type": "Locatie",
        "verblijfadres": {"locatiebeschrijving": f"Woonboot bij sluis {room % 9 + 1}"},
        "functieAdres": tabel("W", "woonadres"),
        "datumVan": datum(since),
        "datumIngangGeldigheid": datum(since),
    }
    return {"verblijfplaats": place}


def _abroad(since: date, chance: Random) -> Person:
    code = chance.choice(sorted(_ABROAD))
    land = tabel(code, _ABROAD[code])
    lines = {"regel1": f"Main Street {1 + int(chance.random() * 99)}", "regel2": "1000 Elders"}
    return {
        "verblijfplaats": {
            "type": "VerblijfplaatsBuitenland",
            "verblijfadres": lines | {"land": land},
            "datumVan": datum(since),
            "datumIngangGeldigheid": datum(since),
        },
        "adressering": {"adresregel1": lines["regel1"], "adresregel2": lines["regel2"], "land": land},
        "opschortingBijhouding": _stopped("R", "pl is aangelegd in de rni", since),
        "rni": [{"deelnemer": tabel("0101", "Belastingdienst"), "categorie": "Verblijfplaats"}],
        "verificatie": {"datum": datum(since), "omschrijving": "bewijs van nationaliteit"},
    }


# ── whose somebody is ─────────────────────────────────────────────────────────────────────────────────────


def _relatives(town: Town, room: int) -> Person:
    """Partner, parents and child: who of the same address is there."""
    first = room - room % ROOMS
    there = [n for n in range(first, first + ROOMS) if lives(town, n)]
    parents = [n for n in there if n % ROOMS < 2]
    if room % ROOMS == 2:
        told = [
            _told(town, n)
            | {
                "geslacht": _basics(town, n)["geslacht"],
                "ouderAanduiding": str(place),
                "datumIngangFamilierechtelijkeBetrekking": _basics(town, room)["geboorte"]["datum"],
            }
            for place, n in enumerate(parents, 1)
        ]
        return ({"ouders": told} if told else {}) | _authority(town, room, parents)
    found: Person = {}
    if len(parents) == 2:
        other = parents[1 - parents.index(room)]
        place = tabel(GEMEENTECODE, GEMEENTE)
        begun = {"datum": datum("2005-06-17"), "land": tabel("6030", "Nederland"), "plaats": place}
        found["partners"] = [
            _told(town, other)
            | {
                "geslacht": _basics(town, other)["geslacht"],
                "soortVerbintenis": tabel("H", "huwelijk"),
                "aangaanHuwelijkPartnerschap": begun,
            }
        ]
    if first + 2 in there:
        found["kinderen"] = [_told(town, first + 2)]
    return found


def _told(town: Town, room: int) -> Person:
    """Somebody as another one's record tells of them."""
    whole = _basics(town, room)
    naam = {name: v for name, v in whole["naam"].items() if name not in ("volledigeNaam", "aanduidingNaamgebruik")}
    return {"burgerservicenummer": whole["burgerservicenummer"], "naam": naam, "geboorte": whole["geboorte"]}


def _named(town: Town, room: int) -> Person:
    who = _basics(town, room)
    return {
        "burgerservicenummer": who["burgerservicenummer"],
        "naam": {"volledigeNaam": who["naam"]["volledigeNaam"]},
    }


def _authority(town: Town, room: int, parents: list[int]) -> Person:
    """Who has gezag over a child."""
    if _age(town, room) >= 18:
        return {}
    child, *grown = (_named(town, n) for n in (room, *parents))
    relation: Person = {"minderjarige": child | {"leeftijd": _age(town, room)}}
    if len(grown) == 2:
        return {"gezag": [relation | {"type": "GezamenlijkOuderlijkGezag", "ouders": grown}]}
    if grown:
        return {"gezag": [relation | {"type": "EenhoofdigOuderlijkGezag", "ouder": grown[0]}]}
    told = {"type": "GezagNietTeBepalen", "toelichting": "gezag is niet te bepalen omdat er geen ouders bekend zijn."}
    return {"gezag": [relation | told]}


#: What is in onderzoek of somebody who was found not to live at the address.
_STAY = ("type", "datumVan", "functieAdres", "adresseerbaarObjectIdentificatie", "nummeraanduidingIdentificatie")


# ── what is to be known with it ───────────────────────────────────────────────────────────────────────────


def _marks(found: Person, chance: Random) -> Person:
    """Secrecy, and what is in onderzoek; marks lie in the groups that they are of."""
    marks: Person = {}
    if chance.random() < 0.05:
        marks["geheimhoudingPersoonsgegevens"] = True
    since = {"datumIngangOnderzoek": datum("2025-10-01")}
    stay = found["verblijfplaats"]
    if chance.random() < 0.01 and stay["type"] == "Adres":
        marks["verblijfplaats"] = stay | {
            "indicatieVastgesteldVerblijftNietOpAdres": True,
            "inOnderzoek": dict.fromkeys(_STAY, True) | since,
        }
    elif chance.random() < 0.03 and stay["type"] == "Adres":
        home = stay["verblijfadres"] | {"inOnderzoek": {"huisnummer": True, "postcode": True} | since}
        marks["verblijfplaats"] = stay | {
            "verblijfadres": home,
            "inOnderzoek": {"nummeraanduidingIdentificatie": True} | since,
        }
    if chance.random() < 0.03:
        marks["naam"] = found["naam"] | {"inOnderzoek": {"geslachtsnaam": True, "volledigeNaam": True} | since}
    if chance.random() < 0.02:
        marks["inOnderzoek"] = {"geslacht": True, "datumIngangOnderzoekPersoon": datum("2025-10-01")}
    return marks
