"""The voorkomens of objects: what the rules about an object's history have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from vlekkeloos.scan.metric import Column, Untranslatable


def moments(column: pd.Series) -> pd.Series:
    """Dates or moments, as GX on pandas has them, as numbers that can be ordered; missing ones are NA."""
    made = pd.to_datetime(column).astype("datetime64[us]")
    return made.astype("int64").where(made.notna()).astype("Int64")


def require_moment(column: Column) -> None:
    """Raises Untranslatable if the column isn't one of dates, or of moments without a time zone."""
    column.require("date", "moment")
    if column.kind == "moment" and column.type.tz is not None:
        raise Untranslatable(f"{column.name} has a time zone")


def require_key(column: Column) -> None:
    """Raises Untranslatable if a column can't be what tells objects apart."""
    column.require("text", "whole")


def valid(records: pd.DataFrame, needed: Sequence[str], annulled: Sequence[str]) -> pd.Series:
    """Is a row a voorkomen of a valid life cycle: is what is needed there, and nothing that annuls it?"""
    return records[list(needed)].notna().all(axis=1) & records[list(annulled)].isna().all(axis=1)


def valid_sql(needed: Sequence[Column], annulled: Sequence[Column]) -> str:
    """The same in SQL."""
    parts = [f"NOT {column.missing}" for column in needed] + [column.missing for column in annulled]
    return " AND ".join(parts)
