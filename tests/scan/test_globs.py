"""A regex of a fixed form as patterns of GLOB: what they match is found by the regex, too."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import TEXTS, examples
from vlekkeloos.scan.translations.globs import globs

FIXED = {
    r"^0457\d{4}$": ["0457" + "[0-9]" * 4],
    "^[1-9][0-9]{3} ?[A-Z]{2}$": ["[1-9]" + "[0-9]" * 3 + "[A-Z]" * 2, "[1-9]" + "[0-9]" * 3 + " " + "[A-Z]" * 2],
    r"^\d{1,2}-[A-Za-z]$": ["[0-9]-[A-Za-z]", "[0-9][0-9]-[A-Za-z]"],
    r"^a\.b$": ["a.b"],
    r"^a\*$": ["a[*]"],
    "^$": [""],
}


@pytest.mark.parametrize(("regex", "patterns"), FIXED.items())
def test_a_fixed_form_is_a_few_patterns(regex: str, patterns: list[str]) -> None:
    assert globs(regex) == patterns


OTHERS = [
    *("a", "^a", "a$", "^a+$", "^a|b$", "^(ab)$", "^.$", r"^\D$", "^[^a]$", r"^[\d]$", "^[z-]$", r"^a\$", r"^\w$"),
    *("^é$", "^a{2,}$", "^[0-9]{0,40}$", "^a??$", "^a{2}+$", "^(?i)a$", r"^\\$", r"^\[$", "^a{65}$"),
]


@pytest.mark.parametrize("regex", OTHERS)
def test_of_any_other_form_nothing_is_said(regex: str) -> None:
    assert globs(regex) == []


@examples
@given(
    st.sampled_from(sorted(FIXED)).flatmap(
        lambda r: st.tuples(st.just(r), st.from_regex(r, alphabet=st.characters()) | TEXTS)
    )
)
def test_what_a_pattern_matches_is_found(case: tuple[str, str]) -> None:
    regex, text = case
    if "\0" in text:
        return
    matched = any(duckdb.execute("SELECT ? GLOB ?", [text, pattern]).fetchall()[0][0] for pattern in globs(regex))
    plain = text.isascii() and "\n" not in text
    assert matched <= (re.search(regex, text) is not None)
    assert not plain or matched == (re.search(regex, text) is not None)
