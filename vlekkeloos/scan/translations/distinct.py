"""GX's metrics about which values a column has, in SQL.

Each rests on a temporary table with every different value and its number of rows, made once a column: DuckDB can
put it on disk, and no more values reach Python than a result shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vlekkeloos.scan.frame import pandas_type
from vlekkeloos.scan.metric import Column, Scope, Untranslatable, Value, value
from vlekkeloos.scan.translations.carried import carried, constant, restored

#: GX lists no more different values than these.
LISTED = 20


def counted(column: Column, scope: Scope) -> str:
    """The name of a temporary table: every different ``value`` there is, and the number ``n`` of its rows."""
    column.require("text", "whole", "float", "decimal", "boolean", "date", "moment")
    return scope.table(f"SELECT {column.sql} AS value, count(*) AS n FROM {scope.rows} GROUP BY 1")


@value("column.distinct_values.not_in_set.count")
def unexpected_count(column: Column, scope: Scope, value_set: Sequence[Any] = ()) -> Value:
    """How many different values are not in the set."""
    return Value(f"(SELECT count(*) FROM {counted(column, scope)} WHERE {_outside(column, value_set)})")


@value("column.distinct_values.not_in_set")
def unexpected(column: Column, scope: Scope, value_set: Sequence[Any] = (), limit: int | None = None) -> Value:
    """The smallest of the values that are not in the set."""
    there = f"SELECT value FROM {counted(column, scope)} WHERE {_outside(column, value_set)}"
    first = f"{there} ORDER BY value LIMIT {LISTED if limit is None else limit}"
    listed = f"(SELECT coalesce(list({carried(column, 'value')} ORDER BY value), []) FROM ({first}))"
    return Value(listed, lambda found: [restored(column, one) for one in found])


@value("column.distinct_values.missing_from_column.count")
def missing_count(column: Column, scope: Scope, value_set: Sequence[Any] = ()) -> Value:
    """How many of the set the column lacks."""
    return _missing(column, scope, value_set, len)


@value("column.distinct_values.missing_from_column")
def missing(column: Column, scope: Scope, value_set: Sequence[Any] = (), limit: int | None = None) -> Value:
    """The first of the set, in its own order (of which GX makes nothing), that the column lacks."""
    return _missing(column, scope, value_set, lambda lacking: lacking[: LISTED if limit is None else limit])


def _missing(column: Column, scope: Scope, value_set: Sequence[Any], finish: Callable[[list[Any]], Any]) -> Value:
    table = counted(column, scope)
    wanted = _coerced(column, value_set)
    inside = _inside(column, wanted)
    there = f"(SELECT [count(*), count(*) FILTER (WHERE {inside})] FROM {table})"
    listed = f"(SELECT coalesce(list({carried(column, 'value')}) FILTER (WHERE {inside}), []) FROM {table})"

    def lacking(found: Any) -> Any:
        (values, _), those = found["counts"], {restored(column, one) for one in found["those"]}
        # GX reads texts as dates by the example of the first value: of none if the column is empty
        return finish([one for one in (dict.fromkeys(value_set) if not values else wanted) if one not in those])

    return Value(f"{{'counts': {there}, 'those': {listed}}}", lacking)


def _outside(column: Column, value_set: Sequence[Any]) -> str:
    return f"NOT ({_inside(column, _coerced(column, value_set))})"


def _inside(column: Column, wanted: Sequence[Any]) -> str:
    found = [constant(column, one) for one in wanted]
    constants = list(dict.fromkeys(one for one in found if one is not None))
    return f"value IN ({', '.join(constants)})" if constants else "FALSE"


def _coerced(column: Column, value_set: Sequence[Any]) -> list[Any]:
    """The different values of a set, in its order, as GX reads them for a column of this kind."""
    from great_expectations.expectations.metrics.column_aggregate_metrics.column_distinct_values import (
        _coerce_scalar_to_datetime,
    )

    try:
        if column.kind in ("date", "moment"):
            return list(dict.fromkeys(_coerce_scalar_to_datetime(one, column.kind == "date") for one in value_set))
        return list(dict.fromkeys(value_set))
    except TypeError as error:
        raise Untranslatable("a value_set of lists") from error


@value("column.most_common_value")
def most_common(column: Column, scope: Scope) -> Value:
    """The values that most rows have, in order."""
    table = counted(column, scope)
    most = f"SELECT value FROM {table} WHERE n = (SELECT max(n) FROM {table})"
    listed = f"(SELECT coalesce(list({carried(column, 'value')} ORDER BY value), []) FROM ({most}))"
    if column.kind == "moment":
        return Value(listed, lambda found: [np.datetime64(one, "us") for one in found])
    return Value(listed)


@value("column.value_counts")
def value_counts(column: Column, scope: Scope, sort: str | None = None, collate: str | None = None) -> Value:
    """The number of rows of each value, as a pandas Series in the order of the values."""
    if sort not in (None, "value") or collate is not None:
        raise Untranslatable(f"value_counts sorted by {sort}, collate {collate}")
    if column.kind == "moment":
        raise Untranslatable("value_counts of moments")
    lists = "'values': coalesce(list(value ORDER BY value), []), 'counts': coalesce(list(n ORDER BY value), [])"
    return Value(f"(SELECT {{{lists}}} FROM {counted(column, scope)})", lambda found: _series(column, **found))


def _series(column: Column, values: list[Any], counts: list[int]) -> pd.Series:
    made: pd.DataFrame = pa.table({"value": pa.array(values, column.type)}).to_pandas(types_mapper=pandas_type)
    series: pd.Series = made["value"].value_counts().sort_index()
    series[:] = counts
    series.name, series.index.name = "count", "value"
    return series
