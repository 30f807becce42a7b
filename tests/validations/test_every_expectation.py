"""Every Dutch expectation: written as JSON and read again, and said in Dutch in Data Docs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from great_expectations import ExpectationSuite
from great_expectations.render.renderer.page_renderer import ExpectationSuitePageRenderer

from validations.a_nummer import ExpectColumnValuesToBeANummer
from validations.brp_datum import ExpectColumnValuesToBeBrpDatum
from validations.bsn import ExpectColumnValuesToBeBsn
from validations.gemeentecode import ExpectColumnValuesToBeGemeentecode
from validations.huisnummer import ExpectMulticolumnValuesToBeHuisnummer
from validations.iban import ExpectColumnValuesToBeIban
from validations.kvk_nummer import ExpectColumnValuesToBeKvkNummer
from validations.postcode import ExpectColumnValuesToBePostcode
from validations.rsin import ExpectColumnValuesToBeRsin
from validations.vestigingsnummer import ExpectColumnValuesToBeVestigingsnummer
from vlekkeloos import suite

SAID: list[tuple[Any, str]] = [
    (ExpectColumnValuesToBeBsn(column="a"), "is een bsn: negen cijfers"),
    (ExpectColumnValuesToBeBsn(column="a", mostly=0.95), ", in minstens 95 % van de gevallen."),
    (ExpectColumnValuesToBeBsn(column="a", row_condition="b == 1", condition_parser="pandas"), "als b == 1: "),
    (ExpectColumnValuesToBeRsin(column="a"), "is een rsin: negen cijfers"),
    (ExpectColumnValuesToBeANummer(column="a"), "is een A-nummer: tien cijfers"),
    (ExpectColumnValuesToBeKvkNummer(column="a"), "is een KVK-nummer: acht cijfers"),
    (ExpectColumnValuesToBeVestigingsnummer(column="a"), "is een vestigingsnummer: twaalf cijfers"),
    (ExpectColumnValuesToBePostcode(column="a"), "niet SA, SD of SS."),
    (ExpectColumnValuesToBePostcode(column="a", loose=True), "een spatie ertussen en kleine letters mogen"),
    (ExpectColumnValuesToBeBrpDatum(column="a"), "is een BRP-datum"),
    (ExpectColumnValuesToBeIban(column="a"), "is een IBAN"),
    (ExpectColumnValuesToBeGemeentecode(column="a"), "een gemeente die bestaat of bestond."),
    (ExpectColumnValuesToBeGemeentecode(column="a", on="2022-03-24"), "een gemeente die bestond op 2022-03-24."),
    (
        ExpectMulticolumnValuesToBeHuisnummer(column_list=["n", "l", "t"]),
        "n, l, t: huisnummer van 1 tot en met 99999",
    ),
]
EACH = pytest.mark.parametrize(("expectation", "sentence"), SAID)


@EACH
def test_it_is_the_same_after_it_was_written_to_a_file(expectation: Any, sentence: str, tmp_path: Path) -> None:
    written = ExpectationSuite(name="dutch", expectations=[expectation]).to_json_dict()
    (tmp_path / "dutch.json").write_text(json.dumps(written), encoding="utf-8")
    (read,) = suite.load(tmp_path / "dutch.json").expectations
    assert type(read) is type(expectation)
    assert read.configuration.kwargs == expectation.configuration.kwargs


@EACH
def test_data_docs_say_it_in_dutch(expectation: Any, sentence: str) -> None:
    page = ExpectationSuitePageRenderer().render(ExpectationSuite(name="dutch", expectations=[expectation]))
    assert sentence in _text(page.to_json_dict())


def _text(part: Any) -> str:
    """A page's templates with their parameters filled in."""
    if isinstance(part, dict):
        if "template" in part:
            text = part["template"]
            for name, value in sorted((part.get("params") or {}).items(), reverse=True):
                text = text.replace(f"${name}", str(value))
            return text
        return "\n".join(_text(inner) for inner in part.values())
    return "\n".join(_text(inner) for inner in part) if isinstance(part, list) else ""
