"""Every suite of the BAG on a delivery that Kadaster made, as the tables of docs/findings/weesp.md.

``python -m tests.validations.weesp BAGGEM0457L-15102021.zip`` prints them, with some objects of each finding.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import validations
from connectors import bag_extract
from vlekkeloos import suite
from vlekkeloos.connector import Connection
from vlekkeloos.lake import ROW
from vlekkeloos.scan import judge

TYPES = ["woonplaats", "openbareRuimte", "nummeraanduiding", "pand", "verblijfsobject", "ligplaats", "standplaats"]
FORM = {"result_format": "SUMMARY", "return_unexpected_index_query": False}


@dataclass(frozen=True)
class Line:
    """What one expectation found: how many rows break it, and the first of the objects that these are about."""

    expectation: str
    about: str
    severity: str
    broken: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """What the suite of one object type found."""

    object_type: str
    suite: str
    rows: int
    lines: list[Line]

    @property
    def table(self) -> str:
        """The findings as a table in Markdown."""
        head = "| expectation | about | severity | rows that break it |\n|---|---|---|---:|\n"
        return head + "".join(
            f"| `{line.expectation}` | {line.about} | {line.severity} | {line.broken:,} |\n" for line in self.lines
        )

    @property
    def summary(self) -> str:
        """One line of the table of all object types."""
        broken = sum(line.broken > 0 for line in self.lines)
        return f"| {self.object_type} | `{self.suite}` | {self.rows:,} | {len(self.lines)} | {broken} |"


def findings(delivery: Path) -> Iterator[Findings]:
    """Judges each object type of a delivery by its suite, with what it refers to if there is a suite for that."""
    with duckdb.connect() as query:
        schemas = {name.lower(): _pull(query, delivery, name) for name in TYPES}
        for name, schema in schemas.items():
            yield _judge(query, name, schema, {other: f"delivery.{other}" for other in schemas})


def _pull(query: duckdb.DuckDBPyConnection, delivery: Path, name: str) -> pa.Schema:
    pulled = bag_extract.pull(bag_extract.Options(object=name), Connection("weesp", str(delivery)))
    table = pa.Table.from_batches(pulled.batches, pulled.schema)
    numbered = table.append_column(ROW, pa.array(range(1, len(table) + 1), pa.int64()))
    query.register("pulled", numbered)
    query.execute("CREATE SCHEMA IF NOT EXISTS delivery")
    query.execute(f"CREATE TABLE delivery.{name.lower()} AS FROM pulled")
    return numbered.schema


def _judge(query: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, views: dict[str, str]) -> Findings:
    (folder,) = map(Path, validations.__path__)
    whole = folder / f"bag_{name}_met_verwijzingen.yaml"
    file = whole if whole.is_file() else folder / f"bag_{name}.yaml"
    found = judge(suite.load(file), query, views[name], schema, result_format=FORM, others=views)
    lines = []
    for number, result in enumerate(found.result.results):
        broken = query.execute(
            f"SELECT DISTINCT identificatie FROM {views[name]} WHERE {ROW} IN"
            f" (SELECT row FROM {found.failures} WHERE number = {number}) ORDER BY 1 LIMIT 3"
        ).fetchall()
        configuration = result.expectation_config
        count = result.result.get("unexpected_count", 0 if result.success else 1)
        lines.append(
            Line(
                configuration.type,
                _about(configuration.kwargs),
                str(result.expectation_config.severity.value),
                count,
                tuple(one for (one,) in broken),
            )
        )
    rows = query.execute(f"SELECT count(*) FROM {views[name]}").fetchone()
    assert rows is not None
    return Findings(name, file.stem, rows[0], lines)


def _about(kwargs: dict[str, Any]) -> str:
    columns = [kwargs[word] for word in ("column", "column_A", "column_B") if word in kwargs]
    columns += kwargs.get("column_list", [])[:4]
    return (", ".join(columns) or "the table") + (f" → {kwargs['source']}" if "source" in kwargs else "")


if __name__ == "__main__":
    for found in findings(Path(sys.argv[1])):
        print(found.summary, found.table, sep="\n\n")
        for line in found.lines:
            if line.broken:
                print("-", line.expectation, *line.examples)
