"""The exchange that the benchmark compares by: every field of both registers, and the authentic one wins."""

from __future__ import annotations

from benchmarks._reconcile.fields import KEY
from vlekkeloos.contract import Contract, Reconcile, Source

CONTRACT = Contract(
    exchange="reconcile",
    title="Benchmark",
    classification="openbaar",
    sources={
        "gemeente": Source(connector="parquet", url="-", key=KEY),
        "bag": Source(connector="parquet", url="-", key=KEY, authentic=True),
    },
    reconcile=Reconcile(left="gemeente", right="bag", settle="authentic"),
)
