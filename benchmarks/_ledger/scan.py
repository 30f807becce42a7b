"""A ledger in, every value of it read once: in the same memory, and by the same threads, as ours."""

from __future__ import annotations

import sys

from benchmarks._contender import told
from benchmarks._ledger.records import LEDGER
from vlekkeloos.lake import Lake, quoted


def main(made: str) -> None:
    """Hashes all columns, for that needs every value."""
    lake = Lake(made)
    ref = lake.find(LEDGER)
    hashes = [f"bit_xor(hash({quoted(name)}))" for name in lake.schema(ref).names]

    def read() -> None:
        query.execute(f"SELECT {', '.join(hashes)} FROM ledger").fetchall()

    with lake.query(ledger=ref) as query:
        told(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
