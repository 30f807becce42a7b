"""A seed and a number in; two registers of about that many addresses in a Delta lake out, and where they differ.

Both have 20 columns; the right one is in another order. One in a thousand values of every field differs, so that 2 %
of the records do, and one in a thousand records is missing on each side. Which ones follows from the seed, so that it
is a contender itself when results are held against each other.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from benchmarks._reconcile.fields import DIFFERS, FIELDS, KEY, LEFT, MISSING, OTHER, RIGHT, STRIDE
from vlekkeloos.lake import Lake


def _hash(of: str, seed: int) -> str:
    return f"CAST(hash({of} + {seed} * 1_000_000_007) >> 1 AS BIGINT)"


def _missing(side: str) -> str:
    """SQL: is record ``n`` missing on that side? Of every thousand one, on the right another one than on the left."""
    return f"n % {MISSING} = {3 if side == 'left' else 7}"


def _differs(number: int, seed: int) -> str:
    """SQL: does field so many of record ``n`` differ?"""
    return f"{_hash(f'n * 64 + {number}', seed)} % {DIFFERS} = 0"


def select(side: str, rows: int, seed: int) -> str:
    """SQL: the records of a side, in its order."""
    values = []
    for number, (name, (value, kind)) in enumerate(FIELDS.items()):
        other = f"CASE WHEN {_differs(number, seed)} THEN {OTHER[kind].format(f'({value})')} ELSE {value} END"
        values.append(f"{value if side == 'left' else other} AS {name}")
    n = "range" if side == "left" else f"range * {STRIDE} % {rows}"
    return f"""
        SELECT printf('0457010%09d', n) AS {KEY}, {", ".join(values)}
        FROM (SELECT n, {_hash("n", seed)} AS h FROM (SELECT {n} AS n FROM range({rows})))
        WHERE NOT {_missing(side)}
    """


def truth(rows: int, seed: int) -> dict[str, int]:
    """How many records are missing on either side, and how many differ in each field, as the seed has it."""
    differing = ", ".join(f"count(*) FILTER ({_differs(number, seed)})" for number in range(len(FIELDS)))
    with duckdb.connect() as query:
        missing = query.execute(f"""
            SELECT count(*) FILTER ({_missing("left")}), count(*) FILTER ({_missing("right")})
            FROM (SELECT range AS n FROM range({rows}))
        """).fetchone()
        counts = query.execute(f"""
            SELECT {differing} FROM (SELECT range AS n FROM range({rows}))
            WHERE NOT {_missing("left")} AND NOT {_missing("right")}
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
