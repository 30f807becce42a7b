"""A suggested suite: it passes on the table it was made from, says what an analyst would, and quotes no person."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

import validations
from connectors import bag_extract
from tests.builder import Exchange, contract
from vlekkeloos import scan, source, suite
from vlekkeloos.cli import main
from vlekkeloos.connector import Connection
from vlekkeloos.lake import Lake
from vlekkeloos.profile import ColumnProfile, Profile
from vlekkeloos.suggest import candidates

ROWS = 500
PERSONS = {"classification": "persoonsgegevens", "purpose": {"processing_activity": "x", "legal_basis": "y"}}
#: There once the expectations of that name are.
DUTCH = pytest.mark.skipif(not (Path(validations.__path__[0]) / "bsn.py").exists(), reason="no Dutch expectations")


def bsns(number: int) -> list[str]:
    """Test numbers that pass the elfproef."""
    found = []
    for start in range(99990000, 99990000 + 12 * number):
        digits = [int(d) for d in f"{start:08}"]
        rest = sum((9 - at) * digit for at, digit in enumerate(digits)) % 11
        if rest < 10:
            found.append(f"{start:08}{rest}")
    return found[:number]


def records() -> pa.Table:
    """A registry of its own kind of everything."""
    chance = random.Random(1)
    day = date(2025, 6, 1)
    born = [day - timedelta(chance.randrange(9000, 30000)) for _ in range(ROWS)]
    columns: dict[str, pa.Array] = {
        "_row": pa.array(range(1, ROWS + 1), pa.int64()),
        "id": pa.array([f"Z-{n:05}" for n in range(ROWS)]),
        "bsn": pa.array(bsns(ROWS)),
        "naam": pa.array([f"{chance.choice('ABCDEF')}nnemarijn-{n}" for n in range(ROWS)]),
        "geslacht": pa.array([chance.choice("MV") for _ in range(ROWS)]),
        "stand": pa.array([chance.choice([10, 20, 70]) for _ in range(ROWS)], pa.int32()),
        "geboren": pa.array(born, pa.date32()),
        "gemuteerd": pa.array(
            [datetime(2025, 1, 1, 10, n % 60, tzinfo=UTC) for n in range(ROWS)], pa.timestamp("us", "UTC")
        ),
        "lokaal": pa.array([datetime(2025, 1, 1, 10, n % 60) for n in range(ROWS)], pa.timestamp("us")),
        "huisnummer": pa.array([chance.randrange(1, 300) for _ in range(ROWS)], pa.int64()),
        "postcode": pa.array(
            [f"{chance.randrange(1381, 1384)}{chance.choice('AB')}{chance.choice('CE')}" for _ in range(ROWS)]
        ),
        "bedrag": pa.array([Decimal(chance.randrange(1, 90_000)) / 100 for _ in range(ROWS)], pa.decimal128(12, 2)),
        "maat": pa.array([chance.uniform(-2, 7) for _ in range(ROWS)]),
        "verwijzing": pa.array([f"https://zaken.example/{n % 90}" for n in range(ROWS)]),
        "code": pa.array([f"{n % 97:04}" for n in range(ROWS)]),
        "toelichting": pa.array([None if n % 40 == 0 else "x" * (n % 80 + 1) for n in range(ROWS)]),
        "zelden": pa.array(["ja" if n % 9 == 0 else None for n in range(ROWS)]),
        "leeg": pa.array([None] * ROWS, pa.string()),
        "vorm": pa.array([bytes([n % 250]) * 3 for n in range(ROWS)], pa.binary()),
        "actief": pa.array([n % 3 == 0 for n in range(ROWS)]),
    }
    return pa.table(columns)


@pytest.fixture
def pulled(exchange: Exchange) -> Exchange:
    """The tiny exchange, with a table of everything pulled for ``bag``."""
    exchange.lake.write("raw/demo/bag", records(), run_id="r1")
    return exchange


def suggested(exchange: Exchange, *words: str) -> Result:
    places = ["--lake", str(exchange.folder / "lake"), "--exchanges", str(exchange.exchanges)]
    return CliRunner().invoke(main, ["suggest", "demo/bag", *words, *places], catch_exceptions=False)


def lines(exchange: Exchange) -> list[dict[str, Any]]:
    answer = suggested(exchange, "--format", "json")
    assert answer.exit_code == 0, answer.output
    found: list[dict[str, Any]] = json.loads(answer.stdout)["expectations"]
    return found


def of(found: list[dict[str, Any]], column: str) -> dict[str, tuple[dict[str, Any], str]]:
    """What is expected of a column: by type, without ``expect_column_``, the other arguments and the severity."""
    return {
        one["type"].removeprefix("expect_column_"): (
            {word: value for word, value in one["kwargs"].items() if word != "column"},
            one["severity"],
        )
        for one in found
        if one["kwargs"].get("column") == column
    }


def unmet(lake: Lake, table: str, file: Path) -> list[Any]:
    ref = lake.find(table)
    with lake.query(raw=ref) as query:
        result = scan.judge(suite.load(file), query, "raw", lake.schema(ref)).result
    assert len(result.results) > 10
    return [one.expectation_config for one in result.results if not one.success]


@pytest.mark.parametrize("changes", [{}, PERSONS])
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_it_passes_on_the_table_it_was_made_from(pulled: Exchange, ending: str, changes: dict[str, Any]) -> None:
    pulled.write(contract(**changes))
    file = pulled.home / f"eerste.{ending}"
    answer = suggested(pulled, "--out", str(file))
    assert answer.exit_code == 0, answer.output
    assert suite.load(file).name == "eerste"
    assert unmet(pulled.lake, "raw/demo/bag", file) == []


def test_it_says_what_an_analyst_would(pulled: Exchange) -> None:
    found = lines(pulled)
    table = {one["type"]: (one["kwargs"], one["severity"]) for one in found if "_table_" in one["type"]}
    assert table["expect_table_row_count_to_be_between"] == ({"min_value": 250, "max_value": 1000}, "critical")
    columns = table["expect_table_columns_to_match_set"][0]["column_set"]
    assert columns == [name for name in records().column_names if name != "_row"]
    filled = ({}, "warning")
    assert of(found, "id")["values_to_be_unique"] == of(found, "id")["values_to_not_be_null"] == ({}, "critical")
    assert of(found, "naam") == {
        "values_to_not_be_null": filled,
        "values_to_be_unique": filled,
        "value_lengths_to_be_between": ({"min_value": 1, "max_value": 21}, "info"),
    }
    assert of(found, "geslacht")["values_to_be_in_set"] == ({"value_set": ["M", "V"]}, "warning")
    assert of(found, "stand")["values_to_be_in_set"] == ({"value_set": [10, 20, 70]}, "warning")
    assert of(found, "huisnummer")["values_to_be_between"] == ({"min_value": 1, "max_value": 330}, "warning")
    assert of(found, "toelichting")["values_to_not_be_null"] == ({"mostly": 0.96}, "warning")
    assert of(found, "zelden") == {"values_to_be_in_set": ({"value_set": ["ja"]}, "warning")}
    assert of(found, "leeg") == {}
    assert of(found, "vorm") == of(found, "actief") == {"values_to_not_be_null": filled}
    assert of(found, "code")["values_to_match_regex"] == ({"regex": "^[0-9]{4}$"}, "warning")
    assert of(found, "verwijzing")["values_to_match_regex"][0]["regex"].startswith("^https?")
    low, high = (of(found, "geboren")["values_to_be_between"][0][end] for end in ("min_value", "max_value"))
    assert (low[4:], high[4:]) == ("-01-01", "-12-31")
    assert date.fromisoformat(low) < min(records()["geboren"].to_pylist())
    assert date.fromisoformat(high) >= date.today() + timedelta(9 * 365)
    assert next(one for one in found if one["kwargs"].get("column") == "naam")["notes"] == "0 of 500 empty"


def test_of_persons_no_value_of_a_record_is_in_it(pulled: Exchange) -> None:
    pulled.write(contract(**PERSONS))
    text = suggested(pulled).stdout
    written = suite.YAML(typ="safe", pure=True).load(text)
    assert of(written["expectations"], "geslacht")["values_to_be_in_set"][0] == {"value_set": ["M", "V"]}
    low = of(written["expectations"], "geboren")["values_to_be_between"][0]["min_value"]
    assert low.endswith("0-01-01")
    table = records().drop_columns(["_row", "geslacht", "stand", "zelden", "actief", "leeg", "vorm", "huisnummer"])
    words = set(text.replace("'", " ").replace(",", " ").replace("}", " ").split())
    for name in table.column_names:
        assert not {str(value) for value in table[name].to_pylist()} & words, name
    ends = of(written["expectations"], "huisnummer")["values_to_be_between"][0]
    assert ends == {"min_value": 0, "max_value": 1000}


def test_a_source_without_a_contract_is_taken_to_be_about_persons(pulled: Exchange, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    answer = CliRunner().invoke(
        main, ["suggest", "bag", "--lake", str(pulled.folder / "lake"), "--exchanges", str(tmp_path / "none")]
    )
    assert answer.exit_code == 0, answer.output
    assert " to 2025-" not in answer.stdout
    assert "contract" not in answer.stdout
    assert source.find(pulled.lake, tmp_path / "none", "bag").personal


def test_a_file_that_is_there_is_not_written_over(pulled: Exchange) -> None:
    answer = suggested(pulled, "--out", str(pulled.home / "demo.json"))
    assert answer.exit_code == 2
    assert json.loads((pulled.home / "demo.json").read_text())["name"] == "demo"


def test_what_was_never_pulled_is_told(exchange: Exchange) -> None:
    answer = suggested(exchange)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "no table raw/demo/bag" in answer.stderr


def test_a_key_that_is_none_is_remarked(pulled: Exchange) -> None:
    table = records()
    ids = table["id"].to_pylist()
    broken = table.set_column(1, "id", pa.array([None, ids[2], *ids[2:]]))
    pulled.lake.write("raw/demo/bag", broken, run_id="r2")
    said = json.loads(suggested(pulled, "--format", "json").stdout)
    assert of(said["expectations"], "id").keys() == {"value_lengths_to_equal"}
    assert said["meta"]["remarks"] == [
        "the contract's key, id, is empty in 1 of 500 rows",
        "the contract's key, id, has values that are there more than once",
    ]


def test_a_table_without_rows_gives_a_suite(exchange: Exchange) -> None:
    exchange.lake.write("raw/demo/bag", records().slice(0, 0), run_id="r1")
    assert {one["severity"] for one in lines(exchange)} == {"critical"}


@DUTCH
def test_dutch_registries_rules_are_known_by_name_and_content(pulled: Exchange) -> None:
    found = lines(pulled)
    assert of(found, "bsn")["values_to_be_bsn"] == ({}, "critical")
    assert of(found, "postcode")["values_to_be_postcode"] == ({}, "critical")
    wrong = pulled.lake.delta(pulled.lake.find("raw/demo/bag")).to_pyarrow_table()
    few = ["123456789" if n < 3 else bsn for n, bsn in enumerate(wrong["bsn"].to_pylist())]
    none = [str(123456780 + n) for n in range(len(few))]
    for values, expected in ((few, {"mostly": 0.994}), (none, None)):  # three of five hundred, and all
        table = wrong.set_column(wrong.column_names.index("bsn"), "bsn", pa.array(values))
        pulled.lake.write("raw/demo/bag", table, run_id=str(expected))
        said = of(lines(pulled), "bsn").get("values_to_be_bsn")
        assert said == ((expected, "warning") if expected else None)


@DUTCH
def test_the_narrowest_rule_that_holds_is_taken(pulled: Exchange) -> None:
    table = records()
    spaced = [
        f"{code[:4]} {code[4:]}" if n % 40 == 0 else code for n, code in enumerate(table["postcode"].to_pylist())
    ]
    at = table.column_names.index("postcode")
    pulled.lake.write("raw/demo/bag", table.set_column(at, "postcode", pa.array(spaced)), run_id="r2")
    assert of(lines(pulled), "postcode")["values_to_be_postcode"] == ({"loose": True}, "critical")


def test_it_passes_on_what_kadaster_delivered(weesp: Path, exchange: Exchange) -> None:
    words = {"connector": "bag_extract", "url": str(weesp), "object": "nummeraanduiding", "key": "identificatie"}
    exchange.write(contract(sources={"bag": words, "gemeente": words | {"authentic": True}}))
    pulled = bag_extract.pull(bag_extract.Options(object="nummeraanduiding"), Connection("weesp", str(weesp)))
    table = pa.Table.from_batches(pulled.batches, pulled.schema)
    table = table.append_column("_row", pa.array(range(1, table.num_rows + 1), pa.int64()))
    exchange.lake.write("raw/demo/bag", table, run_id="r1")
    file = exchange.home / "nummeraanduiding.yaml"
    assert suggested(exchange, "--out", str(file)).exit_code == 0
    assert unmet(exchange.lake, "raw/demo/bag", file) == []
    types = [one.expectation_type for one in suite.load(file).expectations]
    assert "expect_compound_columns_to_be_unique" in types
    assert "# " not in file.read_text()


@pytest.mark.parametrize(
    ("columns", "candidate"),
    [
        ({"inp.bsn": "text"}, ("bsn", {"column": "inp.bsn"})),
        ({"burgerservicenummer": "whole"}, ("bsn", {"column": "burgerservicenummer"})),
        (
            {"verblijfplaats.verblijfadres.postcode": "text"},
            ("postcode", {"column": "verblijfplaats.verblijfadres.postcode"}),
        ),
        ({"KvK_Nummer": "text"}, ("kvk_nummer", {"column": "KvK_Nummer"})),
        ({"geboorte.datum": "text"}, ("brp_datum", {"column": "geboorte.datum"})),
        ({"ligtIn": "text"}, ("bag_identificatie", {"column": "ligtIn", "object_type": "woonplaats"})),
        ({"geometrie": "bytes"}, ("in_rd_extent", {"column": "geometrie"})),
        (
            {"a.toevoeging": "text", "b.huisletter": "text", "a.huisnummer": "whole", "a.huisletter": "text"},
            (
                "expect_multicolumn_values_to_be_huisnummer",
                {"column_list": ["a.huisnummer", "a.huisletter", "a.toevoeging"]},
            ),
        ),
        (
            {"punt_x": "float", "punt_y": "float"},
            ("expect_column_pair_values_to_be_rd_coordinates", {"column_A": "punt_x", "column_B": "punt_y"}),
        ),
        ({"huisnummer": "whole", "huisletter": "text"}, None),
        ({"max": "float", "may": "text"}, None),
        ({"subsnel": "text", "postcodegebied": "text"}, None),
        ({"x": "float"}, None),
        ({"postcode": "float"}, None),
    ],
)
def test_a_name_leads_to_what_may_hold(columns: dict[str, Any], candidate: tuple[str, dict[str, Any]] | None) -> None:
    profiles = {name: ColumnProfile(name, kind, kind, nulls=0) for name, kind in columns.items()}
    found = [(one.type, dict(one.kwargs)) for one in candidates.of_columns(Profile(30, profiles), {})]
    if candidate is None:
        assert found == []
    else:
        assert candidate in found


@pytest.mark.parametrize("name", ["nergens/x.yaml", "x" * 300 + ".yaml"])
def test_a_place_that_can_not_be_written_is_bad_input(pulled: Exchange, name: str) -> None:
    answer = suggested(pulled, "--out", str(pulled.folder / name))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "can't be written" in answer.stderr
