"""GX's conditions about the format of one column's texts: dates and JSON, by the same Python tests as GX's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import pandas as pd

from vlekkeloos.scan.metric import Column, Scope, Untranslatable, condition
from vlekkeloos.scan.metric import sql as literal

#: Dates repeat: so many different values are judged once, at a twentieth of the time (dateutil takes 24 µs a value).
REMEMBERED = 100_000


@condition("column_values.match_strftime_format")
def match_strftime_format(column: Column, scope: Scope, strftime_format: Any = None) -> str:
    """``datetime.strptime`` reads the text by the format."""

    if not isinstance(strftime_format, str):
        raise Untranslatable("a format that isn't a text")

    def read(text: str) -> bool:
        try:
            datetime.strptime(text, strftime_format)
        except ValueError:
            return False
        return True

    asked = _each(column, scope, lru_cache(REMEMBERED)(read))
    if (shape := _shape(strftime_format)) is None:
        return asked
    plain = f"regexp_full_match({column.sql}, {literal(shape)})"
    read_by_sql = f"year(try_strptime({column.sql}, {literal(strftime_format)})) >= 1"
    return f"CASE WHEN {plain} AND {read_by_sql} THEN TRUE ELSE {asked} END"


def _shape(form: str) -> str | None:
    """A regex for texts of the format, digit for digit, which Python surely reads where DuckDB does.

    None if there is no such regex, or if Python, without a year, holds a day against another one than DuckDB.
    """
    directives = re.findall("%.", form)
    whole = "%d" not in directives or {"%Y", "%m"} <= set(directives)
    if not whole or len(set(directives)) < len(directives) or not re.fullmatch("(?:%[YmdHMS]|[-/.:, T])+", form):
        return None
    return re.sub("%.", "[0-9]{2}", form.replace(".", "[.]").replace("%Y", "[0-9]{4}"))


@condition("column_values.dateutil_parseable")
def dateutil_parseable(column: Column, scope: Scope) -> str:
    """``dateutil`` reads a date or a moment in the text."""
    from dateutil.parser import parse  # type: ignore[import-untyped]

    def read(text: str) -> bool:
        try:
            parse(text)
        except (ValueError, OverflowError):
            return False
        return True

    return _each(column, scope, lru_cache(REMEMBERED)(read))


@condition("column_values.json_parseable")
def json_parseable(column: Column, scope: Scope) -> str:
    """The text is JSON to Python, which lets NaN and Infinity pass. What isn't a text is no JSON, as in GX."""
    if column.kind in ("whole", "float", "decimal", "boolean", "date", "moment"):
        return "FALSE"

    def read(text: str) -> bool:
        try:
            json.loads(text)
        except Exception:
            return False
        return True

    return _each(column, scope, read)


@condition("column_values.match_json_schema")
def match_json_schema(column: Column, scope: Scope, json_schema: Any = None) -> str:
    """The JSON in the text meets a JSON Schema, in the draft that its ``$schema`` names.

    A text that isn't JSON makes GX raise, so that the caller gets BadInput.
    """
    from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]
    from jsonschema.validators import validator_for  # type: ignore[import-untyped]

    try:
        kind = validator_for(json_schema)
        kind.check_schema(json_schema)
    except (SchemaError, TypeError) as error:
        raise Untranslatable("not a JSON Schema") from error
    validator = kind(json_schema)

    def meets(text: str) -> bool:
        # every error is asked for, as GX does: a reference that can't be resolved is no answer
        return not list(validator.iter_errors(json.loads(text)))

    return _each(column, scope, meets)


def _each(column: Column, scope: Scope, judge: Callable[[str], bool]) -> str:
    """SQL that asks ``judge`` of each text. If it raises, the scan leaves the expectation to GX."""
    column.require("text")

    def work(texts: pd.Series) -> pd.Series:
        return pd.Series([None if pd.isna(text) else judge(text) for text in texts.to_numpy(object)], dtype=object)

    return scope.function(work, column)
