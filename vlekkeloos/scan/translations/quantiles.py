"""GX's quantiles and histograms of a column, in SQL.

A quantile lies at the place q · (n - 1) among the sorted values; where that is between two, the interpolation says
which it is. The two come out of DuckDB, the arithmetic is pandas' own: of numpy, or of Arrow for whole numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, Value, value
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations.carried import carried, restored
from vlekkeloos.scan.translations.distinct import counted

#: One of the values between which a quantile lies.
ONE_OF_TWO = ("lower", "higher", "nearest")
#: Their mean, or by the distance to both.
BETWEEN = ("linear", "midpoint")


@value("column.quantile_values")
def quantiles(
    column: Column, scope: Scope, quantiles: Sequence[float] = (), allow_relative_error: str | bool | None = False
) -> Value:
    """The values at some quantiles; ``allow_relative_error`` is pandas' interpolation, by default ``nearest``."""
    column.require("whole", "float", "decimal", "date", "moment")
    interpolation = allow_relative_error or "nearest"
    if interpolation not in (*ONE_OF_TWO, *BETWEEN) or not all(0 <= one <= 1 for one in quantiles):
        raise Untranslatable(f"quantiles {list(quantiles)} by {interpolation}")
    if interpolation in BETWEEN and (column.kind == "decimal" or _narrow(column)):
        raise Untranslatable(f"{column.name} is {column.type}, not a float of 64 bits")
    # pandas asks numpy for percentages, which are not always 100 times as much
    places = [one if column.kind == "whole" else one * 100 / 100 for one in quantiles]
    ranks = scope.table(f"SELECT value, sum(n) OVER (ORDER BY value) AS upto FROM {counted(column, scope)}")
    rows = f"(SELECT coalesce(max(upto), 0)::BIGINT FROM {ranks})"

    def at(place: float, side: str) -> str:
        index = f"{side}({literal(float(place))} * ({rows} - 1))"
        return f"(SELECT {carried(column, 'min(value)')} FROM {ranks} WHERE upto > {index})"

    lower, upper = ([at(place, side) for place in places] for side in ("floor", "ceil"))
    found = f"{{'rows': {rows}, 'lower': [{', '.join(lower)}], 'upper': [{', '.join(upper)}]}}"
    return Value(found, lambda found: _finish(column, interpolation, places, **found))


def _narrow(column: Column) -> bool:
    return column.kind == "float" and column.type.bit_width < 64


def _finish(
    column: Column, interpolation: str, places: Sequence[float], rows: int, lower: list[Any], upper: list[Any]
) -> list[Any]:
    if not rows:
        return [restored(column, None) for _ in places]
    return [
        restored(column, _chosen(column, interpolation, place * (rows - 1), a, b))
        for place, a, b in zip(places, lower, upper, strict=True)
    ]


def _chosen(column: Column, interpolation: str, place: float, a: Any, b: Any) -> Any:
    rest = place - math.floor(place)
    if interpolation in ONE_OF_TWO:
        down = {"lower": True, "higher": False}.get(interpolation, round(place) == math.floor(place))
        return a if down else b
    share = (0.5 if rest else 0.0) if interpolation == "midpoint" else rest
    if column.kind == "whole":
        return float(b) * share + float(a) * (1 - share)
    if not share:
        return a
    between = b - (b - a) * (1 - share) if share >= 0.5 else a + (b - a) * share
    return int(between) if column.kind == "moment" else between


@value("column.histogram")
def histogram(column: Column, scope: Scope, bins: Sequence[float] = ()) -> Value:
    """How many values there are in each bin; the last bin includes its end."""
    column.require("whole", "float")
    edges = [float(one) for one in bins]
    if len(edges) < 2 or edges != sorted(edges) or any(map(math.isnan, edges)):
        raise Untranslatable("bins that don't go up")
    inside = [
        f"{column.sql} >= {literal(low)} AND {column.sql} {'<=' if high is edges[-1] else '<'} {literal(high)}"
        for low, high in itertools.pairwise(edges)
    ]
    return Value(f"[{', '.join(_counting(column, scope, part) for part in inside)}]")


@value("column_values.between.count")
def between_count(
    column: Column,
    scope: Scope,
    min_value: float | None = None,
    max_value: float | None = None,
    strict_min: bool | None = None,
    strict_max: bool | None = None,
) -> Value:
    """How many values there are below a bound, or above one."""
    column.require("whole", "float")
    if (min_value is None) is (max_value is None):
        raise Untranslatable("GX counts no values between two bounds on pandas")
    if min_value is not None:
        return Value(_counting(column, scope, f"{column.sql} {'>' if strict_min else '>='} {literal(min_value)}"))
    return Value(_counting(column, scope, f"{column.sql} {'<' if strict_max else '<='} {literal(max_value)}"))


def _counting(column: Column, scope: Scope, condition: str) -> str:
    return f"count(CASE WHEN {condition} THEN 1 END) {scope.filter}"
