"""RSIN: the number of a legal person or a partnership."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from stdnum.nl import bsn as elfproef

from validations._form import InDutch, digits, each, number, weighted
from validations.bsn import WEIGHTS
from vlekkeloos.scan.metric import Column, Scope, condition


class ColumnValuesRsin(ColumnMapMetricProvider):
    """Which values are an rsin, on pandas."""

    condition_metric_name = "column_values.rsin"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return each(column, lambda value: elfproef.is_valid(digits(value, 9)))


@condition("column_values.rsin")
def rsin(column: Column, scope: Scope) -> str:
    """The same in SQL."""
    given = number(column, 9)
    return f"{given} > 0 AND ({weighted(given, WEIGHTS)}) % 11 = 0"


class ExpectColumnValuesToBeRsin(InDutch, ColumnMapExpectation):
    """Expect an rsin: nine digits, not all zero, that pass the elfproef.

    The Rechtspersonen en Samenwerkingsverbanden Informatienummer of the Handelsregister (Handelsregisterwet 2007,
    article 12) is of one series with the Belastingdienst's fiscal numbers, and has the elfproef of the bsn. A column
    of whole numbers has lost the leading zeros: they are put back.

    Args:
        column: Its name.
    """

    map_metric = "column_values.rsin"
    args_keys = ("column",)
    rule: ClassVar[str] = "is een rsin: negen cijfers, niet alle nul, die aan de elfproef voldoen"
