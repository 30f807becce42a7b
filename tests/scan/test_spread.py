"""Z-scores and outliers: the scan gives GX's own answer on pandas."""

from __future__ import annotations

import great_expectations.expectations as gxe
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import assert_equal, examples, tables

MULTIPLIERS = st.one_of(st.sampled_from([0, 0.5, 0.7071067811865475, 1, 1.5, 3]), st.floats(0, 3))


@pytest.mark.parametrize("kind", ["decimal", "float", "moment", "whole"])
@examples
@given(st.data())
def test_z_score(kind: str, data: st.DataObject) -> None:
    expectation = gxe.ExpectColumnValueZScoresToBeLessThan(
        column="a", threshold=data.draw(st.one_of(MULTIPLIERS, st.just(-1))), double_sided=data.draw(st.booleans())
    )
    table = data.draw(tables(kind))
    assert_equal(expectation, table, translated=True if kind == "float" else None)


@pytest.mark.parametrize("kind", ["decimal", "float", "moment", "whole"])
@examples
@given(st.data())
def test_not_outliers(kind: str, data: st.DataObject) -> None:
    expectation = gxe.ExpectColumnValuesToNotBeOutliers(
        column="a", method=data.draw(st.sampled_from(["iqr", "std"])), multiplier=data.draw(MULTIPLIERS)
    )
    table = data.draw(tables(kind))
    assert_equal(expectation, table, translated=True if kind == "float" else None)


@examples
@given(tables("small").filter(lambda table: len(table["a"].drop_null()) > 1))
def test_whole_numbers_are_judged_by_the_scan(table: object) -> None:
    assert_equal(gxe.ExpectColumnValueZScoresToBeLessThan(column="a", threshold=1.5, double_sided=True), table)
    assert_equal(gxe.ExpectColumnValuesToNotBeOutliers(column="a", method="iqr", multiplier=1.5), table)
    assert_equal(gxe.ExpectColumnValuesToNotBeOutliers(column="a", method="std", multiplier=1.5), table)
