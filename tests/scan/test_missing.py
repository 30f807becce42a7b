"""Values that are missing now and then are listed with all else, others apart: it makes no difference."""

from __future__ import annotations

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given

from tests.scan.equal import assert_equal, examples, tables
from vlekkeloos.scan import failures

EXPECTATIONS = [gxe.ExpectColumnValuesToNotBeNull(column="a"), gxe.ExpectColumnValuesToBeNull(column="a")]


@pytest.mark.parametrize("often", [1, 2, 10_001])
@pytest.mark.parametrize("expectation", EXPECTATIONS)
@pytest.mark.parametrize("kind", ["text", "float", "whole"])
def test_missing_values(expectation: object, often: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "OFTEN", often)

    @examples
    @given(table=tables(kind))
    def same(table: pa.Table) -> None:
        assert_equal(expectation, table)

    same()
