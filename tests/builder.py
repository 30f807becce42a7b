"""A tiny exchange on disk, with Parquet files for registries, for tests to bend."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as papq
from ruamel.yaml import YAML

from vlekkeloos import check
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run

DAY = date(2026, 1, 1)
SUITE = {
    "name": "demo",
    "expectations": [
        {
            "type": "expect_column_values_to_match_regex",
            "kwargs": {"column": "postcode", "regex": "^[1-9][0-9]{3} ?[A-Za-z]{2}$"},
            "severity": "critical",
        },
        {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "huisnummer"},
            "severity": "warning",
        },
    ],
}


def contract(**changes: Any) -> dict[str, Any]:
    """A whole contract as plain values; ``changes`` replace its parts."""
    return {
        "exchange": "demo",
        "title": "Demo",
        "classification": "openbaar",
        "sources": {
            "gemeente": {"connector": "parquet", "url": "left.parquet", "key": "id"},
            "bag": {"connector": "parquet", "url": "right.parquet", "key": "id", "authentic": True},
        },
        "validate": {
            "gemeente": {"suite": "demo", "hold_above": "50%"},
            "bag": {"suite": "demo", "hold_above": "50%"},
        },
        "reconcile": {
            "left": "gemeente",
            "right": "bag",
            "fields": {"postcode": {"normalise": "postcode"}, "huisnummer": {}},
            "settle": "authentic",
        },
        "publish": [
            {
                "partner": "afnemer",
                "connector": "folder",
                "url": "afnemer",
                "fields": ["id", "postcode", "huisnummer"],
            }
        ],
        **changes,
    }


def addresses(*rows: tuple[str | None, str | None, int | None], **more: list[Any]) -> pa.Table:
    """A table (id, postcode, huisnummer) of the given rows, with more columns."""
    ids, postcodes, numbers = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "postcode": pa.array(postcodes, pa.string()),
            "huisnummer": pa.array(numbers, pa.int64()),
            **{name: pa.array(values) for name, values in more.items()},
        }
    )


@dataclass
class Exchange:
    """An exchange in a folder, and the lake beside it."""

    folder: Path
    text: dict[str, Any] = field(default_factory=contract)

    def __post_init__(self) -> None:
        (self.folder / "exchanges" / "demo").mkdir(parents=True, exist_ok=True)
        self.write(self.text)
        (self.home / "demo.json").write_text(json.dumps(SUITE), encoding="utf-8")

    @property
    def exchanges(self) -> Path:
        """What ``--exchanges`` names."""
        return self.folder / "exchanges"

    @property
    def home(self) -> Path:
        """The folder of the contract."""
        return self.exchanges / "demo"

    @property
    def lake(self) -> Lake:
        """The lake."""
        return Lake(str(self.folder / "lake"))

    def write(self, text: dict[str, Any]) -> None:
        """Writes the contract anew."""
        self.text = text
        with (self.home / "contract.yaml").open("w", encoding="utf-8") as file:
            YAML().dump(text, file)

    def sides(self, left: pa.Table, right: pa.Table) -> None:
        """Writes what both registries hold."""
        papq.write_table(left, self.home / "left.parquet")
        papq.write_table(right, self.home / "right.parquet")

    def run(self, run_id: str = "r1", as_of: date = DAY) -> Run:
        """A run of it."""
        return Run(check.find(self.exchanges, "demo"), self.lake, run_id, as_of)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The newest version of a table of the lake."""
        lake = self.lake
        found: list[dict[str, Any]] = lake.delta(lake.find(table)).to_pyarrow_table().to_pylist()
        return found
