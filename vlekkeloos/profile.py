"""A table in; what each of its columns holds, out: how many, how many different, from where to where.

Aggregate queries over the whole table, some columns at a time; then exact counts of the columns that have few values.
What is counted per value is bounded by that, so memory grows neither with the rows nor with the columns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from vlekkeloos.lake import ROW
from vlekkeloos.scan.metric import Column, Kind

#: Up to this many different values their counts are in the profile.
FEW = 20
#: Columns in one query: each costs memory for every thread, so a wide table takes more than one.
TOGETHER = 40
#: An estimate of a number of different values up to this is replaced by the exact number.
CLOSE = 2 * FEW
#: The kinds that can be put in order from low to high.
ORDERED: tuple[Kind, ...] = ("whole", "float", "decimal", "date", "moment")
#: Values of these kinds are counted as they are; those of others are only told apart.
COUNTED: tuple[Kind, ...] = ("text", "whole", "boolean")
Bound = int | float | Decimal | date | datetime


@dataclass(frozen=True)
class ColumnProfile:
    """What one column holds.

    ``nulls`` counts the rows without a value (a NaN is none). ``distinct`` is exact up to CLOSE, beyond that an
    estimate that may be a tenth off; None for bytes and nested values. ``low`` and ``high`` are the ends of
    numbers, dates and moments, None where Python has no such value (a year beyond 9999, infinity).
    ``shortest`` and ``longest`` are lengths of texts in characters. ``values`` has the count of each value, the
    commonest first, if there are at most FEW; ``most`` is the count of the commonest, None if there are many.
    """

    name: str
    type: str
    kind: Kind
    nulls: int
    distinct: int | None = None
    low: Bound | None = None
    high: Bound | None = None
    shortest: int | None = None
    longest: int | None = None
    values: Mapping[Any, int] | None = None
    most: int | None = None


@dataclass(frozen=True)
class Profile:
    """What a table holds: its rows, and its columns in order."""

    rows: int
    columns: Mapping[str, ColumnProfile]

    def filled(self, column: ColumnProfile) -> int:
        """How many rows have a value in a column."""
        return self.rows - column.nulls


def profile(query: duckdb.DuckDBPyConnection, view: str, schema: pa.Schema, *, row: str = ROW) -> Profile:
    """The profile of a view in a DuckDB connection, without the column of the rows' numbers."""
    columns = [Column(field.name, field.type) for field in schema if field.name != row]
    wanted = [_measures(column) for column in columns]
    rows = int(_row(query, f"SELECT count(*) FROM {view}")[0])
    seen: list[dict[str, Any]] = []
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        found = iter(_row(query, f"SELECT {', '.join(sql for one in some for sql in one.values())} FROM {view}"))
        seen += [{name: next(found) for name in one} for one in some]
    few = _few(
        query, view, [c for c, one in zip(columns, seen, strict=True) if 0 < (one.get("distinct") or 0) <= CLOSE]
    )
    return Profile(rows, {c.name: _made(c, rows, one, few.get(c.name)) for c, one in zip(columns, seen, strict=True)})


def _measures(column: Column) -> dict[str, str]:
    """The aggregates of one column, by what they say."""
    # aggregates pass NULL by themselves; a filter costs as much as the aggregate, so only NaN gets one
    there = f" FILTER (WHERE NOT {column.missing})" if column.kind == "float" else ""
    wanted = {"filled": f"count({column.sql}){there}"}
    if column.kind not in ("bytes", "other"):
        wanted["distinct"] = f"approx_count_distinct({column.sql}){there}"
    if column.kind in ORDERED:
        wanted |= {end: f"{end}({column.sql}){there}" for end in ("min", "max")}
    if column.kind in ("date", "moment"):
        # a date that Python has no value for must not break off the whole profile
        wanted |= {end: f"CAST({wanted[end]} AS VARCHAR)" for end in ("min", "max")}
    if column.kind == "text":
        wanted |= {name: f"{end}(length({column.sql}))" for name, end in (("shortest", "min"), ("longest", "max"))}
    return wanted


def _few(query: duckdb.DuckDBPyConnection, view: str, columns: Sequence[Column]) -> dict[str, dict[str, int]]:
    """The count of each value, as text, of columns that are known to have few."""
    # a query a column: a histogram of each in one query takes megabytes a column and a thread, whatever the rows
    found = {}
    for column in columns:
        counted = query.execute(f"""
            SELECT CAST({column.sql} AS VARCHAR), count(*) FROM {view} WHERE NOT ({column.missing}) GROUP BY ALL
        """)
        found[column.name] = dict(counted.fetchall())
    return found


def _made(column: Column, rows: int, seen: Mapping[str, Any], few: Mapping[str, int] | None) -> ColumnProfile:
    values = None
    if few is not None and len(few) <= FEW and column.kind in COUNTED:
        ordered = sorted(few.items(), key=lambda one: (-one[1], one[0]))
        values = {_typed(column.kind, text): count for text, count in ordered}
    return ColumnProfile(
        name=column.name,
        type=str(column.type),
        kind=column.kind,
        nulls=rows - seen["filled"],
        distinct=seen.get("distinct") if few is None else len(few),
        low=bound(column.kind, seen.get("min")),
        high=bound(column.kind, seen.get("max")),
        shortest=seen.get("shortest"),
        longest=seen.get("longest"),
        values=values,
        most=max(few.values()) if few else None,
    )


def bound(kind: Kind, found: Any) -> Bound | None:
    """An end of a column as a Python value of its kind, also from its text; None if there is none."""
    if found is None or (isinstance(found, float) and not math.isfinite(found)):
        return None
    if kind == "decimal":
        return Decimal(found)
    if kind not in ("date", "moment"):
        return found  # type: ignore[no-any-return]
    try:
        return date.fromisoformat(found) if kind == "date" else datetime.fromisoformat(found)
    except ValueError:
        return None


def written(known: Bound | None) -> Any:
    """An end as JSON has it."""
    if known is None or isinstance(known, int | float):
        return known
    return known.isoformat() if isinstance(known, date) else str(known)


def _typed(kind: Kind, text: str) -> Any:
    return int(text) if kind == "whole" else text == "true" if kind == "boolean" else text


def _row(query: duckdb.DuckDBPyConnection, select: str) -> tuple[Any, ...]:
    found = query.execute(select).fetchone()
    assert found is not None, "an aggregate has a row"
    return found
