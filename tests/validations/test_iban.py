"""IBAN: check digits, and the form of its country."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iban import calc_check_digits

from tests.scan.equal import assert_equal, examples
from tests.validations.drawn import texts
from tests.validations.judged import refused
from validations.iban import ExpectColumnValuesToBeIban

IBAN = ExpectColumnValuesToBeIban(column="a")
#: The examples of the IBAN Registry.
OFFICIAL = [
    "NL91ABNA0417164300",
    "BE68539007547034",
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "NO9386011117947",
]
dutch = st.from_regex("NL00[A-Z]{4}[0-9]{10}", fullmatch=True).map(
    lambda iban: f"NL{calc_check_digits(iban)}{iban[4:]}"
)


@examples
@given(texts(dutch))
def test_dutch_accounts(table: pa.Table) -> None:
    assert_equal(IBAN, table)


@examples
@given(texts(st.sampled_from(OFFICIAL)))
def test_accounts_of_any_country(table: pa.Table) -> None:
    assert_equal(IBAN, table)


def test_the_registrys_examples_pass() -> None:
    assert refused(IBAN, OFFICIAL) == []


def test_what_is_no_iban() -> None:
    wrong = [
        "NL91 ABNA 0417 1643 00", "nl91abna0417164300", "NL91abna0417164300", "NL92ABNA0417164300",
        "NL91ABNA041716430", "NL91ABNA04171643000", "NL91ABNA0417164300\n", "XX91ABNA0417164300", "NL", "",
        "0417164300", "BE68539007547035", "BE6853900754703",
    ]  # fmt: skip
    assert refused(IBAN, wrong) == wrong
