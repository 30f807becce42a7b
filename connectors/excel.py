"""A sheet of Excel workbooks, local or on a server, in; its rows out, under the names of its header row.

A column's type follows from all its cells, in all files: whole numbers, numbers, booleans, dates, moments, else
text. Text that looks like a number stays text, so an identification typed as text keeps its leading zeros. Of a
formula the value is read that Excel last saved. The sheet is read twice, row by row: once for the types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa
from pydantic import Field

from connectors import _deliveries, _excel_types
from connectors._deliveries import FileOptions
from connectors._excel_sheet import Sheet
from connectors._files import Received
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, Wanted

BATCH = 10_000


class Options(FileOptions):
    """``sheet``: its name, by default the first. ``header``: the row with the names, by default 1."""

    sheet: str | None = Field(None, description="the sheet's name; left out: the first")
    header: int = Field(default=1, ge=1, description="the row with the names")


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The rows below the header, in order; empty rows only at the end are left out.

    Raises BadInput for what is no workbook, a sheet that isn't there, a name given twice or left out, with
    its address a cell with an error (``#N/A``) or with a formula that was never calculated, and for a workbook of
    several that has other columns than the first.
    """
    return _deliveries.pull(options, connection, wanted, partial(_tables, options))


def _tables(options: Options, received: Sequence[Received]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    sheets = [Sheet(file, options.sheet, options.header) for file in received]
    surveys = [sheet.survey() for sheet in sheets]
    kinds: dict[str, set[str]] = {name: set() for name in surveys[0][0]}
    for names, found, _ in surveys:
        for name, more in zip(names, found, strict=True):
            kinds.setdefault(name, set()).update(more)
    schemas = [pa.schema([(name, _excel_types.column(kinds[name])) for name in names]) for names, _, _ in surveys]
    return _deliveries.one_table(received, schemas, lambda at: _batches(sheets[at], schemas[at], surveys[at][2]))


def _batches(sheet: Sheet, schema: pa.Schema, count: int) -> Iterator[pa.RecordBatch]:
    rows = islice(sheet.rows(), count)
    while some := list(islice(rows, BATCH)):
        columns = [_column(some, at, field.type) for at, field in enumerate(schema)]
        yield pa.record_batch(columns, schema=schema)


def _column(rows: list[list[Any]], at: int, wanted: pa.DataType) -> pa.Array:
    cells = (row[at] if at < len(row) else None for row in rows)
    return pa.array([_excel_types.value(cell, wanted) for cell in cells], wanted)
