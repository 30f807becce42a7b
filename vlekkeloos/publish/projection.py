"""The agreed records in; what one partner may have of them, as the next version of its releases table, out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from vlekkeloos import connection
from vlekkeloos.contract import Partner
from vlekkeloos.errors import BadInput, Superseded
from vlekkeloos.lake import Ref, quoted
from vlekkeloos.run import Run

BATCH = 50_000
#: Under this word a release's commit names the version of the agreed records that it was made of.
AGREED = "agreed"


def project(run: Run, partner: Partner, agreed: Ref) -> Ref:
    """Writes the partner's listed fields of the rows that ``where`` admits; gives the releases table's version.

    Fields under ``pseudonymise`` become the HMAC-SHA-256 of their text, in hex, under the partner's key.

    Raises Superseded for a run whose comparison is older than the one released last, and BadInput if the
    contract names a field that the agreed records don't have, or ``where`` can't be run.
    """
    _require_newest(run, partner.partner, agreed)
    there = run.lake.schema(agreed).names
    for field in partner.fields:
        if field not in there:
            raise BadInput(
                f"partner {partner.partner} is to get a field that the agreed records don't have",
                file=str(run.contract.file),
                field=field,
                advice=f"there are: {', '.join(there)}",
            )
    with run.lake.query(agreed=agreed) as query, run.lake.query() as sorting:
        try:
            # a filter takes one condition: nothing in it can add columns or rows to the projection
            chosen = query.table("agreed").filter(partner.where) if partner.where else query.table("agreed")
            # in the order of the key, so that the same records make the same files
            rows = chosen.order(quoted(there[0])).project(*map(quoted, partner.fields)).to_arrow_reader(BATCH)
            if partner.pseudonymise:
                sorting.register("hashed", _pseudonymised(rows, partner.pseudonymise, _key(run, partner)))
                # in an order of their own: that of the key would tell who is who
                rows = sorting.sql("FROM hashed ORDER BY ALL").to_arrow_reader(BATCH)
            return run.lake.write(
                run.table("releases", partner.partner), rows, run_id=run.run_id, notes={AGREED: str(agreed.version)}
            )
        except duckdb.Error as error:
            raise BadInput(
                f"partner {partner.partner}: where can't be run: {_harmless(error)}",
                file=str(run.contract.file),
                field="where",
            ) from None


def _harmless(error: duckdb.Error) -> str:
    """What may be said of an error: of one met while running, not its text, for that quotes values."""
    while_reading_the_query = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)
    if isinstance(error, while_reading_the_query):
        return str(error).splitlines()[0]
    return f"{type(error).__name__} on one of the records"


def _require_newest(run: Run, partner: str, agreed: Ref) -> None:
    for commit in run.lake.history(run.table("releases", partner), limit=1):
        if int(commit.get(AGREED, -1)) > agreed.version:
            raise Superseded(
                f"partner {partner} was already released a newer comparison, by run {commit['run_id']};"
                f" run {run.run_id} is not released after it"
            )


def _key(run: Run, partner: Partner) -> bytes:
    found = connection.resolve(connection=partner.pseudonym_key, url=None, folder=run.contract.folder)
    if not found.password:
        raise BadInput(
            f"connection {partner.pseudonym_key} has no password to use as the key for pseudonyms",
            file=str(run.contract.file),
            field="pseudonym_key",
        )
    return found.password.encode()


def _pseudonymised(rows: pa.RecordBatchReader, fields: list[str], key: bytes) -> pa.RecordBatchReader:
    schema = pa.schema([pa.field(f.name, pa.string()) if f.name in fields else f for f in rows.schema])

    def hashed(column: pa.Array) -> pa.Array:
        texts = column.cast(pa.string()).to_pylist()
        return pa.array(
            [None if text is None else hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for text in texts],
            pa.string(),
        )

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            columns = [
                hashed(column) if name in fields else column
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())
