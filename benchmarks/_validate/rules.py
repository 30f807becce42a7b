"""The rules that all contenders judge by, each by a short name, and how many rows of a seed break each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IN_USE = "Verblijfsobject in gebruik"
STATUS = (IN_USE, "Verblijfsobject gevormd", "Verblijfsobject buiten gebruik", "Verblijfsobject ingetrokken")
PLACES = ("Weesp", "Muiden", "Nigtevecht")
KINDS = ("woning", "winkel", "kantoor", "bijeenkomst", "industrie")
#: The row of a thousand that breaks the rule. Small numbers: a tiny table has them too.
BROKEN = {
    "no identificatie": 1,
    "identificatie of the row before": 3,
    "identificatie of another form": 5,
    "status": 7,
    "soort": 9,
    "huisnummer": 11,
    "huisletter": 13,
    "postcode": 15,
    "straat": 17,
    "bouwjaar": 19,
    "oppervlakte in use": 21,
    "oppervlakte not in use": 23,
    "eind": 25,
    "address of the row before": 27,
    "naam": 29,
}
ADDRESS = ("postcode", "huisnummer", "huisletter", "toevoeging")
POSTCODE = r"^[1-9][0-9]{3}[A-Z]{2}$"
IDENTIFICATIE = r"^0457\d{12}$"
#: A text that begins or ends with white space.
PADDED = r"^\s|\s$"
MOSTLY = {"soort in set": 0.99, "omschrijving filled": 0.7}
#: Lowest and highest; the mean, the lowest and the highest value are what the seed makes of them, about.
BETWEEN = {
    "huisnummer between": (1, 99_999),
    "bouwjaar between": (1005, 2026),
    "oppervlakte between": (1, 999_999),
    "waarde mean": (1, 1_000_000),
    "x lowest": (130_000, 140_000),
    "y highest": (480_000, 490_000),
}
LENGTHS = {"huisletter length": (1, 1), "straat length": (1, 80)}
#: Rules about the column or the table as a whole.
WHOLE = ("rows", "waarde mean", "x lowest", "y highest", "woonplaats values")


def broken(name: str, rows: int) -> int:
    """How many of so many rows are broken in that way."""
    return (rows - BROKEN[name]) // 1000 + 1 if rows >= BROKEN[name] else 0


def truth(rows: int) -> dict[str, int]:
    """Of each rule how many rows break it: none of those about the whole."""
    return dict.fromkeys(WHOLE, 0) | {
        "identificatie filled": broken("no identificatie", rows),
        "identificatie unique": 2 * broken("identificatie of the row before", rows),
        "identificatie form": broken("identificatie of another form", rows),
        "status in set": broken("status", rows),
        "soort in set": broken("soort", rows),
        "huisnummer between": broken("huisnummer", rows),
        "huisletter length": broken("huisletter", rows),
        "postcode form": broken("postcode", rows),
        "straat length": broken("straat", rows),
        "bouwjaar between": broken("bouwjaar", rows),
        "oppervlakte between": broken("oppervlakte in use", rows),
        "eind after begin": broken("eind", rows),
        "address unique": 2 * broken("address of the row before", rows),
        "naam not padded": broken("naam", rows),
        "omschrijving filled": rows // 4,
    }


def verdicts(failed: Mapping[str, int], rows: int) -> dict[str, Any]:
    """The answers of who says how many rows fail: of each rule whether it is met, and how many break it."""
    return {
        name: [failed.get(name, 0) <= rows * (1 - MOSTLY.get(name, 1)), failed.get(name, 0)] for name in truth(rows)
    }
