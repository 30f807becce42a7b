"""A registry in, ``raw/<exchange>/<source>`` out: every field as received, one Delta version a pull.

The raw table has the registry's columns under the registry's own names, and ``_row``: the number of the
record as received, from 1. The commit carries the run id and, for files, the SHA-256 of what was received.
Input that breaks off or breaks its own form leaves the table as it was; the file is kept under ``rejected/``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pyarrow as pa

from vlekkeloos import connection, connector
from vlekkeloos.contract import Contract
from vlekkeloos.errors import BadInput
from vlekkeloos.run import ROW, Outcome, Run

log = logging.getLogger(__name__)

#: Seconds between two lines of progress.
TELL_EVERY = 5.0


def pull(run: Run, name: str) -> Outcome:
    """Pulls one source of the exchange.

    Outputs: the raw table. Details: rows, sha256, cursor, connector. Raises BadInput (a column that the
    contract needs is missing, or whatever the connector finds), RegistryFailed, NotFound.
    """
    source = run.contract.source(name)
    table = run.table("raw", name)
    written = run.lake.written(table, run.run_id)
    if written is None:
        module = connector.load(source.connector, "pull")
        place = connection.resolve(connection=source.connection, url=source.url, folder=run.contract.folder)
        try:
            pulled = module.pull(source, place)
            _require(needed(run.contract, name), pulled.schema, place.name)
            notes = {"sha256": pulled.sha256, "cursor": pulled.cursor}
            written = run.lake.write(
                table,
                _numbered(pulled, name),
                run_id=run.run_id,
                notes={key: value for key, value in notes.items() if value is not None},
            )
        except BadInput as error:
            if error.kept is not None and error.kept.exists():
                kept = run.lake.keep(error.kept, f"rejected/{run.exchange}/{name}/{run.run_id}/{error.kept.name}")
                log.error("%s: what was received is kept in %s", name, kept)
            raise
    commit = next(c for c in run.lake.history(table) if c["version"] == written.version)
    details = {
        "rows": run.lake.count(written),
        "sha256": commit.get("sha256"),
        "cursor": commit.get("cursor"),
        "connector": source.connector,
    }
    return Outcome(inputs=[], outputs=[written], details=details)


def needed(contract: Contract, source: str) -> list[str]:
    """The columns that a source must have for its exchange: its key, and the fields to compare or keep."""
    rules, columns = contract.reconcile, [contract.sources[source].key]
    for field, rule in (rules.fields or {}).items():
        if source == rules.left and rule.keep in (None, source):
            columns.append(rule.left or field)
        if source == rules.right and rule.keep in (None, source):
            columns.append(rule.right or field)
    return list(dict.fromkeys(columns))


def _require(columns: list[str], schema: pa.Schema, file: str) -> None:
    there = {name.lower() for name in schema.names}
    for column in columns:
        if column.lower() not in there:
            raise BadInput(
                "the column is missing",
                file=file,
                field=column,
                advice=f"there are: {', '.join(schema.names)}",
            )


def _numbered(pulled: connector.Pulled, name: str) -> pa.RecordBatchReader:
    """The batches with ``_row`` in front, telling the progress as they pass."""
    schema = pa.schema([pa.field(ROW, pa.int64(), nullable=False), *pulled.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        rows, started, told = 0, time.monotonic(), time.monotonic()
        for batch in pulled.batches:
            numbers = pa.array(range(rows + 1, rows + batch.num_rows + 1), pa.int64())
            rows += batch.num_rows
            yield pa.RecordBatch.from_arrays([numbers, *batch.columns], schema=schema)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                log.info("pull %s: %d rows, %d a second", name, rows, rows / (told - started))

    return pa.RecordBatchReader.from_batches(schema, batches())
