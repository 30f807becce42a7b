"""The accepted tables of some sources in; ``agreed``, ``discrepancies`` and ``notations`` out, in bounded memory.

Every difference between the sources is found; what the contract's rules or a person's decision can settle is
settled, with for each field where its value came from; the rest waits for a person.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import duckdb

from vlekkeloos import connector, decisions
from vlekkeloos.connector import History
from vlekkeloos.errors import BadInput, Held
from vlekkeloos.lake import Ref, literal, quoted
from vlekkeloos.reconcile import keys, ledger, linked, sides
from vlekkeloos.reconcile.compare import DUPLICATE, KEY, MISSING, QUARANTINED, UNKEYED, Comparison
from vlekkeloos.reconcile.equality import register, told
from vlekkeloos.run import Outcome, Run

log = logging.getLogger(__name__)

BATCH = 50_000
#: Warnings that the details name; of the others only how many.
WARNINGS = 20


def reconcile(run: Run, judged: Mapping[str, list[Ref]]) -> Outcome:
    """Compares the sources; ``judged`` is what validate made of each: [accepted, quarantine].

    Outputs: agreed (key, the fields, ``provenance``: for each field its source and rule), discrepancies (id, key,
    field, left_source, right_source, left, right, kind, rule, choice, state, first_seen, last_seen, runs_seen,
    changed, decision, run_id), notations (key, field, left_source, right_source, left, right, rule: values that a
    rule calls equal though they were not received alike) and the ledger, with what happened to the discrepancies.
    Stops with Held if the share of keys with a difference is above the contract's ``hold_above``, a source is
    empty, or no key is in two of them. Raises BadInput for rules that the sources' columns can't carry.
    """
    made_with = ledger.tables(run)
    tables = dict(made_with)
    for number, name in enumerate(run.contract.sides):
        tables |= {f"accepted{number}": judged[name][0], f"quarantine{number}": judged[name][1]}
    with run.lake.query(**tables) as query:
        comparison = _compare(run, query)

        def written(room: str, sql: str, **how: Any) -> Ref:
            return run.lake.write(run.table(room), query.sql(sql).to_arrow_reader(BATCH), run_id=run.run_id, **how)

        if comparison.decided:
            query.execute(f"CREATE VIEW applied AS {ledger.applied(run.exchange)}")
        if "terugmeldingen" in made_with:
            query.execute("CREATE VIEW reported AS SELECT id, status FROM terugmeldingen")
        merged = ledger.merged(query, run.exchange, run.run_id, run.as_of)
        events = written("ledger", merged.events, mode="append", notes=ledger.notes(made_with))
        found = written("discrepancies", merged.rows)
        notations = written("notations", "FROM notations ORDER BY key, field")
        with told(run.contract.file):
            agreed = written("agreed", comparison.agreed())
        details = _details(query, comparison)
    run.lake.tidy(events.table)
    details |= {"agreed": run.lake.count(agreed), "hold_above": run.contract.reconcile.hold_above}
    inputs = [ref for name in run.contract.sides for ref in judged[name]]
    outputs = [agreed, found, notations, events]
    return Outcome([*inputs, *made_with.values()], outputs, details, _stop(run, details))


def _stop(run: Run, details: dict[str, Any]) -> Held | None:
    """Why the run may not go on from here, if it may not."""
    for name, count in details["records"].items():
        if count == 0:
            return Held(f"{name} has no record on {run.as_of}; an empty registry is sooner a failed delivery")
    if details["matched"] == 0:
        two = "two " if len(details["records"]) == 2 else ""
        return Held(f"the {two}registries have no key in common; their keys are sooner written differently")
    if details["share"] > details["hold_above"]:
        return Held(
            f"{details['differing_keys']} of {details['keys']} keys differ ({details['share']:.2%}), above"
            f" hold_above: {details['hold_above']:.2%}"
        )
    return None


def _compare(run: Run, query: duckdb.DuckDBPyConnection) -> Comparison:
    """Makes the tables ``found`` and ``notations``, and gives the comparison that they were made by."""
    contract = run.contract
    types = {name: sides.types(query, f"accepted{number}") for number, name in enumerate(contract.sides)}
    if has_decisions := _has(query, decisions.ROOM):
        query.execute(f"CREATE VIEW decided AS {decisions.applying(run.as_of)}")
    comparison = Comparison(contract, sides.fields(contract, types), decided=_has(query, "decided"))
    rules = {field.name: field.rule for field in comparison.fields}
    register(query, {**(contract.reconcile.key or {}), **rules}, contract.folder)
    for number, name in enumerate(contract.sides):
        _views(run, query, number, name, types[name])
    if contract.reconcile.link is not None:
        linked.share_a_key(run, query, decided=has_decisions)
    with told(contract.file):
        for sql in (comparison.suspects(), *comparison.records()):
            query.execute(sql)
        for sql in comparison.compared(_one(query, "SELECT count(*) FROM suspects")[0]):
            query.execute(sql)
        for sql in (*comparison.found(), comparison.notations()):
            query.execute(sql)
    if contract.reconcile.link is not None:
        linked.doubts(query, contract)
    return comparison


def _views(run: Run, query: duckdb.DuckDBPyConnection, number: int, name: str, types: sides.Types) -> None:
    """Makes the views of a source that the comparison goes by: its valid records, and its quarantined keys."""
    source, history = run.contract.sources[name], _history(run, name)
    accepted, quarantine = f"accepted{number}", f"quarantine{number}"
    if source.dated is not None and source.dated.lower() not in {column.lower() for column in types}:
        raise BadInput(f"{name} has no column {source.dated}", file=str(run.contract.file), field="dated")
    written = {column.lower(): column for column in types}
    valid = sides.valid_on(history, source.key, accepted, quarantine, run.as_of)
    key = keys.matching(run.contract, name, quoted)
    query.execute(f"CREATE VIEW s{number} AS SELECT {key} AS {KEY}, v.* FROM ({valid}) AS v")
    said = "key"
    if run.contract.reconcile.key is not None:
        said = keys.matching(run.contract, name, lambda column: sides.received(written.get(column.lower(), column)))
    held = sides.quarantined_keys(history, quarantine, run.as_of, said)
    query.execute(f"CREATE VIEW q{number} AS {held}")


def _has(query: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(query.execute("SELECT 1 FROM information_schema.tables WHERE table_name = ?", [table]).fetchall())


def _one(query: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    found: list[tuple[Any, ...]] = query.execute(sql).fetchall()
    return found[0]


def _history(run: Run, name: str) -> History | None:
    source = run.contract.sources[name]
    return connector.history(connector.load(source.connector, "pull"), source)


def _details(query: duckdb.DuckDBPyConnection, comparison: Comparison) -> dict[str, Any]:
    """The counts of a comparison."""
    sources = comparison.sources
    numbers = range(len(sources))
    # a record that is not suspect is there once in every source
    alike = _one(query, f"SELECT count({KEY}) FROM s0")[0] - _one(query, "SELECT count(key) FROM r0")[0]
    held = " OR ".join(f"q{i}" for i in numbers)
    several = " + ".join(f"least(n{i}, 1)" for i in numbers)
    keys_, matched, left_out, *there = _one(
        query,
        f"SELECT count(*), count(*) FILTER ({several} > 1), count(*) FILTER ({held}),"
        f" {', '.join(f'count(*) FILTER (n{i} > 0)' for i in numbers)} FROM compared",
    )
    apart = ", ".join(map(literal, (*QUARANTINED, *UNKEYED)))
    found, differing, differing_matched, settled, waiting, undecided = _one(
        query,
        f"""
        SELECT count(*), count(DISTINCT key) FILTER (kind NOT IN ({apart})),
               count(DISTINCT key) FILTER (kind IN ('differs', {", ".join(map(literal, DUPLICATE))})), count(rule),
               count(*) FILTER (rule IS NULL AND kind NOT LIKE 'quarantined%'),
               count(DISTINCT key) FILTER (rule IS NULL AND kind NOT LIKE 'quarantined%') FROM found
        """,
    )
    kinds = dict(query.execute("SELECT kind, count(*) FROM found GROUP BY kind").fetchall())
    records = {name: alike + count for name, count in zip(sources, there, strict=True)}
    keys_, matched = keys_ + alike, matched + alike
    two = {"left": records[sources[0]], "right": records[sources[1]]} if len(sources) == 2 else {}
    return {
        "keys": keys_,
        **two,
        "records": records,
        "matched": matched,
        "equal": matched - differing_matched,
        "discrepancies": found,
        "differing_keys": differing,
        "share": differing / keys_ if keys_ else 0.0,
        "settled": settled,
        "waiting": waiting,
        "notations": _one(query, "SELECT count(*) FROM notations")[0],
        "duplicates": sum(kinds.get(kind, 0) for kind in DUPLICATE),
        "kinds": dict.fromkeys(("differs", *MISSING, *QUARANTINED), 0) | kinds,
        "left_out": {"quarantined": left_out, "undecided": undecided},
        **_warnings(query, comparison),
    }


def _warnings(query: duckdb.DuckDBPyConnection, comparison: Comparison) -> dict[str, list[str]]:
    """The decisions that could not be followed: what they give the field is no value of it."""
    if not comparison.decided:
        return {}
    kinds = {field.name: field.kind for field in comparison.fields}
    rows = query.execute("SELECT decision, field FROM followed WHERE NOT fits ORDER BY ALL").fetchall()
    said = [
        f"decision {decision} is not followed: its value is no {kinds.get(field, 'value')} for {field or 'a record'}"
        for decision, field in rows[:WARNINGS]
    ]
    more = [f"and {len(rows) - WARNINGS} decisions more"] if len(rows) > WARNINGS else []
    return {"warnings": [*said, *more]} if said else {}
