"""The lake's table in, what the suite says of it out, as Great Expectations judges a pandas frame."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import _contender
from benchmarks._validate.frame import frame
from benchmarks._validate.suite import FORM, suite, told


def main(table: str, rows: str) -> None:
    """Reads the Parquet files, and validates the suite in one go."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    def judge() -> dict[str, Any]:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("lake").add_dataframe_asset("raw")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame(table)})
        return told(batch.validate(suite(int(rows)), result_format=FORM))

    _contender.told(judge)


if __name__ == "__main__":
    main(*sys.argv[1:])
