"""GX's conditions about how far a value lies from the rest of its column.

The mean, the standard deviation and the quartiles are pandas' own, to the last bit, from the column alone;
what each row is measured against then is SQL.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pyarrow as pa

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, condition
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations.constants import require_plain


@condition("column_values.z_score.under_threshold")
def z_score(column: Column, scope: Scope, threshold: Any = None, double_sided: bool = True) -> str:
    """The value lies fewer standard deviations from the mean than this. Without any spread every value does."""
    require_plain(column, "whole", "float")
    if not isinstance(threshold, int | float):
        raise Untranslatable("a threshold that is no number")
    values = scope.series(column)
    mean, deviation = _statistic(values.mean()), _statistic(values.std())
    if deviation == 0:
        return "TRUE"
    score = f"((CAST({column.sql} AS DOUBLE) - {literal(mean)}) / {literal(deviation)})"
    _require_subtraction(values, mean)
    if double_sided:
        return f"isnan({score}) OR abs({score}) < {literal(float(abs(threshold)))}"
    return f"isnan({score}) OR {score} < {literal(float(threshold))}"


@condition("column_values.not_outliers")
def not_outliers(column: Column, scope: Scope, method: str = "iqr", multiplier: float = 1.5) -> str:
    """The value lies within Tukey's fences (iqr), or fewer than so many standard deviations from the mean (std)."""
    require_plain(column, "whole", "float")
    if method not in ("iqr", "std") or not isinstance(multiplier, int | float):
        raise Untranslatable("a method or multiplier that GX doesn't know")
    values = scope.series(column)
    value = f"CAST({column.sql} AS DOUBLE)"
    if method == "iqr":
        lower, upper = _statistic(values.quantile(0.25)), _statistic(values.quantile(0.75))
        if not (math.isfinite(lower) and math.isfinite(upper)):
            return "TRUE"
        reach = multiplier * (upper - lower)
        return f"{value} >= {literal(lower - reach)} AND {value} <= {literal(upper + reach)}"
    mean, deviation = _statistic(values.mean()), _statistic(values.std())
    if not (math.isfinite(mean) and math.isfinite(deviation)):
        return "TRUE"
    reach = multiplier * deviation
    if reach <= 0:
        return f"{value} = {literal(mean)}"
    _require_subtraction(values, mean)
    return f"abs({value} - {literal(mean)}) < {literal(reach)}"


def _statistic(found: Any) -> float:
    if found is pd.NA:
        raise Untranslatable("too few values for GX's statistics")
    return float(found)


def _require_subtraction(values: pd.Series, mean: float) -> None:
    """Arrow refuses whole numbers that a float can't hold."""
    try:
        values - mean
    except pa.ArrowInvalid as error:
        raise Untranslatable("whole numbers too large for a float") from error
