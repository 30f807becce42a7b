"""GX's metrics about a whole column: the scan gives GX's own answer on pandas."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, assert_equal, examples, gx_answer, our_answer, plain, tables

ROWS = pa.int64()
#: Floats whose sums come out the same to ten digits in any order.
SUMMABLE = st.integers(-(10**9), 10**9).map(lambda one: one / 64)


def tables_from_0(*kinds: str) -> st.SearchStrategy[pa.Table]:
    """Tables whose rows are numbered from 0: GX needs that to add decimals up."""
    return tables(*kinds).map(lambda table: table.set_column(0, ROW, pa.array(range(len(table)), ROWS)))


@st.composite
def summable(draw: st.DrawFn, *kinds: str) -> pa.Table:
    """A table with one column of numbers, of which floats can be added up in any order."""
    kind = draw(st.sampled_from(kinds))
    if kind != "float":
        return draw(tables_from_0(kind))
    values = draw(st.lists(st.one_of(st.none(), SUMMABLE), max_size=12))
    return pa.table({ROW: pa.array(range(len(values)), ROWS), "a": pa.array(values, pa.float64())})


def kind_of(data: st.DataObject, *kinds: str) -> str:
    return str(data.draw(st.sampled_from(kinds)))


def there(kind: str) -> st.SearchStrategy[Any]:
    """Values of a kind that are no NaN."""
    return KINDS[kind][1].filter(lambda one: not (isinstance(one, float) and math.isnan(one)))


def bounds(data: st.DataObject, kind: str) -> dict[str, Any]:
    """A min_value, a max_value or both, of the column's own kind, and whether they are strict."""
    low, high = sorted([data.draw(there(kind)), data.draw(there(kind))])
    both = {"min_value": low, "max_value": high}
    kept = data.draw(st.sampled_from([["min_value"], ["max_value"], ["min_value", "max_value"]]))
    strict = {"strict_min": data.draw(st.booleans()), "strict_max": data.draw(st.booleans())}
    return {word: both[word] for word in kept} | strict


@pytest.mark.parametrize("expectation", [gxe.ExpectColumnMinToBeBetween, gxe.ExpectColumnMaxToBeBetween])
@pytest.mark.parametrize("kinds", [["whole", "small", "float"], ["date", "moment"]])
@examples
@given(st.data())
def test_smallest_and_largest(expectation: Any, kinds: list[str], data: st.DataObject) -> None:
    kind = kind_of(data, *kinds)
    assert_equal(expectation(column="a", **bounds(data, kind)), data.draw(tables(kind)), translated=None)


@examples
@given(st.data())
def test_smallest_and_largest_without_bounds_of_their_kind(data: st.DataObject) -> None:
    """GX takes no text and no decimal for a bound, but says what it observed."""
    kind = kind_of(data, "text", "decimal", "boolean", "moment")
    expectation = data.draw(st.sampled_from([gxe.ExpectColumnMinToBeBetween, gxe.ExpectColumnMaxToBeBetween]))
    numbers = {"min_value": 0.5} if kind in ("decimal", "boolean") else {}
    assert_equal(expectation(column="a", **numbers), data.draw(tables(kind)), translated=None)


@pytest.mark.parametrize(
    "expectation",
    [
        gxe.ExpectColumnSumToBeBetween,
        gxe.ExpectColumnMeanToBeBetween,
        gxe.ExpectColumnMedianToBeBetween,
        gxe.ExpectColumnStdevToBeBetween,
    ],
)
@examples
@given(st.data())
def test_sums(expectation: Any, data: st.DataObject) -> None:
    table = data.draw(summable("small", "float", "decimal"))
    if pa.types.is_decimal(table["a"].type):
        table = table.drop_null().set_column(0, ROW, [list(range(table["a"].null_count, len(table)))])
        table = table.set_column(0, ROW, pa.array(range(len(table)), ROWS))
    low = data.draw(st.integers(-1000, 1000)) + 1 / 3
    assert_equal(expectation(column="a", min_value=low, max_value=low + data.draw(st.integers(0, 1000))), table)


@examples
@given(st.data())
def test_sums_of_booleans_and_large_numbers(data: st.DataObject) -> None:
    expectation = gxe.ExpectColumnSumToBeBetween if data.draw(st.booleans()) else gxe.ExpectColumnMeanToBeBetween
    table = data.draw(tables("boolean"))
    assert_equal(expectation(column="a", min_value=0.3), table)
    if expectation is gxe.ExpectColumnMeanToBeBetween:
        # of one sign: where large numbers cancel each other out, Arrow's mean is off and ours is not
        large = data.draw(st.lists(st.one_of(st.none(), st.integers(2**53, 2**63 - 1)), max_size=12))
        table = pa.table({ROW: pa.array(range(len(large)), ROWS), "a": pa.array(large, pa.int64())})
        assert_equal(expectation(column="a", min_value=0.3), table)


