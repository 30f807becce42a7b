"""A gebruiksdoel is one of eleven."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import TEXTS, examples
from tests.validations.beside import broken, expectation, table
from validations.bag_gebruiksdoel import GEBRUIKSDOELEN

JUDGED = expectation("expect_column_values_to_be_bag_gebruiksdoel", column="a")
SOME = st.one_of(st.none(), st.sampled_from([*GEBRUIKSDOELEN, "Woonfunctie", "woonfuntie"]), TEXTS)


@examples
@given(st.lists(st.one_of(st.none(), st.lists(SOME, max_size=3)), max_size=6))
def test_the_scan_says_what_gx_says(values: list[list[str | None] | None]) -> None:
    known = {*GEBRUIKSDOELEN, None}
    wrong = [number for number, one in enumerate(values, 1) if one is not None and not known.issuperset(one)]
    assert broken(JUDGED, table(a=pa.array(values, pa.list_(pa.string())))) == wrong


def test_a_text_is_one_gebruiksdoel() -> None:
    assert broken(JUDGED, table(a=pa.array(["woonfunctie", "woonfunctie, celfunctie", None]))) == [2]
