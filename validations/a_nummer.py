"""A-nummer: the number of a person's list in the BRP."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from validations._form import InDutch, digits, each, number, weighted
from vlekkeloos.scan.metric import Column, Scope, condition

#: 1, 2, 4, … 512, the leftmost digit's first.
WEIGHTS = tuple(2**place for place in range(10))


def is_a_nummer(value: object) -> bool:
    """Is a value an A-nummer?"""
    figures = [int(digit) for digit in digits(value, 10)]
    return (
        len(figures) == 10
        and figures[0] != 0
        and all(one != next_ for one, next_ in pairwise(figures))
        and sum(figures) % 11 in (0, 5)
        and sum(weight * figure for weight, figure in zip(WEIGHTS, figures, strict=True)) % 11 == 0
    )


class ColumnValuesANummer(ColumnMapMetricProvider):
    """Which values are an A-nummer, on pandas."""

    condition_metric_name = "column_values.a_nummer"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return each(column, is_a_nummer)


@condition("column_values.a_nummer")
def a_nummer(column: Column, scope: Scope) -> str:
    """The same in SQL."""
    given = number(column, 10)
    # two equal digits next to each other are 00, 11, …: the two-digit numbers that are divisible by 11
    twice = " AND ".join(f"{given} // {10**place} % 100 % 11 <> 0" for place in range(9))
    return (
        f"{given} >= 1000000000 AND {twice} AND ({weighted(given, [1] * 10)}) % 11 IN (0, 5)"
        f" AND ({weighted(given, WEIGHTS)}) % 11 = 0"
    )


class ExpectColumnValuesToBeANummer(InDutch, ColumnMapExpectation):
    """Expect an A-nummer (administratienummer): ten digits that meet the four conditions of the BRP.

    For the digits a0 … a9 the Logisch Ontwerp BRP says, of element 01.10: a0 is not 0; no two
    neighbours are equal; a0 + a1 + … + a9 leaves 0 or 5 when divided by 11; 1 a0 + 2 a1 + 4 a2 + … + 512 a9
    is divisible by 11. (The ministry's own code of these: MinBZK/OperatieBRP, AdministratienummerValidator.)
    It never starts with 0, so texts and whole numbers are judged alike.

    Args:
        column: Its name.
    """

    map_metric = "column_values.a_nummer"
    args_keys = ("column",)
    rule: ClassVar[str] = (
        "is een A-nummer: tien cijfers die aan de vier rekenregels van het Logisch Ontwerp BRP voldoen"
    )
