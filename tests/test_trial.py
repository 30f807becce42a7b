"""Trying a suite on what was pulled: what it prints, what it leaves alone, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from tests.builder import Exchange, addresses, contract
from vlekkeloos import source, suite, trial
from vlekkeloos.cli import main
from vlekkeloos.scan import GX, SCAN
from vlekkeloos.scan.metric import CONDITIONS

NOT_NULL, UNIQUE = "expect_column_values_to_not_be_null", "expect_column_values_to_be_unique"


def numbered(table: pa.Table) -> pa.Table:
    return table.append_column("_row", pa.array(range(1, table.num_rows + 1), pa.int64()))


@pytest.fixture
def pulled(exchange: Exchange) -> Exchange:
    """Three addresses pulled for ``gemeente``, one without a huisnummer; two for ``bag``."""
    gemeente = addresses(("1", "1234AB", 1), ("2", "1234AB", None), ("3", "9999XX", 3))
    exchange.lake.write("raw/demo/gemeente", numbered(gemeente), run_id="r1")
    exchange.lake.write("raw/demo/bag", numbered(addresses(("1", "1234AB", 1), ("2", "1234AC", 2))), run_id="r1")
    return exchange


def expecting(exchange: Exchange, *expectations: tuple[str, str, dict[str, Any]], name: str = "proef") -> Path:
    file = exchange.home / f"{name}.json"
    written = [{"type": kind, "severity": severity, "kwargs": kwargs} for kind, severity, kwargs in expectations]
    file.write_text(json.dumps({"name": name, "expectations": written}), encoding="utf-8")
    return file


def tried(exchange: Exchange, *words: str) -> Result:
    places = ["--lake", str(exchange.folder / "lake"), "--exchanges", str(exchange.exchanges)]
    return CliRunner().invoke(main, ["validate", *words, *places])


@pytest.mark.parametrize(("severity", "status"), [("critical", 1), ("warning", 0), ("info", 0)])
def test_only_a_critical_expectation_that_is_not_met_fails(pulled: Exchange, severity: str, status: int) -> None:
    expecting(pulled, (NOT_NULL, severity, {"column": "huisnummer"}), (UNIQUE, "critical", {"column": "id"}))
    before = pulled.lake.tables()
    answer = tried(pulled, "gemeente", "--suite", "proef")
    assert answer.exit_code == status, answer.output
    head, first, second = answer.stdout.splitlines()
    assert head == "raw/demo/gemeente@0, 3 rows, suite proef"
    assert first.split() == ["not", "met", severity, NOT_NULL, "huisnummer", "1", "of", "3", "not", "scan"]
    assert second.split() == ["met", "critical", UNIQUE, "id", "0", "of", "3", "not", "scan"]
    assert pulled.lake.tables() == before


def test_json_is_the_result_as_gx_writes_it(pulled: Exchange) -> None:
    file = expecting(pulled, (NOT_NULL, "critical", {"column": "huisnummer"}), name="elders")
    file = file.rename(pulled.folder / "elders.json")
    answer = tried(pulled, "demo/gemeente", "--suite", str(file), "--json")
    assert answer.exit_code == 1
    said = json.loads(answer.stdout)
    assert (said["success"], said["suite_name"]) == (False, "elders")
    (one,) = said["results"]
    assert one["result"]["unexpected_count"] == 1
    assert one["meta"]["evaluated_by"] == SCAN


def test_a_line_says_who_judged(pulled: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    expecting(pulled, (NOT_NULL, "info", {"column": "id"}), (UNIQUE, "info", {"column": "id"}))
    monkeypatch.delitem(CONDITIONS, "column_values.unique")
    lines = tried(pulled, "gemeente", "--suite", "proef").stdout.splitlines()[1:]
    assert [line.split()[-1] for line in lines] == [SCAN, GX]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nergens", "--suite", "demo"), "no table raw/nergens"),
        (("gemeente", "--suite", "nergens"), "there is no suite 'nergens'"),
        (("gemeente", "--suite", "proef"), "speaks of a column that isn't there"),
        (("gemeente", "--suite", "demo", "--run-id", "r1"), "--run-id is about a run"),
        (("gemeente", "--suite", "demo", "--as-of", "2026-01-01"), "--as-of is about a run"),
        (("gemeente", "--suite", "demo", "--source", "bag"), "--source is about a run"),
    ],
)
def test_what_can_not_be_tried_is_bad_input(pulled: Exchange, words: tuple[str, ...], said: str) -> None:
    expecting(pulled, (NOT_NULL, "critical", {"column": "straat"}))
    answer = tried(pulled, *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_a_contract_that_names_no_suite_yet_is_no_hindrance(pulled: Exchange) -> None:
    pulled.write(contract(validate={"gemeente": {"suite": "nog_te_maken"}}))
    expecting(pulled, (UNIQUE, "critical", {"column": "id"}))
    assert tried(pulled, "gemeente", "--suite", "proef").exit_code == 0


@pytest.mark.parametrize(
    ("rules", "at_hand"),
    [
        ({"suite": "demo", "refers_to": ["bag"]}, {"bag": ["1", "2"]}),
        ({"suite": "demo"}, {}),
        (None, {"bag": ["1", "2"], "kaart": ["8"]}),
    ],
)
def test_the_other_sources_are_at_hand_as_a_run_has_them(
    pulled: Exchange, monkeypatch: pytest.MonkeyPatch, rules: dict[str, Any] | None, at_hand: dict[str, list[str]]
) -> None:
    """Raw, and by the contract's refers_to; without a contract all of them."""
    if rules is None:
        (pulled.home / "contract.yaml").unlink()
    else:
        pulled.write(contract(validate={"gemeente": rules}))
    pulled.lake.write("accepted/demo/bag", numbered(addresses(("9", "1234AB", 1))), run_id="r1")
    pulled.lake.write("raw/demo/kaart", numbered(addresses(("8", "1234AB", 1))), run_id="r1")
    pulled.lake.write("raw/other/bag", numbered(addresses(("7", "1234AB", 1))), run_id="r1")
    seen: dict[str, list[str]] = {}
    judge = trial.scan.judge

    def looking(suite: Any, query: Any, *more: Any, others: dict[str, str], **words: Any) -> Any:
        for name, view in others.items():
            seen[name] = sorted(key for (key,) in query.execute(f"SELECT id FROM {view}").fetchall())
        return judge(suite, query, *more, others=others, **words)

    monkeypatch.setattr(trial.scan, "judge", looking)
    file = expecting(pulled, (UNIQUE, "critical", {"column": "id"}))
    trial.tried(pulled.lake, source.find(pulled.lake, pulled.exchanges, "demo/gemeente"), file)
    assert seen == at_hand


