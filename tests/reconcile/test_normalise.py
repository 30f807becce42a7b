"""What each normaliser makes of what people write, on DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import TEXTS, examples
from vlekkeloos.normalise import WORDS, normalised

HERE = Path()
#: By word: what it makes of a text.
CASES: dict[str, dict[str | None, str | None]] = {
    "trim": {" Dam\n": "Dam", "\u00a0Dam ": "Dam", "de  Dam": "de  Dam", " ": None, "": None},
    "collapse": {" de \u00a0\tDam ": "de Dam", "\n": None},
    "casefold": {"DAM": "dam", "ÉÉN": "één"},
    "unaccent": {"Curaçao": "Curacao", "één": "een", "e\u0301": "e"},
    "cijfers": {"NL 12.34": "1234", "twaalf": None, "٣": None},
    "postcode": {"1012 jw": "1012JW", " 1012JW": "1012JW", " ": None},
    "huisnummer": {
        "12": "12", "0012": "12", "12 A-bis": "12", "12a3": "12", "12 II": "12", "12/3": "12", " 12": "12", "0": "0",
        "bis": None, "": None,
    },
    "huisletter": {
        "12": None, "12A": "A", "12 a": "A", "12 A-bis": "A", "12a3": "A", "12 a 3": "A", "12A-II": "A", "A": "A",
        "12 II": None, "12bis": None, "12 hs": None, "12-A": None, "12-2": None, "bis": None, "12 1hoog": None,
    },
    "toevoeging": {
        "12": None, "12A": None, "12 a": None, "12 A-bis": "BIS", "12a3": "3", "12 a 3": "3", "12A-II": "II",
        "A": None, "12 II": "II", "12bis": "BIS", "12 hs": "HS", "12-A": "A", "12-2": "2", "12/2": "2", "bis": "BIS",
        "12 1hoog": "1HOOG", "12 A II": "II",
    },
    "telefoon": {
        "020-123 45 67": "+31201234567", "(020) 1234567": "+31201234567", "0031 20 1234567": "+31201234567",
        "+31 (0)20 1234567": "+31201234567", "00310201234567": "+31201234567", "06-12345678": "+31612345678",
        "+31612345678": "+31612345678", "0032 2 123": "+322123", "14 020": "14020", "112": "112", "onbekend": None,
    },
    "jaar": {
        "1980-01-31": "1980", "19800131": "1980", "19800000": "1980", "1980-01-31 10:00:00": "1980", "1980": "1980",
        "1980-01-31T10:00:00Z": "1980", "00000000": None, "0": None, "1980x": None,
    },
    "maand": {"1980-01-31": "01", "19801200": "12", "19800000": None, "1980": None, "1980-01": "01", "": None},
    "dag": {"1980-01-31": "31", "19800131": "31", "19800100": None, "1980-01": None, "1980-01-31 10:00:00": "31"},
    "voorvoegsel": {
        "van der Berg": "van der Berg", "Berg, van der": "van der Berg", "v.d. Berg": "van der Berg",
        "V.d.Berg": "van der Berg", "vd Berg": "van der Berg", "v/d Berg": "van der Berg",
        "v. d. Berg": "van der Berg", "Berg, v.d.": "van der Berg", "Van  Der Berg": "van der Berg",
        "van de Berg": "van de Berg", "v. den Berg": "van den Berg", "Dijk, v.": "van Dijk",
        "v.h. Veld": "van het Veld", "v.'t Veld": "van 't Veld", "in \u2019t Veld": "in 't Veld",
        "Veld, in 't": "in 't Veld", "d'Ancona": "d'Ancona", "Ancona, d'": "d'Ancona",
        "'s-Gravesande": "'s-Gravesande", "Jansen, Piet": "Jansen, Piet", "Vos": "Vos", "Verhoeven": "Verhoeven",
        "VDL": "VDL", "Bakker": "Bakker", " ": None,
    },
}  # fmt: skip


def of(words: Sequence[str], texts: Sequence[str | None]) -> list[str | None]:
    with duckdb.connect() as query:
        query.execute("CREATE TABLE texts (number INTEGER, value VARCHAR)")
        query.executemany("INSERT INTO texts VALUES (?, ?)", list(enumerate(texts)))
        found = query.execute(f"SELECT {normalised('value', words, HERE)} FROM texts ORDER BY number").fetchall()
    return [text for (text,) in found]


@pytest.mark.parametrize("word", sorted(WORDS))
def test_what_a_word_makes_of_what_people_write(word: str) -> None:
    cases = {**CASES[word], None: None}
    assert dict(zip(cases, of([word], list(cases)), strict=True)) == cases


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_word_says_what_it_does_by_an_example_and_by_which_rule(word: str) -> None:
    said = WORDS[word].__doc__ or ""
    assert "``'" in said
    assert "Source:" in said or "A convention of this project." in said


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_word_goes_over_to_spark(word: str) -> None:
    (spark,) = sqlglot.transpile(f"SELECT {WORDS[word]('value')}", read="duckdb", write="spark")
    sqlglot.parse_one(spark, read="spark")
    assert "UNSUPPORTED" not in spark.upper()


@examples
@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_the_plain_words_are_what_they_are_in_python(texts: list[str]) -> None:
    space = "\t\n\v\f\r \u00a0"

    def parts(text: str) -> list[str]:
        return "".join(" " if letter in space else letter for letter in text).split(" ")

    assert of(["trim"], texts) == [text.strip(space) or None for text in texts]
    assert of(["collapse"], texts) == [" ".join(filter(None, parts(text))) or None for text in texts]
    assert of(["cijfers"], texts) == ["".join(c for c in text if c in "0123456789") or None for text in texts]
    # capitals of other letters are not of a postcode
    plain = ["", *(text for text in texts if text.isascii())]
    assert of(["postcode"], plain) == ["".join(parts(text)).upper() or None for text in plain]


NUMBER = st.integers(1, 99999)
LETTER = st.sampled_from(["", *"ABZ"])
ADDITION = st.sampled_from(["", "BIS", "II", "3", "1HG", "HS"])


@examples
@given(NUMBER, LETTER, ADDITION, st.sampled_from(["", " "]), st.sampled_from(["-", " ", "/"]), st.booleans())
def test_a_house_number_is_read_as_it_was_put_together(
    number: int, letter: str, addition: str, before: str, between: str, small: bool
) -> None:
    written = f"{number}{before if letter else ''}{letter}{between if addition else ''}{addition}"
    written = written.lower() if small else written
    assert of(["huisnummer"], [written]) == [str(number)]
    assert of(["huisletter"], [written]) == [letter or None]
    assert of(["toevoeging"], [written]) == [addition or None]


def test_words_are_applied_in_the_order_of_the_contract() -> None:
    assert of(["voorvoegsel", "unaccent", "casefold", "postcode"], ["Bérg, v.d."]) == ["VANDERBERG"]
