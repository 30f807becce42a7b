"""DuckDB's names of column types: what can be done with a value of one, and in which type two are the same.

Two values of different types are compared in one type that both can be cast to without losing what tells them apart,
so that values that are equal have one hash too.
"""

from __future__ import annotations

import re

TEXT, BINARY = "VARCHAR", "BLOB"
#: How many digits a whole number of each type has at most.
_DIGITS = {
    "TINYINT": 3, "UTINYINT": 3, "SMALLINT": 5, "USMALLINT": 5, "INTEGER": 10, "UINTEGER": 10, "BIGINT": 19,
    "UBIGINT": 20, "HUGEINT": 38, "UHUGEINT": 38,
}  # fmt: skip
#: How many digits a DECIMAL has at most.
_MOST = 38


def is_whole(kind: str) -> bool:
    """Is it a whole number?"""
    return kind in _DIGITS


def is_number(kind: str) -> bool:
    """Can it be subtracted?"""
    return is_whole(kind) or kind.startswith(("FLOAT", "DOUBLE", "DECIMAL"))


def is_moment(kind: str) -> bool:
    """Is it a date, or a date with a time?"""
    return kind.startswith(("DATE", "TIMESTAMP"))


def common(left: str, right: str) -> str:
    """The type in which a value of each of two types are the same or not.

    Whole numbers and decimals stay exact as long as their digits fit; beside a FLOAT or DOUBLE every number is a
    DOUBLE. A date is that day's first moment, in UTC beside a moment with a time zone. All else is text.
    """
    kinds = left, right
    if left == right:
        return left
    if all(map(is_whole, kinds)):
        return max(kinds, key=_DIGITS.__getitem__) if not any(kind.startswith("U") for kind in kinds) else "HUGEINT"
    if all(map(is_number, kinds)):
        return _number(*kinds)
    if all(map(is_moment, kinds)):
        return "TIMESTAMP WITH TIME ZONE" if any("ZONE" in kind for kind in kinds) else "TIMESTAMP"
    return TEXT


def _number(*kinds: str) -> str:
    sizes = [(_DIGITS[kind], 0) if is_whole(kind) else _decimal(kind) for kind in kinds]
    exact = [size for size in sizes if size is not None]
    if len(exact) == len(sizes):
        before, behind = max(digits for digits, _ in exact), max(scale for _, scale in exact)
        if before + behind <= _MOST:
            return f"DECIMAL({before + behind},{behind})"
    return "DOUBLE"


def _decimal(kind: str) -> tuple[int, int] | None:
    """The digits before and behind the point; None for a binary fraction."""
    match = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind)
    return (int(match[1]) - int(match[2]), int(match[2])) if match else None
