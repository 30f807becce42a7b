"""What each source said of a record, and what validation made of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vlekkeloos.contract import Contract
from vlekkeloos.explain.event import Event
from vlekkeloos.explain.versions import Version, versions
from vlekkeloos.lake import ROW, Lake, quoted
from vlekkeloos.reconcile import keys, sides


def events(lake: Lake, contract: Contract, key: str) -> Iterator[Event]:
    """Of each source that is compared: the record when it first came, each change, when it was gone, quarantine."""
    for source in contract.sides:
        raw, quarantine = (f"{room}/{contract.exchange}/{source}" for room in ("raw", "quarantine"))
        own = _own(lake, contract, source, key)
        matching = keys.matching(contract, source, quoted)
        yield from _changes(versions(lake, raw, f"{matching} = ?", [own], contract), source)
        said = "key" if contract.reconcile.key is None else keys.matching(contract, source, sides.received)
        yield from _quarantined(versions(lake, quarantine, f"{said} = ?", [own], contract), source)


def _own(lake: Lake, contract: Contract, source: str, key: str) -> str:
    """The key by which a source itself has the record: where records are linked, each has its own."""
    agreed = lake.latest(f"agreed/{contract.exchange}")
    if contract.reconcile.link is None or source == contract.sides[0]:
        return key
    first, own = contract.source(contract.sides[0]).key, f"{contract.source(source).key}_{source}"
    if agreed is not None and {first, own} <= set(lake.schema(agreed).names):
        with lake.query(agreed=agreed) as query:
            found = query.execute(
                f"SELECT CAST({quoted(own)} AS VARCHAR) FROM agreed WHERE CAST({quoted(first)} AS VARCHAR) = ?", [key]
            ).fetchall()
        if found and found[0][0] is not None:
            return str(found[0][0])
    return key.removeprefix(f"{source}:")


def _changes(found: list[Version], source: str) -> Iterator[Event]:
    before: list[dict[str, Any]] | None = None
    for version in found:
        rows = sorted(({k: v for k, v in row.items() if k != ROW} for row in version.rows), key=repr)
        if before is not None and rows == before:
            continue
        if rows:
            yield _said(version, source, before, rows)
        elif before:
            yield Event(version.at, "gone", source, str(version.ref), version.run_id)
        before = rows


def _said(version: Version, source: str, before: list[dict[str, Any]] | None, rows: list[dict[str, Any]]) -> Event:
    told: dict[str, Any]
    if before is not None and len(before) == len(rows) == 1:
        names = dict.fromkeys([*before[0], *rows[0]])
        pairs = {name: [before[0].get(name), rows[0].get(name)] for name in names}
        told = {"changed": {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}}
    else:
        told = {"records": rows}
    return Event(version.at, "said", source, str(version.ref), version.run_id, told)


def _quarantined(found: list[Version], source: str) -> Iterator[Event]:
    before: list[tuple[Any, ...]] = []
    for version in found:
        broken = sorted(
            {(row["expectation"], row["field"], row["value"], row["severity"]) for row in version.rows}, key=repr
        )
        if broken and broken != before:
            rules = [dict(zip(("expectation", "field", "value", "severity"), one, strict=True)) for one in broken]
            yield Event(version.at, "quarantined", source, str(version.ref), version.run_id, {"rules": rules})
        before = broken
