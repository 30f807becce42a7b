"""``expect_column_values_to_be_bag_identificatie``: an identificatie, and of the right type of object."""

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

from validations._bag import CODES, ObjectType
from validations._form import InDutch
from validations._lists import each, each_sql, is_list, texts
from vlekkeloos.scan.metric import Column, Scope, condition
from vlekkeloos.scan.metric import sql as literal


class ExpectColumnValuesToBeBagIdentificatie(InDutch, ColumnMapExpectation):  # type: ignore[misc]
    """The values are identificaties of the BAG; in a column of lists, every value in each list is.

    ``object_type``: of objects of this type; without it any type but woonplaats will do.

    Source: Catalogus BAG 2018, attribute identificatie of each object type: 16 digits, which are the gemeentecode
    (4) of the municipality that entered the object, the code of the object type (2) and a sequence (10). That of
    a woonplaats is 4 digits.
    """

    object_type: ObjectType | None = None

    map_metric = "column_values.bag_identificatie"
    success_keys = ("object_type", "mostly")
    args_keys = ("column", "object_type")

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        of = " van een $object_type" if given.get("object_type") else ""
        return f"is een BAG-identificatie{of}"


def pattern(object_type: str | None) -> str:
    """The regular expression that a whole identificatie matches."""
    if object_type == "woonplaats":
        return "[0-9]{4}"
    code = CODES[object_type] if object_type else f"({'|'.join(CODES.values())})"
    return f"[0-9]{{4}}{code}[0-9]{{10}}"


class BagIdentificatie(ColumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_values.bag_identificatie"
    condition_value_keys = ("object_type",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, object_type: str | None = None, **_: Any) -> pd.Series:
        return each(column, lambda values: texts(values).str.fullmatch(pattern(object_type)))


@condition("column_values.bag_identificatie")
def bag_identificatie(column: Column, scope: Scope, object_type: str | None = None) -> str:
    """The condition in SQL."""
    if not is_list(column):
        column.require("text", "whole")
    whole = literal(pattern(object_type))
    return each_sql(column, lambda one: f"regexp_full_match(CAST({one} AS VARCHAR), {whole})")
