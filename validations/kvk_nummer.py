"""KVK-nummer: the number of a business in the Handelsregister."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from validations._form import InDutch, digits, each, number
from vlekkeloos.scan.metric import Column, Scope, condition


class ColumnValuesKvkNummer(ColumnMapMetricProvider):
    """Which values are a KVK-nummer, on pandas."""

    condition_metric_name = "column_values.kvk_nummer"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return each(column, lambda value: digits(value, 8).strip("0") != "")


@condition("column_values.kvk_nummer")
def kvk_nummer(column: Column, scope: Scope) -> str:
    """The same in SQL."""
    return f"{number(column, 8)} > 0"


class ExpectColumnValuesToBeKvkNummer(InDutch, ColumnMapExpectation):
    """Expect a KVK-nummer: eight digits, not all zero.

    There is no check digit. Handelsregisterwet 2007, article 9 (a unique number for each business); its form is that
    of ``kvkNummer`` in the contract of the KVK APIs, ``^[0-9]{8}$``. A column of whole numbers has lost the leading
    zeros: they are put back.

    Args:
        column: Its name.
    """

    map_metric = "column_values.kvk_nummer"
    args_keys = ("column",)
    rule: ClassVar[str] = "is een KVK-nummer: acht cijfers, niet alle nul"