@examples
@given(st.data())
def test_sums_that_gx_does_not_make(data: st.DataObject) -> None:
    table = data.draw(tables(kind_of(data, "text", "date")))
    assert_equal(gxe.ExpectColumnMeanToBeBetween(column="a", min_value=0), table, translated=False)


def test_mean_of_large_numbers_that_cancel_each_other_out_is_exact() -> None:
    table = pa.table({ROW: range(4), "a": [-(2**63), 2**63 - 1, 4, 1]})
    ours, _ = our_answer(gxe.ExpectColumnMeanToBeBetween(column="a", min_value=0.9, max_value=1.1), table)
    assert ours.result["observed_value"] == 1


def test_sum_beyond_64_bits_does_not_wrap_around() -> None:
    table = pa.table({ROW: [1, 2], "a": [2**63 - 1, 2**63 - 1]})
    ours, _ = our_answer(gxe.ExpectColumnSumToBeBetween(column="a", min_value=0), table)
    assert ours.success
    assert ours.result["observed_value"] == 2**64 - 2


def test_sum_of_decimals_considers_every_row_whatever_its_number() -> None:
    values = [Decimal("1.25"), None, Decimal("2.50")]
    table = pa.table({ROW: [7, 8, 9], "a": pa.array(values, pa.decimal128(12, 2))})
    ours, _ = our_answer(gxe.ExpectColumnSumToBeBetween(column="a", min_value=3.7, max_value=3.8), table)
    assert ours.success
    assert ours.result["observed_value"] == 3.75


def test_sum_and_mean_of_what_is_not_finite() -> None:
    for values in ([1e308, 1e308], [float("inf"), 1.0], [float("inf"), float("-inf")], [0.1] * 10):
        table = pa.table({ROW: range(len(values)), "a": values})
        assert_equal(gxe.ExpectColumnSumToBeBetween(column="a", min_value=0), table, translated=None)
        assert_equal(gxe.ExpectColumnMeanToBeBetween(column="a", min_value=0), table, translated=None)


@pytest.mark.parametrize("kinds", [["text", "whole", "float"], ["date", "moment", "decimal", "boolean"]])
@examples
@given(st.data())
def test_counts_of_different_values(kinds: list[str], data: st.DataObject) -> None:
    table = data.draw(tables(kind_of(data, *kinds)))
    expectation = data.draw(
        st.sampled_from(
            [
                gxe.ExpectColumnUniqueValueCountToBeBetween(column="a", min_value=2, max_value=5),
                gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(column="a", min_value=0.4),
                gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(column="a", min_value=0.4),
            ]
        )
    )
    assert_equal(expectation, table)


@pytest.mark.parametrize("kinds", [["text", "whole", "float"], ["date", "moment", "decimal", "boolean"]])
@examples
@given(st.data())
def test_most_common_value(kinds: list[str], data: st.DataObject) -> None:
    table = data.draw(tables(kind_of(data, *kinds)))
    found = [one for one in table["a"].to_pylist() if one is not None]
    expectation = gxe.ExpectColumnMostCommonValueToBeInSet(
        column="a", value_set=[*found[:2], 1], ties_okay=data.draw(st.booleans())
    )
    assert_equal(expectation, table)


SETS = [
    gxe.ExpectColumnDistinctValuesToBeInSet,
    gxe.ExpectColumnDistinctValuesToContainSet,
    gxe.ExpectColumnDistinctValuesToEqualSet,
]


@pytest.mark.parametrize("kinds", [["text"], ["whole", "small", "float"], ["decimal", "boolean"], ["date", "moment"]])
@examples
@given(st.data())
def test_sets(kinds: list[str], data: st.DataObject) -> None:
    table = data.draw(tables(kind_of(data, *kinds)))
    found = [one for one in table["a"].to_pylist() if one is not None]
    written = [one.isoformat() for one in found if isinstance(one, datetime.date)]
    odd = ["a", "2020-02-03", 1, 1.0, 0.5, True, Decimal("1.50"), datetime.date(2020, 2, 3), 10**30, float("inf")]
    value_set = data.draw(st.lists(st.sampled_from([*found, *written, *found, *odd]), min_size=1, max_size=8))
    expectation = data.draw(st.sampled_from(SETS))(column="a", value_set=value_set)
    theirs = gx_answer(expectation, table)
    ours, _ = our_answer(expectation, table)
    assert ours.meta["evaluated_by"] == "scan"
    assert ours.success == theirs.success
    for result in (ours.result, theirs.result):  # GX lists what is missing in the order of a Python set
        result.update({word: sorted(map(repr, result[word])) for word in ("partial_missing_list",) if word in result})
    assert plain(ours.result) == plain(theirs.result)


