"""Columns that hold several values a row, as BAG relations do: the rule about one value holds for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vlekkeloos.scan.metric import Column


def is_list(column: Column) -> bool:
    """Does each row of the column hold a list?"""
    return pa.types.is_list(column.type) or pa.types.is_large_list(column.type)


def each(column: pd.Series, rule: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Judges a column by a rule about single values; a row with a list meets it if every value in it does."""
    if not column.map(lambda one: isinstance(one, list | tuple | np.ndarray)).any():
        return rule(column)
    values = column.reset_index(drop=True).explode().dropna()
    met = rule(values).groupby(level=0).all() if len(values) else pd.Series(dtype=bool)
    answer = met.reindex(range(len(column)), fill_value=True)  # an empty list breaks no rule about its values
    answer.index = column.index
    return answer


def each_sql(column: Column, rule: Callable[[str], str]) -> str:
    """The same in SQL; ``rule`` gives the SQL about one value."""
    if not is_list(column):
        return rule(column.sql)
    broken = f"one IS NOT NULL AND NOT coalesce({rule('one')}, FALSE)"
    return f"len(list_filter({column.sql}, lambda one: {broken})) = 0"


def texts(column: pd.Series) -> pd.Series:
    """The values as text."""
    values: Any = column.astype(object)
    return values.map(str).astype("str")
