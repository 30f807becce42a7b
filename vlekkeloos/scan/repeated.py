"""Which rows may have what another row has too, of millions, in little memory.

Rows of which the hash is no other's surely have values of their own; the others are few enough to be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from vlekkeloos.scan.metric import Column

#: Hashes that are sorted at a time; they take 4 bytes each.
AT_ONCE = 32_000_000


def hashed(columns: Sequence[Column]) -> str:
    """SQL: a hash of a row's values, half of DuckDB's own."""
    return f"CAST(hash({', '.join(map(value, columns))}) >> 32 AS UINTEGER)"


def value(column: Column) -> str:
    """SQL: a value as it is compared; those that are missing are the same as each other."""
    return f"CASE WHEN NOT {column.missing} THEN {column.sql} END" if column.kind == "float" else column.sql


class Search:
    """Finds the hashes that more than one row has: of equal values, and by chance of a few others.

    Hashes take a fraction of the values' own memory, and sorting them a fraction of the time that grouping takes.
    They are sorted while others are read, or anything else is done.
    """

    def __init__(self) -> None:
        self._sorting = ThreadPoolExecutor(1)
        self._found: dict[str, list[Future[np.ndarray]]] = {}

    def read(self, query: duckdb.DuckDBPyConnection, name: str, select: str, number: int) -> None:
        """Reads the hashes that a SELECT gives as ``h``; ``number`` of them at most."""
        borders = [2**32 * part // (1 + number // AT_ONCE) for part in range(2 + number // AT_ONCE)]
        found: list[Future[np.ndarray]] = []
        for low, high in pairwise(borders):
            whole = (low, high) == (0, 2**32)
            part = select if whole else f"SELECT h FROM ({select}) WHERE h >= {low} AND h <= {high - 1}"
            hashes: Any = query.execute(part).fetchnumpy()["h"]
            if found:
                found[-1].result()  # no more than two parts are in memory
            found.append(self._sorting.submit(_twice, hashes))
        self._found[name] = found

    def found(self) -> dict[str, pa.Table]:
        """By the names under which they were read: the hashes that are there twice, as column ``suspect``."""
        self._sorting.shutdown()
        return {
            name: pa.table({"suspect": np.concatenate([part.result() for part in parts])})
            for name, parts in self._found.items()
        }


def _twice(hashes: np.ndarray) -> np.ndarray:
    hashes = np.sort(hashes)
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
