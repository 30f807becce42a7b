"""The state that the lake had of a registry, and what a pull brought, in; the state now, and what went, out.

A delta is laid over the state before it. What is no longer there, whether a delta says so or a full pull no
longer has it, is kept in ``deletions/<exchange>/<source>``: key, the record as it last was (JSON), the version of
raw that had it last, the run that noticed, and when.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from vlekkeloos.connector import Pulled
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import ROW, Ref, literal, quoted
from vlekkeloos.pull.staging import NEWEST, Staging
from vlekkeloos.run import Run

log = logging.getLogger(__name__)

BATCH = 50_000
#: Where a registry's mutations and the state don't agree: it changed what was not there, added what was.
UNFORESEEN = ("unknown_changed", "known_added")


def laid_over(
    query: duckdb.DuckDBPyConnection, pulled: Pulled, schema: pa.Schema, identity: list[str], *, has_before: bool
) -> pa.RecordBatchReader:
    """The staged delta laid over the state in the view ``before``, if there is one, in ``schema``.

    Records without a key can't be told apart: all those of a delta stay, in the place of those of the state.
    Raises BadInput where a column of the state can't be had in its new type.
    """
    columns = ", ".join(map(quoted, schema.names))
    query.execute(f"CREATE TABLE delta AS {_last(pulled, columns, identity)}")
    if pulled.told:
        if has_before:
            # what a record doesn't tell comes from the state, which has to be of the same types
            older = ", ".join(_older(query, schema.names))
            query.execute(f"CREATE TABLE earlier AS SELECT {older} FROM before AS s WHERE {_in_delta(identity)}")
        query.execute(f"CREATE OR REPLACE TABLE delta AS {_merged(pulled, schema, identity, has_before=has_before)}")
    new = f"SELECT {columns} FROM delta WHERE NOT __deleted"
    if not has_before:
        return query.sql(new).to_arrow_reader(BATCH)
    older = ", ".join(_older(query, schema.names))
    there = _there(query, pulled.present, quoted(identity[0])) if pulled.present is not None else ""
    return query.sql(
        f"SELECT {older} FROM before AS s WHERE NOT {_in_delta(identity)}{there} UNION ALL {new}"
    ).to_arrow_reader(BATCH)


def unforeseen(
    query: duckdb.DuckDBPyConnection, pulled: Pulled, name: str, identity: list[str], *, has_before: bool
) -> dict[str, str]:
    """How many records the delta changes or removes that the state doesn't have, and adds that it has; logged."""
    if pulled.known is None:
        return {}
    same, known = ", ".join(map(quoted, identity)), quoted(pulled.known)
    match = " AND ".join(f"d.{quoted(column)} IS NOT DISTINCT FROM s.{quoted(column)}" for column in identity)
    there = f"EXISTS (SELECT 1 FROM before AS s WHERE {match})" if has_before else "FALSE"
    found = query.sql(f"""
        SELECT count(*) FILTER (WHERE known AND NOT there), count(*) FILTER (WHERE NOT known AND there)
        FROM (SELECT {known} AS known, {there} AS there FROM (
            SELECT * FROM ({NEWEST})
            QUALIFY row_number() OVER (PARTITION BY {same} ORDER BY _list, _page, _position) = 1) AS d)
    """).fetchall()[0]
    if any(found):
        log.warning("%s: %d records were changed that were not there, %d added that were", name, *found)
    return {count: str(number) for count, number in zip(UNFORESEEN, found, strict=True)}


def _in_delta(identity: list[str]) -> str:
    """The condition that the delta has a record of the state ``s``."""
    match = " AND ".join(f"d.{quoted(name)} IS NOT DISTINCT FROM s.{quoted(name)}" for name in identity)
    return f"EXISTS (SELECT 1 FROM delta AS d WHERE {match})"


def _gone(pulled: Pulled) -> str:
    return f"coalesce({quoted(pulled.deleted)}, FALSE)" if pulled.deleted else "FALSE"


def _staged(pulled: Pulled, identity: list[str]) -> str:
    """The staged records; a removal that doesn't say of what is none."""
    return f"(SELECT * FROM ({NEWEST}) WHERE {quoted(identity[0])} IS NOT NULL OR NOT {_gone(pulled)})"


def _last(pulled: Pulled, columns: str, identity: list[str]) -> str:
    """Selects the last record of each identity, and whether it was removed."""
    same = ", ".join(map(quoted, identity))
    return f"""
        SELECT {columns}, {_gone(pulled)} AS __deleted FROM {_staged(pulled, identity)}
        QUALIFY {quoted(identity[0])} IS NULL
            OR row_number() OVER (PARTITION BY {same} ORDER BY _list DESC, _page DESC, _position DESC) = 1
    """


