"""The states of a discrepancy: every transition of the table, each through real runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tests.builder import Exchange, addresses
from tests.reconcile.test_reconcile import compare
from vlekkeloos.lake import Ref
from vlekkeloos.reconcile import ledger
from vlekkeloos.reconcile.states import STATES, TRANSITIONS, page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "states.md"
DECISIONS = pa.schema(
    [(name, pa.string()) for name in ("decision", "id", "key", "field", "left_source", "right_source", "kind")]
    + [(name, pa.string()) for name in ("left", "right", "choice", "value", "reason", "author")]
    + [("decided_at", pa.timestamp("us", "UTC")), ("until", pa.date32()), ("batch", pa.string())]
)
#: How a discrepancy comes in each state; what is so in one run after the other.
PATHS: dict[str | None, tuple[str, ...]] = {
    None: (),
    "new": ("found",),
    "open": ("found", "found"),
    "reported": ("found", "ingediend"),
    "in onderzoek": ("found", "decided onderzoek"),
    "accepted": ("found", "decided accept"),
    "resolved": ("found", "gone"),
    "reopened": ("found", "ingediend", "afgewezen"),
}
#: The ways in which the fact of a transition is so, by its condition.
WAYS = {
    "NOT found AND hidden": ("hidden",),
    "NOT found": ("gone",),
    "choice = 'accept'": ("decided accept",),
    "(choice = 'onderzoek' OR report = 'in onderzoek')": ("decided onderzoek", "in onderzoek"),
    "report = 'ingediend'": ("ingediend",),
    "report IN ('gehonoreerd', 'gecorrigeerd')": ("gehonoreerd", "gecorrigeerd"),
    "report = 'afgewezen'": ("afgewezen",),
    "found": ("found",),
}


def identified(key: str, field: str | None = "postcode", kind: str = "differs") -> str:
    """The id of a discrepancy of the demo exchange."""
    found = duckdb.execute(
        f"SELECT {ledger.identity('demo')} FROM (SELECT ? AS key, ? AS field, ? AS kind,"
        " 'gemeente' AS left_source, 'bag' AS right_source)",
        [key, field, kind],
    ).fetchone()
    assert found is not None
    return str(found[0])


def decide(exchange: Exchange, *choices: tuple[str, str], until: date | None = None, **changes: Any) -> Ref:
    """Decisions about postcodes that differ: key and choice of each."""
    rows = [
        {
            "decision": f"{key} {choice}",
            "id": identified(key),
            "key": key,
            "field": "postcode",
            "kind": "differs",
            "left": "9999ZZ",
            "right": "1234AB",
            "choice": choice,
            "decided_at": datetime.now(UTC),
            "until": until,
            **changes,
        }
        for key, choice in choices
    ]
    table = pa.Table.from_pylist(rows, schema=DECISIONS)
    return exchange.lake.write("decisions/demo", table, run_id=str(datetime.now(UTC)), mode="append")


def report(exchange: Exchange, *statuses: tuple[str, str]) -> Ref:
    """The terugmeldingen there are now: key and status of each."""
    table = pa.table(
        {
            "id": pa.array([identified(key) for key, _ in statuses], pa.string()),
            "status": pa.array([status for _, status in statuses], pa.string()),
        }
    )
    return exchange.lake.write("terugmeldingen/demo", table, run_id=str(datetime.now(UTC)))


def day(run: int) -> date:
    return date(2026, 1, 1) + timedelta(days=run)


def step(exchange: Exchange, run: int, so: dict[str, str]) -> dict[str, str]:
    """A run in which of each key that is so; gives the state of each that the ledger knows."""
    postcodes = {"hidden": "fout", "gone": "1234AB"}
    exchange.sides(
        addresses(*((key, postcodes.get(what, "9999ZZ"), 1) for key, what in so.items())),
        addresses(*((key, "1234AB", 1) for key in so)),
    )
    chosen = [(key, what.removeprefix("decided ")) for key, what in so.items() if what.startswith("decided")]
    decide(exchange, *chosen, until=day(run))
    report(exchange, *so.items())
    compare(exchange, f"r{run}", day(run))
    with exchange.lake.query(ledger=exchange.lake.find("ledger/demo")) as query:
        rows = query.execute(f"SELECT key, state FROM ({ledger.current('ledger')}) WHERE kind = 'differs'").fetchall()
    return dict(rows)


def test_every_transition_through_real_runs(exchange: Exchange) -> None:
    every = {(transition, before) for transition in TRANSITIONS for before in transition.before}
    cases = {
        f"{before} {way} {number}": (transition, before, way)
        for number, transition in enumerate(TRANSITIONS)
        for before in transition.before
        for way in WAYS[transition.condition]
    }
    longest = max(map(len, PATHS.values()))
    for run in range(longest):
        so = {}
        for key, (_, before, _) in cases.items():
            path = ("gone",) * (longest - len(PATHS[before])) + PATHS[before]
            so[key] = path[run]
        states = step(exchange, run, so)
    assert states == {key: before for key, (_, before, _) in cases.items() if before}
    states = step(exchange, longest, {key: way for key, (*_, way) in cases.items()})
    assert states == {key: transition.after or before for key, (transition, before, _) in cases.items()}
    assert {(transition, before) for transition, before, _ in cases.values()} == every


def test_from_each_state_each_fact_leads_somewhere() -> None:
    for condition in WAYS:
        leads = [before for each in TRANSITIONS if each.condition == condition for before in each.before]
        assert len(leads) == len(set(leads)), "no two transitions are of one state and one fact"
    assert {before for each in TRANSITIONS if each.condition == "found" for before in each.before} == {None, *STATES}


def test_the_reference_of_the_states_is_what_the_code_says() -> None:
    assert page() in PAGE.read_text()
