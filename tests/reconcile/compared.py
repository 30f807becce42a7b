"""A comparison of small tables, without a lake: rules and the sources' records in, what was found out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from vlekkeloos import reconcile
from vlekkeloos.contract import Contract, Reconcile, Source
from vlekkeloos.run import Run

QUARANTINE = pa.schema([("key", pa.string()), ("severity", pa.string()), ("record", pa.string())])
DECIDED = pa.schema(
    [
        (name, pa.string())
        for name in (
            "id", "key", "field", "left_source", "right_source", "kind", "left", "right", "choice", "value",
            "decision",
        )
    ]
    + [("decided_at", pa.timestamp("us", "UTC"))]
)  # fmt: skip


class Compared:
    """What a comparison of ``sources`` (their accepted records) by ``rules`` gave.

    ``quarantined`` are records in quarantine by source; ``decided`` the decisions that apply.
    """

    def __init__(
        self,
        sources: Mapping[str, pa.Table],
        rules: Mapping[str, Any] | None = None,
        *,
        authentic: str | None = None,
        dated: str | None = None,
        quarantined: Mapping[str, list[dict[str, Any]]] | None = None,
        decided: list[dict[str, Any]] | None = None,
    ) -> None:
        said = {"sources": list(sources)} | dict(rules or {})
        contract = Contract(
            exchange="demo",
            title="Demo",
            classification="openbaar",
            sources={
                name: Source(connector="parquet", url="-", key="id", authentic=name == authentic, dated=dated)
                for name in sources
            },
            reconcile=Reconcile.model_validate(said),
        )
        lake: Any = None
        run = Run(contract, lake, "r1", date(2026, 1, 1))
        with duckdb.connect() as query:
            for number, (name, table) in enumerate(sources.items()):
                rows = [
                    {"key": row.get("id"), "severity": "critical", "record": json.dumps(row)}
                    for row in (quarantined or {}).get(name, [])
                ]
                query.register(f"accepted{number}", table)
                query.register(f"quarantine{number}", pa.Table.from_pylist(rows, QUARANTINE))
            if decided is not None:
                query.register("decided", pa.Table.from_pylist(decided, DECIDED))
            comparison = reconcile._compare(run, query)
            self.details = reconcile._details(query, comparison)
            self.found = _rows(query, "FROM found")
            self.notations = _rows(query, "FROM notations")
            self.agreed = _rows(query, comparison.agreed())

    def pairs(self) -> set[tuple[Any, ...]]:
        """Each discrepancy as (key, field, left source, right source, left, right, kind)."""
        names = ("key", "field", "left_source", "right_source", "left", "right", "kind")
        told = [tuple(row[name] for name in names) for row in self.found]
        assert len(told) == len(set(told)), "a discrepancy is told once"
        return set(told)

    def record(self, key: str, by: str = "id") -> dict[str, Any]:
        """The one agreed record of a key."""
        (row,) = [row for row in self.agreed if row[by] == key]
        return row


def _rows(query: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = query.sql(sql).to_arrow_table().to_pylist()
    return found


def table(**columns: list[Any]) -> pa.Table:
    """A table of texts, but for columns with numbers or days in them."""
    return pa.table(
        {name: pa.array(values, None if any(values) else pa.string()) for name, values in columns.items()}
    )
