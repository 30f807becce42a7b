"""Vestigingsnummer: the number of a business's establishment in the Handelsregister."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from validations._form import InDutch, digits, each, number
from vlekkeloos.scan.metric import Column, Scope, condition


class ColumnValuesVestigingsnummer(ColumnMapMetricProvider):
    """Which values are a vestigingsnummer, on pandas."""

    condition_metric_name = "column_values.vestigingsnummer"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return each(column, lambda value: digits(value, 12).strip("0") != "")


@condition("column_values.vestigingsnummer")
def vestigingsnummer(column: Column, scope: Scope) -> str:
    """The same in SQL."""
    return f"{number(column, 12)} > 0"


class ExpectColumnValuesToBeVestigingsnummer(InDutch, ColumnMapExpectation):
    """Expect a vestigingsnummer: twelve digits, not all zero.

    There is no check digit. Handelsregisterwet 2007, article 11 (a unique number for each vestiging); its form is
    that of ``vestigingsnummer`` in the contract of the KVK APIs, ``^[0-9]{12}$``. Most begin with zeros, which a
    column of whole numbers has lost: they are put back.

    Args:
        column: Its name.
    """

    map_metric = "column_values.vestigingsnummer"
    args_keys = ("column",)
    rule: ClassVar[str] = "is een vestigingsnummer: twaalf cijfers, niet alle nul"
