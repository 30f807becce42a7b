"""A lake with the seed's truth in, and how good a table ``links`` over it is, out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from vlekkeloos.lake import Lake


@contextmanager
def opened(folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The two registers and the truth, in the memory that a lake gives a query."""
    lake = Lake(folder)
    tables = {"left_records": "left", "right_records": "right", "truth": "truth"}
    with lake.query(**{name: lake.find(table) for name, table in tables.items()}) as query:
        yield query


def figures(query: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Recall and precision of the links, the share of the left records that a person is asked about, and a digest.

    ``reach`` is the recall if a person answers every question rightly.
    """
    ((right, linked, asked, answered, digest, there, records),) = query.execute("""
        WITH held AS (SELECT links.*, truth.left_key IS NOT NULL AS same
                      FROM links LEFT JOIN truth USING (left_key, right_key))
        SELECT count(*) FILTER (verdict = 'link' AND same), count(*) FILTER (verdict = 'link'),
               count(*) FILTER (verdict = 'doubt'), count(*) FILTER (verdict = 'doubt' AND same),
               CAST(bit_xor(hash(left_key, right_key, probability, verdict)) AS VARCHAR),
               (SELECT count(*) FROM truth), (SELECT count(*) FROM left_records) FROM held
    """).fetchall()
    return {
        "recall": round(right / there, 4),
        "precision": round(right / linked, 4) if linked else None,
        "asked": round(asked / records, 4),
        "reach": round((right + answered) / there, 4),
        "digest": digest,
    }
