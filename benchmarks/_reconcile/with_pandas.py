"""The lake's two tables in, where they differ out, by an outer merge in pandas and a comparison a column."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import _contender
from benchmarks._reconcile.fields import FIELDS, KEY, LEFT, RIGHT
from benchmarks._reconcile.found import files, told


def main(folder: str) -> None:
    """Reads the Parquet files, texts in Arrow's memory, and compares."""
    from pyarrow import parquet

    def compare() -> dict[str, Any]:
        left, right = (
            parquet.read_table(files(folder, table)).to_pandas(date_as_object=False) for table in (LEFT, RIGHT)
        )
        both = left.merge(right, on=KEY, how="outer", suffixes=("_l", "_r"), indicator=True)
        matched = both[both["_merge"] == "both"]
        differing = {}
        for name in FIELDS:
            one, other = matched[f"{name}_l"], matched[f"{name}_r"]
            differing[name] = int((~((one == other) | (one.isna() & other.isna()))).sum())
        sides = both["_merge"].value_counts()
        return told(sides["right_only"], sides["left_only"], differing)

    _contender.told(compare)


if __name__ == "__main__":
    main(*sys.argv[1:])
