"""``expect_column_values_to_be_bag_status``: a status that objects of this type can have."""

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

from validations._bag import LIFE_CYCLES, ObjectType
from validations._form import InDutch
from vlekkeloos.scan.metric import Column, Scope, condition
from vlekkeloos.scan.metric import sql as literal


class ExpectColumnValuesToBeBagStatus(InDutch, ColumnMapExpectation):  # type: ignore[misc]
    """The values are statuses of a BAG object of the type ``object_type``, as the registry writes them.

    Source: Catalogus BAG 2018, attribute status of each object type.
    """

    object_type: ObjectType

    map_metric = "column_values.bag_status"
    success_keys = ("object_type", "mostly")
    args_keys = ("column", "object_type")

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "is een status die een $object_type in de BAG kan hebben"


class BagStatus(ColumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_values.bag_status"
    condition_value_keys = ("object_type",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, object_type: str, **_: Any) -> pd.Series:
        return column.isin(list(LIFE_CYCLES[object_type]))


@condition("column_values.bag_status")
def bag_status(column: Column, scope: Scope, object_type: str) -> str:
    """The condition in SQL."""
    column.require("text")
    return f"{column.sql} IN ({', '.join(map(literal, LIFE_CYCLES[object_type]))})"
