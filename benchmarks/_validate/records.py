"""A seed and a number in; a register of that many verblijfsobjecten in a Delta lake out, and what is wrong with it.

Of every thousand rows one breaks each of the rules, and which one is known, so that the seed itself is a contender
when results are held against each other.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks._validate.rules import BROKEN, IN_USE, KINDS, PLACES, STATUS
from vlekkeloos.lake import Lake

STREETS = ("Dorpsstraat", "Burgemeester s-Jacobplein", "Keizersgracht", "s-Gravelandseweg", "Eénakkerweg")
TABLE = "raw/validate/verblijfsobject"
#: Rows near each other are in one neighbourhood, in no order; this number shares no factor with BLOCK.
BLOCK, STRIDE = 50_000, 7_919
#: Addresses of a postcode: there are some 9.8 million in the Netherlands, and 460,000 postcodes.
DOORS = 21


def _one_of(values: tuple[str, ...], number: str) -> str:
    return f"{list(values)}[1 + {number} % {len(values)}]"


def select(rows: int, seed: int) -> str:
    """SQL: the rows, numbered from 1, with 20 columns."""

    def wrong(name: str, value: str, right: str) -> str:
        return f"CASE WHEN nth = {BROKEN[name]} THEN {value} ELSE {right} END"

    number = f"CAST(_row - (nth = {BROKEN['identificatie of the row before']})::INTEGER AS BIGINT)"
    return f"""
        WITH numbered AS (
            SELECT range AS _row, range % 1000 AS nth, CAST(hash(range + {seed} * 1_000_000_007) >> 1 AS BIGINT) AS h,
                   (range - (range % 1000 = {BROKEN["address of the row before"]})::INTEGER) AS address
            FROM range(1, {rows} + 1)),
        placed AS (
            SELECT *, CAST(hash(address) >> 1 AS BIGINT) AS a,
                address // {BLOCK} * {BLOCK} + address * {STRIDE} % {BLOCK} AS door
            FROM numbered)
        SELECT
            _row,
            CASE nth WHEN {BROKEN["no identificatie"]} THEN NULL
                     WHEN {BROKEN["identificatie of another form"]} THEN printf('NL.IMBAG.%d', _row)
                     ELSE printf('045701%010d', {number}) END AS identificatie,
            {wrong("naam", "' '", "''")} || {_one_of(("Villa Oëlla", "Huize De Linde", "Café Hoekje"), "h")}
                || ' ' || (h >> 8) % 9973 AS naam,
            CASE WHEN _row % 4 <> 0 THEN 'Object ' || _row || ' van de gemeente, blad ' || (h >> 4) % 311 END
                AS omschrijving,
            CASE nth WHEN {BROKEN["status"]} THEN 'onbekend'
                     WHEN {BROKEN["oppervlakte in use"]} THEN '{IN_USE}'
                     WHEN {BROKEN["oppervlakte not in use"]} THEN '{STATUS[1]}'
                     ELSE {_one_of(STATUS, "(h >> 16)")} END AS status,
            {wrong("soort", "'overig'", _one_of(KINDS, "(h >> 20)"))} AS soort,
            {_one_of(KINDS, "(h >> 24)")} || 'functie' AS gebruiksdoel,
            CAST({wrong("huisnummer", "-1", "1")} * (1 + door % {DOORS}) AS INTEGER) AS huisnummer,
            CASE WHEN nth = {BROKEN["huisletter"]} THEN 'AB' WHEN a % 7 = 0 THEN chr(CAST(65 + a % 3 AS INTEGER)) END
                AS huisletter,
            CASE WHEN a % 11 = 0 THEN CAST(1 + a % 40 AS VARCHAR) END AS toevoeging,
            {wrong("postcode", "'0'", "''")} || (1000 + door // {DOORS} // 60)
                || chr(CAST(65 + door // {DOORS} % 60 // 26 AS INTEGER))
                || chr(CAST(65 + door // {DOORS} % 60 % 26 AS INTEGER)) AS postcode,
            {wrong("straat", "''", f"{_one_of(STREETS, f'(door // {DOORS} // 60)')} || ' ' || door // {DOORS} % 60")}
                AS straat,
            {_one_of(PLACES, "(h >> 32)")} AS woonplaats,
            CAST(CASE WHEN nth IN ({BROKEN["oppervlakte in use"]}, {BROKEN["oppervlakte not in use"]}) THEN 0
                 ELSE 20 + (h >> 36) % 480 END AS INTEGER) AS oppervlakte,
            CAST({wrong("bouwjaar", "17", "1600 + (h >> 40) % 425")} AS INTEGER) AS bouwjaar,
            ((h >> 12) % 90000000) / 100 + 0.5 AS waarde,
            130000 + ((h >> 6) % 9000000) / 1000 AS x,
            480000 + ((h >> 2) % 9000000) / 1000 AS y,
            h % 10 <> 0 AS actief,
            DATE '1990-01-01' + CAST((h >> 44) % 12000 AS INTEGER) AS begin,
            CASE WHEN nth = {BROKEN["eind"]} THEN DATE '1989-12-31'
                 WHEN h % 6 = 0 THEN DATE '1990-01-01' + CAST((h >> 44) % 12000 + h % 400 AS INTEGER) END AS eind
        FROM placed
    """


def main(folder: str, rows: str, seed: str) -> None:
    """Writes them as the lake does, in order."""
    with duckdb.connect() as query:
        reader = query.sql(select(int(rows), int(seed))).to_arrow_reader(50_000)
        Lake(folder).write(TABLE, reader, run_id="benchmark")
    size = sum(file.stat().st_size for file in Path(folder, TABLE).glob("*.parquet"))
    print(f'{{"parquet_mb": {size / 2**20:.1f}}}')


if __name__ == "__main__":
    main(*sys.argv[1:])
