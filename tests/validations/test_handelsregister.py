"""KVK-nummer and vestigingsnummer: digits, so many of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import assert_equal, examples
from tests.validations.drawn import texts, wholes
from tests.validations.judged import refused
from validations.kvk_nummer import ExpectColumnValuesToBeKvkNummer
from validations.vestigingsnummer import ExpectColumnValuesToBeVestigingsnummer

EACH = pytest.mark.parametrize(
    ("expectation", "length"),
    [
        (ExpectColumnValuesToBeKvkNummer(column="a"), 8),
        (ExpectColumnValuesToBeVestigingsnummer(column="a"), 12),
    ],
)


def _numbers(length: int) -> st.SearchStrategy[str]:
    return st.integers(0, 10**length - 1).map(lambda number: str(number).zfill(length))


@EACH
@examples
@given(st.data())
def test_texts(expectation: Any, length: int, data: st.DataObject) -> None:
    assert_equal(expectation, data.draw(texts(_numbers(length))))


@EACH
@examples
@given(st.data())
def test_whole_numbers_get_their_zeros_back(expectation: Any, length: int, data: st.DataObject) -> None:
    assert_equal(expectation, data.draw(wholes(_numbers(length))))


@EACH
def test_the_edges(expectation: Any, length: int) -> None:
    first, last = "1".zfill(length), "9" * length
    wrong = ["0" * length, first[1:], "0" + first, f"{first}\n", "\u0661" * length, ""]
    assert refused(expectation, [first, last, *wrong]) == wrong
    assert refused(expectation, [1, int(last), 0, -1, int(last) + 1]) == [0, -1, int(last) + 1]


def test_numbers_of_the_kvk_test_environment() -> None:
    assert refused(ExpectColumnValuesToBeKvkNummer(column="a"), ["68750110", "69599084"]) == []
    assert refused(ExpectColumnValuesToBeVestigingsnummer(column="a"), ["000037178598"]) == []
