"""A seed and a number in; two registers of about that many addresses in a Delta lake out, and where they differ.

Both have 20 columns; the right one is in another order. One in a hundred values of every field differs, and one in a
thousand records is missing on each side; which ones follows from the seed, so that the seed itself is a contender when
results are held against each other.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from vlekkeloos.lake import Lake

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


def _hash(of: str, seed: int) -> str:
    return f"CAST(hash({of} + {seed} * 1_000_000_007) >> 1 AS BIGINT)"


def _missing(side: str, rows: int) -> str:
    """SQL: is record ``n`` missing on that side? Of every thousand one, on the right another one than on the left."""
    return f"n % {MISSING} = {3 if side == 'left' else 7}"


def _differs(number: int, seed: int) -> str:
    """SQL: does field so many of record ``n`` differ?"""
    return f"{_hash(f'n * 64 + {number}', seed)} % {DIFFERS} = 0"


def select(side: str, rows: int, seed: int) -> str:
    """SQL: the records of a side, in its order."""
    values = []
    for number, (name, (value, kind)) in enumerate(FIELDS.items()):
        if side == "right":
            value = f"CASE WHEN {_differs(number, seed)} THEN {OTHER[kind].format(f'({value})')} ELSE {value} END"
        values.append(f"{value} AS {name}")
    n = "range" if side == "left" else f"range * {STRIDE} % {rows}"
    return f"""
        SELECT printf('0457010%09d', n) AS {KEY}, {", ".join(values)}
        FROM (SELECT n, {_hash("n", seed)} AS h FROM (SELECT {n} AS n FROM range({rows})))
        WHERE NOT {_missing(side, rows)}
    """


def truth(rows: int, seed: int) -> dict[str, int]:
    """How many records are missing on either side, and how many differ in each field, as the seed has it."""
    differing = ", ".join(f"count(*) FILTER ({_differs(number, seed)})" for number in range(len(FIELDS)))
    with duckdb.connect() as query:
        missing = query.execute(f"""
            SELECT count(*) FILTER ({_missing("left", rows)}), count(*) FILTER ({_missing("right", rows)})
            FROM (SELECT range AS n FROM range({rows}))
        """).fetchone()
        counts = query.execute(f"""
            SELECT {differing} FROM (SELECT range AS n FROM range({rows}))
            WHERE NOT {_missing("left", rows)} AND NOT {_missing("right", rows)}
        """).fetchone()
    assert missing is not None and counts is not None, "an aggregate has a row"
    found = {"missing_left": missing[0], "missing_right": missing[1]} | dict(zip(FIELDS, counts, strict=True))
    return {name: count for name, count in found.items() if count}


def main(folder: str, rows: str, seed: str) -> None:
    """Writes both as the lake does, each in its order."""
    with duckdb.connect() as query:
        for table, side in ((LEFT, "left"), (RIGHT, "right")):
            reader = query.sql(select(side, int(rows), int(seed))).to_arrow_reader(50_000)
            Lake(folder).write(table, reader, run_id="benchmark")
    size = sum(file.stat().st_size for table in (LEFT, RIGHT) for file in Path(folder, table).glob("*.parquet"))
    print(json.dumps({"parquet_mb": round(size / 2**20, 1), "truth": truth(int(rows), int(seed))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
