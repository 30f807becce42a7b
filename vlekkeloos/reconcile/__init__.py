"""``accepted`` x ``accepted`` in; ``agreed`` and ``discrepancies`` out, in bounded memory.

Every difference between the two sources is found; what the contract's rules can settle is settled, with for
each field where its value came from; the rest waits for a person.
"""

from __future__ import annotations

import logging
from typing import Any

import duckdb

from vlekkeloos import connector
from vlekkeloos.connector import History
from vlekkeloos.errors import Held
from vlekkeloos.lake import Ref, literal
from vlekkeloos.reconcile import ledger, sides
from vlekkeloos.reconcile.compare import MISSING, QUARANTINED, Comparison
from vlekkeloos.run import Outcome, Run

log = logging.getLogger(__name__)

BATCH = 50_000


def reconcile(run: Run, left: list[Ref], right: list[Ref]) -> Outcome:
    """Compares the two sources; ``left`` and ``right`` are what validate made: [accepted, quarantine].

    Outputs: agreed (key, the fields, ``provenance``: for each field its source and rule), discrepancies (id,
    key, field, left_source, right_source, left, right, kind, rule, choice, state, first_seen, last_seen,
    runs_seen, changed, decision, run_id) and the ledger, with what happened to them. Stops with
    Held if the share of keys with a difference is above the contract's ``hold_above``, a side is
    empty, or no key is on both.
    """
    made_with = ledger.tables(run)
    tables = {"left_accepted": left[0], "left_quarantine": left[1], "right_accepted": right[0]}
    tables |= {"right_quarantine": right[1]} | made_with
    with run.lake.query(**tables) as query:
        comparison = _compare(run, query)
        merged = _remembered(run, query)
        events = run.lake.write(
            run.table("ledger"),
            query.sql(merged.events).to_arrow_reader(BATCH),
            run_id=run.run_id,
            mode="append",
            notes=ledger.notes(made_with),
        )
        found = run.lake.write(
            run.table("discrepancies"), query.sql(merged.rows).to_arrow_reader(BATCH), run_id=run.run_id
        )
        agreed = run.lake.write(
            run.table("agreed"), query.sql(comparison.agreed()).to_arrow_reader(BATCH), run_id=run.run_id
        )
        details = _details(query)
    details |= {"agreed": run.lake.count(agreed), "hold_above": run.contract.reconcile.hold_above}
    stop = None
    for side, name in zip(("left", "right"), run.contract.sides, strict=True):
        if details[side] == 0:
            stop = Held(f"{name} has no record on {run.as_of}; an empty registry is sooner a failed delivery")
    if stop is None and details["matched"] == 0:
        stop = Held("the two registries have no key in common; their keys are sooner written differently")
    if stop is None and details["share"] > details["hold_above"]:
        stop = Held(
            f"{details['differing_keys']} of {details['keys']} keys differ ({details['share']:.2%}), above"
            f" hold_above: {details['hold_above']:.2%}"
        )
    run.lake.tidy(events.table)
    return Outcome([*left, *right, *made_with.values()], [agreed, found, events], details, stop)


def _compare(run: Run, query: duckdb.DuckDBPyConnection) -> Comparison:
    """Makes the tables ``joined`` and ``found`` and gives the comparison that they were made by."""
    for view, side, name in zip("lr", ("left", "right"), run.contract.sides, strict=True):
        history, key = _history(run, name), run.contract.sources[name].key
        accepted, quarantine = f"{side}_accepted", f"{side}_quarantine"
        query.execute(f"CREATE VIEW {view} AS {sides.valid_on(history, key, accepted, quarantine, run.as_of)}")
        query.execute(f"CREATE VIEW q{view} AS {sides.quarantined_keys(history, quarantine, run.as_of)}")
    fields = sides.fields(run.contract, sides.types(query, "l"), sides.types(query, "r"))
    comparison = Comparison(run.contract, fields)
    query.execute(comparison.joined())
    query.execute(comparison.found())
    return comparison


def _history(run: Run, name: str) -> History | None:
    source = run.contract.sources[name]
    return connector.history(connector.load(source.connector, "pull"), source)


def _remembered(run: Run, query: duckdb.DuckDBPyConnection) -> ledger.Merged:
    """Merges what was found with the ledger, by the decisions and terugmeldingen that are among the views."""
    left, right = run.contract.sides
    query.execute(f"ALTER TABLE found ADD COLUMN left_source VARCHAR DEFAULT {literal(left)}")
    query.execute(f"ALTER TABLE found ADD COLUMN right_source VARCHAR DEFAULT {literal(right)}")
    there = {name for (name,) in query.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    if "decisions" in there:
        query.execute(f"CREATE TABLE decided AS {ledger.decided(run.exchange, run.as_of)}")
    if "terugmeldingen" in there:
        query.execute("CREATE VIEW reported AS SELECT id, status FROM terugmeldingen")
    return ledger.merged(query, run.exchange, run.run_id, run.as_of)


def _details(query: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The counts of a comparison."""
    quarantined = ", ".join(map(literal, QUARANTINED))
    counts = query.execute("""
        SELECT count(*), count(*) FILTER (in_left), count(*) FILTER (in_right),
               count(*) FILTER (in_left AND in_right), count(*) FILTER (q_left OR q_right) FROM joined
    """).fetchone()
    discrepancies = query.execute(f"""
        SELECT count(*), count(DISTINCT key) FILTER (kind NOT IN ({quarantined})),
               count(DISTINCT key) FILTER (kind = 'differs'), count(rule),
               count(*) FILTER (rule IS NULL AND kind NOT IN ({quarantined})),
               count(DISTINCT key) FILTER (rule IS NULL AND kind NOT IN ({quarantined})) FROM found
    """).fetchone()
    kinds = query.execute("SELECT kind, count(*) FROM found GROUP BY kind").fetchall()
    assert counts is not None and discrepancies is not None, "an aggregate has a row"
    keys, left, right, matched, left_out = counts
    found, differing, differing_matched, settled, waiting, undecided = discrepancies
    return {
        "keys": keys,
        "left": left,
        "right": right,
        "matched": matched,
        "equal": matched - differing_matched,
        "discrepancies": found,
        "differing_keys": differing,
        "share": differing / keys if keys else 0.0,
        "settled": settled,
        "waiting": waiting,
        "kinds": dict.fromkeys(("differs", *MISSING, *QUARANTINED), 0) | dict(kinds),
        "left_out": {"quarantined": left_out, "undecided": undecided},
    }
