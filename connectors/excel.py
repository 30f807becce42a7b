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


class _Sheet:
    """One sheet of a received workbook, read from its start as often as needed."""

    def __init__(self, received: Received, options: Options) -> None:
        self.received, self.options = received, options

    def survey(self) -> tuple[list[str], list[set[str]], int]:
        """The columns' names, the kinds of value in each, and how many rows there are."""
        names = self._names()
        self._check_formulas()
        kinds: list[set[str]] = [set() for _ in names]
        count = 0
        for number, row in enumerate(self.rows(), start=1):
            for at, value in enumerate(row):
                if value in (None, ""):
                    continue
                count = number
                if at >= len(names):
                    raise self._bad(f"column {at + 1} has values but no name", record=number)
                kinds[at].add(_excel_types.kind(value))
        return names, kinds, count

    def rows(self) -> Iterator[list[Any]]:
        """The values of each row below the header."""
        for cells in islice(self._cells(), self.options.header, None):
            for cell in cells:
                if cell.data_type == "e":
                    raise self._bad(f"cell {cell.coordinate} holds an error instead of a value")
            yield [_day_or_moment(cell) for cell in cells]

    def _check_formulas(self) -> None:
        """Raises BadInput for a formula without a value: no program that calculates has saved the workbook."""
        if not self._has_formulas():
            return
        for values, formulas in zip(self._cells(), self._cells(formulas=True), strict=True):
            for value, formula in zip(values, formulas, strict=True):
                # a formula whose value is the empty text has the type str
                if formula.data_type == "f" and value.value is None and value.data_type != "str":
                    rule = f"cell {formula.coordinate} holds a formula that was never calculated"
                    raise self._bad(rule, advice="open the workbook in Excel and save it")

    def _has_formulas(self) -> bool:
        """True if any sheet has one. A search in the bytes is much cheaper than to read the cells once more."""
        with self._faults(), ZipFile(self.received.path) as archive:
            for info in archive.infolist():
                if info.filename.lower().startswith("xl/worksheets/"):
                    with archive.open(info) as part:
                        before = b""
                        while some := part.read(1 << 20):
                            if _FORMULA.search(before + some):
                                return True
                            before = some[-64:]
        return False

    def _names(self) -> list[str]:
        header = next(islice(self._cells(), self.options.header - 1, None), ())
        names = ["" if cell.value is None else str(cell.value).strip() for cell in header]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise self._bad(f"row {self.options.header} has no names of columns")
        for at, name in enumerate(names):
            if not name:
                raise self._bad(f"column {at + 1} has no name")
            if name in names[:at]:
                raise self._bad("the header has this name twice", field=name)
        return names

    def _cells(self, *, formulas: bool = False) -> Iterator[tuple[Any, ...]]:
        with self._faults(), self.received.path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=not formulas)
            name = self.options.sheet or book.sheetnames[0]
            if name not in book.sheetnames:
                raise self._bad(f"there is no sheet {name!r}")
            sheet = book[name]
            sheet.reset_dimensions()
            yield from sheet.iter_rows()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (BadZipFile, InvalidFileException, KeyError, EOFError, SyntaxError, OSError, zlib.error):
            raise self._bad("this is not a whole Excel workbook (.xlsx)") from None

    def _bad(
        self, rule: str, *, record: int | None = None, field: str | None = None, advice: str | None = None
    ) -> BadInput:
        received = self.received
        return BadInput(rule, file=received.name, record=record, field=field, advice=advice, kept=received.path)


def _day_or_moment(cell: Any) -> Any:
    """The cell's value; a moment at midnight in a format without hours is a day."""
    value = cell.value
    if isinstance(value, datetime) and "h" not in str(cell.number_format).lower():
        return value.date()
    return value
