"""Discrepancies in; draft terugmeldingen to the holder of the authentic source out.

Who uses an authentic registry and doubts a fact in it must report that (e.g. Wet BAG, artikel 37, "gerede
twijfel"). A discrepancy that stayed for the contract's number of runs becomes a draft (status ``concept``)
for a person to judge; a draft whose discrepancy went away lapses (``vervallen``). No draft is ever removed.
"""

from __future__ import annotations

from vlekkeloos.lake import Ref, literal
from vlekkeloos.run import Outcome, Run

BATCH = 50_000


def feed_back(run: Run, discrepancies: Ref) -> Outcome:
    """Brings the drafts up to date with the discrepancies of this run.

    Outputs: terugmeldingen (key, field, kind, source, registered, believed, first_seen, runs_seen, drafted,
    number, status), where ``registered`` is the authentic source's value, ``believed`` the other side's, and
    ``number`` the registry's own once it is reported. Without ``feed_back:`` in the contract there is none.
    """
    rules = run.contract.feed_back
    if rules is None:
        return Outcome([discrepancies], [])
    table = run.table("terugmeldingen")
    before = run.lake.before(table, run.run_id)
    with run.lake.query(discrepancies=discrepancies, **({"before": before} if before else {})) as query:
        query.execute(f"CREATE TABLE due AS {_due(run, rules.after)}")
        if before is None:
            query.execute(f"CREATE TABLE drafts AS SELECT *, {_new(run)} FROM due")
        else:
            query.execute(f"CREATE TABLE drafts AS {_followed(run)}")
        written = run.lake.write(table, query.sql("FROM drafts").to_arrow_reader(BATCH), run_id=run.run_id)
        counts = query.execute(f"""
            SELECT count(*) FILTER (status = 'concept'),
                   count(*) FILTER (status = 'concept' AND drafted = {_day(run)}) FROM drafts
        """).fetchone()
    assert counts is not None, "an aggregate has a row"
    return Outcome([discrepancies], [written], {"drafts": counts[0], "new": counts[1]})


def _day(run: Run) -> str:
    return f"DATE '{run.as_of.isoformat()}'"


def _due(run: Run, after: int) -> str:
    registered, believed = (
        ("left", "right") if run.contract.authentic == run.contract.reconcile.left else ("right", "left")
    )
    return f"""
        SELECT key, field, kind, {literal(run.contract.authentic or "")} AS source, "{registered}" AS registered,
               "{believed}" AS believed, first_seen, runs_seen
        FROM discrepancies WHERE runs_seen >= {after} AND kind IN ('differs', 'missing_left', 'missing_right')
    """


def _new(run: Run) -> str:
    return f"{_day(run)} AS drafted, CAST(NULL AS VARCHAR) AS number, 'concept' AS status"


def _followed(run: Run) -> str:
    """The drafts of before, each kept or lapsed, and the new ones."""
    same = "b.key = d.key AND b.kind = d.kind AND b.field IS NOT DISTINCT FROM d.field"
    return f"""
        SELECT d.*, b.drafted, b.number, b.status FROM due d JOIN before b ON {same} WHERE b.status <> 'vervallen'
        UNION ALL BY NAME
        SELECT d.*, {_new(run)} FROM due d ANTI JOIN (FROM before WHERE status <> 'vervallen') b ON {same}
        UNION ALL BY NAME
        SELECT b.* REPLACE ('vervallen' AS status) FROM before b
        WHERE b.status = 'vervallen' OR NOT EXISTS (FROM due d WHERE {same})
    """
