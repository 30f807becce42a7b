"""The discrepancies of a run in; the table of terugmeldingen with its new, changed and lapsed drafts out."""

from __future__ import annotations

from vlekkeloos.contract import FeedBack, Report
from vlekkeloos.feed_back import explanation
from vlekkeloos.feed_back.table import ANSWERED, BATCH, LATER, OPEN, SCHEMA, SQL_TYPES, name
from vlekkeloos.lake import Ref, literal, quoted
from vlekkeloos.run import Run

#: What of a draft follows its discrepancy, as long as nobody approved it.
_FOLLOWS = ("kind", "absent", "registered", "believed", "first_seen", "runs_seen", "explanation")

_SAME = " AND ".join(f"b.{column} IS NOT DISTINCT FROM d.{column}" for column in ("kind", "registered", "believed"))


def write(run: Run, rules: FeedBack, discrepancies: Ref) -> None:
    """Brings the drafts up to date with the discrepancies of this run, once a run.

    A discrepancy that stayed for the contract's number of runs becomes a draft, unless a person settled it in favour
    of the authentic source, accepted it or has it in onderzoek, or the same was reported before. One that is
    approved, and has other values now, waits for a person again.
    """
    if run.lake.written(name(run), run.run_id) is not None:
        return
    before = run.lake.before(name(run), run.run_id)
    with run.lake.query(discrepancies=discrepancies, **({"before_kept": before} if before else {})) as query:
        due = _due(run, rules)
        query.execute(f"CREATE TABLE due AS SELECT *, {explanation.sql()} AS explanation FROM ({due})")
        query.execute(f"CREATE VIEW before AS {_before(run, before)}")
        made = query.sql(f"{_kept(rules)} UNION ALL BY NAME {_new(run, rules)}")
        run.lake.write(name(run), made.to_arrow_reader(BATCH), run_id=run.run_id, on=before)


def _due(run: Run, rules: FeedBack) -> str:
    """The doubts about the authentic source that are old enough, one a discrepancy."""
    authentic = literal(run.contract.authentic or "")
    on_left = f"left_source = {authentic}"
    return f"""
        SELECT id, key, field, kind, {authentic} AS source,
               CASE WHEN {on_left} THEN "left" ELSE "right" END AS registered,
               CASE WHEN {on_left} THEN right_source ELSE left_source END AS believed_by,
               CASE WHEN {on_left} THEN "right" ELSE "left" END AS believed,
               kind = CASE WHEN {on_left} THEN 'missing_left' ELSE 'missing_right' END AS absent,
               first_seen, runs_seen
        FROM discrepancies
        WHERE runs_seen >= {rules.after} AND kind IN ('differs', 'missing_left', 'missing_right')
          AND {authentic} IN (left_source, right_source) AND state NOT IN ('accepted', 'in onderzoek')
          AND NOT (coalesce(starts_with(rule, 'decision:'), false) AND choice IS NOT DISTINCT FROM {authentic})
    """


def _before(run: Run, before: Ref | None) -> str:
    """The table as another run left it, in its form of now; one of an older form has no kenmerk and no id."""
    there = set(run.lake.schema(before).names) if before else set()
    columns = ", ".join(
        quoted(field.name)
        if field.name in there
        else f"CAST(NULL AS {SQL_TYPES[field.type]}) AS {quoted(field.name)}"
        for field in SCHEMA
    )
    return f"SELECT {columns} FROM before_kept" if before else f"SELECT {columns} WHERE false"


def _kept(rules: FeedBack) -> str:
    """Those of before, each as it was, or lapsed, or as its discrepancy is now."""
    # an approval is of the values that were seen; what the registry refused, it will refuse as long as it is the same
    refused = f"(b.answer IS NOT NULL AND {_SAME})"
    changed = f"(b.status = 'concept' AND NOT {refused} OR b.status = 'goedgekeurd' AND NOT ({_SAME}))"
    follows = f"(d.id IS NOT NULL AND {changed})"
    replaced = [f"CASE WHEN {follows} THEN d.{column} ELSE b.{column} END AS {column}" for column in _FOLLOWS]
    by, at = _approval(rules)
    replaced += [
        f"CASE WHEN {follows} THEN {by} ELSE b.approved_by END AS approved_by",
        f"CASE WHEN {follows} THEN {at} ELSE b.approved_at END AS approved_at",
        f"""CASE WHEN b.status IN ('concept', 'goedgekeurd') AND d.id IS NULL THEN 'vervallen'
            WHEN {follows} THEN {_first(rules)} ELSE b.status END AS status""",
    ]
    return f"SELECT b.* REPLACE ({', '.join(replaced)}) FROM before b LEFT JOIN due d ON d.id = b.id"


def _new(run: Run, rules: FeedBack) -> str:
    """A draft for each doubt that has none yet, and was not answered as it is."""
    by, at = _approval(rules)
    known = {"status": _first(rules), "explanation": "explanation", "approved_by": by, "approved_at": at}
    later = ", ".join(
        f"{known.get(field.name, f'CAST(NULL AS {SQL_TYPES[field.type]})')} AS {quoted(field.name)}"
        for field in LATER
    )
    open_ones, answered = (", ".join(map(literal, found)) for found in (OPEN, ANSWERED))
    return f"""
        SELECT upper(substr(md5(id || '/' || {literal(run.run_id)}), 1, 12)) AS kenmerk, id, key, field, kind, absent,
               source, registered, believed_by, believed, first_seen, runs_seen,
               DATE '{run.as_of.isoformat()}' AS drafted, {later}
        FROM due d WHERE NOT EXISTS (
            FROM before b WHERE b.id = d.id AND (b.status IN ({open_ones}) OR b.status IN ({answered}) AND {_SAME})
        )
    """


def _first(rules: FeedBack) -> str:
    """The status of a new draft."""
    return "'goedgekeurd'" if _approved(rules) else "'concept'"


def _approval(rules: FeedBack) -> tuple[str, str]:
    """Who approves a new draft, and when."""
    return (
        ("'approve: never'", "now()") if _approved(rules) else ("CAST(NULL AS VARCHAR)", "CAST(NULL AS TIMESTAMPTZ)")
    )


def _approved(rules: FeedBack) -> bool:
    return isinstance(rules, Report) and rules.approve == "never"
