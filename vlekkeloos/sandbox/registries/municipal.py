"""A table that the municipality keeps in; the file or database in which it does, and the connection to it, out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq


def write(table: pa.Table, path: Path) -> dict[str, Any]:
    """Writes the table as the name's ending says, and gives the Airflow connection to it.

    ``.csv`` (; between fields), ``.parquet``, ``.xlsx``, ``.xml`` (``<rijen><rij>``, an element a field, none for
    an empty one) or ``.sqlite`` (a table named after the file). Raises KeyError for another ending.
    """
    WRITERS[path.suffix](table, path)
    if path.suffix == ".sqlite":
        return {"conn_type": "sqlite", "host": str(path.absolute())}
    return {"conn_type": "file", "extra": {"path": str(path.absolute())}}


def _csv(table: pa.Table, path: Path) -> None:
    pacsv.write_csv(table, path, pacsv.WriteOptions(delimiter=";", quoting_style="needed"))


def _xlsx(table: pa.Table, path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(path.stem)
    sheet.append(table.column_names)
    for batch in table.to_batches():
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            sheet.append(row)
    book.save(path)


def _xml(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<rijen>\n')
        for row in table.to_pylist():
            fields = (f"<{name}>{escape(_text(value))}</{name}>" for name, value in row.items() if value is not None)
            file.write(f"  <rij>{''.join(fields)}</rij>\n")
        file.write("</rijen>\n")


def _sqlite(table: pa.Table, path: Path) -> None:
    path.unlink(missing_ok=True)
    name, columns = _quoted(path.stem), [_quoted(column) for column in table.column_names]
    kinds = ["integer" if pa.types.is_integer(kind) else "real" if pa.types.is_floating(kind) else "text"
             for kind in table.schema.types]  # fmt: skip
    database = sqlite3.connect(path)
    try:
        columns_of = ", ".join(f"{column} {kind}" for column, kind in zip(columns, kinds, strict=True))
        database.execute(f"CREATE TABLE {name} ({columns_of})")
        rows = (tuple(_plain(value) for value in row.values()) for row in table.to_pylist())
        database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)
        database.commit()
    finally:
        database.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else str(value)


WRITERS: Mapping[str, Callable[[pa.Table, Path], None]] = {
    ".csv": _csv,
    ".parquet": papq.write_table,
    ".xlsx": _xlsx,
    ".xml": _xml,
    ".sqlite": _sqlite,
}
