"""Bsn: nine digits that pass the elfproef."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import assert_equal, examples, tables
from tests.validations.drawn import texts, wholes
from tests.validations.judged import refused
from validations.bsn import ExpectColumnValuesToBeBsn

#: Of the BRP's own test persons, and one of RvIG's smallest.
OFFICIAL = ["999993653", "999990482", "999994888", "000000024", "123456782", "111222333"]
BSN = ExpectColumnValuesToBeBsn(column="a")


@st.composite
def bsns(draw: st.DrawFn) -> str:
    """Of nine digits, the last made to pass."""
    figures = draw(st.lists(st.integers(0, 9), min_size=8, max_size=8))
    last = sum((9 - place) * figure for place, figure in enumerate(figures)) % 11
    return "".join(map(str, [*figures, last % 10]))


@examples
@given(texts(bsns()))
def test_texts(table: pa.Table) -> None:
    assert_equal(BSN, table)


@examples
@given(wholes(bsns()))
def test_whole_numbers_get_their_zeros_back(table: pa.Table) -> None:
    assert_equal(BSN, table)


@examples
@given(tables("float"))
def test_other_values_are_none(table: pa.Table) -> None:
    assert_equal(BSN, table, translated=False)


def test_official_test_numbers_pass() -> None:
    assert refused(BSN, OFFICIAL) == []
    assert refused(BSN, [int(number) for number in OFFICIAL]) == []


def test_what_is_no_bsn() -> None:
    wrong = [
        "000000000", "999993654", "24", "00000024", "0000000024", "9999.93.653", "999993653 ", "999993653\n",
        "٩٩٩٩٩٣٦٥٣", "", "9999936S3",
    ]  # fmt: skip
    assert refused(BSN, wrong) == wrong
    wrong_numbers = [0, -24, 25, 1_000_000_000, 2**63 - 1]
    assert refused(BSN, wrong_numbers, pa.int64()) == wrong_numbers


def test_an_unsigned_number_that_no_bigint_holds_is_none() -> None:
    assert refused(BSN, [2**64 - 1, 24], pa.uint64()) == [2**64 - 1]
