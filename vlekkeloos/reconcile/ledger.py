"""What a comparison found and the ledger before it in; the ledger's next events and today's discrepancies out.

``ledger/<exchange>`` only grows: an event whenever a discrepancy's state or values change, and none while all stays
the same. The last event of an id is how it is; the events up to a day are what was known on that day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from vlekkeloos.lake import LOOK_BACK, Ref, literal
from vlekkeloos.reconcile import states
from vlekkeloos.run import Run

#: An event. ``changed`` is the day since when the values are what they are.
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("key", pa.string()),
        ("field", pa.string()),
        ("left_source", pa.string()),
        ("right_source", pa.string()),
        ("kind", pa.string()),
        ("left", pa.string()),
        ("right", pa.string()),
        ("rule", pa.string()),
        ("choice", pa.string()),
        ("state", pa.string()),
        ("decision", pa.string()),
        ("first_seen", pa.date32()),
        ("changed", pa.date32()),
        ("as_of", pa.date32()),
        ("run_id", pa.string()),
        ("recorded_at", pa.timestamp("us", "UTC")),
    ]
)
#: The views that a merge can do without, and the columns that it uses of each.
OPTIONAL = {
    "ledger": SCHEMA,
    "previous": pa.schema([("id", pa.string()), ("runs_seen", pa.int64())]),
    "applied": pa.schema([("id", pa.string()), ("choice", pa.string()), ("decision", pa.string())]),
    "reported": pa.schema([("id", pa.string()), ("status", pa.string())]),
}
#: Newest first. Events of one run have one moment, and a run has one event of an id at most.
NEWEST = "recorded_at DESC, as_of DESC, run_id DESC"
#: The values: what a decision is about, and what makes an event when it changes. 64 bits are enough to hold two
#: values of one discrepancy against each other, and a tenth of what the values themselves take.
_SAID = 'hash(kind, "left", "right")'


class Merged(NamedTuple):
    """Two SELECTs: the events to append to the ledger, and the rows of ``discrepancies``."""

    events: str
    rows: str


# ── identity ──────────────────────────────────────────────────────────────────────────────────────────────


def identity(exchange: str) -> str:
    """SQL: a discrepancy's id, UUID text, over the columns key, field, left_source, right_source and kind.

    It says which question is open: about a field, or whether a record exists, or of one source that a key is
    in quarantine, there more than once, or missing from a record. The values are no part of it, nor is which
    source is called left. Each part stands behind its length, so no two questions have one text.
    """
    about = """CASE WHEN kind = 'differs' THEN 'field'
                    WHEN kind IN ('missing_left', 'missing_right') THEN 'record'
                    WHEN kind LIKE '%\\_left' ESCAPE '\\' THEN regexp_replace(kind, '_left$', ':') || left_source
                    WHEN kind LIKE '%\\_right' ESCAPE '\\' THEN regexp_replace(kind, '_right$', ':') || right_source
                    ELSE kind END"""
    parts = (
        literal(exchange),
        "coalesce(key, '')",
        "coalesce(field, '')",
        "least(left_source, right_source)",
        "greatest(left_source, right_source)",
        about,
    )
    text = " || ".join(f"length({part}) || ':' || ({part})" for part in parts)
    return f"CAST(CAST(md5({text}) AS UUID) AS VARCHAR)"


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────


def current(view: str) -> str:
    """SQL: the last event of each id in ``view``, a SELECT in brackets or the name of a view of events."""
    return _last(view, NEWEST)


def _last(view: str, newest: str) -> str:
    return f"SELECT * FROM {view} QUALIFY row_number() OVER (PARTITION BY id ORDER BY {newest}) = 1"


def known(about: date | None = None, on: date | None = None) -> str:
    """SQL over the view ``ledger``: what was known at the end of the day ``on`` of the day ``about``.

    Left out: known now; about the last run. A run of an earlier day that came later says nothing of the days
    of which there was a run already.
    """
    conditions = ["TRUE"]
    newest = NEWEST
    if about is not None:
        conditions.append(f"as_of <= DATE '{about.isoformat()}'")
        newest = f"as_of DESC, {NEWEST}"
    if on is not None:
        # the registries' days are Dutch days
        end = datetime.combine(on + timedelta(days=1), time.min, ZoneInfo("Europe/Amsterdam"))
        conditions.append(f"recorded_at < {_moment(end)}")
    return _last(f"(FROM ledger WHERE {' AND '.join(conditions)})", newest)


# ── what a run goes by ────────────────────────────────────────────────────────────────────────────────────


def tables(run: Run) -> dict[str, Ref]:
    """What a run's merge goes by, as view and version: ledger, previous, decisions and terugmeldingen, if there.

    A run that was broken off after its commit to the ledger goes by what that commit was made with.
    """
    table = run.table("ledger")
    found = {
        "ledger": run.lake.before(table, run.run_id),
        "previous": run.lake.before(run.table("discrepancies"), run.run_id),
    }
    commits = run.lake.history(table, limit=LOOK_BACK)
    own = next((commit for commit in commits if commit.get("run_id") == run.run_id), None)
    for name in ("decisions", "terugmeldingen"):
        if own is None:
            found[name] = run.lake.latest(run.table(name))
        else:
            found[name] = Ref.parse(own[name]) if name in own else None
    # tables from before discrepancies had an id have nothing to join by
    return {name: ref for name, ref in found.items() if ref and "id" in run.lake.schema(ref).names}


def notes(made_with: dict[str, Ref]) -> dict[str, str]:
    """What the ledger's commit says of ``tables``, for the same run when it is started again."""
    return {name: str(ref) for name, ref in made_with.items()}


