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
    condition = f" WHERE ({partner.where})" if partner.where else ""
    order = quoted(there[0])  # the key: the same records make the same files
    with run.lake.query(agreed=agreed) as query:
        try:
            rows = query.sql(
                f"SELECT {', '.join(map(quoted, partner.fields))} FROM agreed{condition} ORDER BY {order}"
            ).to_arrow_reader(BATCH)
        except duckdb.Error as error:
            raise BadInput(
                f"partner {partner.partner}: where can't be run: {str(error).splitlines()[0]}",
                file=str(run.contract.file),
                field="where",
            ) from None
        if partner.pseudonymise:
            rows = _pseudonymised(rows, partner.pseudonymise, _key(run, partner))
        return run.lake.write(
            run.table("releases", partner.partner), rows, run_id=run.run_id, notes={AGREED: str(agreed.version)}
        )


def _require_newest(run: Run, partner: str, agreed: Ref) -> None:
    for commit in run.lake.history(run.table("releases", partner), limit=1):
        if int(commit[AGREED]) > agreed.version:
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
