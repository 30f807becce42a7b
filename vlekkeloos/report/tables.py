"""A run's discrepancies and quarantine in; the same rows out as CSV, or as a query for the Excel file.

A spreadsheet reads a text that starts with ``=``, ``+``, ``-``, ``@``, a tab or a line end as a formula. Such a text
comes from a registry, so anyone may have written it: it gets a ``'`` in front (OWASP, CSV Injection). Of personal
data no key and no value is written.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from pyarrow import csv as pa_csv

from vlekkeloos.lake import Ref, quoted
from vlekkeloos.report.figures import Figures

_DISCREPANCIES = {
    "key": "text", "field": "text", "left": "text", "right": "text", "kind": "text", "rule": "text", "choice": "text",
    "first_seen": "date", "last_seen": "date", "runs_seen": "number", "state": "text",
}  # fmt: skip
_QUARANTINE = {
    "source": "text", "row": "number", "key": "text", "expectation": "text", "field": "text", "value": "text",
    "severity": "text",
}  # fmt: skip
_BATCH = 50_000
_VALUES = {"key", "left", "right", "value"}


@dataclass(frozen=True)
class Listing:
    """Rows that can be listed: the tables they come from, the SQL (ordered) and the names of its columns."""

    name: str
    tables: dict[str, Ref]
    sql: str
    columns: list[str]


def discrepancies(figures: Figures) -> Listing:
    """Every discrepancy of the run, by key and field; without tables if the run did not compare."""
    listed = _DISCREPANCIES
    if len(figures.run.contract.sides) > 2:
        first, second, *_ = listed
        sources = {"left_source": "text", "right_source": "text"}
        listed = {first: "text", second: "text"} | sources | listed
    columns = _columns(figures, listed)
    table = figures.step("reconcile").ref("discrepancies")
    tables = {"discrepancies": table} if table else {}
    return Listing(
        "discrepancies", tables, f"SELECT {_selected(columns)} FROM discrepancies ORDER BY ALL", [*columns]
    )


def quarantine(figures: Figures) -> Listing:
    """Every broken rule of every quarantined row, by source and row; without tables if nothing was validated."""
    columns = _columns(figures, _QUARANTINE)
    tables = {
        f"quarantine_{source}": table
        for source in figures.run.contract.sources
        if (table := figures.step("validate", source).ref("quarantine"))
    }
    parts = " UNION ALL ".join(
        f"SELECT '{name.removeprefix('quarantine_')}' AS source, * FROM {name}" for name in tables
    )
    return Listing("quarantine", tables, f"SELECT {_selected(columns)} FROM ({parts}) ORDER BY ALL", [*columns])


def write_csv(figures: Figures, listing: Listing, file: Path) -> None:
    """Writes a listing as CSV (RFC 4180, UTF-8, a header), streaming."""
    if not listing.tables:
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerow(listing.columns)
        return
    with figures.run.lake.query(**listing.tables) as query:
        batches = query.sql(listing.sql).to_arrow_reader(_BATCH)
        with pa_csv.CSVWriter(str(file), batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)


def _columns(figures: Figures, columns: dict[str, str]) -> dict[str, str]:
    hidden = _VALUES if figures.run.contract.personal else set()
    return {name: kind for name, kind in columns.items() if name not in hidden}


def _selected(columns: dict[str, str]) -> str:
    return ", ".join(f'{_harmless(name) if kind == "text" else quoted(name)} AS "{name}"'
                     for name, kind in columns.items())  # fmt: skip


def _harmless(name: str) -> str:
    column = quoted(name)
    return f"CASE WHEN regexp_matches({column}, '^[-=+@\\t\\r\\n]') THEN concat('''', {column}) ELSE {column} END"
