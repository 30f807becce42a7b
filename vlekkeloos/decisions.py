"""What persons decided about discrepancies: the table ``decisions/<exchange>``, and which of them apply on a day.

A decision is about one discrepancy as it was: if a value changes, the question is a new one. A decision is never
changed; a later one about the same discrepancy follows it.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import pyarrow as pa

#: The room of the lake.
ROOM = "decisions"
#: A side wins, neither does (``value``), they may stay different (``accept``), or somebody is finding out.
Choice = Literal["left", "right", "value", "accept", "onderzoek"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
#: The values of a decision about a doubtful pair: one record, or two.
SAME_OR_NOT = SAME, DIFFERENT = "zelfde", "ander"
SCHEMA = pa.schema(
    [
        ("decision", pa.string()),
        ("id", pa.string()),  # of the discrepancy; with it what it was when it was decided about:
        ("key", pa.string()),
        ("field", pa.string()),
        ("left_source", pa.string()),
        ("right_source", pa.string()),
        ("kind", pa.string()),
        ("left", pa.string()),
        ("right", pa.string()),
        ("choice", pa.string()),
        ("value", pa.string()),  # of the choice ``value`` only
        ("reason", pa.string()),
        ("author", pa.string()),
        ("decided_at", pa.timestamp("us", "UTC")),
        ("until", pa.date32()),  # its last day; null: it doesn't end
        ("batch", pa.string()),  # the decisions that were taken at once
    ]
)


def newest(decisions: str = "decisions") -> str:
    """Selects the last decision about each discrepancy from the view of that name; all its columns."""
    return f"FROM {decisions} QUALIFY row_number() OVER (PARTITION BY id ORDER BY decided_at DESC, decision DESC) = 1"


def applying(day: date, decisions: str = "decisions") -> str:
    """Selects the decisions that apply on a day: the last about each discrepancy, if it has not ended.

    Columns: id, key, field, left_source, right_source, kind, left, right (as they were), choice, value, decision,
    decided_at.
    One that has ended gives the question back: the one before it does not revive. Whether the values are still
    the same is for who holds them against the found ones: ``left`` and ``right`` IS NOT DISTINCT FROM those.
    """
    return (
        'SELECT id, key, field, left_source, right_source, kind, "left", "right", choice, value, decision, decided_at'
        f" FROM ({newest(decisions)}) WHERE until IS NULL OR until >= DATE '{day.isoformat()}'"
    )
