"""Two tables of a lake in, every value of both read once: in the same memory, and by the same threads, as ours.

Each value is hashed, for that needs all of it, as benchmarks/_validate/scan.py says.
"""

from __future__ import annotations

import sys

from benchmarks._contender import told
from benchmarks._reconcile.fields import LEFT, RIGHT
from vlekkeloos.lake import Lake, quoted


def main(folder: str) -> None:
    """Reads all columns of both."""
    lake = Lake(folder)
    left, right = lake.find(LEFT), lake.find(RIGHT)
    hashes = ", ".join(f"bit_xor(hash({quoted(name)}))" for name in lake.schema(left).names)

    def read() -> None:
        for table in ("l", "r"):
            query.execute(f"SELECT {hashes} FROM {table}").fetchall()

    with lake.query(l=left, r=right) as query:
        told(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
