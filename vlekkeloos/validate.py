"""``raw`` in, ``accepted`` and ``quarantine`` out: together they hold every row of raw, once each.

A row that breaks a critical expectation of the source's Great Expectations suite, or whose key is empty or
not its own, goes to quarantine with every rule it broke. Table expectations and thresholds hold the run.
"""

from __future__ import annotations

import logging
from typing import Any

import duckdb

from vlekkeloos import connector, suite
from vlekkeloos.errors import BadInput, Held, VlekkeloosError
from vlekkeloos.lake import ROW, Ref, literal, quoted
from vlekkeloos.run import Outcome, Run

log = logging.getLogger(__name__)

BATCH = 50_000
KEY_FILLED, KEY_UNIQUE, NOT_REPEATED = "key_is_filled", "key_is_unique", "row_is_not_a_repeat"


def validate(run: Run, name: str, raw: Ref) -> Outcome:
    """Judges one source's raw table.

    Outputs: accepted (raw's columns), quarantine (run_id, row, key, expectation, field, value, severity,
    record as JSON; a line for each rule that a quarantined row broke). A row that repeats an earlier one to
    the letter is quarantined as a warning and counts for no threshold.

    Stops with Held if the share of rows that broke a critical rule is above ``hold_above``, or a critical
    expectation about the whole table failed; with BadInput if a key has two different records and the
    contract doesn't say ``duplicates: quarantine``. Both tables are written all the same.
    """
    source, rules = run.contract.source(name), run.contract.validation.get(name)
    judged = suite.Judgement(suite.FAILURES.empty_table(), [], [])
    if rules is not None:
        expectations = suite.load(suite.find(run.contract.folder, rules.suite))
        judged = suite.judge(expectations, run.lake.delta(raw).to_pyarrow_dataset())
    with run.lake.query(raw=raw) as query:
        query.register("judged", judged.failures)
        columns = [column for column in run.lake.schema(raw).names if column != ROW]
        query.execute(f"CREATE TABLE failures AS FROM judged UNION ALL ({_key_failures(run, name, columns)})")
        query.execute(
            "CREATE TABLE bad AS SELECT DISTINCT row FROM failures"
            f" WHERE severity = 'critical' OR expectation = '{NOT_REPEATED}'"
        )
        quarantine = run.lake.write(
            run.table("quarantine", name),
            query.sql(_quarantined(run, source.key)).to_arrow_reader(BATCH),
            run_id=run.run_id,
        )
        accepted = run.lake.write(
            run.table("accepted", name),
            query.sql(f"FROM raw WHERE {ROW} NOT IN (SELECT bad.row FROM bad)").to_arrow_reader(BATCH),
            run_id=run.run_id,
        )
        details = _details(query)
        duplicates = query.execute(
            f"SELECT row FROM failures WHERE expectation = '{KEY_UNIQUE}' ORDER BY row LIMIT 2"
        ).fetchall()
    rows = run.lake.count(raw)
    details |= {
        "rows": rows,
        "accepted": rows - details["quarantined"],
        "share": details["critical"] / rows if rows else 0.0,
        "hold_above": rules.hold_above if rules else 0.0,
        "suite": rules.suite if rules else None,
        "expectations": [*_key_results(details, rows, source.key), *judged.expectations],
    }
    stop = _stop(run, name, details, judged, [row for (row,) in duplicates])
    return Outcome([raw], [accepted, quarantine], details, stop)


