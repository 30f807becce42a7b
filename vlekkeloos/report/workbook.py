"""Figures in; the report as an Excel file out: a summary, the discrepancies and the quarantine, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from vlekkeloos.report import tables
from vlekkeloos.report.figures import Figures
from vlekkeloos.report.texts import Texts
from vlekkeloos.report.verdict import Verdict

#: What fits in an Excel sheet below its header (a sheet has 1,048,576 rows).
ROWS = 1_048_575
#: What fits in a cell.
LENGTH = 32_767
_BATCH = 5_000
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(figures: Figures, verdict: Verdict, shown: list[tuple[str, str]], texts: Texts, file: Path) -> None:
    """Writes the workbook; ``shown`` are the lines of the summary: what, and its value."""
    book = Workbook(write_only=True)
    _summary(book, figures, verdict, shown, texts)
    _sheet(book, figures, tables.discrepancies(figures), texts)
    _sheet(book, figures, tables.quarantine(figures), texts)
    book.save(file)


def _summary(book: Any, figures: Figures, verdict: Verdict, shown: list[tuple[str, str]], texts: Texts) -> None:
    sheet = book.create_sheet(texts("book.summary"))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 80
    sheet.append([_bold(sheet, texts("book.what")), _bold(sheet, texts("book.value"))])
    sheet.append([texts("book.verdict"), _cell(verdict.headline)])
    for reason in verdict.why:
        sheet.append(["", _cell(reason)])
    for what, value in shown:
        sheet.append([_cell(what), _cell(value)])
    if figures.run.contract.personal:
        sheet.append(["", texts("book.masked")])


def _sheet(book: Any, figures: Figures, listing: tables.Listing, texts: Texts) -> None:
    left, right = texts.sides(figures.run.contract.sides)
    sheet = book.create_sheet(texts(f"book.{listing.name}"))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(listing.columns))}1"
    for nth in range(len(listing.columns)):
        sheet.column_dimensions[get_column_letter(nth + 1)].width = 22
    sheet.append([_bold(sheet, texts(f"column.{name}", left=left, right=right)) for name in listing.columns])
    for row in _rows(figures, listing, texts):
        sheet.append(row)


def _rows(figures: Figures, listing: tables.Listing, texts: Texts) -> Iterator[list[Any]]:
    """The rows that fit; if they don't all, the last one says so."""
    if not listing.tables:
        return
    with figures.run.lake.query(**listing.tables) as query:
        counted = query.execute(f"SELECT count(*) FROM ({listing.sql})").fetchone()
        total = counted[0] if counted else 0
        fits = total if total <= ROWS else ROWS - 1
        found = query.execute(f"{listing.sql} LIMIT {fits}")
        while batch := found.fetchmany(_BATCH):
            for row in batch:
                yield [_fitting(value) for value in row]
    if total > fits:
        shown, csv = texts.number(fits), f"{listing.name}.csv"
        yield [texts("book.cut", shown=shown, total=texts.many(total, "row"), csv=csv)]


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, _cell(text))
    cell.font = Font(bold=True)
    return cell


def _cell(text: str) -> str:
    """A text that is no formula, whoever wrote it."""
    return str(_fitting(f"'{text}" if text.startswith(_FORMULA) else text))


def _fitting(value: Any) -> Any:
    """A value as XML can hold it: control characters are shown as U+FFFD."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)[:LENGTH] if isinstance(value, str) else value
