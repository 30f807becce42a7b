"""A registry whose fields come, go or change their type: told in the run, and holding it where that is asked."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from tests.builder import Exchange, addresses, contract
from tests.end_to_end.driver import vlekkeloos
from vlekkeloos import pipeline
from vlekkeloos.errors import Held
from vlekkeloos.pull import pull

PLAIN = addresses(("1", "1234AB", 1), ("2", "1234AC", 2))
DRIFTED = PLAIN.append_column("nieuw", pa.array(["x", "y"]))


def holding(exchange: Exchange) -> Exchange:
    """The exchange, held where the schema of ``bag`` drifts."""
    text = contract(validate={})
    text["sources"]["bag"]["drift"] = "hold"
    exchange.write(text)
    return exchange


def drifted(exchange: Exchange, *tables: pa.Table) -> list[tuple[str, str]]:
    """What drifted with the last of these, each of them a pull of its own: field and change."""
    for number, table in enumerate(tables):
        exchange.sides(PLAIN, table)
        details = pull(exchange.run(f"r{number}"), "bag").details
    return [(one["field"], one["change"]) for one in details["drift"]]


def test_the_first_pull_has_nothing_to_differ_from(exchange: Exchange) -> None:
    assert "drift" not in pull(exchange.run(), "bag").details


def test_the_same_fields_are_no_drift_in_whatever_order(exchange: Exchange) -> None:
    assert drifted(exchange, PLAIN, PLAIN.select(["huisnummer", "id", "postcode"])) == []


def test_new_vanished_and_retyped_fields_are_told(exchange: Exchange) -> None:
    before = PLAIN.append_column("oud", pa.array([1, 2]))
    now = DRIFTED.set_column(2, "huisnummer", pa.array(["1", "2"]))
    assert drifted(exchange, before, now) == [("huisnummer", "retyped"), ("nieuw", "new"), ("oud", "vanished")]


def declared(
    *unexpected: dict[str, Any] | None, postcodes: tuple[str | None, ...] = ("1234AB", "1234AC")
) -> pa.Table:
    """What a connector with declared columns gives."""
    told = [json.dumps(found) if found else None for found in unexpected]
    rows = [(str(number), postcode, number) for number, postcode in enumerate(postcodes, start=1)]
    return addresses(*rows).append_column("_unexpected", pa.array(told, pa.string()))


def test_a_field_that_was_not_declared_is_new_and_one_of_another_type_is_retyped(exchange: Exchange) -> None:
    now = declared({"hoogte.NAP": 1.5}, {"hoogte.NAP": 2.5, "huisnummer": "2 bis"})
    assert drifted(exchange, declared(None, None), now) == [("hoogte.NAP", "new"), ("huisnummer", "retyped")]


def test_a_field_that_was_unexpected_before_is_no_drift_again(exchange: Exchange) -> None:
    assert drifted(exchange, declared({"hoogte": 1}, None), declared(None, {"hoogte": 2})) == []


def test_a_declared_column_without_any_value_left_has_vanished(exchange: Exchange) -> None:
    now = declared(None, None, postcodes=(None, None))
    assert drifted(exchange, declared(None, None), now) == [("postcode", "vanished")]


def test_a_registry_without_records_has_not_lost_its_fields(exchange: Exchange) -> None:
    before = declared(None, None)
    assert drifted(exchange, before, before.slice(0, 0)) == []


@pytest.mark.parametrize("field", ['with "quotes"', "a/b", "a~b", "a.b[0]", "$", "", "it's"])
def test_a_field_may_be_named_as_the_registry_likes(exchange: Exchange, field: str) -> None:
    assert drifted(exchange, declared(None, None), declared({field: 1}, None)) == [(field, "new")]


def test_drift_that_is_only_told_does_not_stop_the_run(exchange: Exchange) -> None:
    exchange.write(contract(validate={}))
    for run_id, table in (("r1", PLAIN), ("r2", DRIFTED)):
        exchange.sides(PLAIN, table)
        pipeline.pull(exchange.run(run_id), "bag")
    assert exchange.run("r2").recorded("pull", "bag").status == "done"  # type: ignore[union-attr]


def test_drift_holds_the_run_until_a_person_releases_it(exchange: Exchange) -> None:
    exchange = holding(exchange)
    pipeline.pull(exchange.run("r1"), "bag")
    exchange.sides(PLAIN, DRIFTED)
    places = ["--exchanges", exchange.exchanges, "--lake", exchange.lake.url, "--run-id", "r2"]
    for _ in range(2):
        held = vlekkeloos("run", "demo", *places)
        assert held.status == 1
        assert "bag: the registry's schema drifted: nieuw new" in held.err
    assert "nieuw" in exchange.rows("raw/demo/bag")[0], "what was received is kept"
    assert "releases/demo/afnemer" not in exchange.lake.tables()
    assert vlekkeloos("release", "demo", *places, "--reason", "the new field is known").status == 0
    assert len(exchange.rows("releases/demo/afnemer")) == 2
    pipeline.pull(exchange.run("r3"), "bag")
    assert exchange.run("r3").recorded("pull", "bag").details["drift"] == []  # type: ignore[union-attr]


def test_drift_that_nobody_released_is_told_and_holds_again(exchange: Exchange) -> None:
    exchange = holding(exchange)
    pipeline.pull(exchange.run("r1"), "bag")
    exchange.sides(PLAIN, DRIFTED)
    for run_id in ("r2", "r3"):
        with pytest.raises(Held, match="nieuw new"):
            pipeline.pull(exchange.run(run_id), "bag")
    exchange.sides(PLAIN, PLAIN)
    pipeline.pull(exchange.run("r4"), "bag")
    assert exchange.run("r4").recorded("pull", "bag").status == "done"  # type: ignore[union-attr]


def test_a_run_that_is_run_again_is_held_against_what_was_before_it(exchange: Exchange) -> None:
    exchange = holding(exchange)
    pipeline.pull(exchange.run("r1"), "bag")
    exchange.sides(PLAIN, DRIFTED)
    with pytest.raises(Held):
        pipeline.pull(exchange.run("r2"), "bag")
    exchange.run("r2").approve("known", "a tester")
    pipeline.pull(exchange.run("r3"), "bag")
    again = pull(exchange.run("r2"), "bag")
    assert [one["field"] for one in again.details["drift"]] == ["nieuw"]


def test_drift_of_a_run_that_broke_off_before_anybody_saw_it_holds_the_next_one(exchange: Exchange) -> None:
    exchange = holding(exchange)
    pipeline.pull(exchange.run("r1"), "bag")
    raw = DRIFTED.append_column("_row", pa.array(range(1, DRIFTED.num_rows + 1), pa.int64()))
    exchange.lake.write("raw/demo/bag", raw, run_id="r2")
    exchange.sides(PLAIN, DRIFTED)
    with pytest.raises(Held, match="nieuw new"):
        pipeline.pull(exchange.run("r3"), "bag")
