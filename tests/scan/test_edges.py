"""White space at a text's edges: where no regex is asked, none would find any."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import TEXTS, examples
from vlekkeloos.scan.translations.edges import clean

ABOUT_EDGES = [r"^\s", r"\s$", r"^\s|\s$", r"\s+$|^\s+"]
EDGES = st.text(st.sampled_from("a~}!é \n\t\x1c\x7f\x85\xa0\u2003\u3000"), max_size=4)


@pytest.mark.parametrize("regex", [r"\s", r"^\S", r"^\s$", r"^\s*", r"^\s|a", "^ ", "", r"^\s|", r"(?m)^\s"])
def test_of_any_other_form_nothing_is_said(regex: str) -> None:
    assert clean(regex, "value") is None


@examples
@given(st.sampled_from(ABOUT_EDGES), EDGES | TEXTS)
def test_in_a_text_with_clean_edges_nothing_is_found(regex: str, text: str) -> None:
    ((said,),) = duckdb.execute(f"SELECT {clean(regex, 'value')} FROM (SELECT ? AS value)", [text]).fetchall()
    assert not (said and re.search(regex, text))


@pytest.mark.parametrize("regex", ABOUT_EDGES)
def test_most_texts_have_clean_edges(regex: str) -> None:
    for text in ("a", "a b", "Café 1", "!}"):
        assert duckdb.execute(f"SELECT {clean(regex, 'value')} FROM (SELECT ? AS value)", [text]).fetchall() == [
            (True,)
        ]
