"""Arrow in, pandas out, as GX sees a table; and GX itself, for the expectations that have no translation."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from vlekkeloos.lake import quoted


def frame(table: pa.Table, row: str) -> pd.DataFrame:
    """The table as GX on pandas judges it, the rows' own numbers as its index.

    Whole numbers and booleans are Arrow-backed, so that they stay what they are where some are missing.
    """
    made: pd.DataFrame = table.to_pandas(types_mapper=pandas_type).set_index(row)
    made.index.name = None  # GX would take a named index for a column
    return made


class Columns:
    """A view of a DuckDB connection as what gives a column's values by its name."""

    def __init__(self, query: duckdb.DuckDBPyConnection, view: str) -> None:
        self._query, self._view = query, view

    def __getitem__(self, column: str) -> list[Any]:
        return [one for (one,) in self._query.execute(f"SELECT {quoted(column)} FROM {self._view}").fetchall()]


def pandas_type(kind: pa.DataType) -> Any:
    """The dtype that a type of Arrow becomes, None for pandas' own choice: pyarrow's ``types_mapper``."""
    return pd.ArrowDtype(kind) if pa.types.is_integer(kind) or pa.types.is_boolean(kind) else None


def batch_of(records: pd.DataFrame) -> Any:
    """The batch of GX that these records are."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # GX tells of a folder of its own that nobody looks into
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("lake").add_dataframe_asset("raw")
    return asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": records})


def ask_gx(expectation: Any, batch: Any, result_format: Mapping[str, Any]) -> tuple[Any, list[int]]:
    """GX's own answer: an ExpectationValidationResult, and the index of every failing row. Raises what GX raises."""
    everything = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
    rows = batch.validate(expectation, result_format=everything).result.get("unexpected_index_list")
    return batch.validate(expectation, result_format=dict(result_format)), list(rows or [])
