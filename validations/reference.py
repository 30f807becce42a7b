"""``expect_column_values_to_exist_in``: what a record refers to is there, in another table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

from validations import _tables
from validations._form import InDutch
from validations._lists import each, is_list, texts
from vlekkeloos.scan import tables_at_hand
from vlekkeloos.scan.metric import Column, Scope, condition


class ExpectColumnValuesToExistIn(InDutch, ColumnMapExpectation):  # type: ignore[misc]
    """Every value is one of the values of a column of another table; in a column of lists, every value in each is.

    ``source``: the other table, a source of the same exchange; ``source_column``: its column. Values are compared
    as text. What is missing refers to nothing and breaks no rule.

    A foreign key, within a registry (a BAG nummeraanduiding ``ligtAan`` an openbare ruimte: Catalogus BAG 2018, the
    relations of each object type) or between two (a WOZ-object and its address in the BAG).
    """

    source: str
    source_column: str

    map_metric = "column_values.exist_in"
    success_keys = ("source", "source_column", "mostly")
    args_keys = ("column", "source", "source_column")

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "komt voor in $source_column van $source"


class ExistIn(ColumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_values.exist_in"
    condition_value_keys = ("source", "source_column")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, source: str, source_column: str, **_: Any) -> pd.Series:
        known = texts(pd.Series(list(tables_at_hand.values(source, source_column)), dtype=object).dropna())
        return each(column, lambda values: texts(values).isin(known))


@condition("column_values.exist_in")
def exist_in(column: Column, scope: Scope, source: str, source_column: str) -> str:
    """The condition in SQL: a semi-join, which DuckDB can spill to disk."""
    known = f"(SELECT CAST(one AS VARCHAR) FROM {_tables.column_sql(scope, source, source_column)})"
    if not is_list(column):
        column.require("text", "whole")
        return f"CAST({column.sql} AS VARCHAR) IN {known}"
    lost = scope.table(f"""
        SELECT DISTINCT row FROM (SELECT {scope.row} AS row, unnest({column.sql}) AS one FROM {scope.rows})
        WHERE one IS NOT NULL AND CAST(one AS VARCHAR) NOT IN {known}
    """)
    return f"{scope.row} NOT IN (FROM {lost})"
