"""Which of a column's values a Python value is equal to."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from tests.scan.equal import KINDS
from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.translations.carried import constant

GIVEN = [
    *("a", "1", ""),
    *(0, 1, True, False, -7, 2**63, 2**64, 10**400),
    *(0.5, 1.0, 0.1, 1e300, math.nan, math.inf),
    *map(Decimal, ("0.50", "1.10", "0.1", "1.0000000000000000000000000000000000001", "NaN")),
    *(datetime.date(2026, 7, 1), datetime.datetime(2026, 7, 1), pd.Timestamp("2026-07-01"), pd.NaT, None),
    datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC),
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_constant_is_the_value_that_python_calls_equal(kind: str) -> None:
    column = Column("a", KINDS[kind][0])
    cells = {
        "text": ["a", "1", ""],
        "whole": [0, 1, -7, 2**63 - 1],
        "small": [0, 1, -7],
        "float": [0.0, 1.0, 0.5, 0.1, 1e300, -7.0],
        "decimal": [Decimal("0.50"), Decimal("1.10"), Decimal("0.10"), Decimal("1.00")],
        "boolean": [True, False],
        "date": [datetime.date(2026, 7, 1)],
        "moment": [datetime.datetime(2026, 7, 1)],
    }[kind]
    query = duckdb.connect()
    query.register("cells", pa.table({"a": pa.array(cells, column.type)}))
    for given in GIVEN:
        assert _equal_to(query, constant(column, given)) == [cell for cell in cells if cell == given], given


def _equal_to(query: duckdb.DuckDBPyConnection, found: str | None) -> list[Any]:
    if found is None:
        return []
    return [cell for (cell,) in query.execute(f"SELECT a FROM cells WHERE a = {found}").fetchall()]


def test_of_other_columns_it_can_not_be_said() -> None:
    with pytest.raises(Untranslatable):
        constant(Column("a", pa.binary()), b"a")
    with pytest.raises(Untranslatable):
        constant(Column("a", pa.timestamp("ns")), pd.Timestamp(1))
