"""Validate: raw is accepted plus quarantine, each row once, with every rule it broke."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.builder import Exchange, addresses, contract
from vlekkeloos import pipeline, results, suite
from vlekkeloos.errors import BadInput, ContractError, Held, NotFound
from vlekkeloos.lake import ROW

GOOD = addresses(("1", "1234AB", 1))


def judge(exchange: Exchange, run_id: str = "r1") -> None:
    run = exchange.run(run_id)
    pipeline.pull(run, "gemeente")
    pipeline.validate(run, "gemeente")


def test_a_row_that_breaks_a_rule_goes_to_quarantine_with_expectation_field_value_and_severity(
    exchange: Exchange,
) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "12345", 2), ("3", "1234AB", 3)), GOOD)
    judge(exchange)
    (row,) = exchange.rows("quarantine/gemeente")
    assert row["expectation"] == "expect_column_values_to_match_regex"
    assert (row["key"], row["field"], row["value"], row["severity"]) == ("2", "postcode", "12345", "critical")
    assert json.loads(row["record"]) == {ROW: 2, "id": "2", "postcode": "12345", "huisnummer": 2}


def test_a_quarantined_row_lists_every_rule_it_broke(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "12345", None)), GOOD)
    judge(exchange)
    broken = {row["expectation"]: row["severity"] for row in exchange.rows("quarantine/gemeente")}
    assert broken == {
        "expect_column_values_to_match_regex": "critical",
        "expect_column_values_to_not_be_null": "warning",
    }


def test_a_warning_alone_passes_and_is_counted(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", None)), GOOD)
    judge(exchange)
    assert exchange.rows("quarantine/gemeente") == []
    record = exchange.run().recorded("validate", "gemeente")
    assert record is not None
    warned = next(e for e in record.details["expectations"] if e["severity"] == "warning" and e["unexpected"])
    assert (warned["field"], warned["unexpected"]) == ("huisnummer", 1)


def test_raw_is_accepted_plus_quarantine_row_by_row(exchange: Exchange) -> None:
    exchange.sides(
        addresses(("1", "1234AB", 1), ("2", "bad", 2), ("3", "1234AB", 3), ("3", "1234AB", 3), (None, "1234AB", 5)),
        GOOD,
    )
    judge(exchange)
    raw = Counter(row[ROW] for row in exchange.rows("raw/gemeente"))
    accepted = Counter(row[ROW] for row in exchange.rows("accepted/gemeente"))
    quarantined = Counter({row["row"] for row in exchange.rows("quarantine/gemeente")})
    assert raw == accepted + quarantined


def test_a_row_that_repeats_another_to_the_letter_is_kept_once_and_counts_for_no_threshold(
    exchange: Exchange,
) -> None:
    text = contract()
    text["validate"]["gemeente"]["hold_above"] = 0
    exchange.write(text)
    exchange.sides(addresses(("1", "1234AB", 1), ("1", "1234AB", 1), ("1", "1234AB", 1)), GOOD)
    judge(exchange)
    assert [row[ROW] for row in exchange.rows("accepted/gemeente")] == [1]
    assert {row["expectation"] for row in exchange.rows("quarantine/gemeente")} == {"row_is_not_a_repeat"}


def test_a_key_with_two_different_records_is_refused_with_file_records_and_field(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("2", "1234AB", 3)), GOOD)
    with pytest.raises(BadInput, match=r"file left.parquet, record 2 and 3, field id: the same key") as refused:
        judge(exchange)
    assert refused.value.exit_status == 2
    assert {row["row"] for row in exchange.rows("quarantine/gemeente")} == {2, 3}
    with pytest.raises(NotFound):
        exchange.run().outputs("validate", "gemeente")


def test_duplicates_can_be_quarantined_instead(exchange: Exchange) -> None:
    text = contract()
    text["validate"]["gemeente"] |= {"duplicates": "quarantine", "hold_above": "70%"}
    exchange.write(text)
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("2", "1234AB", 3)), GOOD)
    judge(exchange)
    assert [row["id"] for row in exchange.rows("accepted/gemeente")] == ["1"]


def test_too_many_bad_rows_hold_the_run_after_both_tables_are_written(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "x", 2), ("3", "y", 3)), GOOD)
    with pytest.raises(Held, match=r"66\.67% .* above hold_above: 50\.00%"):
        judge(exchange)
    assert len(exchange.rows("accepted/gemeente")) == 1
    assert len(exchange.rows("quarantine/gemeente")) == 2


def test_a_held_run_goes_on_once_a_person_approved_it(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "x", 2), ("3", "y", 3)), GOOD)
    with pytest.raises(Held):
        pipeline.run_all(exchange.run())
    assert exchange.lake.latest("releases/demo/afnemer") is None
    exchange.run().approve("herindeling, bekend", "analist")
    pipeline.run_all(exchange.run())
    assert exchange.lake.latest("releases/demo/afnemer") is not None


def test_a_critical_expectation_about_the_whole_table_holds_the_run(exchange: Exchange) -> None:
    rule = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 5}, "severity": "critical"}
    (exchange.home / "demo.json").write_text(json.dumps({"name": "demo", "expectations": [rule]}), encoding="utf-8")
    with pytest.raises(Held, match="expect_table_row_count_to_be_between"):
        judge(exchange)


def suite_of(exchange: Exchange, *rules: dict[str, object]) -> None:
    (exchange.home / "demo.json").write_text(json.dumps({"name": "demo", "expectations": rules}), encoding="utf-8")


def test_an_expectation_is_critical_unless_it_says_otherwise(exchange: Exchange) -> None:
    suite_of(exchange, {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "huisnummer"}})
    exchange.sides(addresses(("1", "1234AB", None), ("2", "1234AB", 2)), GOOD)
    judge(exchange)
    assert [row["severity"] for row in exchange.rows("quarantine/gemeente")] == ["critical"]


def test_mostly_says_when_an_expectation_is_met_not_which_rows_pass(exchange: Exchange) -> None:
    kwargs = {"column": "huisnummer", "mostly": 0.5}
    suite_of(exchange, {"type": "expect_column_values_to_not_be_null", "kwargs": kwargs})
    exchange.sides(addresses(("1", "1234AB", None), ("2", "1234AB", 2)), GOOD)
    judge(exchange)
    assert [row["key"] for row in exchange.rows("quarantine/gemeente")] == ["1"]
    record = exchange.run().recorded("validate", "gemeente")
    assert record is not None
    told = record.details["expectations"][-1]
    assert (told["success"], told["evaluated"], told["unexpected"]) == (True, 2, 1)


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_an_expectation_about_the_whole_table_holds_only_if_it_is_critical(exchange: Exchange, severity: str) -> None:
    kwargs = {"column": "huisnummer", "max_value": 1}
    suite_of(exchange, {"type": "expect_column_max_to_be_between", "kwargs": kwargs, "severity": severity})
    exchange.sides(addresses(("2", "1234AB", 2)), GOOD)
    judge(exchange)
    record = exchange.run().recorded("validate", "gemeente")
    assert record is not None
    assert (record.status, record.details["expectations"][-1]["success"]) == ("done", False)


def test_a_suite_that_speaks_of_a_missing_column_is_refused_naming_it(exchange: Exchange) -> None:
    rule = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "straat"}}
    (exchange.home / "demo.json").write_text(json.dumps({"name": "demo", "expectations": [rule]}), encoding="utf-8")
    with pytest.raises(BadInput, match=r"suite demo, field straat"):
        judge(exchange)


def test_a_suite_can_be_python(tmp_path: Path) -> None:
    file = tmp_path / "eigen.py"
    file.write_text(
        "import great_expectations as gx\n"
        "suite = gx.ExpectationSuite(name='eigen', expectations=[\n"
        "    gx.expectations.ExpectColumnValuesToBeUnique(column='id')])\n",
        encoding="utf-8",
    )
    assert suite.load(suite.find(tmp_path, "eigen")).expectations[0].column == "id"


@pytest.mark.parametrize(
    "text",
    ["{", '{"name": "x"}', '{"name": "x", "expectations": [{"type": "expect_the_unexpected", "kwargs": {}}]}'],
)
def test_a_file_that_is_no_suite_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "kapot.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"kapot.json: not a suite"):
        suite.load(tmp_path / "kapot.json")


def test_no_message_holds_a_value_out_of_a_record(exchange: Exchange) -> None:
    exchange.sides(addresses(("999990019", "1234AB", 1), ("999990019", "1234AC", 2)), GOOD)
    with pytest.raises(BadInput) as refused:
        judge(exchange)
    assert "999990019" not in str(refused.value)
    assert "1234A" not in str(refused.value)


def test_a_run_is_of_one_set_of_rules(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "x", 1)), GOOD)
    with pytest.raises(Held):
        judge(exchange)
    mended = json.loads((exchange.home / "demo.json").read_text(encoding="utf-8"))
    mended["expectations"].pop(0)
    (exchange.home / "demo.json").write_text(json.dumps(mended), encoding="utf-8")
    with pytest.raises(BadInput, match=r"changed since run r1 began.*start a new run"):
        judge(exchange)
    judge(exchange, "r2")
    assert len(exchange.rows("accepted/gemeente")) == 1


def test_an_approval_is_of_what_holds_the_run_now_and_of_nothing_later(exchange: Exchange) -> None:
    text = contract()
    text["reconcile"]["hold_above"] = "10%"
    exchange.write(text)
    exchange.sides(
        addresses(("1", "fout", 1), ("2", "fout", 2), ("3", "9999ZZ", 3)),
        addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("3", "1234AB", 3)),
    )
    with pytest.raises(Held, match="quarantine"):
        pipeline.run_all(exchange.run())
    exchange.run().approve("bekend", "analist")
    with pytest.raises(Held, match="keys differ"):
        pipeline.run_all(exchange.run())
    assert exchange.lake.latest("releases/demo/afnemer") is None
    exchange.run().approve("ook bekend", "analist")
    pipeline.run_all(exchange.run())
    assert exchange.lake.latest("releases/demo/afnemer") is not None


def test_exactly_the_threshold_does_not_hold(exchange: Exchange) -> None:
    text = contract()
    text["validate"]["gemeente"]["hold_above"] = "0.7%"
    exchange.write(text)
    rows = [(str(number), "fout" if number < 7 else "1234AB", 1) for number in range(1000)]
    exchange.sides(addresses(*rows), GOOD)
    judge(exchange)


def test_a_key_of_spaces_is_none(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), (" ", "1234AB", 2)), GOOD)
    judge(exchange)
    assert [row["expectation"] for row in exchange.rows("quarantine/gemeente")] == ["key_is_filled"]


def test_expectations_about_the_columns_see_the_registrys_columns(exchange: Exchange) -> None:
    rules = [
        {"type": "expect_table_column_count_to_equal", "kwargs": {"value": 3}},
        {"type": "expect_table_columns_to_match_set", "kwargs": {"column_set": ["id", "postcode", "huisnummer"]}},
    ]
    (exchange.home / "demo.json").write_text(json.dumps({"name": "demo", "expectations": rules}), encoding="utf-8")
    judge(exchange)


REFERENCE = {
    "type": "expect_column_values_to_exist_in",
    "kwargs": {"column": "postcode", "source": "bag", "source_column": "postcode"},
}


def test_a_suite_may_refer_to_another_source_which_is_pulled_first(exchange: Exchange) -> None:
    suite_of(exchange, REFERENCE)
    text = contract()
    text["validate"] = {"gemeente": {"suite": "demo", "hold_above": "50%", "refers_to": ["bag"]}}
    exchange.write(text)
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "9999ZZ", 2)), addresses(("7", "1234AB", 1)))
    judge(exchange)
    (row,) = exchange.rows("quarantine/gemeente")
    assert (row["key"], row["expectation"], row["value"]) == ("2", "expect_column_values_to_exist_in", "9999ZZ")
    assert [record.subject for record in exchange.run().records() if record.stage == "pull"] == ["gemeente", "bag"]


def test_a_suite_that_refers_to_a_source_that_the_contract_does_not_name_is_refused(exchange: Exchange) -> None:
    suite_of(exchange, REFERENCE)
    with pytest.raises(ContractError, match=r"validate.gemeente.refers_to: bag, for suite demo refers to it"):
        exchange.run()


def test_an_included_suite_is_part_of_the_rules_of_a_run(exchange: Exchange) -> None:
    suite_of(exchange)
    included = exchange.home / "gedeeld.yaml"
    included.write_text("name: gedeeld\nexpectations: []\n", encoding="utf-8")
    (exchange.home / "demo.json").write_text(
        json.dumps({"name": "demo", "includes": ["gedeeld"], "expectations": []}), encoding="utf-8"
    )
    before = exchange.run().rules
    included.write_text("name: gedeeld\nexpectations: [] # other\n", encoding="utf-8")
    assert exchange.run().rules != before


def test_what_gx_said_is_kept_beside_the_tables(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "fout", 2)), GOOD)
    judge(exchange)
    run = exchange.run()
    with run.lake.fetched(results.place(run, "gemeente")) as folder:
        result, kept = results.read(folder)
    assert result.success is False
    assert result.results[0].result["partial_unexpected_list"] == ["fout"]
    assert {one.meta["evaluated_by"] for one in result.results} == {"scan"}
    assert kept.name == "demo"


def test_of_persons_no_value_is_kept_in_what_gx_said(exchange: Exchange) -> None:
    purpose = {"processing_activity": "https://register.example/1", "legal_basis": "Wet BRP, artikel 1.7"}
    text = contract(classification="persoonsgegevens", purpose=purpose)
    text["publish"][0]["purpose"] = "Wet BRP, artikel 3.2"
    exchange.write(text)
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "GEHEIM", 2)), GOOD)
    judge(exchange)
    run = exchange.run()
    with run.lake.fetched(results.place(run, "gemeente")) as folder:
        said = (folder / "result.json").read_text(encoding="utf-8")
    assert '"unexpected_count": 1' in said
    assert "GEHEIM" not in said


def test_a_critical_expectation_about_the_values_of_a_column_holds_too(exchange: Exchange) -> None:
    kwargs = {"column": "postcode", "value_set": ["1234AB"]}
    suite_of(exchange, {"type": "expect_column_distinct_values_to_be_in_set", "kwargs": kwargs})
    exchange.sides(addresses(("1", "9999ZZ", 1)), GOOD)
    with pytest.raises(Held, match=r"expect_column_distinct_values_to_be_in_set\(postcode\) failed"):
        judge(exchange)


def test_a_suite_without_expectations_judges_nothing(exchange: Exchange) -> None:
    suite_of(exchange)
    exchange.sides(addresses(("1", "fout", None)), GOOD)
    judge(exchange)
    assert [row["id"] for row in exchange.rows("accepted/gemeente")] == ["1"]


def test_every_reason_that_holds_a_run_is_told(exchange: Exchange) -> None:
    few = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 5}}
    filled = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "huisnummer"}}
    suite_of(exchange, few, filled)
    exchange.sides(addresses(("1", "1234AB", None)), GOOD)
    with pytest.raises(Held, match=r"row_count.* failed for the table as a whole; 100\.00% of the rows"):
        judge(exchange)
