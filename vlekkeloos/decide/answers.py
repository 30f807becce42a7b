"""A file with questions that a person filled in, in; what is decided in it, or every row that is wrong, out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from vlekkeloos import decisions
from vlekkeloos.decide import texts
from vlekkeloos.decide.sheet import COLUMNS, FILLED_IN, fitting
from vlekkeloos.decide.texts import Language
from vlekkeloos.decide.verdict import Verdict, choices
from vlekkeloos.decisions import CHOICES
from vlekkeloos.errors import BadInput, BadRows

#: What must be in a file: what is asked, about which values, and what is decided.
NEEDED = ("id", "left", "right", *FILLED_IN)


@dataclass(frozen=True)
class Answer:
    """A row of the file with a decision in it; ``left`` and ``right`` are the values as the person saw them."""

    row: int
    id: str
    left: str
    right: str
    verdict: Verdict
    #: The columns with something that can't be read, and the rule that it breaks.
    unread: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answers:
    """The rows with a decision, and the language of the file's header."""

    rows: list[Answer]
    language: Language


def read(file: Path) -> Answers:
    """The decisions in an .xlsx or .csv file. Raises BadInput if it can't be read, or has not the columns."""
    rows = _csv(file) if file.suffix.lower() == ".csv" else _workbook(file)
    header = [_plain(cell).strip().lower() for cell in next(iter(rows), [])]
    for language in ("nl", "en"):
        names = {column: texts.text(language, f"column.{column}") for column in COLUMNS}
        places = {column: header.index(names[column]) for column in COLUMNS if header.count(names[column]) == 1}
        if all(column in places for column in NEEDED):
            return Answers(list(_answers(rows, places)), language)
    wanted = ", ".join(texts.text("nl", f"column.{column}") for column in NEEDED)
    raise BadInput(
        "a column is not there, or more than once",
        file=file.name,
        record=1,
        advice=f"each of {wanted}, or in English",
    )


def judge(query: duckdb.DuckDBPyConnection, found: Answers, file: str, day: date) -> None:
    """Creates the table ``answers`` (id, choice, value, reason, until), if every row is right.

    ``query`` has ``discrepancies`` and ``newest``: a row that says what is decided already is passed over, also if
    the discrepancy has gone since. Raises BadRows with every row that is wrong, each with its column and rule: no
    value of the file is in it.
    """
    ids = pa.table({"row": pa.array((a.row for a in found.rows), pa.int64()), "id": [a.id for a in found.rows]})
    query.register("filled_in", ids.cast(pa.schema([("row", pa.int64()), ("id", pa.string())])))
    known = _by_row(query, "kind, {left}, {right}", "discrepancies")
    before = _by_row(query, "{left}, {right}, choice, value, reason, until", "newest")
    fresh = [answer for answer in found.rows if not _said(answer, before.get(answer.row))]
    wrong: list[tuple[int, str, str]] = []
    seen: set[str] = set()
    for answer in fresh:
        wrong += [(answer.row, column, said) for column, said in _wrong(answer, known, seen, day, found.language)]
        seen.add(answer.id)
    if wrong:
        names = [(row, texts.text(found.language, f"column.{column}"), said) for row, column, said in wrong]
        lines = [
            texts.text(found.language, "refused", file=file, row=row, column=column, rule=said)
            for row, column, said in names
        ]
        raise BadRows(names, [*lines, texts.text(found.language, "nothing", file=file)])
    columns = {
        "id": [a.id for a in fresh],
        "choice": [a.verdict.choice for a in fresh],
        "value": [a.verdict.value for a in fresh],
        "reason": [a.verdict.reason for a in fresh],
        "until": [a.verdict.last for a in fresh],
    }
    query.register("answers", pa.table(columns, schema=pa.schema([decisions.SCHEMA.field(name) for name in columns])))


def _by_row(query: duckdb.DuckDBPyConnection, columns: str, view: str) -> dict[int, list[Any]]:
    """What a view has of the discrepancy in each row that was filled in."""
    sides = {side: f"coalesce(v.\"{side}\", '')" for side in ("left", "right")}
    sql = f"SELECT f.row, {columns.format(**sides)} FROM filled_in f JOIN {view} v USING (id)"
    return {row: values for row, *values in query.execute(sql).fetchall()}


