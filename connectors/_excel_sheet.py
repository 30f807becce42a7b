"""A received workbook in, the names, the kinds of value and the rows of one of its sheets out."""

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
from openpyxl.utils.exceptions import InvalidFileException

from connectors import _excel_types
from connectors._files import Received
from vlekkeloos.errors import BadInput

#: The element of a formula in a sheet's XML.
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?f[ />]")


class Sheet:
    """One sheet of a received workbook, read from its start as often as needed."""

    def __init__(self, received: Received, name: str | None, header: int) -> None:
        self.received, self.name, self.header = received, name, header

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
        for cells in islice(self._cells(), self.header, None):
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
        header = next(islice(self._cells(), self.header - 1, None), ())
        names = ["" if cell.value is None else str(cell.value).strip() for cell in header]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise self._bad(f"row {self.header} has no names of columns")
        for at, name in enumerate(names):
            if not name:
                raise self._bad(f"column {at + 1} has no name")
            if name in names[:at]:
                raise self._bad("the header has this name twice", field=name)
        return names

    def _cells(self, *, formulas: bool = False) -> Iterator[tuple[Any, ...]]:
        with self._faults(), self.received.path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=not formulas)
            name = self.name or book.sheetnames[0]
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
