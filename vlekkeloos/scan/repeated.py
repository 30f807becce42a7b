"""Which values more than one row has, of millions, in little memory."""

from __future__ import annotations

from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

#: Hashes that are sorted at a time; they take 8 bytes each.
AT_ONCE = 16_000_000
BATCH = 100_000


def suspects(query: duckdb.DuckDBPyConnection, value: str, rows: str, number: int) -> pa.Table:
    """The hashes that more than one row has, as column ``suspect``: of equal values, and of others by rare chance.

    Hashes take a fraction of the values' own memory, and sorting them a fraction of the time that grouping takes.
    ``value`` is an expression, ``rows`` fit for FROM; there are ``number`` of them at most.
    """
    borders = [2**64 * part // (1 + number // AT_ONCE) for part in range(2 + number // AT_ONCE)]
    found = [_twice(query, f"SELECT hash({value}) AS h FROM {rows}", *part) for part in pairwise(borders)]
    return pa.table({"suspect": np.concatenate(found)})


def _twice(query: duckdb.DuckDBPyConnection, hashes: str, low: int, high: int) -> np.ndarray:
    whole = (low, high) == (0, 2**64)
    part = hashes if whole else f"SELECT h FROM ({hashes}) WHERE h >= {low} AND h <= {high - 1}"
    batches = [batch.column(0).to_numpy() for batch in query.sql(part).to_arrow_reader(BATCH)]
    every = np.concatenate([np.empty(0, np.uint64), *batches])
    every.sort()
    return np.unique(every[1:][every[1:] == every[:-1]])
