"""Parquet files, local or on a server, in; their rows out, with their own names and types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from connectors import _deliveries
from connectors._deliveries import FileOptions
from connectors._files import Received
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, Wanted
from vlekkeloos.errors import BadInput

BATCH = 50_000


class Options(FileOptions):
    """Only which files: a Parquet file says itself what is in it."""


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The rows of the file, or of those files of a folder that the contract names, in their order.

    Raises BadInput for what is not a whole Parquet file, and for columns that are not those of the first file.
    """
    return _deliveries.pull(options, connection, wanted, _tables)


def _tables(received: Sequence[Received]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    schemas = [_schema(file) for file in received]
    return _deliveries.one_table(received, schemas, lambda at: _batches(received[at]))


def _schema(received: Received) -> pa.Schema:
    with _opened(received) as file:
        # pandas leaves notes of its own with a schema, that may differ from file to file
        return file.schema_arrow.remove_metadata()


def _batches(received: Received) -> Iterator[pa.RecordBatch]:
    with _opened(received) as file:
        try:
            for batch in file.iter_batches(BATCH):
                yield batch.replace_schema_metadata()
        except (pa.ArrowException, OSError):
            raise _damaged(received, "a page of the Parquet file is damaged") from None


def _opened(received: Received) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(received.path, page_checksum_verification=True)
    except (pa.ArrowException, OSError):
        raise _damaged(received, "this is not a whole Parquet file") from None


def _damaged(received: Received, rule: str) -> BadInput:
    return BadInput(rule, file=received.name, advice="ask for it again", kept=received.path)
