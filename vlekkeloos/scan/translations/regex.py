"""A regular expression of GX in, SQL out that finds it in the same rows as pandas does.

GX on pandas asks ``column.astype(str).str.contains(regex)``. pandas 3 answers by Arrow's RE2 if it can, and by
Python's ``re`` for what RE2 lacks or reads otherwise: always for lookaround, backreferences and ``\\s``; for ``\\d``,
``\\w`` and ``\\b`` if some value of the column isn't ASCII, and for ``$`` if some value has a newline in it
(``ArrowStringArrayMixin._needs_python_regex``). DuckDB's is RE2 too. So DuckDB searches where pandas has RE2 do it;
and where the regex is written so that RE2 and ``re`` agree on plain values, whichever of them pandas takes, DuckDB
searches the plain values and ``re`` the others.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vlekkeloos.scan.metric import Column, Scope, Untranslatable
from vlekkeloos.scan.metric import sql as literal
from vlekkeloos.scan.translations import edges
from vlekkeloos.scan.translations.globs import globs

#: The parts of a regex that RE2 and re read alike, over ASCII text without a newline. Left out among others: ``\B``
#: (in Python 3.11 not in an empty text), ``[[:alpha:]]``, ``{,3}``, ``a++``, octal escapes, flags in the middle.
_ALIKE = re.compile(
    r"""
        \A\(\?[ims]+\)                                           # flags of the whole
      | [^\\\[\](){}?*+]                                         # a character itself, and . ^ $ |
      | \\(?:[dDwWsSbAZtnrfv]|[!-/:-@\[-`{-~]|x[0-9A-Fa-f]{2})   # a class, a place, a character
      | \[\^?(?:[^\\\[\]]|\\(?:[dDwWstnrfv]|[!-/:-@\[-`{-~]|x[0-9A-Fa-f]{2}))+\]
      | \(\?: | \(\?P<[A-Za-z_]\w*> | \((?!\?) | \)
      | (?:[*+?]|\{\d+(?:,\d*)?\})\??(?![*+?{])
    """,
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
#: What ``\s`` means to Python; to RE2 it is less.
_SPACE = r"\t-\r\x1c-\x20\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
#: What RE2 and re may find otherwise in a text that isn't ASCII: classes of letters and digits, and cases.
_OF_ASCII = re.compile(r"\\[dDwWbB]|^\(\?")
_OUTSIDE = {r"\Z": r"\z", r"\s": f"[{_SPACE}]", r"\S": f"[^{_SPACE}]"}
_INSIDE = {r"\s": _SPACE}


def found(column: Column, scope: Scope, regex: object) -> str:
    """SQL: is the regex found in the value, written as text? Raises Untranslatable."""
    if not isinstance(regex, str):
        raise Untranslatable("a regex that isn't a text")
    searched = _searched(column, scope, regex)
    if column.kind != "text":
        return searched
    if without := edges.clean(regex, column.sql):
        return f"CASE WHEN {without} THEN FALSE ELSE {searched} END"
    if patterns := globs(regex):
        whole = " OR ".join(f"{column.sql} GLOB {literal(pattern)}" for pattern in patterns)
        return f"CASE WHEN {whole} THEN TRUE ELSE {searched} END"
    return searched


def _searched(column: Column, scope: Scope, regex: str) -> str:
    python = _by_python(regex, "a")
    alike = _parts(regex)
    _require_valid(regex, python)
    if column.kind in ("float", "decimal"):
        return scope.function(partial(_search, regex) if python else partial(_contains, regex), column)
    text = _text(column)
    fast = f"regexp_matches({text}, {literal(_re2(regex, alike if python else None))})"
    if column.kind != "text":  # it is ASCII, without newlines
        return fast if alike or not python else scope.function(partial(_search, regex), column)
    if python and not alike:
        return scope.function(partial(_search, regex), column)
    ascii_only = (python or _by_python(regex, "é")) and _OF_ASCII.search(regex) is not None
    one_line = _by_python(regex, "\n") and (not python or "$" in regex)
    if not ascii_only and not one_line:
        return fast if python else _of_any_age(column, scope, regex, fast)
    if not alike:
        raise Untranslatable("whether RE2 or Python reads this regex depends on all values, and they may differ")
    plain = [f"strlen({text}) = length({text})"] * ascii_only + [f"NOT contains({text}, chr(10))"] * one_line
    slow = scope.function(partial(_search, regex), column)
    # a missing value is neither, and would have Python called for a few of them at a time
    return f"CASE WHEN {text} IS NULL THEN NULL WHEN {' AND '.join(plain)} THEN {fast} ELSE {slow} END"


def _by_python(regex: str, value: str) -> bool:
    """Does pandas leave the regex to Python's re, in a column of that value?"""
    array: object = pd.array([value], dtype="str")
    return bool(array._needs_python_regex(regex))  # type: ignore[attr-defined]


def _of_any_age(column: Column, scope: Scope, regex: str, fast: str) -> str:
    """RE2's answer. DuckDB's RE2 knows an older Unicode than Arrow's, which shows in classes such as ``\\p{L}``."""
    if re.search(r"\\[pP]", regex) is None:
        return fast
    slow = scope.function(partial(_contains, regex), column)
    return f"CASE WHEN strlen({column.sql}) = length({column.sql}) THEN {fast} ELSE {slow} END"


def _require_valid(regex: str, python: bool) -> None:
    """Leaves to GX, and so to its error, what can't be compiled."""
    try:
        if python:
            re.compile(regex)
        else:
            pc.match_substring_regex(pa.array([""]), _re2(regex, None))
    except (re.error, pa.ArrowInvalid, OverflowError, RecursionError) as error:
        raise Untranslatable("the regex can't be compiled") from error


def _parts(regex: str) -> list[str] | None:
    """The regex in parts, if RE2 and re read each of them alike."""
    parts: list[str] = []
    place = 0
    while place < len(regex):
        if (part := _ALIKE.match(regex, place)) is None:
            return None
        parts.append(part[0])
        place = part.end()
    # re folds the case of some letters further than RE2
    return parts if regex.isascii() or not regex.startswith("(?") else None


def _re2(regex: str, parts: Iterable[str] | None) -> str:
    """The regex as RE2 is to read it; of its parts where ``\\s`` is to mean what it does to Python."""
    if parts is None:
        return _ESCAPED.sub(lambda escaped: r"\z" if escaped[0] == r"\Z" else escaped[0], regex)
    return "".join(
        _ESCAPED.sub(lambda escaped, words=words: words.get(escaped[0], escaped[0]), part)  # type: ignore[misc]
        for part in parts
        for words in [_INSIDE if part.startswith("[") else _OUTSIDE]
    )


def _text(column: Column) -> str:
    """SQL: the value as pandas writes it in ``astype(str)``. Raises Untranslatable."""
    if column.kind == "boolean":
        return f"CASE WHEN {column.sql} THEN 'True' ELSE 'False' END"
    if column.kind == "whole" or pa.types.is_date32(column.type):
        return f"CAST({column.sql} AS VARCHAR)"
    # how pandas writes a moment depends on all moments of the column
    column.require("text")
    return column.sql


def _search(regex: str, column: pd.Series) -> pd.Series:
    """Python's answer."""
    search = re.compile(regex).search
    texts = column.astype(str).to_numpy(object)
    return pd.Series([isinstance(text, str) and search(text) is not None for text in texts])


def _contains(regex: str, column: pd.Series) -> pd.Series:
    """RE2's answer, by Arrow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pandas minds groups
        found: pd.Series = column.astype(str).str.contains(regex)
    return found
