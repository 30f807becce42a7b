"""Discrepancies written by hand, as the comparison and its ledger leave them."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pyarrow as pa

from tests.builder import DAY, Exchange
from vlekkeloos.lake import Ref
from vlekkeloos.run import Outcome

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "key", "field", "left_source", "right_source", "left", "right")),
        *((name, pa.string()) for name in ("kind", "rule", "choice", "state")),
        ("first_seen", pa.date32()),
        ("last_seen", pa.date32()),
        ("runs_seen", pa.int64()),
        ("changed", pa.date32()),
        ("decision", pa.string()),
        ("run_id", pa.string()),
    ]
)
#: A question about a field of a key: key, field, left, right.
Question = tuple[str, str | None, str | None, str | None]


def identity(key: str, field: str | None, kind: str = "differs") -> str:
    """A stable id; the real one is the ledger's."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{key}/{field}/{kind}"))


def row(
    key: str, field: str | None, left: str | None = None, right: str | None = None, **more: Any
) -> dict[str, Any]:
    """A discrepancy that waits for a person; ``more`` replaces its parts."""
    return {
        "id": identity(key, field, more.get("kind", "differs")),
        "key": key,
        "field": field,
        "left_source": "gemeente",
        "right_source": "bag",
        "left": left,
        "right": right,
        "kind": "differs",
        "rule": None,
        "choice": None,
        "state": "new",
        "first_seen": DAY,
        "last_seen": DAY,
        "runs_seen": 1,
        "changed": DAY,
        "decision": None,
        "run_id": "r1",
        **more,
    }


def plant(exchange: Exchange, *rows: dict[str, Any], run_id: str = "r1", matched: int = 1000) -> Ref:
    """Writes the discrepancies of a run, and that it compared."""
    run = exchange.run(run_id, DAY if run_id == "r1" else date(2026, 1, 2))
    written = run.lake.write(run.table("discrepancies"), pa.Table.from_pylist(list(rows), SCHEMA), run_id=run_id)
    run.record("reconcile", "", "done", Outcome([], [written, written], {"matched": matched}), 1.0, "")
    return written


def street(count: int = 40) -> list[dict[str, Any]]:
    """A street that was renamed."""
    return [row(f"S{n:03}", "straatnaam", "Kerkstraat", "Burgemeesterplein") for n in range(count)]
