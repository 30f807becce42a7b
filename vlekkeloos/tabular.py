"""Arrow batches in; a CSV, JSON or Parquet file out, a batch at a time."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

Sink = Path | IO[bytes]


class Writer(ABC):
    """An open file that takes batches, and is complete once it is closed."""

    @abstractmethod
    def write(self, batch: pa.RecordBatch) -> None:
        """Adds the rows of a batch."""

    @abstractmethod
    def close(self) -> None:
        """Ends the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ParquetFile(Writer):
    """Parquet, compressed with zstd."""

    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        self._file = papq.ParquetWriter(sink, schema, compression="zstd")

    def write(self, batch: pa.RecordBatch) -> None:
        """Adds the rows of a batch."""
        self._file.write_batch(batch)

    def close(self) -> None:
        """Writes the footer."""
        self._file.close()


class CsvFile(Writer):
    """CSV with a header, in UTF-8; lists and structs are JSON text, for CSV has no other way to hold them."""

    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        self._schema = pa.schema([pa.field(f.name, _flat_type(f.type)) for f in schema])
        self._file = pacsv.CSVWriter(sink, self._schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Adds the rows of a batch."""
        columns = [_flat(column) for column in batch.columns]
        self._file.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Ends the file."""
        self._file.close()


class JsonFile(Writer):
    """One JSON array of objects."""

    def __init__(self, sink: IO[bytes], schema: pa.Schema) -> None:
        self._sink, self._between = sink, b"["

    def write(self, batch: pa.RecordBatch) -> None:
        """Adds the rows of a batch."""
        for row in batch.to_pylist():
            # JSON has no NaN and no infinity
            plain = {name: None if isinstance(v, float) and not isfinite(v) else v for name, v in row.items()}
            self._sink.write(self._between + json.dumps(plain, ensure_ascii=False, default=_json).encode())
            self._between = b",\n"

    def close(self) -> None:
        """Closes the array; the sink stays open."""
        self._sink.write((self._between if self._between == b"[" else b"") + b"]\n")


#: What a release can be written as.
WRITERS: dict[str, Callable[[Sink, pa.Schema], Writer]] = {"parquet": ParquetFile, "csv": CsvFile}


def _json(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _flat_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_nested(kind) or pa.types.is_binary(kind) else kind


def _flat(column: pa.Array) -> pa.Array:
    if pa.types.is_binary(column.type):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    if not pa.types.is_nested(column.type):
        return column
    texts = (
        None if value is None else json.dumps(value, ensure_ascii=False, default=_json)
        for value in column.to_pylist()
    )
    return pa.array(texts, pa.string())
