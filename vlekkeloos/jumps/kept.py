"""A table of profiles, ``profiles/<exchange>/<source>``: a row a run.

Of an exchange about persons it holds counts only: the lowest bsn is somebody's bsn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from vlekkeloos.jumps.judged import LOOK_BACK
from vlekkeloos.lake import Ref
from vlekkeloos.profile import ColumnProfile, Profile, bound, written
from vlekkeloos.run import Run

SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("recorded_at", pa.timestamp("us", "UTC")),
        ("rows", pa.int64()),
        ("columns", pa.string()),  # JSON: by name, what was counted
    ]
)


def record(run: Run, source: str, profile: Profile) -> Ref:
    """Keeps the profile of a source in this run; one that the run has kept before stays as it is."""
    row = {
        "run_id": run.run_id,
        "recorded_at": datetime.now(UTC),
        "rows": profile.rows,
        "columns": json.dumps(_plain(profile, ends=not run.contract.personal), ensure_ascii=False),
    }
    table = run.table("profiles", source)
    kept = run.lake.write(table, pa.Table.from_pylist([row], schema=SCHEMA), run_id=run.run_id, mode="append")
    run.lake.tidy(table)
    return kept


def last(run: Run, source: str, n: int = LOOK_BACK) -> list[Profile]:
    """The profiles of the last ``n`` runs before this one, the newest first."""
    newest = run.lake.latest(run.table("profiles", source))
    if newest is None:
        return []
    with run.lake.query(profiles=newest) as query:
        found = query.execute(
            "SELECT rows, columns FROM profiles WHERE run_id <> ?"
            " AND recorded_at < coalesce((SELECT min(recorded_at) FROM profiles WHERE run_id = ?), 'infinity')"
            " ORDER BY recorded_at DESC LIMIT ?",
            [run.run_id, run.run_id, n],
        ).fetchall()
    return [_profile(rows, json.loads(columns), ends=not run.contract.personal) for rows, columns in found]


def _plain(profile: Profile, *, ends: bool) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "type": column.type,
            "kind": column.kind,
            "nulls": column.nulls,
            "distinct": column.distinct,
            "most": column.most,
            **({"low": written(column.low), "high": written(column.high)} if ends else {}),
        }
        for name, column in profile.columns.items()
    }


def _profile(rows: int, columns: Mapping[str, Mapping[str, Any]], *, ends: bool) -> Profile:
    return Profile(
        rows,
        {
            name: ColumnProfile(
                name=name,
                type=kept["type"],
                kind=kept["kind"],
                nulls=kept["nulls"],
                distinct=kept["distinct"],
                most=kept["most"],
                # kept when the exchange was not yet said to be about persons: of no use any more
                low=bound(kept["kind"], kept.get("low")) if ends else None,
                high=bound(kept["kind"], kept.get("high")) if ends else None,
            )
            for name, kept in columns.items()
        },
    )
