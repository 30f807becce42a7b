"""Gemeentecode: the number of a municipality."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from validations._form import InDutch, digits, each, number
from vlekkeloos.scan.metric import Column, Scope, condition


@lru_cache
def codes(on: datetime.date | str | None) -> frozenset[str]:
    """The gemeentecodes that were valid on a date, or that ever were."""
    with Path(__file__).with_name("gemeentecodes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if on is None:
        return frozenset(row["gemeentecode"] for row in rows)
    day = str(on).replace("-", "")
    return frozenset(row["gemeentecode"] for row in rows if row["ingang"] <= day < (row["einde"] or "99999999"))


class ColumnValuesGemeentecode(ColumnMapMetricProvider):
    """Which values are a gemeentecode, on pandas."""

    condition_metric_name = "column_values.gemeentecode"
    condition_value_keys = ("on",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, on: datetime.date | str | None = None, **kwargs: Any) -> pd.Series:
        valid = codes(on)
        return each(column, lambda value: digits(value, 4) in valid)


@condition("column_values.gemeentecode")
def gemeentecode(column: Column, scope: Scope, on: datetime.date | str | None = None) -> str:
    """The same in SQL."""
    valid = scope.table(f"SELECT unnest([{', '.join(str(int(code)) for code in sorted(codes(on)))}])")
    return f"{number(column, 4)} IN (FROM {valid})"


class ExpectColumnValuesToBeGemeentecode(InDutch, ColumnMapExpectation):
    """Expect a gemeentecode: four digits of a municipality that exists or existed, or that did on a date.

    By RvIG's Landelijke Tabel 33 (Gemeententabel) with the dates on which a code began and ended, kept
    in ``gemeentecodes.csv``. It is the table of 2022 as BRP-API/Haal-Centraal-BRP-bevragen publishes it (e89319d,
    scripts/Tabel33 Gemeententabel.csv), to which Voorne aan Zee (1992) is added by the Wet samenvoeging van de
    gemeenten Brielle, Hellevoetsluis en Westvoorne (Kamerstukken 35967, in force on 2023-01-01). A code without
    ``ingang`` is older than the table; on the day of its ``einde`` its successor is valid. The table's entries that
    are no municipality (0000 unknown, 0997 to 0999 not in the GBA, 1999 RNI) are left out. A column of whole numbers
    has lost the leading zeros: they are put back.

    Args:
        column: Its name.
        on: A date on which the code must have been valid; without it, any date will do.
    """

    on: datetime.date | None = None

    map_metric = "column_values.gemeentecode"
    success_keys: ClassVar[tuple[str, ...]] = ("on", "mostly")
    args_keys = ("column", "on")
    rule: ClassVar[str] = "is een gemeentecode: vier cijfers van een gemeente die bestaat of bestond"

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """With the date, if there is one."""
        return (
            "is een gemeentecode: vier cijfers van een gemeente die bestond op $on" if given.get("on") else cls.rule
        )
