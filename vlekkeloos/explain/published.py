"""What was agreed about a record, and which partner was given it, and received it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vlekkeloos.contract import Contract, Partner
from vlekkeloos.explain.event import Event
from vlekkeloos.explain.versions import Version, versions
from vlekkeloos.lake import Lake, quoted
from vlekkeloos.reconcile import keys

PROVENANCE = "provenance"


def events(lake: Lake, contract: Contract, key: str) -> Iterator[Event]:
    """The agreed record each time that it changed, and each release in which it is.

    Whether a partner was given it is told by the agreed version that the release was made of and the partner's
    condition, as the contract has it now: the release itself may hide the key.
    """
    agreed = f"agreed/{contract.exchange}"
    newest = lake.latest(agreed)
    if newest is None:
        return
    is_it = f"{_key(contract, lake.schema(newest).names)} = ?"
    found = versions(lake, agreed, is_it, [key], contract)
    yield from _changes(found)
    for partner in contract.publish:
        yield from _released(lake, contract, partner, is_it, key)


def _key(contract: Contract, columns: list[str]) -> str:
    """SQL of an agreed record's key: the first column, or the parts that records are matched by."""
    if contract.reconcile.key is None:
        return f"CAST({quoted(columns[0])} AS VARCHAR)"
    return keys.agreed(contract, quoted)


def _changes(found: list[Version]) -> Iterator[Event]:
    before: dict[str, Any] | None = None
    for version in found:
        now = version.rows[0] if version.rows else None
        if now is not None and now != before:
            origins = now.get(PROVENANCE) or {}
            told = {
                name: {"value": value, **(origins.get(name) or {})}
                for name, value in now.items()
                if name != PROVENANCE
            }
            yield Event(version.at, "agreed", "", str(version.ref), version.run_id, {"fields": told})
        elif now is None and before is not None:
            yield Event(version.at, "left out", "", str(version.ref), version.run_id)
        before = now


def _released(lake: Lake, contract: Contract, partner: Partner, is_it: str, key: str) -> Iterator[Event]:
    table = f"releases/{contract.exchange}/{partner.partner}"
    made_of = {commit.get("agreed"): commit for commit in lake.history(table) if commit.get("agreed") is not None}
    condition = is_it + (f" AND ({partner.where})" if partner.where else "")
    received = _received(lake, contract, partner.partner)
    for version in versions(lake, f"agreed/{contract.exchange}", condition, [key], contract):
        commit = made_of.get(str(version.ref.version))
        if not version.rows or commit is None:
            continue
        number = commit["version"] + 1
        told = {"version": number, "fields": {name: version.rows[0].get(name) for name in partner.fields}}
        told["pseudonymised"] = partner.pseudonymise
        yield Event(version.at, "released", partner.partner, f"{table}@{commit['version']}", version.run_id, told)
        for at, receipt, run_id in received.get(number, []):
            told = {"version": number, "receipt": receipt}
            yield Event(at, "delivered", partner.partner, f"deliveries/{contract.exchange}", run_id, told)


def _received(lake: Lake, contract: Contract, partner: str) -> dict[int, list[tuple[Any, str, str]]]:
    """Of each release when it was received, the receipt and the run that delivered it."""
    newest = lake.latest(f"deliveries/{contract.exchange}")
    if newest is None:
        return {}
    with lake.query(deliveries=newest) as query:
        rows: list[dict[str, Any]] = query.sql(
            'SELECT version, "at", receipt, run_id FROM deliveries WHERE partner = ? AND status = \'delivered\'',
            params=[partner],
        ).to_arrow_table().to_pylist()  # fmt: skip
    found: dict[int, list[tuple[Any, str, str]]] = {}
    for row in rows:
        found.setdefault(row["version"], []).append((row["at"], row["receipt"], row["run_id"]))
    return found
