"""Reconcile: every difference, settled where a rule can, with where each value came from."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from tests.builder import Exchange, addresses, contract
from vlekkeloos import pipeline
from vlekkeloos.errors import BadInput, Held

GOOD = ("1", "1234AB", 1)


def compare(exchange: Exchange, run_id: str = "r1", as_of: date | None = None) -> list[dict[str, Any]]:
    run = exchange.run(run_id, as_of) if as_of else exchange.run(run_id)
    for side in run.contract.sides:
        pipeline.pull(run, side)
        pipeline.validate(run, side)
    pipeline.reconcile(run)
    return exchange.rows("discrepancies/demo")


def found(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {(row["key"], row["field"], row["left"], row["right"], row["kind"]) for row in rows}


def rules(exchange: Exchange, **changes: Any) -> None:
    text = contract(publish=[])
    text["reconcile"] |= changes
    exchange.write({**text, "validate": {}})


def test_what_differs_and_what_is_missing_on_either_side_is_found(exchange: Exchange) -> None:
    exchange.sides(
        addresses(GOOD, ("2", "1234AB", 2), ("3", "1234AB", 3)),
        addresses(GOOD, ("2", "1234AC", 5), ("4", "1234AB", 4)),
    )
    assert found(compare(exchange)) == {
        ("2", "postcode", "1234AB", "1234AC", "differs"),
        ("2", "huisnummer", "2", "5", "differs"),
        ("3", None, None, None, "missing_right"),
        ("4", None, None, None, "missing_left"),
    }


def test_a_key_in_quarantine_is_not_called_missing(exchange: Exchange) -> None:
    exchange.sides(
        addresses(GOOD, ("2", "fout", 2), ("3", "1234AB", 3), ("5", "fout", 5)),
        addresses(GOOD, ("2", "1234AB", 2), ("3", "fout", 3), ("5", "fout", 5)),
    )
    assert found(compare(exchange)) == {
        ("2", None, None, None, "quarantined_left"),
        ("3", None, None, None, "quarantined_right"),
        ("5", None, None, None, "quarantined_left"),
        ("5", None, None, None, "quarantined_right"),
    }
    assert [row["id"] for row in exchange.rows("agreed/demo")] == ["1"]


def test_a_difference_in_notation_only_is_none(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234 ab", 1)), addresses(GOOD))
    assert compare(exchange) == []


def test_a_number_within_the_tolerance_is_equal_and_beyond_it_is_not(exchange: Exchange) -> None:
    rules(exchange, fields={"x": {"tolerance": 0.5}})
    exchange.sides(
        addresses(GOOD, ("2", "1234AB", 2), x=[10.0, 10.0]), addresses(GOOD, ("2", "1234AB", 2), x=[10.5, 10.6])
    )
    assert [row["key"] for row in compare(exchange)] == ["2"]


def test_a_tolerance_on_text_is_refused_naming_the_field(exchange: Exchange) -> None:
    rules(exchange, fields={"postcode": {"tolerance": 0.5}})
    with pytest.raises(BadInput, match="field postcode: a tolerance needs numbers"):
        compare(exchange)


def test_similar_texts_are_equal_from_the_threshold_on(exchange: Exchange) -> None:
    rules(exchange, fields={"straat": {"normalise": ["trim", "unaccent", "casefold"], "similar": 0.92}})
    exchange.sides(
        addresses(GOOD, ("2", "1234AB", 2), straat=["Burgemeester de Vlugtlaan", "Dam"]),
        addresses(GOOD, ("2", "1234AB", 2), straat=["burgemeester de vlugtlaàn ", "Rokin"]),
    )
    assert [row["key"] for row in compare(exchange)] == ["2"]


def test_empty_against_a_value_differs_and_empty_against_empty_does_not(exchange: Exchange) -> None:
    exchange.sides(
        addresses(("1", "1234AB", None), ("2", "1234AB", None)), addresses(("1", "1234AB", None), ("2", "1234AB", 2))
    )
    assert found(compare(exchange)) == {("2", "huisnummer", None, "2", "differs")}


def test_numbers_of_different_types_and_a_number_written_as_text_compare_by_value(exchange: Exchange) -> None:
    rules(exchange, fields={"huisnummer": {}, "nummer": {}})
    left = addresses(GOOD, nummer=["7"])
    right = addresses(GOOD, nummer=[7])
    exchange.sides(left, right.set_column(2, "huisnummer", right["huisnummer"].cast(pa.int32())))
    assert compare(exchange) == []


def test_without_fields_every_shared_field_is_compared(exchange: Exchange) -> None:
    rules(exchange, fields=None)
    exchange.sides(addresses(GOOD, wijk=["a"], eigen=[1]), addresses(("1", "1234AB", 9), wijk=["b"]))
    assert {row["field"] for row in compare(exchange)} == {"huisnummer", "wijk"}


def test_columns_may_be_named_otherwise_on_a_side_and_case_does_not_matter(exchange: Exchange) -> None:
    rules(exchange, fields={"postcode": {"left": "PC"}, "huisNummer": {}})
    exchange.sides(addresses(("1", "1234AB", 2)).rename_columns(["id", "pc", "HUISNUMMER"]), addresses(GOOD))
    assert {row["field"] for row in compare(exchange)} == {"huisNummer"}


def test_the_authentic_side_settles_what_differs_and_what_exists(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "9999ZZ", 1), ("2", "1234AB", 2)), addresses(GOOD, ("3", "1234AB", 3)))
    rows = compare(exchange)
    assert {(row["rule"], row["choice"]) for row in rows} == {("authentic", "bag")}
    agreed = {row["id"]: row for row in exchange.rows("agreed/demo")}
    assert agreed.keys() == {"1", "3"}
    assert agreed["1"]["postcode"] == "1234AB"


def test_the_agreed_record_says_for_each_field_where_its_value_came_from(exchange: Exchange) -> None:
    rules(
        exchange,
        fields={"postcode": {}, "huisnummer": {"settle": "gemeente"}, "wijk": {"keep": "gemeente"}},
    )
    exchange.sides(addresses(("1", "9999ZZ", 7), wijk=["Noord"]), addresses(GOOD, gebruik=["wonen"]))
    compare(exchange)
    (row,) = exchange.rows("agreed/demo")
    assert {name: row[name] for name in ("postcode", "huisnummer", "wijk", "gebruik")} == {
        "postcode": "1234AB",
        "huisnummer": 7,
        "wijk": "Noord",
        "gebruik": "wonen",
    }
    assert row["provenance"] == {
        "postcode": {"source": "bag", "rule": "authentic"},
        "huisnummer": {"source": "gemeente", "rule": "settle:gemeente"},
        "wijk": {"source": "gemeente", "rule": "keep"},
        "gebruik": {"source": "bag", "rule": "not compared"},
    }


def test_what_no_rule_settles_waits_for_a_person_and_is_left_out(exchange: Exchange) -> None:
    rules(exchange, settle=None)
    exchange.sides(addresses(GOOD, ("2", "9999ZZ", 2)), addresses(GOOD, ("2", "1234AB", 2), ("3", "1234AB", 3)))
    rows = compare(exchange)
    assert {row["rule"] for row in rows} == {None}
    assert [row["id"] for row in exchange.rows("agreed/demo")] == ["1"]
    record = exchange.run().recorded("reconcile")
    assert record is not None
    assert record.details["waiting"] == 2
    assert record.details["left_out"] == {"quarantined": 0, "undecided": 2}


def test_more_differences_than_the_threshold_hold_the_run(exchange: Exchange) -> None:
    rules(exchange, hold_above="10%")
    exchange.sides(addresses(GOOD, ("2", "9999ZZ", 2)), addresses(GOOD, ("2", "1234AB", 2)))
    with pytest.raises(Held, match=r"1 of 2 keys differ \(50.00%\), above hold_above: 10.00%"):
        compare(exchange)
    assert len(exchange.rows("discrepancies/demo")) == 1


def test_a_discrepancy_remembers_when_it_was_first_seen(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "9999ZZ", 1)), addresses(GOOD))
    compare(exchange, "r1", date(2026, 1, 1))
    exchange.sides(addresses(("1", "9999ZZ", 1), ("2", "1234AB", 2)), addresses(GOOD))
    rows = {row["key"]: row for row in compare(exchange, "r2", date(2026, 1, 2))}
    assert (rows["1"]["first_seen"], rows["1"]["runs_seen"], rows["1"]["state"]) == (date(2026, 1, 1), 2, "open")
    assert (rows["2"]["first_seen"], rows["2"]["runs_seen"], rows["2"]["state"]) == (date(2026, 1, 2), 1, "new")


def test_drafts_of_terugmeldingen_appear_after_the_contracts_runs_and_lapse_with_the_discrepancy(
    exchange: Exchange,
) -> None:
    exchange.write(contract(feed_back={"after": "2 runs"}, publish=[]))
    exchange.sides(addresses(("1", "9999ZZ", 1)), addresses(GOOD))

    def drafts(run_id: str) -> list[tuple[str, str, str, str]]:
        compare(exchange, run_id)
        pipeline.feed_back(exchange.run(run_id))
        rows = exchange.rows("terugmeldingen/demo")
        return [(row["key"], row["registered"], row["believed"], row["status"]) for row in rows]

    assert drafts("r1") == []
    assert drafts("r2") == [("1", "1234AB", "9999ZZ", "concept")]
    assert drafts("r3") == [("1", "1234AB", "9999ZZ", "concept")]
    exchange.sides(addresses(GOOD), addresses(GOOD))
    assert drafts("r4") == [("1", "1234AB", "9999ZZ", "vervallen")]
    exchange.sides(addresses(("1", "9999ZZ", 1)), addresses(GOOD))
    drafts("r5")
    assert sorted(drafts("r6")) == [
        ("1", "1234AB", "9999ZZ", "concept"),
        ("1", "1234AB", "9999ZZ", "vervallen"),
    ]


def test_an_empty_registry_holds_the_run_whatever_the_thresholds(exchange: Exchange) -> None:
    exchange.sides(addresses(GOOD), addresses())
    with pytest.raises(Held, match="bag has no record on 2026-01-01"):
        compare(exchange)
