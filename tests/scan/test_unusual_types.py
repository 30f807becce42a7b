"""Columns of types that a lake seldom has: the scan or GX judges them, and both alike."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from great_expectations.expectations.row_conditions import Column

from tests.scan.equal import ROW, assert_equal

HOUR = datetime.datetime(2020, 1, 1, 10)
AWARE = HOUR.replace(tzinfo=datetime.UTC)
ELSEWHERE = AWARE.astimezone(datetime.timezone(datetime.timedelta(hours=5)))
WIDE = 12345678901234567890123456789012345678
COLUMNS: dict[str, tuple[pa.Array, list[Any]]] = {
    "utc": (pa.array([HOUR, None, HOUR, HOUR.replace(hour=3)], pa.timestamp("us", "UTC")), [AWARE, ELSEWHERE, HOUR]),
    "zone": (pa.array([HOUR, None, HOUR], pa.timestamp("us", "Europe/Amsterdam")), [AWARE, HOUR]),
    "nanoseconds": (pa.array([1, None, 5, 1], pa.timestamp("ns")), [HOUR]),
    "byte": (pa.array([3, None, 1, 3, 255], pa.uint8()), [3, -1, 300, 3.0]),
    "unsigned": (pa.array([3, None, 1, 2**64 - 1], pa.uint64()), [3, -1]),
    "single": (pa.array([0.1, None, 1.5, 0.1], pa.float32()), [0.1, 1.5, 1]),
    "categories": (pa.array(["a", None, "b", "a"]).dictionary_encode(), ["a", "c"]),
    "fine": (
        pa.array([Decimal("0.00000001"), None, Decimal("1.5")], pa.decimal128(20, 8)),
        [1.5, 1, Decimal("1e-8")],
    ),
    "wide": (pa.array([Decimal(WIDE), None, Decimal(3)], pa.decimal128(38, 0)), [WIDE, 1e37, 3, 10**40]),
    "infinite": (pa.array([float("inf"), None, float("-inf"), 0.5, 0.5]), [float("inf"), 0.5]),
    "no numbers": (pa.array([None, None], pa.int64()), [1]),
    "one number": (pa.array([None, 5], pa.int64()), [1, 5.0]),
    "constant": (pa.array([0.1] * 7), [0.1]),
}


def expectations(constants: list[Any]) -> list[Any]:
    """Conditions of one column, with some of these constants."""
    bounds = [one for one in constants if isinstance(one, int | float | datetime.date)][:1] or [1]
    return [
        gxe.ExpectColumnValuesToBeUnique(column="a"),
        gxe.ExpectColumnValuesToBeInSet(column="a", value_set=constants),
        gxe.ExpectColumnValuesToBeBetween(column="a", max_value=bounds[0], strict_max=True),
        gxe.ExpectColumnValueLengthsToEqual(column="a", value=3),
        gxe.ExpectColumnValuesToBeIncreasing(column="a"),
        gxe.ExpectColumnValueZScoresToBeLessThan(column="a", threshold=0.5, double_sided=True),
        gxe.ExpectColumnValuesToNotBeOutliers(column="a", method="iqr", multiplier=0.5),
        gxe.ExpectColumnValuesToNotBeOutliers(column="a", method="std", multiplier=0.5),
        gxe.ExpectColumnValuesToNotBeNull(column="a", row_condition=Column("a") > constants[0]),
    ]


@pytest.mark.parametrize("name", COLUMNS)
def test_unusual_columns(name: str) -> None:
    values, constants = COLUMNS[name]
    table = pa.table({ROW: range(1, len(values) + 1), "a": values})
    for expectation in expectations(constants):
        assert_equal(expectation, table, translated=None)
