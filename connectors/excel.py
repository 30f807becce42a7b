"""A sheet of an Excel workbook, local or at a URL, in; its rows out, under the names of its header row.

A column's type follows from all its cells: whole numbers, numbers, booleans, dates, moments, else text. Text
that looks like a number stays text, so an identification typed as text keeps its leading zeros. Of a formula
the value is read that Excel last saved. The sheet is read twice, row by row: once for the types.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import Field

from connectors import _excel_types
from connectors._files import Received, receive
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, SourceOptions, Wanted
from vlekkeloos.errors import BadInput

BATCH = 10_000

#: The element of a formula in a sheet's XML.
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?f[ />]")


class Options(SourceOptions):
    """``sheet``: its name, by default the first. ``header``: the row with the names, by default 1."""

    sheet: str | None = Field(None, description="the sheet's name; left out: the first")
    header: int = Field(default=1, ge=1, description="the row with the names")


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The rows below the header, in order; empty rows only at the end are left out.

    Raises BadInput for what is no workbook, a sheet that isn't there, a name given twice or left out, and with
    its address a cell with an error (``#N/A``) or with a formula that was never calculated.
    """
    received = receive(connection)
    sheet = _Sheet(received, options)
    names, kinds, count = sheet.survey()
    schema = pa.schema([(name, _excel_types.column(kind)) for name, kind in zip(names, kinds, strict=True)])
    return Pulled(schema, _batches(sheet, schema, count), received.sha256, received=received.path)


def _batches(sheet: _Sheet, schema: pa.Schema, count: int) -> Iterator[pa.RecordBatch]:
    rows = islice(sheet.rows(), count)
    while some := list(islice(rows, BATCH)):
        columns = [_column(some, at, field.type) for at, field in enumerate(schema)]
        yield pa.record_batch(columns, schema=schema)
    sheet.received.done()


def _column(rows: list[list[Any]], at: int, wanted: pa.DataType) -> pa.Array:
    cells = (row[at] if at < len(row) else None for row in rows)
    return pa.array([_excel_types.value(cell, wanted) for cell in cells], wanted)
