"""The lake's two tables in, where they differ out, by a full join in Polars and a comparison a column."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import _contender
from benchmarks._reconcile.fields import FIELDS, KEY, LEFT, RIGHT
from benchmarks._reconcile.found import files, told


def main(folder: str) -> None:
    """Reads the Parquet files, lazily, and compares."""
    import polars as pl

    def compare() -> dict[str, Any]:
        left, right = (pl.scan_parquet(files(folder, table)) for table in (LEFT, RIGHT))
        both = left.join(right, on=KEY, how="full", suffix="_r")
        there = pl.col(KEY).is_not_null(), pl.col(f"{KEY}_r").is_not_null()
        counts = both.select(
            (~there[0]).sum().alias("missing_left"),
            (~there[1]).sum().alias("missing_right"),
            *(
                (there[0] & there[1] & pl.col(name).ne_missing(pl.col(f"{name}_r"))).sum().alias(name)
                for name in FIELDS
            ),
        ).collect()
        found = counts.to_dicts()[0]
        return told(found.pop("missing_left"), found.pop("missing_right"), found)

    _contender.told(compare)


if __name__ == "__main__":
    main(*sys.argv[1:])
