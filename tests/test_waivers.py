"""A quarantined record: corrected at its source, or waived by a person; either way the next run lets it pass."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.builder import Exchange, addresses, contract
from tests.test_validate import GOOD, judge, suite_of
from vlekkeloos import pipeline
from vlekkeloos.cli import main
from vlekkeloos.errors import BadInput, Held, NotFound

BAD = addresses(("1", "1234AB", 1), ("2", "fout", 2), ("3", "1234AB", 3))


def accepted(exchange: Exchange) -> list[str]:
    return sorted(row["id"] for row in exchange.rows("accepted/gemeente"))


def waive(exchange: Exchange, key: str = "2", run_id: str = "r1", row: int | None = None) -> list[str]:
    return pipeline.waive(exchange.run(run_id), "gemeente", key, "bekend bij de gemeente", "analist", row)


def test_a_record_that_is_corrected_at_the_source_passes_the_next_run(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    assert accepted(exchange) == ["1", "3"]
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("3", "1234AB", 3)), GOOD)
    judge(exchange, "r2")
    assert accepted(exchange) == ["1", "2", "3"]
    assert exchange.rows("quarantine/gemeente") == []


def test_a_waived_record_passes_the_next_run_with_the_decision_kept(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    assert waive(exchange) == ["expect_column_values_to_match_regex(postcode)"]
    assert accepted(exchange) == ["1", "3"], "a run is not changed afterwards"
    judge(exchange, "r2")
    assert accepted(exchange) == ["1", "2", "3"]
    details = exchange.run("r2").recorded("validate", "gemeente").details  # type: ignore[union-attr]
    assert (details["rows"], details["accepted"], details["quarantined"], details["waived"]) == (3, 3, 0, 1)
    (kept,) = exchange.rows("waivers/gemeente")
    assert (kept["key"], kept["reason"], kept["who"], kept["run_id"]) == (
        "2", "bekend bij de gemeente", "analist", "r1",
    )  # fmt: skip


def test_a_waiver_is_of_the_record_wherever_it_stands_in_the_delivery(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    waive(exchange)
    exchange.sides(addresses(("0", "1234AB", 9), ("2", "fout", 2)), GOOD)
    judge(exchange, "r2")
    assert accepted(exchange) == ["0", "2"]


def test_a_waived_record_that_changes_is_judged_anew(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    waive(exchange)
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "fout", 22), ("3", "1234AB", 3)), GOOD)
    judge(exchange, "r2")
    assert accepted(exchange) == ["1", "3"]


def test_a_waiver_is_of_the_rules_that_were_broken_and_of_no_other(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    waive(exchange)
    suite = json.loads((exchange.home / "demo.json").read_text(encoding="utf-8"))
    suite["expectations"].append(
        {"type": "expect_column_value_lengths_to_equal", "kwargs": {"column": "postcode", "value": 6}}
    )
    (exchange.home / "demo.json").write_text(json.dumps(suite), encoding="utf-8")
    judge(exchange, "r2")
    assert accepted(exchange) == ["1", "3"]
    assert waive(exchange, run_id="r2") == [
        "expect_column_value_lengths_to_equal(postcode)",
        "expect_column_values_to_match_regex(postcode)",
    ]
    judge(exchange, "r3")
    assert accepted(exchange) == ["1", "2", "3"]


def test_a_key_of_two_records_cannot_be_waived(exchange: Exchange) -> None:
    text = contract()
    text["validate"]["gemeente"] |= {"duplicates": "quarantine", "hold_above": "100%"}
    exchange.write(text)
    exchange.sides(addresses(("2", "1234AB", 2), ("2", "1234AB", 3)), GOOD)
    judge(exchange)
    with pytest.raises(BadInput, match=r"record 1 and 2: more records .*--row"):
        waive(exchange)
    with pytest.raises(BadInput, match=r"record 2: key_is_unique can't be waived"):
        waive(exchange, row=2)


def test_what_is_not_in_quarantine_cannot_be_waived(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    with pytest.raises(NotFound, match="no record with that key is in the quarantine of gemeente in run r1"):
        waive(exchange, "1")


def regex(pattern: str) -> dict[str, object]:
    return {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "postcode", "regex": pattern}}


def test_another_rule_of_the_same_kind_about_the_same_field_is_another_rule(exchange: Exchange) -> None:
    suite_of(exchange, regex("^[0-9]"))
    exchange.sides(BAD, GOOD)
    judge(exchange)
    waive(exchange)
    suite_of(exchange, regex("^[0-9]"), regex("[A-Z]$"))
    judge(exchange, "r2")
    assert accepted(exchange) == ["1", "3"]
    lines = exchange.rows("quarantine/gemeente")
    assert sorted(json.loads(line["arguments"])["regex"] for line in lines) == ["[A-Z]$", "^[0-9]"]


def test_a_waiver_changes_nothing_in_the_run_that_it_was_made_in(exchange: Exchange) -> None:
    text = contract()
    text["validate"]["gemeente"]["hold_above"] = 0
    exchange.write(text)
    exchange.sides(BAD, GOOD)
    with pytest.raises(Held):
        judge(exchange)
    waive(exchange)
    with pytest.raises(Held):
        pipeline.validate(exchange.run(), "gemeente")
    details = exchange.run().recorded("validate", "gemeente").details  # type: ignore[union-attr]
    assert (details["accepted"], details["quarantined"], details["waived"]) == (2, 1, 0)
    judge(exchange, "r2")


def test_a_repeat_of_a_waived_record_counts_for_no_threshold(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    waive(exchange)
    text = contract()
    text["validate"]["gemeente"]["hold_above"] = 0
    exchange.write(text)
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "fout", 2), ("2", "fout", 2)), GOOD)
    judge(exchange, "r2")
    assert accepted(exchange) == ["1", "2"]
    assert {line["expectation"] for line in exchange.rows("quarantine/gemeente")} == {
        "row_is_not_a_repeat", "expect_column_values_to_match_regex",
    }  # fmt: skip


@pytest.mark.parametrize("words", [["--row", "1"], ["--source", "", "--key", ""], ["--source", "gemeente"]])
def test_half_a_record_on_the_command_line_lets_nothing_pass(exchange: Exchange, words: list[str]) -> None:
    text = contract()
    text["validate"]["gemeente"]["hold_above"] = 0
    exchange.write(text)
    exchange.sides(BAD, GOOD)
    with pytest.raises(Held):
        judge(exchange)
    places = ["--exchanges", str(exchange.exchanges), "--lake", exchange.lake.url]
    said = CliRunner().invoke(main, ["release", "demo", *words, "--reason", "x", *places])
    assert said.exit_code == 2
    assert "--source and --key" in said.output
    assert exchange.lake.latest("approvals/demo") is None


def test_a_record_is_waived_on_the_command_line(exchange: Exchange) -> None:
    exchange.sides(BAD, GOOD)
    judge(exchange)
    places = ["--exchanges", str(exchange.exchanges), "--lake", exchange.lake.url]
    record = ["--source", "gemeente", "--key", "2", "--reason", "bekend", "--who", "analist"]
    said = CliRunner().invoke(main, ["release", "demo", *record, *places])
    assert (said.exit_code, "passes from the next run on" in said.output) == (0, True)
    judge(exchange, "r2")
    assert accepted(exchange) == ["1", "2", "3"]
