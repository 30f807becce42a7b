"""GX's numbers about a whole column, in SQL.

They are what GX on pandas gives, but for these, in which pandas errs:

- a sum or mean of whole numbers is right beyond 53 and 64 bits too (there it is rounded, or wraps around);
- a sum, mean or deviation of decimals considers every row (GX puts floats in their place by position and looks them
  up by the rows' numbers).

Sums and means of floats are compensated, so that their last digits are more often right than pandas'.
"""

from __future__ import annotations

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, Value, value
from vlekkeloos.scan.translations.carried import carried, restored


@value("column.min")
def minimum(column: Column, scope: Scope) -> Value:
    """The smallest value; of texts the first by code point."""
    return _of(column, f"min({column.sql}) {scope.filter}")


@value("column.max")
def maximum(column: Column, scope: Scope) -> Value:
    """The largest value; of texts the last by code point."""
    return _of(column, f"max({column.sql}) {scope.filter}")


def _of(column: Column, aggregate: str) -> Value:
    return Value(carried(column, aggregate), lambda found: restored(column, found))


@value("column.sum")
def total(column: Column, scope: Scope) -> Value:
    """The sum; the number of trues of booleans, 0 of nothing."""
    number = _number(column, "whole", "float", "decimal", "boolean")
    if column.kind == "float":
        return Value(f"coalesce({_finite('sum', 'fsum', number, scope)}, 0)")
    return Value(f"coalesce(sum({number}) {scope.filter}, 0)", float if column.kind == "decimal" else int)


@value("column.mean")
def mean(column: Column, scope: Scope) -> Value:
    """The arithmetic mean."""
    number = _number(column, "whole", "float", "decimal", "boolean")
    if column.kind == "float":
        return _of(column, _finite("avg", "favg", number, scope))
    return _of(column, f"avg({number}) {scope.filter}")


@value("column.standard_deviation")
def deviation(column: Column, scope: Scope) -> Value:
    """The standard deviation of a sample (divided by one less than the number of values)."""
    return _of(column, f"stddev_samp({_number(column, 'whole', 'float', 'decimal')}) {scope.filter}")


@value("column.median")
def median(column: Column, scope: Scope) -> Value:
    """The middle value, or the mean of the two in the middle."""
    return _of(column, f"median({_number(column, 'whole', 'float', 'decimal')}::DOUBLE) {scope.filter}")


@value("column.distinct_values.count")
def distinct(column: Column, scope: Scope) -> Value:
    """How many different values there are."""
    column.require("text", "whole", "float", "decimal", "boolean", "date", "moment")
    return Value(f"count(DISTINCT {column.sql}) {scope.filter}")


@value("column.unique_proportion")
def distinct_proportion(column: Column, scope: Scope) -> Value:
    """How many different values there are for each value; 0 if there is none."""
    each = f"[{distinct(column, scope).sql}, count(*) {scope.filter}]"
    return Value(each, lambda found: found[0] / found[1] if found[1] else 0)


@value("column.non_null_proportion", of_missing=True)
def filled_proportion(column: Column, scope: Scope) -> Value:
    """Which part of the rows has a value; 0 if there are no rows."""
    each = f"[count(CASE WHEN NOT {column.missing} THEN 1 END) {scope.filter}, count(*) {scope.filter}]"
    return Value(each, lambda found: found[0] / found[1] if found[1] else 0)


@value("column_values.nonnull.count")
def filled(column: Column, scope: Scope) -> Value:
    """How many values there are."""
    return Value(f"count(*) {scope.filter}")


def _number(column: Column, *kinds: str) -> str:
    column.require(*kinds)  # type: ignore[arg-type]
    if column.kind == "float" and column.type.bit_width < 64:
        raise Untranslatable(f"{column.name} is {column.type}, which pandas adds up in less than 64 bits")
    return f"{column.sql}::TINYINT" if column.kind == "boolean" else column.sql


def _finite(plain: str, compensated: str, number: str, scope: Scope) -> str:
    """SQL: a compensated aggregate, that can't do with what isn't finite, or else the plain one."""
    usual = f"{plain}({number}) {scope.filter}"
    return f"CASE WHEN isfinite({usual}) THEN {compensated}({number}) {scope.filter} ELSE {usual} END"