def applied(exchange: str) -> str:
    """SQL over ``decided`` and ``found``: id, choice and decision of those whose values are still what they were."""
    return f"""
        SELECT d.id, d.choice, d.decision
        FROM decided d JOIN (SELECT *, {identity(exchange)} AS id FROM found) f
          ON f.id = d.id AND f.kind = d.kind
         AND f."left" IS NOT DISTINCT FROM d."left" AND f."right" IS NOT DISTINCT FROM d."right"
    """


# ── merging ───────────────────────────────────────────────────────────────────────────────────────────────


def merged(
    query: duckdb.DuckDBPyConnection, exchange: str, run_id: str, as_of: date, recorded_at: datetime | None = None
) -> Merged:
    """Merges what was found into the ledger; ``recorded_at`` is the events' moment, now if left out.

    Goes by the table ``found`` (key, field, left_source, right_source, left, right, kind, rule, choice; no two
    rows with one id) and, where there are, ``ledger`` as it was before this run, ``previous`` (the
    discrepancies of the run before: id, runs_seen), ``applied`` (id, choice, decision: those that apply, one an
    id) and ``reported`` (id, status of terugmeldingen). ``found`` must have every key that is in quarantine, or
    there more than once: of what such a key hides nothing is concluded.

    Only ids, states and hashes are held against each other: a ledger of millions of values stays on disk.
    """
    there = {name for (name,) in query.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    for name, schema in OPTIONAL.items():
        if name not in there:
            query.register(name, schema.empty_table())
    query.execute(f"CREATE TABLE was AS {_was()}")
    query.execute(f"CREATE TABLE hidden AS {_hidden()}")
    query.execute(f"CREATE TABLE moved AS {_moved(exchange, as_of)}")
    moment = recorded_at or datetime.now(UTC)
    stamp = f"DATE '{as_of.isoformat()}' AS as_of, {literal(run_id)} AS run_id, {_moment(moment)} AS recorded_at"
    return Merged(_events(exchange, stamp), _rows(exchange, run_id, as_of))


def _now(exchange: str) -> str:
    return f"(SELECT *, CAST({identity(exchange)} AS UUID) AS uuid FROM found)"


def _was() -> str:
    """Selects how each discrepancy is by its last event, and whether it was ever resolved."""
    return f"""
        SELECT CAST(id AS UUID) AS uuid, bool_or(state = 'resolved') AS resolved_once,
               arg_max(struct_pack(state, said := {_SAID}, first_seen, changed), (recorded_at, as_of, run_id)) AS last
        FROM ledger GROUP BY ALL
    """


def _hidden() -> str:
    """Selects the ids of which nothing is concluded: a key in quarantine, or there twice, can't be compared."""
    return """
        WITH source AS (
            SELECT key, CASE WHEN kind LIKE '%left' THEN left_source ELSE right_source END AS name
            FROM found WHERE kind IN ('quarantined_left', 'quarantined_right', 'duplicate_left', 'duplicate_right'))
        SELECT DISTINCT CAST(l.id AS UUID) AS uuid FROM ledger l JOIN source ON source.key = l.key
        WHERE list_contains(
            CASE WHEN l.kind IN ('quarantined_left', 'quarantined_right') THEN []
                 WHEN l.kind = 'duplicate_left' THEN [l.left_source]
                 WHEN l.kind = 'duplicate_right' THEN [l.right_source]
                 ELSE [l.left_source, l.right_source] END, source.name)
    """


def _moved(exchange: str, as_of: date) -> str:
    """Selects what is found now and what was not resolved yet, each with its state and whether that is an event."""
    day = f"DATE '{as_of.isoformat()}'"
    reports, answers = list(states.REPORTS), list(states.ANSWERS)
    return f"""
        WITH now AS (SELECT uuid, {_SAID} AS said FROM {_now(exchange)}),
        report AS (
            SELECT CAST(id AS UUID) AS uuid, arg_min(status, list_position({reports}, status)) AS status
            FROM reported WHERE list_contains({reports}, status) GROUP BY ALL),
        facts AS (
            SELECT coalesce(now.uuid, was.uuid) AS uuid, was.last.state AS before, d.choice, d.decision,
                   now.uuid IS NOT NULL AS found, hidden.uuid IS NOT NULL AS hidden,
                   -- an answer is about what was there until it was resolved; when that comes back, ask again
                   CASE WHEN NOT (list_contains({answers}, report.status) AND coalesce(was.resolved_once, FALSE)
                                  AND was.last.state NOT IN ('reported', 'in onderzoek'))
                        THEN report.status END AS report,
                   now.said IS NOT NULL AND now.said IS DISTINCT FROM was.last.said AS differs,
                   coalesce(was.last.first_seen, {day}) AS first_seen, was.last.changed AS changed
            FROM was FULL JOIN now ON now.uuid = was.uuid
            LEFT JOIN hidden ON hidden.uuid = was.uuid
            LEFT JOIN applied d ON CAST(d.id AS UUID) = now.uuid
            LEFT JOIN report ON report.uuid = now.uuid
            WHERE now.uuid IS NOT NULL OR was.last.state <> 'resolved'),
        judged AS (SELECT *, {states.following()} AS state FROM facts)
        SELECT uuid, found, state, state IS DISTINCT FROM before OR differs AS event, decision, first_seen,
               CASE WHEN differs THEN {day} ELSE changed END AS changed
        FROM judged
    """


def _events(exchange: str, stamp: str) -> str:
    """Selects the events: of what is found as it is now, of what is no longer found as it was last."""
    columns = """CAST(m.uuid AS VARCHAR) AS id, e.key, e.field, e.left_source, e.right_source, e.kind, e."left",
                 e."right", e.rule, e.choice, m.state, m.decision, m.first_seen, m.changed"""
    gone = "(FROM ledger WHERE CAST(id AS UUID) IN (SELECT uuid FROM moved WHERE event AND NOT found))"
    return f"""
        SELECT {columns}, {stamp} FROM moved m JOIN {_now(exchange)} e ON e.uuid = m.uuid WHERE m.event
        UNION ALL
        SELECT {columns}, {stamp} FROM moved m JOIN ({current(gone)}) e ON CAST(e.id AS UUID) = m.uuid
    """


def _rows(exchange: str, run_id: str, as_of: date) -> str:
    """Selects what is found now, with what is remembered of it."""
    return f"""
        SELECT CAST(m.uuid AS VARCHAR) AS id, f.key, f.field, f.left_source, f.right_source, f."left", f."right",
               f.kind, f.rule, f.choice, m.state, m.first_seen, DATE '{as_of.isoformat()}' AS last_seen,
               CAST(coalesce(p.runs_seen, 0) + 1 AS BIGINT) AS runs_seen, m.changed, m.decision,
               {literal(run_id)} AS run_id
        FROM {_now(exchange)} f JOIN moved m ON m.uuid = f.uuid LEFT JOIN previous p ON CAST(p.id AS UUID) = f.uuid
        ORDER BY f.key, f.field, f.left_source, f.right_source, f.kind
    """


def _moment(at: datetime) -> str:
    return f"TIMESTAMPTZ '{at.astimezone(UTC).isoformat(sep=' ')}'"
