"""A CSV file in, its header out, and the first fault in it: the line, the field, the rule that it breaks."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator

import pyarrow as pa

from connectors import _csv_quotes, _csv_values
from connectors._files import Received
from vlekkeloos.errors import BadInput

DELIMITERS = (",", ";", "\t", "|")


class Written:
    """How a received file is written, as told or, for the delimiter, as its header shows."""

    def __init__(self, received: Received, encoding: str, delimiter: str | None, decimal: str) -> None:
        self.received, self.encoding, self.decimal = received, encoding, decimal
        first = self._first_line()
        outside_quotes = re.sub(r'"[^"]*"', "", first)
        self.delimiter = delimiter or max(DELIMITERS, key=outside_quotes.count)

    def header(self) -> list[str]:
        """The names of the columns; raises BadInput if one is empty, or given twice."""
        names = next(csv.reader([self._first_line()], delimiter=self.delimiter), [])
        if not names:
            raise self._bad("the file is empty, it has no header")
        for at, name in enumerate(names):
            if not name.strip():
                raise self._bad(f"column {at + 1} has no name in the header")
            if name in names[:at]:
                raise self._bad("the header has this name twice", field=name)
        return names

    def check_quotes(self) -> None:
        """Raises BadInput for a quoted value that is not closed, or goes on after its closing quote."""
        if rule := _csv_quotes.broken(self.received.path, self.encoding, self.delimiter):
            raise self._bad(rule, advice="a quote within a quoted value is written twice")

    def fault(self, schema: pa.Schema) -> BadInput:
        """The first fault in a file that can't be read."""
        try:
            for line, number, row in self._rows(len(schema)):
                if len(row) != len(schema):
                    rule = f"line {line} has {len(row)} fields, the header has {len(schema)}"
                    return self._bad(rule, record=number)
                for text, field in zip(row, schema, strict=True):
                    if text and not _csv_values.fits(text, field.type, self.decimal):
                        rule = f"on line {line} the value is not {_csv_values.named(field.type, self.decimal)}"
                        return self._bad(rule, record=number, field=field.name)
        except UnicodeError:
            return self._undecodable()
        except csv.Error as error:
            return self._bad(f"this is not CSV: {error}")
        return self._bad("the file can't be read as CSV")

    def _rows(self, columns: int) -> Iterator[tuple[int, int, list[str]]]:
        """Each record, its first line and its number from 1; an empty line is one in a file of one column only."""
        with self.received.path.open(encoding=_with_bom(self.encoding), newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            next(reader, None)
            begins, number = reader.line_num + 1, 0
            for row in reader:
                if row or columns == 1:
                    number += 1
                    yield begins, number, row or [""]
                begins = reader.line_num + 1

    def _first_line(self) -> str:
        try:
            with self.received.path.open(encoding=_with_bom(self.encoding), newline="") as file:
                return file.readline()
        except UnicodeError:
            raise self._undecodable() from None

    def _undecodable(self) -> BadInput:
        """Where the bytes are not of the encoding: the line, and the position in the file from 0."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        position, line = 0, 1
        with self.received.path.open("rb") as file:
            while chunk := file.read(1 << 20):
                held = len(decoder.getstate()[0])
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    line += (b"\0" * held + chunk)[: error.start].count(b"\n")
                    position += error.start - held
                    break
                position += len(chunk)
                line += chunk.count(b"\n")
        rule = f"line {line}, byte {position}: this is not {self.encoding}, as was expected"
        return self._bad(rule, advice="set encoding to the file's own, e.g. windows-1252")

    def _bad(
        self, rule: str, *, record: int | None = None, field: str | None = None, advice: str | None = None
    ) -> BadInput:
        received = self.received
        return BadInput(rule, file=received.name, record=record, field=field, advice=advice, kept=received.path)


def _with_bom(encoding: str) -> str:
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
