"""``raw`` in, ``accepted`` and ``quarantine`` out: together they hold every row of raw, once each.

A row that breaks a critical expectation of the source's Great Expectations suite, or whose key is empty or
not its own, goes to quarantine with every rule it broke, unless a person waived just those for just that record.
Table expectations and thresholds hold the run.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from vlekkeloos import jumps, profile, results, scan, suite
from vlekkeloos.errors import BadInput, Held, VlekkeloosError
from vlekkeloos.lake import ROW, Ref, literal, quoted
from vlekkeloos.run import Outcome, Run
from vlekkeloos.validate import keys, waivers

log = logging.getLogger(__name__)

BATCH = 50_000
#: So many characters of a rule's arguments are kept beside each row that breaks it.
ARGUMENTS = 200
#: What a line of quarantine says of a rule as ``runs`` does.
SAID = ("expectation", "field", "severity")
RULES = pa.schema(
    [
        ("number", pa.int64()),
        ("rule", pa.string()),
        ("expectation", pa.string()),
        ("field", pa.string()),
        ("arguments", pa.string()),
        ("severity", pa.string()),
    ]
)


def validate(run: Run, name: str, raw: Ref, others: Mapping[str, Ref] | None = None) -> Outcome:
    """Judges one source's raw table; ``others`` are the raw tables that its suite refers to, by source.

    Outputs: accepted (raw's columns), quarantine (run_id, row, key, expectation, field, arguments as JSON, value,
    severity, record as JSON, and digests of the rule and the record; a line for each rule that a quarantined row
    broke). A row that repeats an earlier one to the letter is quarantined as a warning and counts for no
    threshold. GX's own result is kept as a file, see ``results``.

    Stops with Held if the share of rows that broke a critical rule is above ``hold_above``, or a critical
    expectation about the whole table failed; with BadInput if a key has two different records and the
    contract doesn't say ``duplicates: quarantine``. Both tables are written all the same.
    """
    source, rules = run.contract.source(name), run.contract.validation.get(name)
    schema, pinned = run.lake.schema(raw), waivers.pinned(run, name)
    views = {f"other_{number}": ref for number, ref in enumerate((others or {}).values())}
    expectations = suite.load(suite.find(run.contract.folder, rules.suite)) if rules else None
    with run.lake.query(raw=raw, **views) as query:
        judged = None
        if expectations is not None:
            judged = scan.judge(
                expectations,
                query,
                "raw",
                schema,
                result_format=results.form(personal=run.contract.personal),
                others=dict(zip(others or {}, views, strict=True)),
            )
        columns = [column for column in schema.names if column != ROW]
        told = _gather(query, judged, keys.failures(source, columns))
        _set_aside(query, source.key, columns, waivers.table(run, pinned))
        quarantine = run.lake.write(
            run.table("quarantine", name),
            query.sql(_quarantined(run)).to_arrow_reader(BATCH),
            run_id=run.run_id,
            notes=waivers.note(pinned),
        )
        accepted = run.lake.write(
            run.table("accepted", name),
            query.sql(f"FROM raw WHERE {ROW} NOT IN (SELECT bad.row FROM bad)").to_arrow_reader(BATCH),
            run_id=run.run_id,
        )
        details, counts = _details(query)
        duplicates = query.execute(
            f"SELECT row FROM failures WHERE expectation = '{keys.KEY_UNIQUE}' ORDER BY row LIMIT 2"
        ).fetchall()
    if judged is not None:
        _keep(run, name, judged.result, expectations)
    rows = run.lake.count(raw)
    details |= {
        "rows": rows,
        "accepted": rows - details["quarantined"],
        "share": details["critical"] / rows if rows else 0.0,
        "hold_above": rules.hold_above if rules else 0.0,
        "suite": rules.suite if rules else None,
        "jumps": _jumps(run, name, accepted),
        "expectations": [*keys.results(counts, rows, source.key), *told],
    }
    stop = _stop(run, name, details, told, [row for (row,) in duplicates])
    return Outcome([raw, *(others or {}).values()], [accepted, quarantine], details, stop)


def _keep(run: Run, name: str, result: Any, expectations: Any) -> None:
    """Keeps GX's own result beside the tables."""
    with TemporaryDirectory(prefix="vlekkeloos-") as scratch:
        draft = Path(scratch) / "result"  # a folder of our own: the temporary one is closed to other users
        draft.mkdir()
        results.write(result, expectations, draft, personal=run.contract.personal)
        run.lake.keep(draft, results.place(run, name))


def _jumps(run: Run, name: str, accepted: Ref) -> list[dict[str, Any]]:
    """What jumped since the last runs; keeps what this one is to be held against later."""
    try:
        with run.lake.query(accepted=accepted) as query:
            now = profile.profile(query, "accepted", run.lake.schema(accepted))
    except duckdb.Error as error:  # its text may quote a record; and what jumped is no reason to stop
        log.warning("validate %s: what jumped could not be told: %s", name, type(error).__name__)
        return []
    found = jumps.jumps(now, jumps.last(run, name))
    jumps.record(run, name, now)
    return found


def _told(result: Any) -> dict[str, Any]:
    """One of GX's results as it is kept in ``runs``: what it is about, and counts."""
    config, found = result.expectation_config, result.result or {}
    return {
        "expectation": config.type,
        "field": scan.about(config.kwargs),
        "severity": scan.severity(result),
        "success": bool(result.success),
        "evaluated": int(found.get("element_count") or 0),
        "unexpected": int(found.get("unexpected_count") or 0),
        "by": result.meta["evaluated_by"],
    }


