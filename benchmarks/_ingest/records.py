"""A seed and a number in, the registry's record of that number out: 20 fields, three of them in a nested object."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

#: The fields, in the words of connectors/_columns.py.
FIELDS = (
    "identificatie naam omschrijving status soort gebruiksdoel huisnummer:integer huisletter oppervlakte:integer"
    " bouwjaar:integer waarde:decimal x:decimal y:decimal actief:boolean geconstateerd:boolean begin:date eind:date"
    " adres.straat adres.postcode adres.woonplaats"
)
_DAY = date(1990, 1, 1)
_STATUS = ("Pand in gebruik", "Bouwvergunning verleend", "Pand buiten gebruik", "Sloopvergunning verleend")
_SOORT = ("woning", "winkel", "kantoor", "bijeenkomst", "industrie")
_NAMES = ("Boerderij Veldzicht", "Café 't Hoekje", 'Huize "De Linde"', "Scholengemeenschap Sint-Jozef", "Villa Oëlla")
_STREETS = ("Dorpsstraat", "Burgemeester s'Jacobplein", "'s-Gravelandseweg", "Keizersgracht", "Eénakkerweg")


def record(seed: int, number: int) -> dict[str, Any]:
    """The record; the same seed and number always give the same one."""
    mixed = (number * 2_654_435_761 + seed * 40_503) % 4_294_967_291
    begin = _DAY + timedelta(days=mixed % 12_000)
    return {
        "identificatie": f"0457{number:012d}",
        "naam": f"{_NAMES[mixed % 5]} {mixed % 9973}",
        "omschrijving": None if mixed % 4 == 0 else f"Object {number} van de gemeente, blad {mixed % 311}",
        "status": _STATUS[mixed % 4],
        "soort": _SOORT[mixed % 5],
        "gebruiksdoel": _SOORT[(mixed >> 3) % 5] + "functie",
        "huisnummer": 1 + mixed % 250,
        "huisletter": "ABC"[mixed % 3] if mixed % 7 == 0 else None,
        "oppervlakte": 20 + mixed % 480,
        "bouwjaar": 1600 + mixed % 425,
        "waarde": (mixed % 90_000_000) / 100 + 0.5,
        "x": 130_000 + (mixed % 9_000_000) / 1000 + 0.0005,
        "y": 480_000 + ((mixed >> 5) % 9_000_000) / 1000 + 0.0005,
        "actief": mixed % 10 != 0,
        "geconstateerd": mixed % 50 == 0,
        "begin": begin.isoformat(),
        "eind": (begin + timedelta(days=400)).isoformat() if mixed % 6 == 0 else None,
        "adres": {
            "straat": _STREETS[mixed % 5],
            "postcode": f"{1000 + mixed % 9000} {'ABCDEFGH'[mixed % 8]}{'KLMNPRST'[(mixed >> 4) % 8]}",
            "woonplaats": ("Weesp", "Muiden", "Nigtevecht")[mixed % 3],
        },
    }


def page(seed: int, number: int, size: int, total: int) -> bytes:
    """The answer that is page ``number`` (from 1) of ``total`` records, as JSON."""
    first, last = (number - 1) * size, min(number * size, total)
    answer = {
        "total": total,
        "page": number,
        "next": f"/records?page={number + 1}&size={size}" if last < total else None,
        "records": [record(seed, index) for index in range(first, last)],
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
