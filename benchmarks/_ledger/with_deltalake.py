"""Changes that are known beforehand in; delta-rs's own MERGE of them into a table with one row an id."""

from __future__ import annotations

import shutil
import sys

from deltalake import DeltaTable

from benchmarks._contender import told
from benchmarks._ledger.records import CHANGES, PLAIN


def main(made: str, folder: str) -> None:
    """Merges in a copy of the table."""
    shutil.copytree(f"{made}/{PLAIN}", f"{folder}/{PLAIN}")

    def merge() -> None:
        (
            DeltaTable(f"{folder}/{PLAIN}")
            .merge(DeltaTable(f"{made}/{CHANGES}").to_pyarrow_table(), "t.id = s.id", "s", "t")
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .execute()
        )

    told(merge)


if __name__ == "__main__":
    main(*sys.argv[1:])
