"""Two versions of a raw table in; what came, went or changed in the registry's schema between them, out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import pyarrow as pa

from vlekkeloos.connector import UNEXPECTED
from vlekkeloos.lake import ROW, Lake, Ref, quoted

Change = Literal["new", "vanished", "retyped"]


@dataclass(frozen=True, order=True)
class Drift:
    """One field whose place in the schema changed: its name, how, and its type before and now."""

    field: str
    change: Change
    before: str = ""
    now: str = ""

    def __str__(self) -> str:
        types = f" ({self.before} → {self.now})" if self.change == "retyped" else ""
        return f"{self.field} {self.change}{types}"


def drift(lake: Lake, before: Ref, now: Ref) -> list[Drift]:
    """What changed, by field.

    A registry with declared columns drifts where ``_unexpected`` holds fields that it didn't hold before, and
    where a column that had values has none any more.
    """
    old, new = _types(lake.schema(before)), _types(lake.schema(now))
    found = [Drift(name, "new", now=new[name]) for name in new.keys() - old.keys()]
    found += [Drift(name, "vanished", before=old[name]) for name in old.keys() - new.keys()]
    same = [name for name in new if name in old]
    found += [Drift(name, "retyped", old[name], new[name]) for name in same if old[name] != new[name]]
    if UNEXPECTED in lake.schema(now).names and UNEXPECTED in lake.schema(before).names:
        found += _undeclared(lake, before, now, new)
        found += [Drift(name, "vanished", before=old[name]) for name in _emptied(lake, before, now, same)]
    return sorted(found)


def told(found: list[Drift]) -> list[dict[str, Any]]:
    """As it is kept in ``runs``."""
    return [asdict(one) for one in found]


def _types(schema: pa.Schema) -> dict[str, str]:
    return {field.name: str(field.type) for field in schema if field.name not in (ROW, UNEXPECTED)}


def _undeclared(lake: Lake, before: Ref, now: Ref, declared: dict[str, str]) -> list[Drift]:
    known, there = _unexpected(lake, before), _unexpected(lake, now)
    return [
        Drift(name, "retyped", declared[name], kind) if name in declared else Drift(name, "new", now=kind)
        for name, kind in there.items()
        if name not in known
    ]


def _unexpected(lake: Lake, ref: Ref) -> dict[str, str]:
    """The fields in ``_unexpected``, each with the JSON type of one of its values."""
    column = quoted(UNEXPECTED)
    with lake.query(raw=ref) as query:
        rows = query.sql(f"""
            SELECT field, min(json_type({column}, '/' || replace(replace(field, '~', '~0'), '/', '~1')))
            FROM (SELECT {column}, unnest(json_keys({column})) AS field FROM raw WHERE {column} IS NOT NULL)
            GROUP BY field
        """).fetchall()
    return {field: str(kind).lower() for field, kind in rows}


def _emptied(lake: Lake, before: Ref, now: Ref, columns: list[str]) -> list[str]:
    """The columns that had values and have none; none of them if there are no rows to tell by."""
    if not columns or not lake.count(now):
        return []
    counts = ", ".join(f"count({quoted(name)}) > 0" for name in columns)
    with lake.query(old=before, new=now) as query:
        had = query.sql(f"SELECT {counts} FROM old").fetchall()[0]
        has = query.sql(f"SELECT {counts} FROM new").fetchall()[0]
    return [name for name, then, today in zip(columns, had, has, strict=True) if then and not today]