def _merged(pulled: Pulled, schema: pa.Schema, identity: list[str], *, has_before: bool) -> str:
    """As _last, each column with what was told of it last: what a record doesn't tell stays as it was.

    A whole record tells all of them, one that is removed that nothing is left. A record without a key is one by
    itself.
    """
    names = [name for name in schema.names if name not in identity]
    columns, same = ", ".join(map(quoted, schema.names)), ", ".join(map(quoted, identity))
    told, gone, keyed = quoted(pulled.told or ""), _gone(pulled), f"{quoted(identity[0])} IS NOT NULL"
    left = ", ".join(f"CASE WHEN NOT {gone} THEN {quoted(name)} END AS {quoted(name)}" for name in names)
    own = ", ".join(map(quoted, names))
    earlier = f"UNION ALL SELECT {same}, {own}, FALSE, NULL, 0 FROM earlier WHERE {keyed}" if has_before else ""
    merged = ", ".join(
        f"last({quoted(name)} ORDER BY __nth) FILTER (__told IS NULL OR list_contains(__told, {literal(name)}))"
        f" AS {quoted(name)}"
        for name in names
    )
    return f"""
        WITH changes AS (
            SELECT {same}, {left}, {gone} AS __deleted, CASE WHEN NOT {gone} THEN {told} END AS __told,
                   row_number() OVER (ORDER BY _list, _page, _position) AS __nth
            FROM {_staged(pulled, identity)} {earlier})
        SELECT {columns}, __deleted FROM (
            SELECT {same}, {merged}, last(__deleted ORDER BY __nth) AS __deleted FROM changes
            GROUP BY {same}, CASE WHEN {keyed} THEN NULL ELSE __nth END)
    """


def _older(query: duckdb.DuckDBPyConnection, columns: list[str]) -> Iterator[str]:
    """For each column how the state before has it, in the delta's type. Raises BadInput if it can't."""
    before, delta = ({name.lower(): kind for name, kind in _types(query, view)} for view in ("before", "delta"))
    for name in columns:
        kind, wanted = before.get(name.lower()), delta[name.lower()]
        if kind is None:
            yield f"CAST(NULL AS {wanted}) AS {quoted(name)}"
        elif kind == wanted:
            yield f"s.{quoted(name)}"
        else:
            back = f"TRY_CAST(TRY_CAST({quoted(name)} AS {wanted}) AS {kind})"
            # what doesn't come back as it was would lose a zero in front, a fraction, a time of day
            misfit = f"{back} IS DISTINCT FROM {quoted(name)}"
            if query.sql(f"SELECT 1 FROM before WHERE {misfit} LIMIT 1").fetchall():
                rule = f"the state before can't be had in the column's new type, {wanted}"
                raise BadInput(rule, field=name, advice="pull once with mode: full")
            yield f"CAST(s.{quoted(name)} AS {wanted}) AS {quoted(name)}"


def _types(query: duckdb.DuckDBPyConnection, view: str) -> list[tuple[str, str]]:
    return query.sql(f"SELECT column_name, column_type FROM (DESCRIBE {view})").fetchall()


def _there(query: duckdb.DuckDBPyConnection, present: Iterator[pa.RecordBatch], key: str) -> str:
    """The condition that a record of the state before is among those that are there now."""
    query.execute(f"CREATE TABLE present AS SELECT {key} FROM delta WHERE FALSE")
    for batch in present:
        query.register("listed", pa.Table.from_batches([batch]))
        query.execute("INSERT INTO present FROM listed")
        query.unregister("listed")
    unknown = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {view} AS v WHERE v.{key} IS NOT DISTINCT FROM p.{key})"
        for view in ("before", "delta")
    )
    if missed := query.sql(f"SELECT count(*) FROM present AS p WHERE {unknown}").fetchall()[0][0]:
        rule = f"{missed} records are there that no delta gave: they came with an older moment of change"
        raise BadInput(rule, advice="pull once with mode: full, and let deltas overlap more")
    return f" AND EXISTS (SELECT 1 FROM present AS p WHERE p.{key} IS NOT DISTINCT FROM s.{key})"


def deletions(run: Run, name: str, before: Ref, now: Ref, identity: list[str]) -> dict[str, int]:
    """Keeps what ``before`` had and ``now`` has not; gives how many records were added and removed."""
    old, new = run.lake.schema(before).names, run.lake.schema(now).names
    if not {column.lower() for column in identity} <= {c.lower() for c in old} & {c.lower() for c in new}:
        return {}
    key = quoted(identity[0])
    match = " AND ".join(f"o.{quoted(column)} IS NOT DISTINCT FROM n.{quoted(column)}" for column in identity)
    with run.lake.query(old=before, new=now) as query:
        query.execute(
            f"CREATE TABLE gone AS SELECT o.* FROM old AS o WHERE NOT EXISTS (SELECT 1 FROM new AS n WHERE {match})"
        )
        removed = query.sql("SELECT count(*) FROM gone").fetchall()[0][0]
        added = query.execute(
            f"SELECT count(*) FROM new AS n WHERE NOT EXISTS (SELECT 1 FROM old AS o WHERE {match})"
        ).fetchall()[0][0]
        kept = query.sql(f"""
            SELECT CAST({key} AS VARCHAR) AS key, CAST(to_json(gone) AS VARCHAR) AS record,
                   {literal(str(before))} AS last_in, {literal(run.run_id)} AS run_id,
                   CAST({literal(datetime.now(UTC).isoformat())} AS TIMESTAMPTZ) AS noticed_at
            FROM gone ORDER BY {quoted(ROW)}
        """)
        if removed:
            rows = kept.to_arrow_reader(BATCH)
            run.lake.write(run.table("deletions", name), rows, run_id=run.run_id, mode="append")
    return {"added": added, "removed": removed}


def staging(run: Run, name: str) -> Staging:
    """Where the pages of this run's pull of a source are kept until they are in raw."""
    return Staging(run.lake, f"staging/{run.exchange}/{name}/{run.run_id}", run.run_id)
