"""GX's metrics about columns' types, which are pandas' types: they follow from the Arrow schema."""

from __future__ import annotations

import datetime
import decimal
import inspect
from typing import Any

import pandas as pd
import pyarrow as pa

from vlekkeloos.scan import frame
from vlekkeloos.scan.metric import Column, Scope, Untranslatable, Value, condition, value

#: A value of each kind that pandas keeps as a Python object. Of the others pandas has a dtype, and GX goes by that.
OBJECTS: dict[str, object] = {
    "date": datetime.date(2000, 1, 1),
    "decimal": decimal.Decimal("0.00"),
    "bytes": b"",
}


@value("table.column_types")
def column_types(scope: Scope, include_nested: Any = None) -> Value:
    """The columns' names and their types, which are pandas' dtypes."""
    fields = [pa.field(scope.row, pa.int64()), *(pa.field(one.name, one.type) for one in scope.columns.values())]
    records = frame.frame(pa.schema(fields).empty_table(), scope.row)
    types = [{"name": name, "type": dtype} for name, dtype in records.dtypes.items()]
    return Value("count(*)", lambda _: types)


@condition("column_values.of_type")
def of_type(column: Column, scope: Scope, type_: Any = None) -> str:
    """The value is of a type that numpy, pandas or Python has by this name."""
    from great_expectations.expectations.metrics.column_map_metrics.column_values_of_type import ColumnValuesOfType

    return _said_of_one(ColumnValuesOfType, column, type_)


@condition("column_values.in_type_list")
def in_type_list(column: Column, scope: Scope, type_list: Any = None) -> str:
    """The value is of one of the types that numpy, pandas or Python have by these names."""
    from great_expectations.expectations.metrics.column_map_metrics.column_values_in_type_list import (
        ColumnValuesInTypeList,
    )

    return _said_of_one(ColumnValuesInTypeList, column, type_list)


def _said_of_one(metric: Any, column: Column, given: Any) -> str:
    """What GX's own test says of one value of the column's type, for it says the same of them all."""
    if column.kind not in OBJECTS:
        raise Untranslatable(f"{column.name} is {column.type}")
    test = inspect.unwrap(metric._pandas)  # without the decorators that take it out of a batch
    try:
        (met,) = test(metric, pd.Series([OBJECTS[column.kind]], dtype=object), given)
    except (TypeError, ValueError, AttributeError) as error:
        raise Untranslatable("no type by that name") from error
    return "TRUE" if met else "FALSE"
