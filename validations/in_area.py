"""``expect_column_values_to_lie_in_area``: a geometry lies in one of the areas of another table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

from validations import _tables
from validations._form import InDutch
from validations._wkb import answer, geometries
from vlekkeloos.scan import tables_at_hand
from vlekkeloos.scan.metric import Column, Scope, condition


class ExpectColumnValuesToLieInArea(InDutch, ColumnMapExpectation):  # type: ignore[misc]
    """The values are WKB of geometries that have a point in common with an area in another table.

    ``source``: the other table, a source of the same exchange; ``source_column``: its column with the areas, as
    WKB. With the woonplaatsen of a BAG extract this says that an object lies inside the municipality. A building
    across the border lies in both.

    Source: Catalogus BAG 2018, object type woonplaats: those of a municipality cover its territory.
    """

    source: str
    source_column: str

    map_metric = "column_values.in_area"
    success_keys = ("source", "source_column", "mostly")
    args_keys = ("column", "source", "source_column")

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "ligt in een gebied van $source ($source_column)"


class Areas:
    """Some areas, made fast to ask."""

    def __init__(self, found: Iterable[Any]) -> None:
        made = geometries(pd.Series(list(found), dtype=object))
        self._areas = made[~pd.isna(made)]
        shapely.prepare(self._areas)
        self._tree = shapely.STRtree(self._areas)

    def hold(self, column: pd.Series) -> pd.Series:
        """Which geometries of a column have a point in common with an area?"""
        found = geometries(column)
        number, near = self._tree.query(found)
        met = np.zeros(len(found), dtype=bool)
        # the prepared side comes first
        met[number[shapely.intersects(self._areas[near], found[number])]] = True
        return answer(column, met)


class InArea(ColumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_values.in_area"
    condition_value_keys = ("source", "source_column")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, source: str, source_column: str, **_: Any) -> pd.Series:
        return Areas(tables_at_hand.values(source, source_column)).hold(column)


@condition("column_values.in_area")
def in_area(column: Column, scope: Scope, source: str, source_column: str) -> str:
    """The condition in a scan; the areas of a whole country, some thousands, fit in memory."""
    found = scope.ask(f"SELECT DISTINCT one FROM {_tables.column_sql(scope, source, source_column)}")
    return scope.function(Areas(area for (area,) in found).hold, column)
