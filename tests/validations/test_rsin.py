"""RSIN: nine digits that pass the elfproef."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given

from tests.scan.equal import assert_equal, examples
from tests.validations.drawn import texts, wholes
from tests.validations.judged import refused
from tests.validations.test_bsn import bsns
from validations.rsin import ExpectColumnValuesToBeRsin

RSIN = ExpectColumnValuesToBeRsin(column="a")


@examples
@given(texts(bsns()))
def test_texts(table: pa.Table) -> None:
    assert_equal(RSIN, table)


@examples
@given(wholes(bsns()))
def test_whole_numbers_get_their_zeros_back(table: pa.Table) -> None:
    assert_equal(RSIN, table)


def test_known_numbers() -> None:
    # the municipalities of Amsterdam and Utrecht, as they sign their ZGW messages
    assert refused(RSIN, ["002564440", "002220647", "002564441", "2564440"]) == ["002564441", "2564440"]
    assert refused(RSIN, [2564440, 2564441]) == [2564441]
