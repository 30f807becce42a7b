"""A-nummer: ten digits by the four rules of the Logisch Ontwerp BRP."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import assert_equal, examples
from tests.validations.drawn import texts, wholes
from tests.validations.judged import refused
from validations.a_nummer import ExpectColumnValuesToBeANummer, is_a_nummer

A_NUMMER = ExpectColumnValuesToBeANummer(column="a")
#: From the ministry's own test of these rules (MinBZK/OperatieBRP, AdministratienummerValidatorTest).
RIGHT = [
    "7934628529", "1373895379", "2481379523", "2785294396", "4935964130",
    "1082678674", "1968406546", "5306471698",
]  # fmt: skip
WRONG = ["0000000001", "0734628529", "7734628529", "7934628599", "6734628523", "4935964135"]


@st.composite
def a_nummers(draw: st.DrawFn) -> str:
    """Eight digits, and two that make the sums right, if there are."""
    start = draw(st.lists(st.integers(0, 9), min_size=8, max_size=8))
    text = "".join(map(str, start))
    return next((text + end for end in map("{:02}".format, range(100)) if is_a_nummer(text + end)), RIGHT[0])


@examples
@given(texts(a_nummers()))
def test_texts(table: pa.Table) -> None:
    assert_equal(A_NUMMER, table)


@examples
@given(wholes(a_nummers()))
def test_whole_numbers(table: pa.Table) -> None:
    assert_equal(A_NUMMER, table)


def test_the_ministrys_own_examples() -> None:
    assert refused(A_NUMMER, RIGHT + WRONG) == WRONG
    assert refused(A_NUMMER, [int(number) for number in RIGHT + WRONG]) == [int(number) for number in WRONG]


def test_what_is_not_ten_digits() -> None:
    wrong = ["793462852", "79346285290", "7934628529\n", " 7934628529", "٧٩٣٤٦٢٨٥٢٩", ""]
    assert refused(A_NUMMER, wrong) == wrong
