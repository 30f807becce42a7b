"""The tables of the benchmark, their 20 columns, and how often what differs; all that the contenders share."""

from __future__ import annotations

KEY = "identificatie"
LEFT, RIGHT = "accepted/reconcile/gemeente", "accepted/reconcile/bag"
STREETS = ("Dorpsstraat", "Burgemeester s-Jacobplein", "Keizersgracht", "s-Gravelandseweg", "Eénakkerweg")
PLACES = ("Weesp", "Muiden", "Nigtevecht")
KINDS = ("woning", "winkel", "kantoor", "bijeenkomst", "industrie")
STATUS = ("Verblijfsobject in gebruik", "Verblijfsobject gevormd", "Verblijfsobject buiten gebruik")
#: One in so many values of a field differs; one in so many records is missing, on each side others.
DIFFERS, MISSING = 1000, 1000
#: The right register is in steps of this size: it shares no factor with a number of rows that ends in zeros.
STRIDE = 7_919


def _one_of(values: tuple[str, ...], number: str) -> str:
    return f"{list(values)}[1 + {number} % {len(values)}]"


#: Each field as SQL over ``n`` (the record's number, from 0) and ``h`` (its hash), and how another value is made.
FIELDS = {
    "straat": (f"{_one_of(STREETS, 'h')} || ' ' || n // 21 % 997", "text"),
    "huisnummer": ("CAST(1 + n % 21 AS INTEGER)", "number"),
    "huisletter": ("CASE WHEN h % 7 = 0 THEN chr(CAST(65 + h % 3 AS INTEGER)) END", "text"),
    "toevoeging": ("CASE WHEN h % 11 = 0 THEN CAST(1 + h % 40 AS VARCHAR) END", "text"),
    "postcode": (
        "(1000 + n // 21 // 676 % 9000) || chr(CAST(65 + n // 21 % 676 // 26 AS INTEGER))"
        " || chr(CAST(65 + n // 21 % 26 AS INTEGER))",
        "text",
    ),
    "woonplaats": (_one_of(PLACES, "(h >> 32)"), "text"),
    "gemeentecode": ("'0' || 363 + (h >> 30) % 90", "text"),
    "naam": (f"{_one_of(('Villa Oëlla', 'Huize De Linde', 'Café Hoekje'), 'h')} || ' ' || (h >> 8) % 9973", "text"),
    "omschrijving": ("CASE WHEN n % 4 <> 0 THEN 'Object ' || n || ', blad ' || (h >> 4) % 311 END", "text"),
    "status": (_one_of(STATUS, "(h >> 16)"), "text"),
    "gebruiksdoel": (f"{_one_of(KINDS, '(h >> 24)')} || 'functie'", "text"),
    "oppervlakte": ("CAST(20 + (h >> 36) % 480 AS INTEGER)", "number"),
    "bouwjaar": ("CAST(1600 + (h >> 40) % 425 AS INTEGER)", "number"),
    "waarde": ("CAST((h >> 12) % 900000 * 1000 AS BIGINT)", "number"),
    "x": ("130000 + ((h >> 6) % 9000000) / 1000", "number"),
    "y": ("480000 + ((h >> 2) % 9000000) / 1000", "number"),
    "actief": ("h % 10 <> 0", "boolean"),
    "begin": ("DATE '1990-01-01' + CAST((h >> 44) % 12000 AS INTEGER)", "number"),
    "eind": ("CASE WHEN h % 6 = 0 THEN DATE '2024-01-01' + CAST(h % 400 AS INTEGER) END", "day"),
}
#: Another value than ``{}``, also where that is empty.
OTHER = {
    "text": "coalesce({} || ' a', 'x')",
    "number": "({} + 1)",
    "boolean": "NOT ({})",
    "day": "coalesce({} + 1, DATE '2025-12-31')",
}