def test_no_more_than_twenty_values_are_listed() -> None:
    table = pa.table({ROW: range(30), "a": [f"{number:02}" for number in range(30)]})
    assert_equal(gxe.ExpectColumnDistinctValuesToBeInSet(column="a", value_set=["03"]), table)
    ours, _ = our_answer(
        gxe.ExpectColumnDistinctValuesToContainSet(column="a", value_set=[*map(str, range(90))]), table
    )
    assert ours.result["missing_count"] == 70
    assert ours.result["partial_missing_list"] == [*map(str, range(10)), *map(str, range(30, 40))]


@pytest.mark.parametrize("interpolation", [False, "linear", "lower", "higher", "midpoint", "nearest"])
@examples
@given(st.data())
def test_quantiles(interpolation: str | bool, data: st.DataObject) -> None:
    kinds = ["whole", "small", "float", "date", "moment", *(["decimal"] if interpolation is not False else [])]
    kind = kind_of(data, *kinds)
    quantiles = sorted(
        data.draw(st.lists(st.one_of(st.sampled_from([0, 0.07, 0.5, 1]), st.floats(0, 1)), min_size=1, max_size=3))
    )
    between = sorted(data.draw(st.tuples(*[there(kind)] * 2)))
    expectation = gxe.ExpectColumnQuantileValuesToBeBetween(
        column="a",
        quantile_ranges={"quantiles": quantiles, "value_ranges": [between for _ in quantiles]},
        allow_relative_error=interpolation,
    )
    assert_equal(expectation, data.draw(tables(kind)), translated=None)


@examples
@given(st.data())
def test_divergence_of_categories(data: st.DataObject) -> None:
    kind = kind_of(data, "text", "small", "boolean")
    values = data.draw(st.lists(KINDS[kind][1], min_size=1, max_size=3, unique=True))
    partition = {"values": values, "weights": [1 / len(values)] * len(values)}
    expectation = gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="a",
        partition_object=partition,
        threshold=0.5,
        tail_weight_holdout=data.draw(st.sampled_from([0, 0.1])),
    )
    assert_equal(expectation, data.draw(tables(kind)), translated=None)


@examples
@given(tables("float"), st.lists(st.integers(-5, 5), min_size=2, max_size=5, unique=True))
def test_divergence_of_numbers(table: pa.Table, bins: list[int]) -> None:
    partition = {"bins": sorted(bins), "weights": [1 / (len(bins) - 1)] * (len(bins) - 1)}
    expectation = gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="a", partition_object=partition, threshold=0.5, tail_weight_holdout=0.1, internal_weight_holdout=0.1
    )
    assert_equal(expectation, table, translated=None)


def test_divergence_from_itself_is_left_to_gx() -> None:
    """GX makes the bins of the values themselves."""
    table = pa.table({ROW: range(5), "a": [1.0, 2.0, 3.0, 3.0, 3.0]})
    ours, _ = our_answer(gxe.ExpectColumnKLDivergenceToBeLessThan(column="a", threshold=0.5), table)
    assert ours.success
    assert ours.meta["evaluated_by"] == "great_expectations"


ZONED = pa.timestamp("us", "Europe/Amsterdam")


@pytest.mark.parametrize(
    "expectation",
    [
        gxe.ExpectColumnMinToBeBetween(column="a"),
        gxe.ExpectColumnMaxToBeBetween(column="a", max_value=datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)),
        gxe.ExpectColumnMostCommonValueToBeInSet(column="a", value_set=[1]),
        gxe.ExpectColumnDistinctValuesToBeInSet(column="a", value_set=["2026-07-01T02:00:00+02:00", "2026-07-01"]),
        gxe.ExpectColumnDistinctValuesToContainSet(column="a", value_set=["2026-07-01T02:00:00+02:00"]),
        gxe.ExpectColumnUniqueValueCountToBeBetween(column="a", min_value=2),
        gxe.ExpectColumnQuantileValuesToBeBetween(
            column="a", quantile_ranges={"quantiles": [0.4], "value_ranges": [[None, None]]}
        ),
    ],
)
def test_moments_of_a_zone(expectation: Any) -> None:
    moments = [datetime.datetime(2026, month, 1, tzinfo=datetime.UTC) for month in (1, 7, 7, 12)]
    table = pa.table({ROW: range(5), "a": pa.array([None, *moments], ZONED)})
    assert_equal(expectation, table)
