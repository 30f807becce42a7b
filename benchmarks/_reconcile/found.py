"""What the contenders that say which records are missing, and how many differ in each field, say in one form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def files(folder: str, table: str) -> list[str]:
    """The Parquet files of a table in a lake that was written once."""
    return sorted(str(file) for file in Path(folder, table).glob("*.parquet"))


def told(missing_left: int, missing_right: int, differing: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The counts that are not zero."""
    found = {"missing_left": missing_left, "missing_right": missing_right} | dict(differing)
    return {"found": {name: int(count) for name, count in found.items() if count}}
