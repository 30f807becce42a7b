"""A table of the lake in, every value of it read once: in the same memory, and by the same threads, as ours.

Each value is hashed, for that needs all of it. DuckDB answers a count, a lowest or a highest value out of the
Parquet files' statistics where it can, and then reads no values.
"""

from __future__ import annotations

import sys

from benchmarks._contender import told
from vlekkeloos.lake import ROW, Lake, quoted


def main(lake: str, table: str) -> None:
    """Reads all columns but the rows' numbers."""

    there = Lake(lake)
    ref = there.find(table)
    hashes = [f"bit_xor(hash({quoted(name)}))" for name in there.schema(ref).names if name != ROW]

    def read() -> None:
        query.execute(f"SELECT {', '.join(hashes)} FROM raw").fetchall()

    with there.query(raw=ref) as query:
        told(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
