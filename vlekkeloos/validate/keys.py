"""The engine's own rules: a record has a key, the key is its own, and no record is there twice.

They hold for every source, with or without a suite, for a record that breaks them can't be compared or released.
"""

from __future__ import annotations

from typing import Any

from vlekkeloos import connector
from vlekkeloos.contract import Source
from vlekkeloos.lake import ROW, literal, quoted

KEY_FILLED, KEY_UNIQUE, NOT_REPEATED = "key_is_filled", "key_is_unique", "row_is_not_a_repeat"
SEVERITY = {KEY_FILLED: "critical", KEY_UNIQUE: "critical", NOT_REPEATED: "warning"}


def failures(source: Source, columns: list[str]) -> str:
    """Selects (row, expectation, field, value, severity) for empty keys, keys of two records, and repeats.

    Hashes of the keys find the few suspects, for they take a fraction of the keys' own memory; what two
    suspects have in common is then judged by the records themselves.
    """
    identity = connector.identity(source)
    key, named = quoted(identity[0]), ", ".join(map(quoted, identity))
    # a key of spaces identifies nothing
    empty = f"coalesce(trim(CAST({key} AS VARCHAR)) = '', TRUE)"
    content = ", ".join(map(quoted, columns))
    field, first = literal(", ".join(identity)), literal(identity[0])
    return f"""
        WITH many AS (SELECT hash({named}) FROM raw WHERE NOT {empty} GROUP BY ALL HAVING count(*) > 1),
        suspect AS (SELECT * FROM raw WHERE NOT {empty} AND hash({named}) IN (FROM many)),
        numbered AS (
            SELECT {ROW}, {named}, row_number() OVER (PARTITION BY {content} ORDER BY {ROW}) AS __nth
            FROM suspect),
        counted AS (SELECT *, count(*) FILTER (__nth = 1) OVER (PARTITION BY {named}) AS __different FROM numbered)
        SELECT {ROW}, '{KEY_FILLED}', {first}, NULL, 'critical' FROM raw WHERE {empty}
        UNION ALL
        SELECT {ROW}, '{NOT_REPEATED}', {field}, CAST({key} AS VARCHAR), 'warning' FROM counted WHERE __nth > 1
        UNION ALL
        SELECT {ROW}, '{KEY_UNIQUE}', {field}, CAST({key} AS VARCHAR), 'critical' FROM counted
        WHERE __different > 1
    """


def results(counts: dict[str, int], rows: int, key: str) -> list[dict[str, Any]]:
    """These rules in the form of a suite's expectations; ``counts`` says how many rows break each."""
    return [
        {
            "expectation": name,
            "field": key,
            "severity": severity,
            "success": counts[name] == 0,
            "evaluated": rows,
            "unexpected": counts[name],
        }
        for name, severity in SEVERITY.items()
    ]
