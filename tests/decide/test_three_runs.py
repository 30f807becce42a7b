"""What a person decided is applied by the next run and not asked again; if a value changes, it is."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builder import DAY, Exchange, addresses, contract
from vlekkeloos import decide, pipeline
from vlekkeloos.decide import About, Verdict
from vlekkeloos.errors import Held
from vlekkeloos.run import today

ASKED = About(key="1", field="huisnummer")


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    """Two sources that differ in one value, which no rule settles."""
    words = contract()["reconcile"] | {"settle": "person"}
    made = Exchange(tmp_path, contract(reconcile=words))
    made.sides(addresses(("1", "1234AB", 1), ("2", "1234AB", 2)), addresses(("1", "1234AB", 9), ("2", "1234AB", 2)))
    return made


def run(exchange: Exchange, run_id: str, day: date = DAY) -> None:
    pipeline.run_all(exchange.run(run_id, day))


def questions(exchange: Exchange, run_id: str) -> list[tuple[str, str]]:
    """What is asked after a run: the discrepancies that nothing settles."""
    return [(row["key"], row["field"]) for row in decide.listed(exchange.run(run_id), About())]


def agreed(exchange: Exchange) -> dict[str, Any]:
    return {row["id"]: (row["huisnummer"], row["provenance"]["huisnummer"]) for row in exchange.rows("agreed/demo")}


def choose(exchange: Exchange, run_id: str, choice: str, **more: Any) -> None:
    pipeline.decide(exchange.run(run_id), ASKED, Verdict(choice, "op de gevel gekeken", "an", **more))


def test_a_question_is_asked_once_over_three_runs(exchange: Exchange) -> None:
    run(exchange, "r1")
    assert questions(exchange, "r1") == [("1", "huisnummer")]
    assert "1" not in agreed(exchange), "it waits for a person"
    choose(exchange, "r1", "left")
    for run_id in ("r2", "r3"):
        run(exchange, run_id)
        assert questions(exchange, run_id) == []
        value, origin = agreed(exchange)["1"]
        assert (value, origin["source"]) == (1, "gemeente")
        assert origin["rule"].startswith("decision:")


def test_a_value_that_changes_is_asked_about_again(exchange: Exchange) -> None:
    run(exchange, "r1")
    choose(exchange, "r1", "value", value="5")
    run(exchange, "r2")
    assert (questions(exchange, "r2"), agreed(exchange)["1"][0]) == ([], 5)
    exchange.sides(
        addresses(("1", "1234AB", 3), ("2", "1234AB", 2)), addresses(("1", "1234AB", 9), ("2", "1234AB", 2))
    )
    run(exchange, "r3")
    assert questions(exchange, "r3") == [("1", "huisnummer")]
    assert "1" not in agreed(exchange)


def test_an_exception_is_accepted_until_its_last_day(exchange: Exchange) -> None:
    last = today() + timedelta(days=10)
    run(exchange, "r1", today())
    choose(exchange, "r1", "accept", until=last)
    run(exchange, "r2", last)
    (row,) = exchange.rows("discrepancies/demo")
    assert row["state"] == "accepted"
    run(exchange, "r3", last + timedelta(days=1))
    (row,) = exchange.rows("discrepancies/demo")
    assert (row["state"], row["rule"], row["decision"]) == ("open", None, None), "it is a question again"


def test_a_decision_about_a_missing_record_says_which_side_is_right(exchange: Exchange) -> None:
    exchange.sides(addresses(("2", "1234AB", 2), ("3", "1234AB", 3)), addresses(("2", "1234AB", 2)))
    run(exchange, "r1")
    assert "3" not in agreed(exchange)
    pipeline.decide(exchange.run("r1"), About(key="3"), Verdict("left", "het staat er", "an"))
    run(exchange, "r2")
    assert "3" in agreed(exchange)


def test_a_run_that_is_done_again_goes_by_the_decisions_that_it_went_by(exchange: Exchange) -> None:
    exchange.write(exchange.text | {"reconcile": exchange.text["reconcile"] | {"hold_above": "10%"}})
    with pytest.raises(Held):
        run(exchange, "r1")
    before = exchange.rows("discrepancies/demo")
    choose(exchange, "r1", "left")
    with pytest.raises(Held):
        run(exchange, "r1")
    assert exchange.rows("discrepancies/demo") == before
