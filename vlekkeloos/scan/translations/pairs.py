"""GX's conditions about two columns of a row, in SQL.

A row in which one of the two is missing, and that ``ignore_row_if`` doesn't pass over, is not equal and not
greater. GX on pandas says so of texts, floats, dates and decimals; of whole numbers and booleans with a value
missing it says nothing ("boolean value of NA is ambiguous"), and here the same holds for them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, condition
from vlekkeloos.scan.translations.carried import constant

#: Beyond this not every whole number is a float.
EXACT = 2**53
#: A missing value of a pair; no SQL is empty.
MISSING = ""


@condition("column_pair_values.equal")
def equal(a: Column, b: Column, scope: Scope) -> str:
    """The two values are equal."""
    return compared(a, "=", b)


@condition("column_pair_values.a_greater_than_b")
def greater(a: Column, b: Column, scope: Scope, or_equal: bool | None = None) -> str:
    """The first value is greater than the second; texts are compared by code point."""
    return compared(a, ">=" if or_equal else ">", b)


@condition("column_pair_values.in_set")
def in_set(a: Column, b: Column, scope: Scope, value_pairs_set: Any = None) -> str:
    """The pair is one of a set, in which None stands for a missing value."""
    if value_pairs_set is None:
        raise Untranslatable("no value_pairs_set")
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value_pairs_set):
        raise Untranslatable("a value_pairs_set with more or less than two values in a pair")
    pairs = {(_side(a, first), _side(b, second)) for first, second in value_pairs_set}
    there = sorted((one, other) for one, other in pairs if one and other)
    ones = sorted(one for one, other in pairs if one and other == MISSING)
    others = sorted(other for one, other in pairs if other and one == MISSING)
    parts = []
    if there:
        listed = ", ".join(f"({one}, {other})" for one, other in there)
        parts.append(
            f"row({a.sql}, {b.sql}) IN (SELECT row(one, other) FROM (VALUES {listed}) AS pairs (one, other))"
        )
    if ones:
        parts.append(f"({b.missing} AND NOT {a.missing} AND {a.sql} IN ({', '.join(ones)}))")
    if others:
        parts.append(f"({a.missing} AND NOT {b.missing} AND {b.sql} IN ({', '.join(others)}))")
    if (MISSING, MISSING) in pairs:
        parts.append(f"({a.missing} AND {b.missing})")
    return " OR ".join(parts) or "FALSE"


def _side(column: Column, given: Any) -> str | None:
    """The SQL of one of a pair; MISSING for a missing value, None for what the column can't hold."""
    if given is None:
        return MISSING
    if not isinstance(given, str) and pd.api.types.is_scalar(given) and pd.isna(given):
        return None  # pandas' own missing values are equal to nothing
    return constant(column, given)


def compared(a: Column, operator: str, b: Column) -> str:
    """SQL that is never NULL: are both there, and does it hold? Raises Untranslatable if their kinds don't match."""
    one, other = alike(a, b)
    return f"(NOT {a.missing} AND NOT {b.missing} AND {one} {operator} {other})"


def alike(a: Column, b: Column) -> tuple[str, str]:
    """SQL of two columns' values in a form in which they can be compared exactly. Raises Untranslatable."""
    kinds = {a.kind, b.kind}
    if kinds == {"whole", "float"}:
        return as_float(a), as_float(b)
    together = len(kinds) == 1 or kinds == {"whole", "decimal"}
    if not together or kinds & {"other", "bytes"} or (kinds == {"moment"} and bool(a.type.tz) is not bool(b.type.tz)):
        raise Untranslatable(f"{a.name} is {a.type}, {b.name} is {b.type}")
    return a.sql, b.sql


def as_float(column: Column) -> str:
    """SQL of a number as a float. The scan breaks off at a whole number that no float equals: pandas does too."""
    if column.kind != "whole":
        return column.sql
    inside = f"{column.sql} BETWEEN -{EXACT} AND {EXACT}"
    return (
        f"CASE WHEN {inside} THEN {column.sql}::DOUBLE WHEN {column.sql} IS NOT NULL THEN error('beyond a float') END"
    )
