"""The truth and the discrepancies found in; how many planted errors were found, and what else was, out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from vlekkeloos.lake import Lake

COLUMNS = ("key", "field", "kind", "left", "right")
TEXTS = pacsv.ConvertOptions(
    column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=True, null_values=[""]
)


@dataclass(frozen=True)
class Score:
    """How a comparison did against the truth; an error is right only if key, field, kind and values are."""

    planted: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """The share of the planted errors that was found."""
        return self.right / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found that was planted."""
        return self.right / self.found if self.found else 1.0


def score(lake: Lake, exchange: str, truth: Path) -> Score:
    """Holds ``discrepancies/<exchange>`` against a truth file (key, field, kind, left, right)."""
    with lake.query(found=lake.find(f"discrepancies/{exchange}")) as query:
        query.register("planted", pacsv.read_csv(truth, convert_options=TEXTS))
        same = " AND ".join(f'planted."{column}" IS NOT DISTINCT FROM found."{column}"' for column in COLUMNS)
        counts = query.execute(f"""
            SELECT (SELECT count(*) FROM planted), (SELECT count(*) FROM found),
                   (SELECT count(*) FROM planted SEMI JOIN found ON {same})
        """).fetchone()
    assert counts is not None, "an aggregate has a row"
    return Score(*counts)
