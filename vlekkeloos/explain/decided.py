"""What was found about a record, what rules and persons decided, and what was reported to the source holder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

from vlekkeloos.contract import Contract
from vlekkeloos.explain.event import Event, What
from vlekkeloos.explain.versions import versions
from vlekkeloos.lake import Lake

#: Of a row of each table: when it happened, and what of it is told.
LEDGER = ("state", "kind", "left_source", "left", "right_source", "right", "rule", "choice", "decision")
DECISIONS = ("choice", "value", "reason", "author", "until", "left", "right", "kind")
TERUGMELDINGEN = ("status", "number", "answer", "registered", "believed", "explanation", "approved_by")


def events(lake: Lake, contract: Contract, key: str) -> Iterator[Event]:
    """Each change of each discrepancy, each decision, and each step of a terugmelding about the record."""
    exchange = contract.exchange
    yield from _appended(lake, f"ledger/{exchange}", key, "difference", "recorded_at", LEDGER)
    yield from _appended(lake, f"decisions/{exchange}", key, "decision", "decided_at", DECISIONS)
    yield from _reported(lake, contract, key)


def _appended(lake: Lake, table: str, key: str, what: What, moment: str, words: tuple[str, ...]) -> Iterator[Event]:
    """A table that only grows: each row is an event of its own."""
    newest = lake.latest(table)
    if newest is None:
        return
    with lake.query(grown=newest) as query:
        for row in _rows(query, "SELECT * FROM grown WHERE key = ?", [key]):
            at = row[moment]
            at = at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            told = _told(row, words)
            yield Event(at, what, row["field"] or row["kind"], str(newest), row.get("run_id"), told)


def _reported(lake: Lake, contract: Contract, key: str) -> Iterator[Event]:
    """A table in which each draft is followed: a step is a version in which its status is another one."""
    before: dict[tuple[Any, Any], Any] = {}
    for version in versions(lake, f"terugmeldingen/{contract.exchange}", "key = ?", [key], contract):
        for row in version.rows:
            one = row["field"], row["kind"]
            if before.get(one) != row["status"]:
                told = _told(row, TERUGMELDINGEN)
                yield Event(
                    version.at, "terugmelding", row["field"] or row["kind"], str(version.ref), version.run_id, told
                )
            before[one] = row["status"]


def _rows(query: Any, sql: str, values: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = query.sql(sql, params=values).to_arrow_table().to_pylist()
    return found


def _told(row: dict[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    told = {word: row.get(word) for word in words}
    return {
        word: value.isoformat() if hasattr(value, "isoformat") else value
        for word, value in told.items()
        if value is not None
    }
