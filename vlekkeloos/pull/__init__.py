"""A registry in, ``raw/<exchange>/<source>`` out: every field as received, one Delta version a pull.

The raw table has the registry's columns under the registry's own names, and ``_row``: the number of the
record as received, from 1. The commit carries the run id, the cursor that the records reach to and, for files,
the SHA-256 of what was received. Pages are kept as they come, so a pull that broke off goes on where it was; a
delta is laid over the version before. Input that breaks off or breaks its own form leaves the table as it was;
the file is kept under ``rejected/``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from vlekkeloos import connection, connector
from vlekkeloos.connector import Page, Pulled, Wanted
from vlekkeloos.contract import Source
from vlekkeloos.errors import BadInput, Held
from vlekkeloos.lake import ROW, Ref, quoted
from vlekkeloos.pull import changes, drift
from vlekkeloos.pull.progress import Progress
from vlekkeloos.pull.schema import needed, require, storable
from vlekkeloos.pull.staging import Staging
from vlekkeloos.run import Outcome, Run

log = logging.getLogger(__name__)


def pull(run: Run, name: str, keys_in: Ref | None = None) -> Outcome:
    """Pulls one source of the exchange; ``keys_in`` is the accepted table that its ``keys:`` come from.

    Outputs: the raw table. Details: rows, sha256, cursor, connector, and against the version before: added,
    removed, drift (field, change, before, now); of a delta how many records it changed that were not there, and
    added that were (unknown_changed, known_added). Stops with Held if the schema drifted and the contract says
    ``drift: hold``. Raises BadInput (a column that the contract needs is missing, or whatever the connector
    finds), RegistryFailed, NotFound.
    """
    source = run.contract.source(name)
    table, staging = run.table("raw", name), changes.staging(run, name)
    before = run.lake.before(table, run.run_id)
    written = run.lake.written(table, run.run_id) or _pulled(run, name, staging, before, keys_in)
    staging.clear()
    commit = next(c for c in run.lake.history(table) if c["version"] == written.version)
    details: dict[str, Any] = {
        "rows": run.lake.count(written),
        "sha256": commit.get("sha256"),
        "cursor": commit.get("cursor"),
        "connector": source.connector,
        **{count: int(commit[count]) for count in changes.UNFORESEEN if count in commit},
    }
    found: list[drift.Drift] = []
    if before is not None:
        details |= changes.deletions(run, name, before, written, connector.identity(source))
        found = drift.drift(run.lake, run.passed(table, "pull", name) or before, written)
        details["drift"] = drift.told(found)
    stop = None
    if found:
        log.warning("%s: the schema drifted: %s", name, ", ".join(map(str, found)))
        if source.drift == "hold":
            stop = Held(f"{name}: the registry's schema drifted: {', '.join(map(str, found))}")
    return Outcome(inputs=[keys_in] if keys_in else [], outputs=[written], details=details, stop=stop)


def _pulled(run: Run, name: str, staging: Staging, before: Ref | None, keys_in: Ref | None) -> Ref:
    """Pulls into raw; a file that is refused is kept."""
    source = run.contract.source(name)
    place = connection.resolve(connection=source.connection, url=source.url, folder=run.contract.folder)
    since = _since(run, source, before)
    wanted = Wanted(
        keys=None if keys_in is None else _keys(run, source, keys_in),
        since=since,
        # a delta since another state, or of other words or keys, is no part of this pull
        after=staging.go_on(f"{_digest(source)} {since} {keys_in}"),
    )
    try:
        pulled = connector.load(source.connector, "pull").pull(source, place, wanted)
        return _into_raw(run, name, staging, pulled, place.name, before if wanted.since is not None else None)
    except BadInput as error:
        if error.kept is not None and error.kept.exists():
            kept = run.lake.keep(error.kept, f"rejected/{run.exchange}/{name}/{run.run_id}/{error.kept.name}")
            log.error("%s: what was received is kept in %s", name, kept)
        raise


def _into_raw(run: Run, name: str, staging: Staging, pulled: Pulled, file: str, before: Ref | None) -> Ref:
    table, source = run.table("raw", name), run.contract.source(name)
    schema = storable(pulled, file)
    require(needed(run.contract, name), pulled, file)
    told = {"sha256": pulled.sha256, "cursor": pulled.cursor, "source": _digest(source)}
    notes = {key: value for key, value in told.items() if value is not None}
    progress = Progress(name)
    if not (pulled.paged or pulled.delta):
        data = _numbered(progress.of_batches(pulled.batches), schema)
        return run.lake.write(table, data, run_id=run.run_id, notes=notes)
    identity = connector.identity(source)
    if not pulled.paged:
        staging.clear()
    staging.keep(progress.of_pages(_pages(pulled)), schema)
    if pulled.reread is not None:
        staging.settle(pulled, schema, identity)
    stored = pa.schema([field for field in schema if field.name not in pulled.marks])
    with staging.query(schema, **({"before": before} if before else {})) as query:
        if pulled.delta:
            notes |= changes.unforeseen(query, pulled, name, identity, has_before=before is not None)
            rows = changes.laid_over(query, pulled, stored, identity, has_before=before is not None)
        else:
            rows = staging.rows(query, stored)
        return run.lake.write(table, _numbered(rows, stored), run_id=run.run_id, notes=notes)


def _pages(pulled: Pulled) -> Iterator[Page]:
    """The pages; batches of a delta that has none are pages of one list."""
    if pulled.paged:
        yield from pulled.batches
        return
    for number, batch in enumerate(pulled.batches, start=1):
        yield Page(batch, 0, number, "")


def _keys(run: Run, source: Source, keys_in: Ref) -> list[str]:
    """The values to ask for, sorted, so that a pull that broke off asks the rest. Raises BadInput without them."""
    name = source.keys.partition(".")[2]  # type: ignore[attr-defined]
    there = run.lake.schema(keys_in).names
    if name.lower() not in map(str.lower, there):
        rule, advice = "the column that keys: names is missing", f"there are: {', '.join(there)}"
        raise BadInput(rule, file=keys_in.table, field=name, advice=advice)
    column = quoted(name)
    with run.lake.query(accepted=keys_in) as query:
        rows = query.sql(
            f"SELECT DISTINCT CAST({column} AS VARCHAR) AS key FROM accepted"
            f" WHERE trim(CAST({column} AS VARCHAR)) <> '' ORDER BY key"
        ).fetchall()
    return [key for (key,) in rows]


def _since(run: Run, source: Source, before: Ref | None) -> str | None:
    """The cursor of the state that the lake has, if the contract wants a delta and still reads the same thing."""
    if before is None or getattr(source, "mode", "full") != "delta":
        return None
    commit = next(c for c in run.lake.history(before.table) if c["version"] == before.version)
    cursor: str | None = commit.get("cursor")
    if commit.get("source") == _digest(source):
        return cursor
    log.warning(
        "%s: the contract says otherwise what is read: it is read whole, without the state so far", before.table
    )
    return None


def _digest(source: Source) -> str:
    """A digest of the words that say what is read: a delta of something else can't be laid over it."""
    words = source.model_dump_json(exclude={"authentic", "drift"}, exclude_defaults=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _numbered(batches: Any, stored: pa.Schema) -> pa.RecordBatchReader:
    """The batches in their stored types with ``_row`` in front."""
    schema = pa.schema([pa.field(ROW, pa.int64(), nullable=False), *stored])

    def numbered() -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in batches:
            numbers = pa.array(range(rows + 1, rows + batch.num_rows + 1), pa.int64())
            rows += batch.num_rows
            columns = [column.cast(kind) for column, kind in zip(batch.columns, stored.types, strict=True)]
            yield pa.RecordBatch.from_arrays([numbers, *columns], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, numbered())
