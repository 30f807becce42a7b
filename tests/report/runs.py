"""Runs as the stages leave them in a lake: the builder that the fixtures of the report's tests stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from vlekkeloos.contract import Contract
from vlekkeloos.errors import Held
from vlekkeloos.lake import Ref
from vlekkeloos.run import Outcome, Run

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"
QUARANTINE = pa.schema(
    [
        ("run_id", pa.string()), ("row", pa.int64()), ("key", pa.string()), ("expectation", pa.string()),
        ("field", pa.string()), ("value", pa.string()), ("severity", pa.string()), ("record", pa.string()),
    ]
)  # fmt: skip
DISCREPANCIES = pa.schema(
    [
        ("key", pa.string()), ("field", pa.string()), ("left", pa.string()), ("right", pa.string()),
        ("kind", pa.string()), ("rule", pa.string()), ("choice", pa.string()), ("first_seen", pa.date32()),
        ("last_seen", pa.date32()), ("runs_seen", pa.int64()), ("state", pa.string()), ("run_id", pa.string()),
    ]
)  # fmt: skip
DELIVERIES = pa.schema(
    [
        ("partner", pa.string()), ("version", pa.int64()), ("status", pa.string()), ("receipt", pa.string()),
        ("message", pa.string()), ("run_id", pa.string()), ("at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


def contract(classification: str = "openbaar") -> Contract:
    """An exchange of two sources and one partner."""
    lawful = {"purpose": "Wet WOZ, artikel 20"}
    tree = {
        "exchange": "adressen",
        "title": "Adressen van de gemeente tegen de BAG",
        "classification": classification,
        "purpose": {"processing_activity": "verwerking 12", "legal_basis": "Wet BAG, artikel 34"},
        "sources": {
            "gemeente": {"connector": "sql", "connection": "gemeente_adressen", "key": "identificatie"},
            "bag": {"connector": "bag_extract", "url": "bag.zip", "key": "identificatie", "authentic": True},
        },
        "validate": {"gemeente": {"suite": "adressen", "hold_above": 0.02}, "bag": {"suite": "bag_nummeraanduiding"}},
        "reconcile": {"left": "gemeente", "right": "bag", "settle": "authentic", "hold_above": 0.05},
        "publish": [
            {
                "connector": "https", "connection": "partner_belasting", "partner": "belastingsamenwerking",
                "fields": ["identificatie", "postcode", "huisnummer"], **lawful,
            }
        ],
    }  # fmt: skip
    made = Contract.model_validate(tree)
    made._file = EXCHANGES / "adressen" / "contract.yaml"  # where its suite is
    return made


def difference(key: str, field: str | None, left: str | None, right: str | None, **more: Any) -> dict[str, Any]:
    """A row of ``discrepancies``: settled for the BAG unless ``more`` says otherwise."""
    return {
        "key": key, "field": field, "left": left, "right": right, "kind": "differs", "rule": "authentic",
        "choice": "bag", "first_seen": date(2026, 11, 24), "last_seen": date(2026, 11, 24), "runs_seen": 1,
        "state": "new", **more,
    }  # fmt: skip


def broken(row: int, key: str | None, field: str, value: str | None, **more: Any) -> dict[str, Any]:
    """A row of ``quarantine``."""
    expectation = "expect_column_values_to_match_regex"
    return {
        "row": row, "key": key, "expectation": expectation, "field": field, "value": value, "severity": "critical",
        "record": '{"geheim": "hele rij"}', **more,
    }  # fmt: skip


@dataclass
class Built:
    """One run, to which stages are added as they would have ended."""

    run: Run

    def table(self, name: str, rows: list[dict[str, Any]], schema: pa.Schema, mode: Any = "overwrite") -> Ref:
        rows = [{**row, "run_id": self.run.run_id} for row in rows]
        return self.run.lake.write(name, pa.Table.from_pylist(rows, schema=schema), run_id=self.run.run_id, mode=mode)

    def pulled(self, source: str, rows: int, connector: str = "sql", *, held: bool = False, **more: Any) -> None:
        raw = self.run.lake.write(
            self.run.table("raw", source), pa.table({"identificatie": ["1"], "_row": [1]}), run_id=self.run.run_id
        )
        details = {"rows": rows, "sha256": "ab12cd34ef567890" * 4, "cursor": None, "connector": connector, **more}
        stop = Held(f"{source}: the registry's schema drifted") if held else None
        outcome = Outcome([], [raw], details, stop)
        self.run.record("pull", source, "held" if held else "done", outcome, 1.0, str(stop or ""))

    def failed(self, stage: Any, subject: str, message: str) -> None:
        self.run.record(stage, subject, "failed", Outcome([], []), 1.0, message)

    def judged(
        self,
        source: str,
        rows: int,
        bad: list[dict[str, Any]],
        *,
        held: bool = False,
        limit: float = 0.02,
        **more: Any,
    ) -> None:
        count = len({row["row"] for row in bad})
        accepted = self.run.lake.write(
            self.run.table("accepted", source), pa.table({"identificatie": ["1"]}), run_id=self.run.run_id
        )
        quarantine = self.table(self.run.table("quarantine", source), bad, QUARANTINE)
        details = {
            "rows": rows, "accepted": rows - count, "quarantined": count, "share": count / rows, "hold_above": limit,
            "suite": "adressen", "repeats": 0, "expectations": [], **more,
        }  # fmt: skip
        stop = Held(f"{source}: {count / rows:.2%} of the rows is in quarantine") if held else None
        outcome = Outcome([], [accepted, quarantine], details, stop)
        self.run.record("validate", source, "held" if held else "done", outcome, 1.0, str(stop or ""))

    def compared(self, found: list[dict[str, Any]], *, keys: int = 25_000, held: bool = False, **more: Any) -> None:
        agreed = self.run.lake.write(
            self.run.table("agreed"), pa.table({"identificatie": ["1"]}), run_id=self.run.run_id
        )
        discrepancies = self.table(self.run.table("discrepancies"), found, DISCREPANCIES)
        differing = len({row["key"] for row in found})
        waiting = sum(row["rule"] is None and not row["kind"].startswith("quarantined") for row in found)
        details = {
            "keys": keys, "left": keys, "right": keys, "matched": keys, "equal": keys - differing, "agreed": keys,
            "discrepancies": len(found), "differing_keys": differing, "share": differing / keys, "hold_above": 0.05,
            "settled": sum(row["rule"] is not None for row in found), "waiting": waiting, "kinds": {},
            "left_out": {"quarantined": 0, "undecided": waiting}, **more,
        }  # fmt: skip
        stop = Held("adressen: more keys differ than hold_above allows") if held else None
        outcome = Outcome([], [agreed, discrepancies], details, stop)
        self.run.record("reconcile", "", "held" if held else "done", outcome, 1.0, str(stop or ""))

    def deliveries(self, rows: list[dict[str, Any]]) -> None:
        self.table(self.run.table("deliveries"), rows, DELIVERIES, "append")

    def published(self, *, version: int = 1, rows: int = 24_900, problem: str = "", delivery: bool = True) -> None:
        partner = "belastingsamenwerking"
        release = self.run.lake.write(
            self.run.table("releases", partner), pa.table({"identificatie": ["1"]}), run_id=self.run.run_id
        )
        told = {
            "partner": partner, "version": version, "status": "due" if problem else "delivered",
            "receipt": None if problem else "ontvangst-7781", "message": problem or None, "at": datetime.now(UTC),
        }  # fmt: skip
        if delivery:
            self.deliveries([told])
        details = {"version": version, "rows": rows, "delivered": not problem, "receipt": told["receipt"]}
        status: Any = "failed" if problem else "done"
        self.run.record("publish", partner, status, Outcome([], [release], details), 1.0, problem)
