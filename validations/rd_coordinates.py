"""Are coordinates RD, and inside the Netherlands? Of a geometry, or of an x and a y in columns of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
import shapely
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation, ColumnPairMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (
    column_pair_condition_partial,
)

from validations._form import InDutch
from validations._wkb import answer, geometries
from vlekkeloos.scan.metric import Column, Scope, condition

#: Metres: where RDNAPTRANS is defined, a rectangle around the Netherlands and its 12-mile zone. Any x in it is
#: smaller than about any y, so that exchanged coordinates, degrees and millimetres all fall outside.
X, Y = (-7_000, 300_000), (289_000, 629_000)


class ExpectColumnPairValuesToBeRdCoordinates(InDutch, ColumnPairMapExpectation):  # type: ignore[misc]
    """``column_A`` and ``column_B`` are the x and y, in metres, of a point in the Netherlands in RD New.

    A row with only one of the two breaks the rule.

    Source: NSGI, RDNAPTRANS: the area where the transformation is defined; EPSG:28992 (Amersfoort / RD New), area
    of use.
    """

    ignore_row_if: Literal["both_values_are_missing", "either_value_is_missing", "neither"] = (
        "both_values_are_missing"
    )

    map_metric = "column_pair_values.rd_coordinates"
    success_keys = ("column_A", "column_B", "ignore_row_if", "mostly")
    args_keys = ("column_A", "column_B")

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "$column_A en $column_B zijn de x en y in RD van een punt in Nederland"


class RdCoordinates(ColumnPairMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_pair_values.rd_coordinates"
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_a: pd.Series, column_b: pd.Series, **_: Any) -> pd.Series:
        x, y = (pd.to_numeric(column).astype("Float64") for column in (column_a, column_b))
        return (x.between(*X) & y.between(*Y)).fillna(False).astype(bool)


@condition("column_pair_values.rd_coordinates")
def rd_coordinates(column_a: Column, column_b: Column, scope: Scope) -> str:
    """The condition in SQL."""
    for column in (column_a, column_b):
        column.require("whole", "float", "decimal")
    return f"{column_a.sql} BETWEEN {X[0]} AND {X[1]} AND {column_b.sql} BETWEEN {Y[0]} AND {Y[1]}"


class ExpectColumnValuesToBeInRdExtent(InDutch, ColumnMapExpectation):  # type: ignore[misc]
    """The values are WKB of geometries that lie wholly where RD New lies: in and around the Netherlands.

    Source: as :class:`ExpectColumnPairValuesToBeRdCoordinates`.
    """

    map_metric = "column_values.in_rd_extent"
    args_keys = ("column",)

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "heeft RD-coördinaten in Nederland"


def in_extent(column: pd.Series) -> pd.Series:
    """Which geometries lie inside the extent?"""
    west, south, east, north = shapely.bounds(geometries(column)).reshape(-1, 4).T
    return answer(column, (west >= X[0]) & (east <= X[1]) & (south >= Y[0]) & (north <= Y[1]))


class InRdExtent(ColumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_values.in_rd_extent"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:
        return in_extent(column)


@condition("column_values.in_rd_extent")
def in_rd_extent(column: Column, scope: Scope) -> str:
    """The condition in a scan."""
    return scope.function(in_extent, column)
