"""Dates as the BRP writes them, which may be incomplete."""

from __future__ import annotations

import calendar
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from validations._form import InDutch, digits, each, number
from vlekkeloos.scan.metric import Column, Scope, condition


def is_brp_datum(value: object) -> bool:
    """Is a value a date as the BRP writes it?"""
    text = digits(value, 8)
    if not text:
        return False
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if month == 0 or year == 0:
        return month == day == 0
    return month <= 12 and day <= calendar.monthrange(year, month)[1]


class ColumnValuesBrpDatum(ColumnMapMetricProvider):
    """Which values are a BRP date, on pandas."""

    condition_metric_name = "column_values.brp_datum"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return each(column, is_brp_datum)


@condition("column_values.brp_datum")
def brp_datum(column: Column, scope: Scope) -> str:
    """The same in SQL."""
    given = number(column, 8)
    year, month, day = f"({given} // 10000)", f"({given} // 100 % 100)", f"({given} % 100)"
    leap = f"{year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0)"
    # from March on, the long months alternate in two runs of which the first starts in March, the second in August
    last = f"CASE WHEN {month} <> 2 THEN 31 - ({month} - 1) % 7 % 2 WHEN {leap} THEN 29 ELSE 28 END"
    return (
        f"CASE WHEN {year} = 0 OR {month} = 0 THEN {month} = 0 AND {day} = 0"
        f" ELSE {month} <= 12 AND {day} <= {last} END"
    )


class ExpectColumnValuesToBeBrpDatum(InDutch, ColumnMapExpectation):
    """Expect a date as the BRP writes it: yyyymmdd, with zeros for what is not known.

    Logisch Ontwerp BRP, the elements that are a date, such as 03.10 geboortedatum:
    ``19800131``, ``19800100`` without a day, ``19800000`` without a month and so without a day, ``00000000`` for a
    date of which nothing is known. What is known must be in the calendar. In a column of whole numbers 0 is
    ``00000000``.

    Args:
        column: Its name.
    """

    map_metric = "column_values.brp_datum"
    args_keys = ("column",)
    rule: ClassVar[str] = (
        "is een BRP-datum: jjjjmmdd en bestaand, of met nullen voor een onbekende dag, maand en dag, of hele datum"
    )
