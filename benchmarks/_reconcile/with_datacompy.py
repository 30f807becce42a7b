"""The lake's two tables in, where they differ out, as datacompy compares two frames, of pandas or of Polars."""

from __future__ import annotations

import logging
import sys
from typing import Any

from benchmarks import _contender
from benchmarks._reconcile.fields import KEY, LEFT, RIGHT
from benchmarks._reconcile.found import files, told


def main(folder: str, on: str) -> None:
    """Reads the Parquet files, and compares."""
    import datacompy

    logging.disable(logging.WARNING)
    if on == "polars":
        import polars

        def frames() -> list[Any]:
            return [polars.read_parquet(files(folder, table)) for table in (LEFT, RIGHT)]

        comparison = datacompy.PolarsCompare
    else:
        from pyarrow import parquet

        def frames() -> list[Any]:
            return [parquet.read_table(files(folder, table)).to_pandas() for table in (LEFT, RIGHT)]

        comparison = getattr(datacompy, "PandasCompare", None) or datacompy.Compare

    def compare() -> dict[str, Any]:
        left, right = frames()
        made = comparison(left, right, join_columns=[KEY])
        differing = {one["column"]: one["unequal_cnt"] for one in made.column_stats}
        return told(len(made.df2_unq_rows), len(made.df1_unq_rows), differing)

    _contender.told(compare)


if __name__ == "__main__":
    main(*sys.argv[1:])
