"""``expect_column_values_to_be_valid_geometry``: a geometry that others can calculate with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
import shapely
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

from validations._form import InDutch
from validations._wkb import answer, geometries
from vlekkeloos.scan.metric import Column, Scope, condition

#: GEOS's number of each type.
_IDS = {
    "Point": 0, "LineString": 1, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5, "MultiPolygon": 6
}  # fmt: skip
GeometryType = Literal["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"]


class ExpectColumnValuesToBeValidGeometry(InDutch, ColumnMapExpectation):  # type: ignore[misc]
    """The values are WKB of a geometry that is valid and not empty; ``types``: and of one of these types.

    A result tells why, by GEOS, of each failing value that it shows: ``result["details"]["reasons"]``.

    Sources: OGC 06-103r4, Simple Feature Access part 1 (what valid is); Catalogus BAG 2018, the attribute
    geometrie of each object type: a point, or a polygon without arcs.
    """

    types: list[GeometryType] | None = None

    map_metric = "column_values.valid_geometry"
    success_keys = ("types", "mostly")
    args_keys = ("column", "types")

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        of = f" van het type {' of '.join(given['types'])}" if given.get("types") else ""
        return f"is een geldige geometrie{of}"

    def _validate(self, metrics: Any, *args: Any, **kwargs: Any) -> Any:
        outcome = super()._validate(metrics, *args, **kwargs)
        if shown := outcome.get("result", {}).get("partial_unexpected_list"):
            outcome["result"]["details"] = {"reasons": reasons(shown, self.types)}
        return outcome


def reasons(values: list[Any], types: list[str] | None = None) -> list[str]:
    """Why each of some values is no valid geometry, in GEOS's words where it has any."""
    found = geometries(pd.Series(values, dtype=object))
    return [_reason(one, types) for one in found]


def _reason(geometry: Any, types: list[str] | None) -> str:
    if geometry is None:
        return "not WKB"
    if geometry.is_empty:
        return "Empty"
    if types and geometry.geom_type not in types:
        return f"{geometry.geom_type}, not {' or '.join(types)}"
    return str(shapely.is_valid_reason(geometry))


def is_valid(column: pd.Series, types: list[str] | None) -> pd.Series:
    """Which values of a column are valid geometries?"""
    found = geometries(column)
    met = shapely.is_valid(found) & ~shapely.is_empty(found)
    if types:
        met &= pd.Series(shapely.get_type_id(found)).isin([_IDS[name] for name in types]).to_numpy()
    return answer(column, met)


class ValidGeometry(ColumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_values.valid_geometry"
    condition_value_keys = ("types",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, types: list[str] | None = None, **_: Any) -> pd.Series:
        return is_valid(column, types)


@condition("column_values.valid_geometry")
def valid_geometry(column: Column, scope: Scope, types: list[str] | None = None) -> str:
    """The condition in a scan."""
    return scope.function(lambda values: is_valid(values, types), column)
