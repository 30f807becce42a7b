"""The versions of a table in; the rows about one record in each of them, out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vlekkeloos.contract import Contract
from vlekkeloos.lake import Lake, Ref
from vlekkeloos.reconcile.equality import register


@dataclass(frozen=True)
class Version:
    """One version of a table, and its rows about the record, as plain values."""

    ref: Ref
    at: datetime
    run_id: str | None
    rows: list[dict[str, Any]]


def versions(lake: Lake, table: str, where: str, values: list[Any], contract: Contract) -> list[Version]:
    """Each version that is still there, oldest first, with the rows that meet a condition.

    ``where`` is SQL with a ``?`` for each of ``values``. A table that isn't there has no versions. The contract
    is that of its exchange: the condition may use its normalisers.
    """
    commits = [commit for commit in reversed(lake.history(table)) if commit.get("operation") != "OPTIMIZE"]
    refs = {f"v{commit['version']}": Ref(table, commit["version"]) for commit in commits}
    if not refs:
        return []
    found: dict[int, list[dict[str, Any]]] = {ref.version: [] for ref in refs.values()}
    with lake.query(**refs) as query:
        register(query, contract.reconcile.key or {}, contract.folder)
        for view, ref in refs.items():
            rows = query.execute(
                f"SELECT CAST(to_json({view}) AS VARCHAR) FROM {view} WHERE {where}", values
            ).fetchall()
            found[ref.version] = [json.loads(text) for (text,) in rows]
    return [
        Version(Ref(table, commit["version"]), _moment(commit), commit.get("run_id"), found[commit["version"]])
        for commit in commits
    ]


def _moment(commit: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)
