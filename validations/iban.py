"""IBAN: the number of a bank account."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from stdnum import iban as iso_13616

from validations._form import InDutch, each
from vlekkeloos.scan.metric import Column, Scope, condition

WRITTEN = re.compile("[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}", re.ASCII)
DUTCH = "NL[0-9]{2}[A-Z]{4}[0-9]{10}"


def is_iban(value: object) -> bool:
    """Is a value an IBAN in its electronic form?"""
    return (
        isinstance(value, str)
        and WRITTEN.fullmatch(value) is not None
        and iso_13616.is_valid(value, check_country=False)
    )


def are_ibans(column: pd.Series) -> pd.Series:
    """Which values are an IBAN."""
    return each(column, is_iban)


class ColumnValuesIban(ColumnMapMetricProvider):
    """Which values are an IBAN, on pandas."""

    condition_metric_name = "column_values.iban"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return are_ibans(column)


@condition("column_values.iban")
def iban(column: Column, scope: Scope) -> str:
    """The same: in SQL for Dutch accounts, which are most, and by the same function for other countries' rules."""
    column.require("text")
    text = f"CAST({column.sql} AS VARCHAR)"
    # A is 10, B is 11, …; the account goes before the country (NL: 23 21) and the check digits
    bank = " + ".join(f"(ascii(substr({text}, {place}, 1)) - 55) * {100 ** (8 - place)}" for place in range(5, 9))
    account, check = (f"TRY_CAST(substr({text}, {place}) AS BIGINT)" for place in ("9", "3, 2"))
    rest = f"(((({bank}) % 97 * {10**10} + {account}) % 97) * 1000000 + 232100 + {check}) % 97"
    return (
        f"CASE WHEN regexp_full_match({text}, '{DUTCH}') THEN {rest} = 1"
        f" WHEN starts_with({text}, 'NL') THEN FALSE ELSE {scope.function(are_ibans, column)} END"
    )


class ExpectColumnValuesToBeIban(InDutch, ColumnMapExpectation):
    """Expect an IBAN, without spaces, of which the check digits are right and the form is its country's.

    The electronic form of ISO 13616-1: capitals and digits without spaces, the check digits right by ISO 7064
    (modulo 97), the length and form those of its country in the IBAN Registry (for NL: four letters of the bank and
    ten digits), by the registry that python-stdnum holds. A country's own rules about its banks are not judged.

    Args:
        column: Its name.
    """

    map_metric = "column_values.iban"
    args_keys = ("column",)
    rule: ClassVar[str] = "is een IBAN zonder spaties, met kloppende controlecijfers en de vorm van zijn land"
