"""The state that the lake had of a registry, and what a pull brought, in; the state now, and what went, out.

A delta is laid over the state before it. What is no longer there, whether a delta says so or a full pull no
longer has it, is kept in ``deletions/<exchange>/<source>``: key, the record as it last was (JSON), the version of
raw that had it last, the run that noticed, and when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from vlekkeloos.connector import Pulled
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import ROW, Ref, literal, quoted
from vlekkeloos.pull.staging import NEWEST, Staging
from vlekkeloos.run import Run

BATCH = 50_000


def laid_over(
    query: duckdb.DuckDBPyConnection, pulled: Pulled, schema: pa.Schema, identity: list[str], *, has_before: bool
) -> pa.RecordBatchReader:
    """The staged delta laid over the state in the view ``before``, if there is one, in ``schema``.

    Raises BadInput where a column of the state can't be had in its new type.
    """
    columns = ", ".join(map(quoted, schema.names))
    same = ", ".join(map(quoted, identity))
    gone = f"coalesce({quoted(pulled.deleted)}, FALSE)" if pulled.deleted else "FALSE"
    query.execute(
        f"CREATE TABLE delta AS SELECT {columns}, {gone} AS __deleted FROM ({NEWEST})"
        f" QUALIFY row_number() OVER (PARTITION BY {same} ORDER BY _list DESC, _page DESC, _position DESC) = 1"
    )
    new = f"SELECT {columns} FROM delta WHERE NOT __deleted"
    if not has_before:
        return query.sql(new).to_arrow_reader(BATCH)
    older = ", ".join(_older(query, schema.names))
    touched = " AND ".join(f"d.{quoted(name)} IS NOT DISTINCT FROM s.{quoted(name)}" for name in identity)
    there = _there(query, pulled.present, quoted(identity[0])) if pulled.present is not None else ""
    return query.sql(
        f"SELECT {older} FROM before AS s WHERE NOT EXISTS (SELECT 1 FROM delta AS d WHERE {touched}){there}"
        f" UNION ALL {new}"
    ).to_arrow_reader(BATCH)


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
            misfit = f"{quoted(name)} IS NOT NULL AND TRY_CAST({quoted(name)} AS {wanted}) IS NULL"
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
    return f" AND EXISTS (SELECT 1 FROM present AS p WHERE p.{key} = s.{key})"


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
        kept = query.sql(f"""
            SELECT CAST({key} AS VARCHAR) AS key, CAST(to_json(gone) AS VARCHAR) AS record,
                   {literal(str(before))} AS last_in, {literal(run.run_id)} AS run_id,
                   CAST({literal(datetime.now(UTC).isoformat())} AS TIMESTAMPTZ) AS noticed_at
            FROM gone ORDER BY {quoted(ROW)}
        """).to_arrow_table()
        added = query.execute(
            f"SELECT count(*) FROM new AS n WHERE NOT EXISTS (SELECT 1 FROM old AS o WHERE {match})"
        ).fetchall()[0][0]
    if kept.num_rows:
        run.lake.write(run.table("deletions", name), kept, run_id=run.run_id, mode="append")
    return {"added": added, "removed": kept.num_rows}


def staging(run: Run, name: str) -> Staging:
    """Where the pages of this run's pull of a source are kept until they are in raw."""
    return Staging(run.lake, f"staging/{run.exchange}/{name}/{run.run_id}", run.run_id)
