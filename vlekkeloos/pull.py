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
from vlekkeloos.lake import ROW
from vlekkeloos.run import Outcome, Run

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
            schema = _storable(pulled, place.name)
            _require(needed(run.contract, name), pulled, place.name)
            notes = {"sha256": pulled.sha256, "cursor": pulled.cursor}
            written = run.lake.write(
                table,
                _numbered(pulled, schema, name),
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


def _storable(pulled: connector.Pulled, file: str) -> pa.Schema:
    """The schema as the lake can hold it. Raises BadInput for a column that it can't, by name or by type."""
    seen: set[str] = set()
    fields = []
    for field in pulled.schema:
        if field.name.lower() in (ROW, "provenance"):
            rule, advice = "the column has a name that Vlekkeloos keeps for itself", "give it another in a query"
            raise BadInput(rule, file=file, field=field.name, advice=advice, kept=pulled.received)
        if field.name.lower() in seen:
            rule = "another column has the same name but for capitals"
            raise BadInput(rule, file=file, field=field.name, kept=pulled.received)
        seen.add(field.name.lower())
        fields.append(pa.field(field.name, _stored_as(field, pulled, file)))
    return pa.schema(fields)


def _stored_as(field: pa.Field, pulled: connector.Pulled, file: str) -> pa.DataType:
    """A Delta table has no unsigned numbers and no time of day: those become what holds every value of them."""
    kind = field.type
    if pa.types.is_unsigned_integer(kind):
        return pa.decimal128(20, 0) if kind.bit_width == 64 else pa.int64()
    if pa.types.is_time(kind):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_duration(kind) or pa.types.is_decimal256(kind) or pa.types.is_null(kind):
        if pa.types.is_null(kind):
            return pa.string()
        rule = f"a column of type {kind} cannot be kept"
        raise BadInput(rule, file=file, field=field.name, advice="make it text or a number", kept=pulled.received)
    return kind


def _require(columns: list[str], pulled: connector.Pulled, file: str) -> None:
    there = {name.lower() for name in pulled.schema.names}
    for column in columns:
        if column.lower() not in there:
            raise BadInput(
                "the column is missing",
                file=file,
                field=column,
                advice=f"there are: {', '.join(pulled.schema.names)}; left: and right: of a field name it otherwise",
                kept=pulled.received,
            )


def _numbered(pulled: connector.Pulled, stored: pa.Schema, name: str) -> pa.RecordBatchReader:
    """The batches in their stored types with ``_row`` in front, telling the progress as they pass."""
    schema = pa.schema([pa.field(ROW, pa.int64(), nullable=False), *stored])

    def batches() -> Iterator[pa.RecordBatch]:
        rows, started, told = 0, time.monotonic(), time.monotonic()
        for batch in pulled.batches:
            numbers = pa.array(range(rows + 1, rows + batch.num_rows + 1), pa.int64())
            rows += batch.num_rows
            columns = [column.cast(kind) for column, kind in zip(batch.columns, stored.types, strict=True)]
            yield pa.RecordBatch.from_arrays([numbers, *columns], schema=schema)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                log.info("pull %s: %d rows, %d a second", name, rows, rows / (told - started))

    return pa.RecordBatchReader.from_batches(schema, batches())
