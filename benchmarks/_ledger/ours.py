"""What a comparison found in; its events in the ledger and today's discrepancies out, as a run does."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from typing import Any

from benchmarks._contender import told
from benchmarks._ledger.records import BATCH, EXCHANGE, FOUND, LEDGER, PREVIOUS
from vlekkeloos.lake import Lake
from vlekkeloos.reconcile import ledger


def main(made: str, folder: str) -> None:
    """Merges in a copy of the lake that was made."""
    for table in (LEDGER, PREVIOUS, FOUND):
        shutil.copytree(f"{made}/{table}", f"{folder}/{table}")
    lake = Lake(folder)
    with lake.query(ledger=lake.find(LEDGER), previous=lake.find(PREVIOUS), compared=lake.find(FOUND)) as query:
        query.execute("CREATE TABLE found AS FROM compared")

        def merge() -> dict[str, Any]:
            merged = ledger.merged(query, EXCHANGE, "next", date(2026, 12, 1))
            for table, sql, mode in ((LEDGER, merged.events, "append"), (PREVIOUS, merged.rows, "overwrite")):
                lake.write(table, query.sql(sql).to_arrow_reader(BATCH), run_id="next", mode=mode)
            return {}

        told(merge)


if __name__ == "__main__":
    main(*sys.argv[1:])