def test_of_persons_there_are_counts_and_no_values(pulled: Exchange) -> None:
    about = {"purpose": {"processing_activity": "x", "legal_basis": "y"}, "publish": []}
    file = expecting(
        pulled,
        ("expect_column_values_to_be_in_set", "warning", {"column": "postcode", "value_set": ["1234AB"]}),
        ("expect_column_max_to_be_between", "warning", {"column": "huisnummer", "max_value": 2}),
        ("expect_column_distinct_values_to_be_in_set", "warning", {"column": "postcode", "value_set": ["1234AB"]}),
        ("expect_table_row_count_to_equal", "warning", {"value": 4}),
    )
    for classification, shown in (("openbaar", True), ("persoonsgegevens", False)):
        pulled.write(contract(classification=classification, **about))
        answer = tried(pulled, "gemeente", "--suite", str(file), "--json")
        assert answer.exit_code == 0, answer.output
        said = json.loads(answer.stdout)
        assert ("9999XX" in answer.stdout) is shown
        assert said["results"][0]["result"]["unexpected_count"] == 1
        assert ("observed_value" in said["results"][1]["result"]) is shown
        assert said["results"][3]["result"]["observed_value"] == 3
        assert [one["success"] for one in said["results"]] == [False] * 4


def test_a_name_is_a_suite_beside_the_contract_and_a_path_is_itself(pulled: Exchange, tmp_path: Path) -> None:
    assert trial.find("demo", pulled.home) == pulled.home / "demo.json"
    assert trial.find(str(pulled.home / "demo.json"), tmp_path) == pulled.home / "demo.json"
    assert suite.load(trial.find("demo", pulled.home)).name == "demo"
