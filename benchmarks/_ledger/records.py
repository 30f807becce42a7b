"""A number of discrepancies and of changes in; a ledger of them out, what a comparison finds next, and the truth.

One in ten is open, the others are resolved. Of the changes three tenths are new, three tenths have other values,
two tenths are no longer found and two tenths are found again.
"""

from __future__ import annotations

import sys

from vlekkeloos.lake import Lake
from vlekkeloos.reconcile.ledger import identity

EXCHANGE = "benchmark"
LEDGER, PREVIOUS = f"ledger/{EXCHANGE}", f"discrepancies/{EXCHANGE}"
#: What the comparison of the next run finds; the same events as a table with one row an id; and what changes in it.
FOUND, PLAIN, CHANGES = "found", "plain", "changes"
OPEN = 10
#: Changes lie all over the table; this number shares no factor with the powers of ten that sizes are.
STRIDE = 7_919
BATCH = 50_000


def numbered(rows: int, changes: int, seed: int) -> str:
    """SQL: every discrepancy, before and after, with what becomes of it (NULL: nothing)."""
    some = max(rows // OPEN, 1)
    return f"""
        WITH numbers AS (
            SELECT range AS number, range % {OPEN} AS nth, range // {OPEN} * {STRIDE} % {some} AS place,
                   CAST(hash(range + {seed} * 1_000_000_007) >> 1 AS BIGINT) AS h
            FROM range({rows + changes * 3 // 10})),
        becoming AS (
            SELECT *, CASE WHEN number >= {rows} THEN 'new'
                           WHEN nth = 0 AND place < {changes * 3 // 10} THEN 'other'
                           WHEN nth = 0 AND place < {changes * 5 // 10} THEN 'gone'
                           WHEN nth = 1 AND place < {changes * 2 // 10} THEN 'again' END AS becomes
            FROM numbers),
        discrepancy AS (
            SELECT *, printf('0457010%09d', number) AS key, ['straatnaam', 'postcode', 'status'][1 + h % 3] AS field,
                   'gemeente' AS left_source, 'bag' AS right_source, 'differs' AS kind,
                   'Burgemeester ' || h % 99991 AS "left", 'Burg. ' || h % 99989 AS "right",
                   CAST(NULL AS VARCHAR) AS rule, CAST(NULL AS VARCHAR) AS choice,
                   CASE WHEN number < {rows} THEN CASE nth WHEN 0 THEN 'open' ELSE 'resolved' END END AS before
            FROM becoming)
        SELECT {identity(EXCHANGE)} AS id, * FROM discrepancy
    """


VALUES = 'key, field, left_source, right_source, kind, "left", "right", rule, choice'
#: The values after the changes.
LATER = VALUES.replace('"left"', """"left" || CASE becomes WHEN 'other' THEN ' II' ELSE '' END AS "left\"""")
STATE = """CASE becomes WHEN 'new' THEN 'new' WHEN 'other' THEN 'open' WHEN 'gone' THEN 'resolved'
                        WHEN 'again' THEN 'reopened' ELSE before END AS state"""


def main(folder: str, rows: str, changes: str, seed: str) -> None:
    """Writes the tables as the lake does."""
    lake = Lake(folder)
    day = "DATE '2026-01-01'"
    with lake.query() as query:
        query.execute(f"CREATE TABLE numbered AS {numbered(int(rows), int(changes), int(seed))}")
        event = f"""CAST(NULL AS VARCHAR) AS decision, {day} AS first_seen, {day} AS changed,
                    {day} + CAST(h % 300 AS INTEGER) AS as_of, 'r' || h % 300 AS run_id,
                    TIMESTAMPTZ '2026-01-01 04:00:00Z' + INTERVAL (h % 300) DAY AS recorded_at"""
        tables = {
            LEDGER: f"SELECT id, {VALUES}, before AS state, {event} FROM numbered WHERE number < {rows}",
            PREVIOUS: f"""
                SELECT id, {VALUES}, before AS state, {day} AS first_seen, {day} AS last_seen, {day} AS changed,
                       CAST(h % 300 AS BIGINT) AS runs_seen, 'r' AS run_id FROM numbered WHERE before = 'open'""",
            FOUND: f"""
                SELECT {LATER} FROM numbered
                WHERE becomes IN ('new', 'other', 'again') OR before = 'open' AND becomes IS NULL""",
            PLAIN: f"SELECT id, {VALUES}, before AS state FROM numbered WHERE number < {rows}",
            CHANGES: f"SELECT id, {LATER}, {STATE} FROM numbered WHERE becomes IS NOT NULL",
        }
        for table, sql in tables.items():
            lake.write(table, query.sql(sql).to_arrow_reader(BATCH), run_id="benchmark")
        print(f'{{"found": {lake.count(lake.find(FOUND))}, "changes": {lake.count(lake.find(CHANGES))}}}')


if __name__ == "__main__":
    main(*sys.argv[1:])
