"""Questions in; an Excel file out, in which a person fills in the decisions.

What a registry wrote is text, and stays it: Excel is not to take ``0012`` for twelve, ``1-2`` for a day in February
or ``=…`` for a formula.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from vlekkeloos.decide import causes, texts
from vlekkeloos.decide.texts import Language
from vlekkeloos.decisions import CHOICES

#: What fits below the header.
ROWS = 1_048_575
#: What fits in a cell.
LENGTH = 32_767
#: The columns of the file, in order; their names are in texts, as ``column.<name>``.
COLUMNS = (
    "id", "key", "field", "left_source", "right_source", "left", "right", "kind", "since", "cause",
    "choice", "value", "reason", "until",
)  # fmt: skip
#: Those that a person fills in.
FILLED_IN = ("choice", "value", "reason", "until")
_WIDE = {"left": 32, "right": 32, "cause": 48, "reason": 40}
_BATCH = 5_000
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@")
_TO_FILL_IN = PatternFill("solid", fgColor="FFF2CC")


def write(query: duckdb.DuckDBPyConnection, file: Path, language: Language) -> None:
    """Writes the rows of ``chosen`` (with ``causes`` and ``caused`` beside it) to a new workbook, by field and key.

    Raises OSError if the file can't be written.
    """
    said = {cause.id: f"{causes.sentence(cause, language)} [{cause.id}]" for cause in causes.listed(query)}
    book = Workbook(write_only=True)
    page: Any = book.create_sheet(texts.text(language, "sheet"))
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}1"
    for nth, column in enumerate(COLUMNS, 1):
        page.column_dimensions[get_column_letter(nth)].width = _WIDE.get(column, 18)
    page.append([_header(page, column, language) for column in COLUMNS])
    rows = query.execute("""
        SELECT id, key, field, left_source, right_source, "left", "right", kind, first_seen, cause
        FROM chosen LEFT JOIN caused USING (id) ORDER BY field, cause, key, id
    """)
    count = 0
    while batch := rows.fetchmany(_BATCH):
        for *values, kind, since, cause in batch:
            shown = [*values, texts.kind(language, kind), since, said.get(cause)]
            page.append([*(_cell(page, value) for value in shown), *(_cell(page, None) for _ in FILLED_IN)])
        count += len(batch)
    choices = DataValidation(
        type="list",
        formula1=f'"{",".join(texts.text(language, f"choice.{choice}") for choice in CHOICES)}"',
        allow_blank=True,
        showErrorMessage=True,
    )
    letter = get_column_letter(COLUMNS.index("choice") + 1)
    choices.add(f"{letter}2:{letter}{count + 1}")
    page.data_validations.append(choices)
    book.save(file)


def fitting(value: str) -> str:
    """A text as a cell can hold it: control characters are shown as U+FFFD, line ends are one."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", re.sub("\r\n?", "\n", value))[:LENGTH]


def _header(page: Any, column: str, language: Language) -> Any:
    cell = WriteOnlyCell(page, texts.text(language, f"column.{column}"))
    cell.font = Font(bold=True)
    if column in FILLED_IN:
        cell.fill = _TO_FILL_IN
    return cell


def _cell(page: Any, value: str | date | None) -> Any:
    if isinstance(value, date):
        cell = WriteOnlyCell(page, datetime.combine(value, time.min))
        cell.number_format = "yyyy-mm-dd"
        return cell
    cell = WriteOnlyCell(page, None if value is None else fitting(value))
    cell.number_format = "@"
    if value is not None and value.startswith(_FORMULA):
        # openpyxl takes a text that starts with = for a formula; and Excel, once somebody touches the cell
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell
