"""Huisnummer with huisletter and huisnummertoevoeging, together."""

from __future__ import annotations

import re
from numbers import Integral
from typing import Any, ClassVar

import pandas as pd
from great_expectations.compatibility import pydantic
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    MulticolumnMapMetricProvider,
    multicolumn_condition_partial,
)

from validations._form import InDutch
from vlekkeloos.scan.metric import Column, Scope, condition

NUMBER, LETTER, ADDITION = "[1-9][0-9]{0,4}", "[A-Za-z]", "[0-9A-Za-z]{1,4}"


def _has_form(value: object, form: str) -> bool:
    text = str(int(value)) if isinstance(value, Integral) and not isinstance(value, bool) else value
    return isinstance(text, str) and re.fullmatch(form, text, re.ASCII) is not None


def is_huisnummer(number: object, letter: object, addition: object) -> bool:
    """Do the three parts make a huisnummer?"""
    return (
        _has_form(number, NUMBER)
        and (bool(pd.isna(letter)) or _has_form(letter, LETTER))
        and (bool(pd.isna(addition)) or _has_form(addition, ADDITION))
    )


class MulticolumnValuesHuisnummer(MulticolumnMapMetricProvider):
    """Which rows have a huisnummer, on pandas."""

    condition_metric_name = "multicolumn_values.huisnummer"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **kwargs: Any) -> pd.Series:
        parts = column_list.itertuples(index=False, name=None)
        return pd.Series([is_huisnummer(*row) for row in parts], index=column_list.index, dtype=bool)


@condition("multicolumn_values.huisnummer")
def huisnummer(columns: list[Column], scope: Scope) -> str:
    """The same in SQL."""
    for column in columns:
        column.require("text", "whole")
    number, letter, addition = columns
    form = "regexp_full_match(CAST({} AS VARCHAR), '{}')"
    return (
        f"{number.sql} IS NOT NULL AND {form.format(number.sql, NUMBER)}"
        f" AND ({letter.sql} IS NULL OR {form.format(letter.sql, LETTER)})"
        f" AND ({addition.sql} IS NULL OR {form.format(addition.sql, ADDITION)})"
    )


class ExpectMulticolumnValuesToBeHuisnummer(InDutch, MulticolumnMapExpectation):
    """Expect a huisnummer from 1 to 99999, with at most one huisletter and an addition of at most four characters.

    The huisnummer is a whole number; the huisletter, if there is one, is one letter; the
    huisnummertoevoeging, if there is one, is one to four letters or digits; neither is there without a huisnummer
    (Catalogus BAG 2018, the attributes of a nummeraanduiding). Texts and whole numbers are judged alike; a text with
    a leading zero or a space is no huisnummer. A row without any of the three is not judged, unless ``ignore_row_if``
    is ``never``.

    Args:
        column_list: The names of the three columns, in that order.
    """

    map_metric = "multicolumn_values.huisnummer"
    args_keys = ("column_list",)
    rule: ClassVar[str] = (
        "huisnummer van 1 tot en met 99999, met hooguit een huisletter van één letter en een toevoeging van één tot"
        " vier letters of cijfers"
    )

    @pydantic.validator("column_list")
    def _three(cls, given: list[str]) -> list[str]:
        if len(given) != 3:
            raise ValueError("column_list names three columns: huisnummer, huisletter and huisnummertoevoeging")
        return given
