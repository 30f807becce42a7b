"""Postcode of a Dutch address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from validations._form import InDutch, each
from vlekkeloos.scan.metric import Column, Scope, condition

#: Four digits, the first no 0, and two capitals, but not SA, SD or SS; in a form that DuckDB's RE2 reads too.
LETTERS = "([A-RT-Z][A-Z]|S[BCE-RT-Z])"
STRICT, LOOSE = f"[1-9][0-9]{{3}}{LETTERS}", f"(?i)[1-9][0-9]{{3}} ?{LETTERS}"


class ColumnValuesPostcode(ColumnMapMetricProvider):
    """Which values are a postcode, on pandas."""

    condition_metric_name = "column_values.postcode"
    condition_value_keys = ("loose",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, loose: bool = False, **kwargs: Any) -> pd.Series:
        # re.ASCII: without it (?i) takes the long s (\u017f) for an s
        form = re.compile(LOOSE if loose else STRICT, re.ASCII)
        return each(column, lambda value: isinstance(value, str) and form.fullmatch(value) is not None)


@condition("column_values.postcode")
def postcode(column: Column, scope: Scope, loose: bool = False) -> str:
    """The same in SQL."""
    column.require("text")
    text = f"CAST({column.sql} AS VARCHAR)"
    # RE2's (?i) takes the long s (\u017f) for an s
    ascii_only = f" AND strlen({text}) = length({text})" if loose else ""
    return f"regexp_full_match({text}, '{LOOSE if loose else STRICT}'){ascii_only}"


class ExpectColumnValuesToBePostcode(InDutch, ColumnMapExpectation):
    """Expect a postcode: four digits, the first no 0, and two letters that are not SA, SD or SS.

    Capitals, without a space: ``1234AB`` (Catalogus BAG 2018, attribute postcode of a nummeraanduiding). PostNL,
    which gives them out, leaves out SA, SD and SS. Whether such a postcode is in use is not judged.

    Args:
        column: Its name.
        loose: Also accept it as people write it: lower case letters, and one space before the letters.
    """

    loose: bool = False

    map_metric = "column_values.postcode"
    success_keys: ClassVar[tuple[str, ...]] = ("loose", "mostly")
    args_keys = ("column", "loose")
    rule: ClassVar[str] = (
        "is een postcode: vier cijfers, niet beginnend met 0, en twee hoofdletters, niet SA, SD of SS"
    )

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """With what ``loose`` adds to it."""
        return cls.rule + ("; een spatie ertussen en kleine letters mogen" if given.get("loose") else "")
