"""Postcode: four digits and two letters."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import assert_equal, examples, tables
from tests.validations.drawn import texts
from tests.validations.judged import refused
from validations.postcode import ExpectColumnValuesToBePostcode

STRICT, LOOSE = ExpectColumnValuesToBePostcode(column="a"), ExpectColumnValuesToBePostcode(column="a", loose=True)
postcodes = st.from_regex("[1-9][0-9]{3} ?[ADSZ]{2}", fullmatch=True)


@examples
@given(texts(postcodes), st.booleans())
def test_texts(table: pa.Table, loose: bool) -> None:
    assert_equal(LOOSE if loose else STRICT, table)


@examples
@given(tables("whole"))
def test_a_number_is_none(table: pa.Table) -> None:
    assert_equal(STRICT, table, translated=False)


def test_strictly() -> None:
    right = ["1000AA", "9999ZZ", "1381XB", "2511AS", "2511SB", "2511SE"]
    wrong = [
        "0999AA", "1381SA", "1381SD", "1381SS", "1381 XB", "1381xb", "1381X", "1381XBA", "138XB", "13811XB",
        "1381XB\n", " 1381XB", "\u0661381XB", "1381ÉB", "",
    ]  # fmt: skip
    assert refused(STRICT, right + wrong) == wrong


def test_as_people_write_it() -> None:
    right = ["1381XB", "1381 XB", "1381xb", "1381 xB", "1381kb"]
    wrong = ["1381sa", "1381 Sd", "1381  XB", "1381\tXB", "0381 xb", "1381\u017fb", "1381\u212ab"]
    assert refused(LOOSE, right + wrong) == wrong
