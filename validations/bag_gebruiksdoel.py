"""``expect_column_values_to_be_bag_gebruiksdoel``: what a verblijfsobject may be used for."""

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

from validations._form import InDutch
from validations._lists import each, each_sql, is_list
from vlekkeloos.scan.metric import Column, Scope, condition
from vlekkeloos.scan.metric import sql as literal

GEBRUIKSDOELEN = [
    "woonfunctie", "bijeenkomstfunctie", "celfunctie", "gezondheidszorgfunctie", "industriefunctie", "kantoorfunctie",
    "logiesfunctie", "onderwijsfunctie", "sportfunctie", "winkelfunctie", "overige gebruiksfunctie",
]  # fmt: skip


class ExpectColumnValuesToBeBagGebruiksdoel(InDutch, ColumnMapExpectation):  # type: ignore[misc]
    """The values are gebruiksdoelen of a verblijfsobject; in a column of lists, every value in each list is.

    Source: Catalogus BAG 2018, verblijfsobject, attribute gebruiksdoel: the 11 gebruiksfuncties of the Bouwbesluit
    2012, article 1.1, for buildings.
    """

    map_metric = "column_values.bag_gebruiksdoel"
    args_keys = ("column",)

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "is een gebruiksdoel van de BAG"


class BagGebruiksdoel(ColumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "column_values.bag_gebruiksdoel"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:
        return each(column, lambda values: values.isin(GEBRUIKSDOELEN))


@condition("column_values.bag_gebruiksdoel")
def bag_gebruiksdoel(column: Column, scope: Scope) -> str:
    """The condition in SQL."""
    if not is_list(column):
        column.require("text")
    return each_sql(column, lambda one: f"{one} IN ({', '.join(map(literal, GEBRUIKSDOELEN))})")
