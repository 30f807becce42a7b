"""Rows of the table in judgement, as GX would see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from vlekkeloos.scan import frame
from vlekkeloos.scan.plan import Scan


def records(scan: Scan, names: Sequence[str], rows: Sequence[int]) -> Any:
    """Some rows of the table, in its order, as GX would see them."""
    if not rows:
        return frame.frame(_schema(scan, names).empty_table(), scan.row)
    return batch(scan, names, f"{scan.row} IN ({', '.join(map(str, rows))})")


def batch(scan: Scan, names: Sequence[str], where: str = "TRUE") -> Any:
    """The rows for which a condition of SQL is true, or all, as a frame."""
    selected = ", ".join([scan.row, *(scan.columns[name].sql for name in names)])
    found = scan.query.sql(f"SELECT {selected} FROM {scan.view} WHERE {where} ORDER BY {scan.row}")
    # DuckDB has time zones and categories of its own
    return frame.frame(found.to_arrow_table().cast(_schema(scan, names)), scan.row)


def _schema(scan: Scan, names: Sequence[str]) -> pa.Schema:
    return pa.schema([(scan.row, pa.int64()), *((name, scan.columns[name].type) for name in names)])
