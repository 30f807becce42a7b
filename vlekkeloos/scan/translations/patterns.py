"""GX's conditions about the pattern of one column: regular expressions, and SQL's LIKE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, condition
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations.regex import found


@condition("column_values.match_regex")
def match_regex(column: Column, scope: Scope, regex: Any = None) -> str:
    """The regex is found in the value."""
    return found(column, scope, regex)


@condition("column_values.not_match_regex")
def not_match_regex(column: Column, scope: Scope, regex: Any = None) -> str:
    """The regex is not found in the value."""
    return f"NOT ({found(column, scope, regex)})"


@condition("column_values.match_regex_list")
def match_regex_list(column: Column, scope: Scope, regex_list: Any = None, match_on: Any = "any") -> str:
    """Some regex is found in the value, or every one."""
    return _joined([found(column, scope, regex) for regex in _listed(regex_list)], match_on)


@condition("column_values.not_match_regex_list")
def not_match_regex_list(column: Column, scope: Scope, regex_list: Any = None) -> str:
    """No regex is found in the value."""
    return f"NOT ({_joined([found(column, scope, regex) for regex in _listed(regex_list)], 'any')})"


@condition("column_values.match_like_pattern")
def match_like_pattern(column: Column, scope: Scope, like_pattern: Any = None, escape: Any = None) -> str:
    """The text is LIKE a pattern of SQL: ``%`` is any characters, ``_`` is one; after ``escape`` they are themselves.

    GX judges this in databases only, as ``column LIKE pattern [ESCAPE escape]``; here it means what the SQL standard
    says (ISO/IEC 9075-2, 8.5 <like predicate>), on the text as it is: ``%`` takes newlines too, a character is a code
    point, upper and lower case differ, and without ``escape`` no character escapes.
    """
    return _like(column, like_pattern, escape)


@condition("column_values.not_match_like_pattern")
def not_match_like_pattern(column: Column, scope: Scope, like_pattern: Any = None, escape: Any = None) -> str:
    """The text is not LIKE a pattern of SQL."""
    return f"NOT ({_like(column, like_pattern, escape)})"


@condition("column_values.match_like_pattern_list")
def match_like_pattern_list(
    column: Column, scope: Scope, like_pattern_list: Any = None, match_on: Any = "any", escape: Any = None
) -> str:
    """The text is LIKE some pattern of SQL, or every one."""
    return _joined([_like(column, pattern, escape) for pattern in _listed(like_pattern_list)], match_on or "any")


@condition("column_values.not_match_like_pattern_list")
def not_match_like_pattern_list(
    column: Column, scope: Scope, like_pattern_list: Any = None, escape: Any = None
) -> str:
    """The text is LIKE no pattern of SQL."""
    return f"NOT ({_joined([_like(column, pattern, escape) for pattern in _listed(like_pattern_list)], 'any')})"


def _like(column: Column, pattern: object, escape: object) -> str:
    column.require("text")
    if not isinstance(pattern, str):
        raise Untranslatable("a pattern that isn't a text")
    return f"{column.sql} LIKE {literal(pattern)}" + ("" if escape is None else f" ESCAPE {literal(escape)}")


def _listed(given: object) -> Sequence[object]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise Untranslatable("a list of patterns that isn't one")
    return given


def _joined(parts: Iterable[str], match_on: object) -> str:
    if match_on not in ("any", "all"):
        raise Untranslatable("match_on is neither any nor all")
    return f"({(' OR ' if match_on == 'any' else ' AND ').join(f'({part})' for part in parts)})"