def _key_failures(run: Run, name: str, everything: list[str]) -> str:
    """Selects (row, expectation, field, value, severity) for empty keys, keys of two records, and repeats.

    Hashes of the keys find the few suspects, for they take a fraction of the keys' own memory; what two
    suspects have in common is then judged by the records themselves.
    """
    identity = connector.identity(run.contract.source(name))
    key, columns = quoted(identity[0]), ", ".join(map(quoted, identity))
    # a key of spaces identifies nothing
    empty = f"coalesce(trim(CAST({key} AS VARCHAR)) = '', TRUE)"
    content = ", ".join(map(quoted, everything))
    field, first = literal(", ".join(identity)), literal(identity[0])
    return f"""
        WITH many AS (SELECT hash({columns}) FROM raw WHERE NOT {empty} GROUP BY ALL HAVING count(*) > 1),
        suspect AS (SELECT * FROM raw WHERE NOT {empty} AND hash({columns}) IN (FROM many)),
        numbered AS (
            SELECT {ROW}, {columns}, row_number() OVER (PARTITION BY {content} ORDER BY {ROW}) AS __nth
            FROM suspect),
        counted AS (SELECT *, count(*) FILTER (__nth = 1) OVER (PARTITION BY {columns}) AS __different FROM numbered)
        SELECT {ROW}, '{KEY_FILLED}', {first}, NULL, 'critical' FROM raw WHERE {empty}
        UNION ALL
        SELECT {ROW}, '{NOT_REPEATED}', {field}, CAST({key} AS VARCHAR), 'warning' FROM counted WHERE __nth > 1
        UNION ALL
        SELECT {ROW}, '{KEY_UNIQUE}', {field}, CAST({key} AS VARCHAR), 'critical' FROM counted
        WHERE __different > 1
    """


def _quarantined(run: Run, key: str) -> str:
    """Selects the quarantine table: each broken rule of each bad row, with the row itself as JSON."""
    return f"""
        SELECT {literal(run.run_id)} AS run_id, failures.row, bad_rows.key, failures.expectation, failures.field,
               failures.value, failures.severity, bad_rows.record
        FROM failures
        JOIN (SELECT {ROW} AS row, CAST({quoted(key)} AS VARCHAR) AS key,
                     CAST(to_json("__record") AS VARCHAR) AS record
              FROM raw AS "__record" WHERE {ROW} IN (SELECT bad.row FROM bad)) AS bad_rows
          ON failures.row = bad_rows.row
    """


def _details(query: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found = query.execute(f"""
        SELECT (SELECT count(*) FROM bad),
               (SELECT count(DISTINCT row) FROM failures WHERE severity = 'critical'),
               (SELECT count(*) FROM failures WHERE expectation = '{NOT_REPEATED}'),
               (SELECT count(*) FROM failures WHERE expectation = '{KEY_FILLED}'),
               (SELECT count(*) FROM failures WHERE expectation = '{KEY_UNIQUE}')
    """).fetchone()
    assert found is not None, "an aggregate has a row"
    return dict(zip(("quarantined", "critical", "repeats", KEY_FILLED, KEY_UNIQUE), found, strict=True))


def _key_results(details: dict[str, Any], rows: int, key: str) -> list[dict[str, object]]:
    """The engine's own rules in the form of a suite's expectations; their counts leave ``details``."""
    counts = [
        (KEY_FILLED, "critical", details.pop(KEY_FILLED)),
        (KEY_UNIQUE, "critical", details.pop(KEY_UNIQUE)),
        (NOT_REPEATED, "warning", details["repeats"]),
    ]
    return [
        {
            "expectation": name,
            "field": key,
            "severity": severity,
            "success": count == 0,
            "evaluated": rows,
            "unexpected": count,
        }
        for name, severity, count in counts
    ]


def _stop(
    run: Run, name: str, details: dict[str, Any], judged: suite.Judgement, duplicates: list[int]
) -> VlekkeloosError | None:
    source, rules = run.contract.source(name), run.contract.validation.get(name)
    if duplicates and (rules is None or rules.duplicates == "refuse"):
        return BadInput(
            "the same key has two different records",
            file=source.url or source.connection,
            record=" and ".join(map(str, duplicates)),
            field=source.key,
            advice="both are in quarantine; to go on without them, say duplicates: quarantine in the contract",
        )
    share, limit = details["share"], details["hold_above"]
    if judged.broken:
        return Held(f"{name}: {', '.join(judged.broken)} failed for the table as a whole")
    if share > limit:
        return Held(f"{name}: {share:.2%} of the rows is in quarantine, above hold_above: {limit:.2%}")
    return None
