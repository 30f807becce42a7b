"""Two tables of a lake in, where they differ out: what a run does before it writes, in the memory of a lake's query.

``s`` is the time in which ``found`` and ``notations`` are made, ``agreed_s`` that with the agreed records written.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from typing import Any

import pyarrow as pa

from benchmarks import _contender
from benchmarks._reconcile.contract import CONTRACT
from benchmarks._reconcile.fields import LEFT, RIGHT
from vlekkeloos import reconcile
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run

#: What a quarantine has of a record, as far as a comparison goes by it.
NOTHING = pa.schema([("key", pa.string()), ("severity", pa.string()), ("record", pa.string())]).empty_table()


def main(folder: str, out: str) -> None:
    """Compares; the agreed records go to a lake in the folder ``out``."""
    lake = Lake(folder)
    run = Run(CONTRACT, lake, "benchmark", date(2026, 1, 1))
    with lake.query(accepted0=lake.find(LEFT), accepted1=lake.find(RIGHT)) as query:
        for number in range(2):
            query.register(f"quarantine{number}", NOTHING)
        made: list[Any] = []
        for name in CONTRACT.sides:  # importing the connectors is not part of what is measured
            reconcile._history(run, name)

        def compared() -> dict[str, Any]:
            made.append(reconcile._compare(run, query))
            return {}

        said = _contender.spent(compared)
        started = time.perf_counter()
        reader = query.sql(made[0].agreed()).to_arrow_reader(reconcile.BATCH)
        Lake(out).write("agreed/reconcile", reader, run_id="benchmark")
        said["agreed_mb"] = round(_contender.peak_mb(), 1)
        rows = query.execute("SELECT coalesce(field, kind), count(*) FROM found GROUP BY ALL").fetchall()
        said |= {"agreed_s": round(said["s"] + time.perf_counter() - started, 4), "found": dict(rows)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
