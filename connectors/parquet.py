"""A Parquet file, local or at a URL, in; its rows out, with its own names and types."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from connectors._files import Received, receive
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, SourceOptions, Wanted
from vlekkeloos.errors import BadInput

BATCH = 50_000


class Options(SourceOptions):
    """Nothing: a Parquet file says itself what is in it."""


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The file's rows, in its order. Raises BadInput for what is not a whole Parquet file."""
    received = receive(connection)
    try:
        file = pq.ParquetFile(received.path, page_checksum_verification=True)
    except (pa.ArrowException, OSError):
        raise _damaged(received, "this is not a whole Parquet file") from None
    return Pulled(file.schema_arrow, _batches(file, received), received.sha256, received=received.path)


def _batches(file: pq.ParquetFile, received: Received) -> Iterator[pa.RecordBatch]:
    with file:
        try:
            yield from file.iter_batches(BATCH)
        except (pa.ArrowException, OSError):
            raise _damaged(received, "a page of the Parquet file is damaged") from None
    received.done()


def _damaged(received: Received, rule: str) -> BadInput:
    return BadInput(rule, file=received.name, advice="ask for it again", kept=received.path)
