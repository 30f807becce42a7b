"""Two languages that say the same things, and write numbers and dates their own way."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from vlekkeloos import report
from vlekkeloos.report import texts_en, texts_nl
from vlekkeloos.report.texts import Texts

NBSP = "\N{NO-BREAK SPACE}"


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert texts_nl.TEXTS.keys() == texts_en.TEXTS.keys()
    assert len(texts_nl.MONTHS) == len(texts_en.MONTHS) == 12


@pytest.mark.parametrize("key", sorted(texts_nl.TEXTS))
def test_a_text_is_filled_in_with_the_same_names_in_both_languages(key: str) -> None:
    assert texts_nl.TEXTS[key].strip()
    assert names(texts_nl.TEXTS[key]) == names(texts_en.TEXTS[key])


def test_every_key_that_is_asked_for_is_there_and_every_key_is_asked_for() -> None:
    folder = Path(report.__file__).parent
    source = "\n".join(
        file.read_text(encoding="utf-8")
        for file in [*folder.glob("*.py"), *folder.glob("*.html"), *folder.glob("pages/*.j2")]
        if not file.name.startswith("texts_")
    )
    quoted = set(re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", source))
    built = {"stage", "status", "verdict", "severity", "kind", "effect", "one", "many", "column", "book", "history"}
    built |= {"drift", "jump"}
    unused = {
        key for key in texts_nl.TEXTS
        if key not in quoted and "." in key and key.split(".")[0] not in built
    }  # fmt: skip
    assert not unused
    groups = {key.split(".")[0] for key in texts_nl.TEXTS if "." in key}
    files = {"report.html", "page.html", "parts.html", "page.css", "report.xlsx"}
    missing = {key for key in quoted if key.split(".")[0] in groups and key not in texts_nl.TEXTS} - files
    assert not {key for key in missing if not key.endswith(".csv")}


@pytest.mark.parametrize(
    ("language", "number", "share", "day"),
    [
        ("nl", "25.000", f"2,1{NBSP}%", "24 november 2026"),
        ("en", "25,000", "2.1%", "24 November 2026"),
    ],
)
def test_numbers_shares_and_dates(language: report.Language, number: str, share: str, day: str) -> None:
    texts = Texts(language)
    assert texts.number(25_000) == number
    assert texts.share(0.021) == share
    assert texts.date(date(2026, 11, 24)) == day


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0 %"), (0.0204, "2,04 %"), (1, "100 %"), (0.00001, "< 0,01 %"), (0.001, "0,1 %"), (None, "–")],  # noqa: RUF001
)
def test_a_share_is_never_rounded_away(share: float | None, written: str) -> None:
    assert Texts("nl").share(share).replace(NBSP, " ") == written


def test_a_moment_is_on_the_clock_in_the_netherlands() -> None:
    assert Texts("nl").moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "2 juli 2026, 00:30"
    assert Texts("nl").moment(datetime(2026, 11, 24, 4, 0, tzinfo=UTC)) == "24 november 2026, 05:00"


def test_one_row_and_more_rows() -> None:
    assert Texts("nl").many(1, "row") == "1 rij"
    assert Texts("nl").many(1200, "row") == "1.200 rijen"


def test_an_expectation_without_words_keeps_its_own_name() -> None:
    assert Texts("nl").expectation("expect_values_to_be_valid_bsn") == "expect_values_to_be_valid_bsn"
