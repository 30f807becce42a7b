"""CSV files, local or on a server, in; their rows out, under the names of their header.

Every column is text unless ``types`` says otherwise: an identification or a postcode keeps its leading zeros.
An empty field is null. Arrow reads the file; where it finds a fault the file is read again, slowly, to say
on which line and in which field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

import pyarrow as pa
import pyarrow.csv
from pydantic import Field, field_validator

from connectors import _csv_faults, _deliveries
from connectors._csv_values import TYPES, Kind, conversion
from connectors._deliveries import FileOptions
from connectors._files import Received
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, Wanted
from vlekkeloos.errors import BadInput

#: Larger than any line may be.
BLOCK = 8 << 20


class Options(FileOptions):
    """How the file is written. Without ``delimiter`` it is the one of , ; tab | that is most in the header.

    ``decimal`` is the sign before a fraction. Dates are ISO 8601 (yyyy-mm-dd), as are timestamps.
    """

    delimiter: str | None = Field(None, description="one character; left out: found in the header")
    encoding: str = Field("utf-8", description="how the text is written, e.g. windows-1252")
    decimal: Literal[".", ","] = Field(".", description="the sign before a fraction")
    types: dict[str, Kind] = Field(
        default_factory=dict, description="column to type; a column not named is text, so that leading zeros stay"
    )

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and len(delimiter) != 1:
            raise ValueError("a delimiter is one character")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError("this encoding is not known") from None
        return encoding


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The rows of the file, or of those files of a folder that the contract names, in their order.

    Raises BadInput for a header with an empty or a repeated name, or with other names than the first file's, and,
    also while the batches are read, for another encoding, a quote that isn't closed, a line with more or fewer
    fields than the header, and a value that is not of its type.
    """
    return _deliveries.pull(options, connection, wanted, partial(_tables, options))


def _tables(options: Options, received: Sequence[Received]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    files = [_csv_faults.Written(file, options.encoding, options.delimiter, options.decimal) for file in received]
    schemas = [_schema(options, file) for file in files]
    return _deliveries.one_table(received, schemas, lambda at: _batches(files[at], schemas[at]))


def _schema(options: Options, file: _csv_faults.Written) -> pa.Schema:
    names = file.header()
    for name in options.types:
        if name not in names:
            raise BadInput("there is no such column", file=file.received.name, field=name, kept=file.received.path)
    return pa.schema([(name, TYPES[options.types.get(name, "text")]) for name in names])


def _batches(written: _csv_faults.Written, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        written.check_quotes()
        yield from _read(written, schema)
    except (pa.ArrowException, UnicodeError):
        raise written.fault(schema) from None


def _read(written: _csv_faults.Written, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    reader = pyarrow.csv.open_csv(
        written.received.path,
        read_options=pyarrow.csv.ReadOptions(
            encoding=written.encoding, block_size=BLOCK, column_names=schema.names, skip_rows=1
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=written.delimiter,
            newlines_in_values=True,
            # in a file of one column an empty line is a record with an empty field
            ignore_empty_lines=len(schema) > 1,
        ),
        convert_options=conversion(schema, written.decimal),
    )
    with reader:
        for batch in reader:
            yield batch.cast(schema)