def _gather(query: duckdb.DuckDBPyConnection, judged: scan.Judgement | None, of_keys: str) -> list[dict[str, Any]]:
    """Makes the table ``failures``: a line for each rule and each row that breaks it.

    Gives what is kept of each expectation of the suite; ``rows`` says how many rows it sent there.
    """
    query.execute(
        "CREATE TABLE failures (row BIGINT, rule VARCHAR, expectation VARCHAR, field VARCHAR, arguments VARCHAR,"
        " value VARCHAR, severity VARCHAR)"
    )
    query.execute(
        "INSERT INTO failures SELECT row, expectation, expectation, field, NULL, value, severity"
        f" FROM ({of_keys}) AS found(row, expectation, field, value, severity)"
    )
    if judged is None:
        return []
    told = [_told(result) for result in judged.result.results]
    lines = [
        {"number": number, **_rule(result.expectation_config)} | {word: one[word] for word in SAID}
        for number, (result, one) in enumerate(zip(judged.result.results, told, strict=True))
    ]
    query.register("rules", pa.Table.from_pylist(lines, schema=RULES))
    query.execute(f"""
        INSERT INTO failures
        SELECT row, rule, expectation, field, arguments, value, severity
        FROM {judged.failures} JOIN rules USING (number)
    """)
    query.unregister("rules")
    rows = dict(query.execute(f"SELECT number, count(*) FROM {judged.failures} GROUP BY number").fetchall())
    return [one | {"rows": rows.get(number, 0)} for number, one in enumerate(told)]


def _rule(config: Any) -> dict[str, str]:
    """What a broken rule is called: two of a kind about the same field differ in their arguments."""
    given = {word: one for word, one in config.kwargs.items() if word != "batch_id"}
    arguments = json.dumps(given, default=str, ensure_ascii=False, sort_keys=True)
    return {
        "rule": hashlib.sha256(f"{config.type} {arguments}".encode()).hexdigest()[:16],
        "arguments": arguments[:ARGUMENTS],
    }


def _set_aside(query: duckdb.DuckDBPyConnection, key: str, columns: list[str], waived: pa.Table) -> None:
    """Makes the table ``bad`` (row, key, record, digest) of the rows that go to quarantine, and ``waived`` (row)."""
    content = ", ".join(f"{quoted(column)}: {quoted(column)}" for column in columns)
    query.execute(f"""
        CREATE TABLE bad AS
        SELECT {ROW} AS row, CAST({quoted(key)} AS VARCHAR) AS key, CAST(to_json("__record") AS VARCHAR) AS record,
               sha256(CAST(to_json({{{content}}}) AS VARCHAR)) AS digest
        FROM raw AS "__record" WHERE {ROW} IN (
            SELECT failures.row FROM failures
            WHERE severity = 'critical' OR expectation = '{keys.NOT_REPEATED}')
    """)
    query.register("waivers", waived)
    query.execute(f"""
        CREATE TABLE waived AS
        WITH broken AS (
            SELECT bad.row, bad.digest, failures.rule
            FROM bad JOIN failures ON failures.row = bad.row
            WHERE failures.severity = 'critical' OR failures.expectation = '{keys.NOT_REPEATED}')
        SELECT row FROM broken
        GROUP BY row HAVING bool_and((digest, rule) IN (SELECT (waivers.digest, waivers.rule) FROM waivers))
    """)
    query.unregister("waivers")
    query.execute("DELETE FROM bad WHERE row IN (SELECT waived.row FROM waived)")


def _quarantined(run: Run) -> str:
    """Selects the quarantine table: each broken rule of each bad row, with the row itself as JSON."""
    return f"""
        SELECT {literal(run.run_id)} AS run_id, failures.row, bad.key, failures.expectation, failures.field,
               failures.arguments, failures.value, failures.severity, bad.record, failures.rule, bad.digest
        FROM failures JOIN bad ON failures.row = bad.row
    """


def _details(query: duckdb.DuckDBPyConnection) -> tuple[dict[str, Any], dict[str, int]]:
    """Counts of rows, and the counts of the engine's own rules."""
    names = ("quarantined", "critical", "waived")
    found = query.execute(f"""
        SELECT (SELECT count(*) FROM bad),
               (SELECT count(DISTINCT failures.row) FROM failures JOIN bad ON failures.row = bad.row
                WHERE severity = 'critical' AND failures.row NOT IN (
                    SELECT again.row FROM failures AS again WHERE again.expectation = '{keys.NOT_REPEATED}')),
               (SELECT count(*) FROM waived)
    """).fetchone()
    assert found is not None, "an aggregate has a row"
    counted = dict(query.execute("SELECT expectation, count(*) FROM failures GROUP BY ALL").fetchall())
    counts = {name: int(counted.get(name, 0)) for name in keys.SEVERITY}
    return dict(zip(names, found, strict=True)) | {"repeats": counts[keys.NOT_REPEATED]}, counts


def _stop(
    run: Run, name: str, details: dict[str, Any], told: list[dict[str, Any]], duplicates: list[int]
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
    # an expectation about rows sends those to quarantine; one about the table as a whole has none to send
    whole = [
        f"{one['expectation']}({one['field']})"
        for one in told
        if not one["success"] and one["severity"] == "critical" and not one["rows"]
    ]
    reasons = [f"{', '.join(whole)} failed for the table as a whole"] if whole else []
    share, limit = details["share"], details["hold_above"]
    if share > limit:
        reasons.append(f"{share:.2%} of the rows is in quarantine, above hold_above: {limit:.2%}")
    return Held(f"{name}: {'; '.join(reasons)}") if reasons else None
