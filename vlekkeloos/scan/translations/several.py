"""GX's conditions about several columns of a row, in SQL. Of missing values see ``pairs.py``."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, condition
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations.pairs import alike, as_float, compared


@condition("compound_columns.unique")
def unique(columns: Sequence[Column], scope: Scope) -> str:
    """No other row considered has the same values in these columns; missing ones are the same as each other."""
    for column in columns:
        column.require("text", "whole", "float", "decimal", "boolean", "date", "moment", "bytes")
    return f"NOT ({scope.repeated(_different(columns))})"


@condition("multicolumn_sum.equal")
def sum_equal(columns: Sequence[Column], scope: Scope, sum_total: float | None = None) -> str:
    """The values add up to ``sum_total``, exactly for whole numbers and decimals; never with one of them missing."""
    if sum_total is None or isinstance(sum_total, bool):
        raise Untranslatable("no sum_total")
    for column in _different(columns):
        column.require("whole", "float", "decimal")
    kinds = {column.kind for column in columns}
    if kinds >= {"float", "decimal"}:
        raise Untranslatable("floats and decimals together")
    if "float" in kinds:
        return f"({' + '.join(map(as_float, columns))}) = {literal(float(sum_total))}"
    total = Decimal(sum_total)
    if not total.is_finite():
        return "FALSE"
    scale = max((column.type.scale for column in columns if column.kind == "decimal"), default=0)
    if (Fraction(total) * 10**scale).denominator != 1 or abs(total) >= 10 ** (38 - scale):
        return "FALSE"  # no sum of such values comes to this
    parts = [f"{column.sql}::DECIMAL(38, {scale})" for column in columns]
    return f"({' + '.join(parts)}) = CAST('{total:f}' AS DECIMAL(38, {scale}))"


@condition("multicolumn_values.equal")
def equal(columns: Sequence[Column], scope: Scope) -> str:
    """Every value is equal to the first, or missing where that is missing."""
    first, *rest = _different(columns)
    parts = [f"({compared(other, '=', first)} OR ({other.missing} AND {first.missing}))" for other in rest]
    return " AND ".join(parts) or "TRUE"


@condition("select_column_values.unique.within_record")
def different(columns: Sequence[Column], scope: Scope) -> str:
    """No two values are the same; missing ones are the same as each other."""
    parts = []
    for a, b in combinations(_different(columns), 2):
        if {a.kind, b.kind} == {"whole", "decimal"}:  # of which pandas takes two missing values for different ones
            raise Untranslatable("whole numbers and decimals together")
        one, other = alike(a, b)
        parts.append(f"({_null_if_missing(a, one)} IS DISTINCT FROM {_null_if_missing(b, other)})")
    return " AND ".join(parts) or "TRUE"


def _different(columns: Sequence[Column]) -> Sequence[Column]:
    if len({column.name for column in columns}) != len(columns):
        raise Untranslatable("a column that is there twice")
    return columns


def _null_if_missing(column: Column, value: str) -> str:
    return f"CASE WHEN NOT {column.missing} THEN {value} END" if column.kind == "float" else value
