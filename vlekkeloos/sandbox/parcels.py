"""A Town and a number in; the kadastraal onroerende zaak at that address, and what rests on it, out.

As BRK Bevragen v2 has them: a perceel at an address of its own, an appartementsrecht at each of several
addresses in one pand. Who has a right to it lives there, as the BRP says; where nobody does it is a housing
association. On half of them rests a mortgage, on a few a seizure or a restriction.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from random import Random
from typing import Any

from vlekkeloos.sandbox import persons
from vlekkeloos.sandbox.addresses import GEMEENTE, GEMEENTECODE, WOONPLAATS, Address
from vlekkeloos.sandbox.persons import TODAY
from vlekkeloos.sandbox.registries.town import Town

Record = dict[str, Any]

_SECTIONS = "ABCDEFGHIKLMNOPQRSTUVWXYZ"
#: A section has so many numbers; the pattern of an aanduiding has room for five digits.
_A_SECTION = 9_999
ASSOCIATION: Record = {
    "type": "ingeschreven_niet_natuurlijk_persoon",
    "identificatie": "009999001",
    "omschrijving": "Vlekkerdamse Woonstichting",
}
_BANK: Record = {
    "type": "ingeschreven_niet_natuurlijk_persoon",
    "identificatie": "009999002",
    "omschrijving": "Fictieve Hypotheekbank N.V.",
}


def identificatie(number: int) -> str:
    """The identificatie of the object at the address with that number: 15 digits."""
    return f"{GEMEENTECODE}{number + 1:011d}"


def number(town: Town, text: str) -> int | None:
    """The number in an identificatie of this town, None for any other text."""
    found = int(text[4:]) - 1 if len(text) == 15 and text.isascii() and text.isdigit() else -1
    return found if 0 <= found < town.addresses and identificatie(found) == text else None


def aanduiding(town: Town, number: int) -> tuple[str, int, int | None]:
    """Section, number and, of an appartementsrecht, index of the object at that address."""
    opens, size = _pand(town, number)
    section, place = divmod(opens, _A_SECTION)
    letters = _SECTIONS[section % 25] if section < 25 else _SECTIONS[section // 25 - 1] + _SECTIONS[section % 25]
    return letters, place + 1, number - opens + 1 if size > 1 else None


def called(town: Town, letters: str, place: int, index: int | None, *, split: bool = False) -> list[int]:
    """The numbers of what has this section, number and index; with ``split``, what a perceel was split into too."""
    section = _SECTIONS.find(letters[-1]) + 25 * (_SECTIONS.find(letters[0]) + 1) * (len(letters) - 1)
    opens = section * _A_SECTION + place - 1
    if not 0 <= opens < town.addresses or not 1 <= place <= _A_SECTION or _pand(town, opens)[0] != opens:
        return []
    there = range(opens, opens + _pand(town, opens)[1])
    return [n for n in there if aanduiding(town, n)[2] == index or (split and index is None)]


def _pand(town: Town, number: int) -> tuple[int, int]:
    """The first address in the pand that this address is in, and how many there are."""
    pand = town.address(number).pand
    opens = int(pand[6:]) - 1
    last = number
    while last + 1 < town.addresses and town.address(last + 1).pand == pand:
        last += 1
    return opens, last - opens + 1


@lru_cache(maxsize=20_000)
def parcel(town: Town, number: int) -> Record:
    """The object at the address with that number, whole; not to be changed by who asks."""
    home, chance = town.address(number), town.chance("parcel", number)
    letters, place, index = aanduiding(town, number)
    found: Record = {
        "identificatie": identificatie(number),
        "domein": "NL.IMKAD.KadastraalObject",
        "type": "perceel" if index is None else "appartementsrecht",
        "kadastraleAanduiding": f"{GEMEENTE} {letters} {place}" + ("" if index is None else f" A{index}"),
        "indicatieVervallen": False,
        "koopsom": {
            "koopsom": 1_000 * (90 + int(chance.random() * 700)),
            "koopjaar": 1994 + int(chance.random() * 31),
            "indicatieMetMeerObjectenVerkregen": chance.random() < 0.05,
        },
        "aardCultuurBebouwd": {"code": "11", "waarde": "Wonen"},
        "adressen": [_adres(home)],
        "plaatscoordinaten": {"type": "Point", "coordinates": [home.x, home.y]},
        "zakelijkGerechtigdeIdentificaties": [right["identificatie"] for right in rights(town, number)],
        "stukIdentificaties": [f"NL.IMKAD.TIAStuk.{number + 1}"],
    }
    found |= _ground(home, chance) if index is None else {"indicatieSluimerend": False}
    for name, what in (("hypotheek", mortgages), ("beslag", seizures), ("privaatrechtelijkeBeperking", restrictions)):
        if there := [each["identificatie"] for each in what(town, number)]:
            found[f"{name}Identificaties"] = there
    return found


def _adres(home: Address) -> Record:
    parts = {"huisletter": home.huisletter, "huisnummertoevoeging": home.huisnummertoevoeging}
    return {
        "straat": home.street.naam,
        "huisnummer": home.huisnummer,
        **{name: part for name, part in parts.items() if part is not None},
        "postcode": home.postcode,
        "woonplaats": WOONPLAATS,
        "nummeraanduidingIdentificatie": home.identificatie,
        "adresseerbaarObjectIdentificatie": home.verblijfsobject,
        "koppelingswijze": {"code": "GEK", "waarde": "Gekoppeld"},
    }


def _ground(home: Address, chance: Random) -> Record:
    """What only a piece of ground has: a size, a border and a number on the map."""
    width, depth = 6 + int(chance.random() * 10), 15 + int(chance.random() * 30)
    corners = [(0, 0), (width, 0), (width, depth), (0, depth), (0, 0)]
    found: Record = {
        "kadastraleGrootte": {"soortGrootte": {"code": "1", "waarde": "Vastgesteld"}, "waarde": width * depth},
        "begrenzingPerceel": {"type": "Polygon", "coordinates": [[[home.x + x, home.y + y] for x, y in corners]]},
        "perceelnummerRotatie": float(int(chance.random() * 90)),
        "perceelnummerVerschuiving": {"deltax": 0.5, "deltay": -1.5},
    }
    if chance.random() < 0.3:
        found["aardCultuurOnbebouwd"] = {"code": "53", "waarde": "Erf - tuin"}
    return found


# ── what rests on it ──────────────────────────────────────────────────────────────────────────────────────


def owners(town: Town, number: int) -> list[Record]:
    """Who has the right of ownership: the grown-ups who live there, else the housing association."""
    grown = [persons.person(town, room) for room in persons.at(town, number) if room % persons.ROOMS < 2]
    return [
        {
            "type": "ingeschreven_natuurlijk_persoon",
            "identificatie": who["burgerservicenummer"],
            "omschrijving": who["naam"]["volledigeNaam"],
        }
        for who in grown
        if who is not None
    ] or [ASSOCIATION]


def rights(town: Town, number: int) -> list[Record]:
    """The zakelijk gerechtigden, each with a share."""
    there = owners(town, number)
    since = TODAY - timedelta(days=100 + int(town.chance("right", number).random() * 9_000))
    return [
        {
            "identificatie": f"NL.IMKAD.Tenaamstelling.{number + 1:09d}{place}",
            "type": "eigenaar",
            "aanvangsdatum": since.isoformat(),
            "tenaamstelling": {
                "aandeel": {"teller": 1, "noemer": len(there)},
                "burgerlijkeStaatTenTijdeVanVerkrijging": {"code": "1", "waarde": "Gehuwd"},
                "stukIdentificaties": [f"NL.IMKAD.TIAStuk.{number + 1}"],
            },
            "zakelijkRecht": {"stukIdentificaties": [f"NL.IMKAD.TIAStuk.{number + 1}"]},
            "persoon": who,
        }
        for place, who in enumerate(there, 1)
    ]


def mortgages(town: Town, number: int) -> list[Record]:
    """The hypotheken."""
    chance = town.chance("mortgage", number)
    if chance.random() >= 0.5:
        return []
    money = {"som": float(1_000 * (50 + int(chance.random() * 400))), "valuta": {"code": "EUR", "waarde": "Euro"}}
    return [
        _on_a_right(f"NL.IMKAD.Hypotheek.{number + 1}")
        | {"bedragZekerheidsstelling": money, "hypotheekhouders": [_BANK], "betreftGedeelteVanPerceel": False}
    ]


def seizures(town: Town, number: int) -> list[Record]:
    """The beslagen."""
    if town.chance("seizure", number).random() >= 0.03:
        return []
    money = {"som": 12_500.0, "valuta": {"code": "EUR", "waarde": "Euro"}}
    return [
        _on_a_right(f"NL.IMKAD.Beslag.{number + 1}")
        | {
            "aard": {"code": "1", "waarde": "Executoriaal beslag"},
            "bedragVordering": money,
            "beslagleggers": [_BANK],
        }
    ]


def _on_a_right(identificatie: str) -> Record:
    return {
        "identificatie": identificatie,
        "domein": identificatie.rpartition(".")[0],
        "aandeelInBetrokkenRecht": {"teller": 1, "noemer": 1},
        "gedeeltelijkeBezwaringOudObject": False,
        "omschrijvingBetrokkenRecht": {"code": "1", "waarde": "Eigendom"},
        "stukIdentificaties": [f"NL.IMKAD.TIAStuk.{identificatie.rpartition('.')[2]}"],
    }


def restrictions(town: Town, number: int) -> list[Record]:
    """The privaatrechtelijke beperkingen."""
    if town.chance("restriction", number).random() >= 0.06:
        return []
    return [
        {
            "identificatie": f"NL.IMKAD.Aantekening.{number + 1}",
            "domein": "NL.IMKAD.Aantekening",
            "aard": {"code": "10", "waarde": "Kwalitatieve verplichting"},
            "omschrijving": "Plicht tot dulden van een pad achterom",
            "einddatum": "2040-12-31",
            "stukIdentificaties": [f"NL.IMKAD.TIAStuk.{number + 1}"],
        }
    ]


def public_restrictions(town: Town, number: int) -> list[Record]:
    """The publiekrechtelijke beperkingen."""
    if town.chance("public restriction", number).random() >= 0.04:
        return []
    gezag = {
        "type": "ingeschreven_niet_natuurlijk_persoon",
        "identificatie": "009999003",
        "omschrijving": f"Gemeente {GEMEENTE}",
    }
    return [
        {
            "identificatie": f"NL.IMKAD.PubliekrechtelijkeBeperking.{number + 1}",
            "domein": "NL.IMKAD.PubliekrechtelijkeBeperking",
            "grondslag": {"code": "EWE", "waarde": "Erfgoedwet, artikel 3.1"},
            "datumInWerking": "2017-03-01",
            "bevoegdGezag": gezag,
        }
    ]
