"""Which values more than one row has, of millions, in little memory."""

from __future__ import annotations

from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

#: Hashes that are sorted at a time; they take 4 bytes each.
AT_ONCE = 32_000_000


def hashed(value: str) -> str:
    """SQL: a hash of the value, half of DuckDB's own."""
    return f"CAST(hash({value}) >> 32 AS UINTEGER)"


def suspects(query: duckdb.DuckDBPyConnection, value: str, rows: str, number: int) -> pa.Table:
    """The hashes that more than one row has, as column ``suspect``: of equal values, and by chance of a few others.

    Hashes take a fraction of the values' own memory, and sorting them a fraction of the time that grouping takes.
    ``value`` is an expression, ``rows`` fit for FROM; there are ``number`` of them at most.
    """
    hashes = f"SELECT {hashed(value)} AS h FROM {rows}"
    borders = [2**32 * part // (1 + number // AT_ONCE) for part in range(2 + number // AT_ONCE)]
    found = [_twice(query, hashes, *part) for part in pairwise(borders)]
    return pa.table({"suspect": np.concatenate(found)})


def _twice(query: duckdb.DuckDBPyConnection, hashes: str, low: int, high: int) -> np.ndarray:
    whole = (low, high) == (0, 2**32)
    part = hashes if whole else f"SELECT h FROM ({hashes}) WHERE h >= {low} AND h <= {high - 1}"
    every: np.ndarray = np.sort(query.execute(part).fetchnumpy()["h"])
    return np.unique(every[1:][every[1:] == every[:-1]])
