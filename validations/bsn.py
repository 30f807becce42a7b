"""Burgerservicenummer: the number of a person."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from stdnum.nl import bsn as elfproef

from validations._form import InDutch, digits, each, number, weighted
from vlekkeloos.scan.metric import Column, Scope, condition

#: Of the elfproef, the leftmost digit's first.
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


class ColumnValuesBsn(ColumnMapMetricProvider):
    """Which values are a bsn, on pandas."""

    condition_metric_name = "column_values.bsn"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return each(column, lambda value: elfproef.is_valid(digits(value, 9)))


@condition("column_values.bsn")
def bsn(column: Column, scope: Scope) -> str:
    """The same in SQL."""
    given = number(column, 9)
    return f"{given} > 0 AND ({weighted(given, WEIGHTS)}) % 11 = 0"


class ExpectColumnValuesToBeBsn(InDutch, ColumnMapExpectation):
    """Expect a burgerservicenummer: nine digits, not all zero, that pass the elfproef.

    The elfproef: nine times the first digit, plus eight times the second, … plus twice the eighth, minus the ninth is
    divisible by 11. So says the Logisch Ontwerp BRP of element 01.20, as the Wet algemene bepalingen
    burgerservicenummer wants the number to be made up. Eight digits are no bsn but one that has lost its leading
    zero. In a column of whole numbers, which can't hold it, it is put back.

    Args:
        column: Its name.
    """

    map_metric = "column_values.bsn"
    args_keys = ("column",)
    rule: ClassVar[str] = "is een bsn: negen cijfers, niet alle nul, die aan de elfproef voldoen"
