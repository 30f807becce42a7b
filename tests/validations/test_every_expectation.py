"""Every Dutch expectation: written as JSON and read again, and said in Dutch in Data Docs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from great_expectations import ExpectationSuite
from great_expectations.render.renderer.page_renderer import (
    ExpectationSuitePageRenderer,
    ValidationResultsPageRenderer,
)

from tests.validations.drawn import column
from validations.a_nummer import ExpectColumnValuesToBeANummer
from validations.bag_gebruiksdoel import ExpectColumnValuesToBeBagGebruiksdoel
from validations.bag_identificatie import ExpectColumnValuesToBeBagIdentificatie
from validations.bag_levenscyclus import ExpectBagStatusToFollowLifeCycle
from validations.bag_status import ExpectColumnValuesToBeBagStatus
from validations.brp_datum import ExpectColumnValuesToBeBrpDatum
from validations.bsn import ExpectColumnValuesToBeBsn
from validations.gemeentecode import ExpectColumnValuesToBeGemeentecode
from validations.geometry import ExpectColumnValuesToBeValidGeometry
from validations.huisnummer import ExpectMulticolumnValuesToBeHuisnummer
from validations.iban import ExpectColumnValuesToBeIban
from validations.in_area import ExpectColumnValuesToLieInArea
from validations.kvk_nummer import ExpectColumnValuesToBeKvkNummer
from validations.postcode import ExpectColumnValuesToBePostcode
from validations.rd_coordinates import ExpectColumnPairValuesToBeRdCoordinates, ExpectColumnValuesToBeInRdExtent
from validations.reference import ExpectColumnValuesToExistIn
from validations.rsin import ExpectColumnValuesToBeRsin
from validations.vestigingsnummer import ExpectColumnValuesToBeVestigingsnummer
from validations.voorkomens import ExpectVoorkomensToNotOverlap
from vlekkeloos import suite
from vlekkeloos.scan import judge

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
    (ExpectColumnValuesToBeBagIdentificatie(column="a"), "is een BAG-identificatie."),
    (
        ExpectColumnValuesToBeBagIdentificatie(column="a", object_type="pand"),
        "is een BAG-identificatie van een pand.",
    ),
    (ExpectColumnValuesToBeBagStatus(column="a", object_type="pand"), "is een status die een pand in de BAG kan"),
    (
        ExpectBagStatusToFollowLifeCycle(column_list=["i", "s", "b", "n"], object_type="pand"),
        "i, s, b, n: elke status volgt op de vorige zoals de levenscyclus van een pand toelaat.",
    ),
    (ExpectVoorkomensToNotOverlap(column_list=["i", "b", "e"]), "i, b, e: op elke dag geldt hoogstens één"),
    (ExpectColumnValuesToBeBagGebruiksdoel(column="a"), "is een gebruiksdoel van de BAG."),
    (ExpectColumnValuesToBeValidGeometry(column="a"), "is een geldige geometrie."),
    (
        ExpectColumnValuesToBeValidGeometry(column="a", types=["Point", "Polygon"]),
        "is een geldige geometrie van het type Point of Polygon.",
    ),
    (ExpectColumnValuesToBeInRdExtent(column="a"), "heeft RD-coördinaten in Nederland."),
    (
        ExpectColumnPairValuesToBeRdCoordinates(column_A="x", column_B="y"),
        "x en y zijn de x en y in RD van een punt in Nederland.",
    ),
    (
        ExpectColumnValuesToLieInArea(column="a", source="woonplaats", source_column="geometrie"),
        "ligt in een gebied van woonplaats (geometrie).",
    ),
    (
        ExpectColumnValuesToExistIn(column="a", source="pand", source_column="identificatie"),
        "komt voor in identificatie van pand.",
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


def test_data_docs_of_a_run_say_it_in_dutch_beside_what_was_found() -> None:
    asked = ExpectationSuite(name="dutch", expectations=[ExpectColumnValuesToBeBsn(column="a")])
    table = column(["999993653", "999993654"])
    with duckdb.connect() as query:
        query.register("raw", table)
        result = judge(asked, query, "raw", table.schema).result
    result.meta |= {"run_id": {"run_name": "r1", "run_time": "2026-11-24T12:00:00+00:00"}}
    said = _text(ValidationResultsPageRenderer().render(result).to_json_dict())
    assert "is een bsn: negen cijfers" in said
    assert "1 unexpected values found. 50% of 2 total rows." in said


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