def _said(answer: Answer, before: list[Any] | None) -> bool:
    """Is this what the newest decision says, about the same values?"""
    if before is None:
        return False
    left, right, *said = before
    verdict = answer.verdict
    return (answer.left, answer.right) == (fitting(left), fitting(right)) and not answer.unread and said == [
        verdict.choice, verdict.value, verdict.reason, verdict.last,
    ]  # fmt: skip


def _wrong(
    answer: Answer, known: dict[int, list[str]], seen: set[str], day: date, language: Language
) -> Iterator[tuple[str, str]]:
    """What is wrong in a row: column and rule, in words."""
    if answer.unread:
        yield from ((column, told(language, rule)) for column, rule in answer.unread)
        return
    if answer.row not in known:
        yield "id", told(language, "unknown")
        return
    if answer.id in seen:
        yield "id", told(language, "twice")
    kind, left, right = known[answer.row]
    for column, then, now in (("left", answer.left, left), ("right", answer.right, right)):
        if then != fitting(now):
            yield column, told(language, "changed")
    if (broken := answer.verdict.broken([kind], day)) is not None:
        yield broken[0], told(language, broken[1], [kind])


def told(language: Language, rule: str, kinds: Iterable[str] = ()) -> str:
    """A rule (see Verdict.broken) in words, for discrepancies of these kinds."""
    allowed = [choice for choice in CHOICES if all(choice in choices(kind) for kind in kinds)]
    return texts.text(
        language,
        f"rule.{rule}",
        choices=", ".join(texts.text(language, f"choice.{choice}") for choice in allowed),
    )


def digest(exchange: str, found: Answers) -> str:
    """What tells the decisions of a file from those of another: its batch, so that it is taken over once."""
    said = [
        (a.id, a.left, a.right, a.verdict.choice, a.verdict.value, a.verdict.reason, str(a.verdict.until))
        for a in found.rows
    ]
    return "file-" + hashlib.sha256(json.dumps([exchange, sorted(said)]).encode()).hexdigest()


def _answers(rows: Iterable[list[Any]], places: dict[str, int]) -> Iterator[Answer]:
    for number, row in enumerate(rows, 2):
        cells = {column: row[place] if place < len(row) else None for column, place in places.items()}
        texted = {column: _plain(cell) for column, cell in cells.items()}
        unread = [(column, "formula") for column in NEEDED if isinstance(cells[column], _Formula)]
        if not texted["choice"].strip() and ("choice", "formula") not in unread:
            continue
        until = _until(cells["until"])
        if until == "unread":
            unread.append(("until", "until"))
            until = None
        choice, reason, value = _choice(texted["choice"]), texted["reason"].strip(), texted["value"].strip()
        verdict = Verdict(choice, reason, "", value or None, until)
        yield Answer(number, texted["id"].strip(), texted["left"], texted["right"], verdict, tuple(unread))


def _choice(said: str) -> str:
    """The choice that a word in either language means; the word itself if it is none."""
    word = said.strip().lower()
    for language in ("nl", "en"):
        for choice in CHOICES:
            if word == texts.text(language, f"choice.{choice}"):
                return choice
    return word


def _until(cell: Any) -> date | Literal["never", "unread"] | None:
    """A date as Excel has it, as ISO 8601 or the Dutch way writes it, or the word for never."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    said = _plain(cell).strip().lower()
    if not said:
        return None
    if said in (texts.text("nl", "never"), texts.text("en", "never")):
        return "never"
    for form in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(said, form).date()
        except ValueError:
            continue
    return "unread"


class _Formula(str):
    """What a person typed as a formula."""


def _plain(cell: Any) -> str:
    """A cell as text: Excel keeps a number that is whole as 12 or 12.0."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date().isoformat()
    return str(cell)


def _workbook(file: Path) -> Iterator[list[Any]]:
    """The rows of the first sheet."""
    try:
        book = load_workbook(file, read_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadInput(f"can't be read as an Excel file: {type(error).__name__}", file=file.name) from None
    try:
        for row in book.worksheets[0].iter_rows():
            yield [_Formula() if cell.data_type == "f" else cell.value for cell in row]
    finally:
        book.close()


def _csv(file: Path) -> Iterator[list[Any]]:
    """The rows of a CSV file, as Excel writes it: with a semicolon where the comma is for decimals."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", file=file.name) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
