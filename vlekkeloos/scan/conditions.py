"""GX's row conditions in; SQL out, true for the rows that pandas would keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.metric import sql as literal


def sql(condition: Any, parser: str | None, columns: Mapping[str, Column]) -> str:
    """The SQL of a row_condition. Raises Untranslatable for what only pandas' own query language says."""
    raise Untranslatable("a row_condition")
