"""A record's story, told by what three runs left."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from tests.builder import Exchange, addresses, contract
from vlekkeloos import explain, pipeline
from vlekkeloos.cli import main
from vlekkeloos.errors import NotFound
from vlekkeloos.explain import Event

KEEPS, BAG = ("2", "1234AC", 2), addresses(("1", "1234AB", 1), ("2", "1234AC", 2))
THREE_RUNS = (
    addresses(("1", "1234AB", 1), ("2", "fout", 2)),
    addresses(("1", "9999ZZ", 1), KEEPS),
    addresses(KEEPS),
)


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """Record 1 differs in the second run and is gone at the municipality in the third; record 2 is repaired."""
    made = Exchange(tmp_path_factory.mktemp("explain"))
    for number, gemeente in enumerate(THREE_RUNS, start=1):
        made.sides(gemeente, BAG)
        pipeline.run_all(made.run(f"r{number}"))
    return made


def told(made: Exchange, key: str) -> list[Event]:
    return explain.story(made.lake, made.run().contract, key).events


def of(events: list[Event], *what: str) -> list[tuple[str, str, str | None]]:
    return [(event.what, event.about, event.run_id) for event in events if event.what in what]


def test_what_each_source_said_is_told_once_and_again_when_it_changed(three_runs: Exchange) -> None:
    events = told(three_runs, "1")
    assert of(events, "said", "gone") == [
        ("said", "gemeente", "r1"),
        ("said", "bag", "r1"),
        ("said", "gemeente", "r2"),
        ("gone", "gemeente", "r3"),
    ]
    changed = next(event for event in events if event.run_id == "r2" and event.what == "said")
    assert changed.told == {"changed": {"postcode": ["1234AB", "9999ZZ"]}}


def test_quarantine_is_told_with_the_rule_and_ends_with_the_repair(three_runs: Exchange) -> None:
    events = told(three_runs, "2")
    assert of(events, "quarantined") == [("quarantined", "gemeente", "r1")]
    assert of(events, "agreed") == [("agreed", "", "r2")], "a record in quarantine is not agreed"
    rules = next(event for event in events if event.what == "quarantined").told["rules"]
    assert [(rule["field"], rule["value"]) for rule in rules] == [("postcode", "fout")]


def test_what_was_agreed_says_which_source_and_rule_each_value_came_from(three_runs: Exchange) -> None:
    agreed = [event for event in told(three_runs, "1") if event.what == "agreed"]
    assert agreed[1].told["fields"]["postcode"] == {"value": "1234AB", "source": "bag", "rule": "authentic"}


def test_each_release_is_told_with_what_the_partner_was_given_and_its_receipt(three_runs: Exchange) -> None:
    events = told(three_runs, "2")
    assert of(events, "released") == [("released", "afnemer", "r2"), ("released", "afnemer", "r3")]
    given = next(event for event in events if event.what == "released")
    assert given.told["fields"] == {"id": "2", "postcode": "1234AC", "huisnummer": 2}
    assert [event.told["version"] for event in events if event.what == "delivered"] == [2, 3]


def test_a_partners_condition_keeps_a_record_out_of_its_releases(tmp_path: Path) -> None:
    partner = {"partner": "afnemer", "connector": "folder", "url": "afnemer", "fields": ["postcode"]}
    made = Exchange(tmp_path, contract(publish=[partner | {"where": "huisnummer < 2"}]))
    made.sides(BAG, BAG)
    pipeline.run_all(made.run("r1"))
    assert of(told(made, "1"), "released") == [("released", "afnemer", "r1")], "also where the key isn't in it"
    assert of(told(made, "2"), "released") == []


def test_decisions_are_in_the_story(exchange: Exchange) -> None:
    pipeline.run_all(exchange.run("r1"))
    decision = {
        "decision": "d1", "key": "1", "field": "postcode", "kind": "differs", "left": "1234AB", "right": "9999ZZ",
        "choice": "accept", "reason": "staat zo op de gevel", "author": "an", "until": date(2027, 1, 1),
        "decided_at": datetime(2026, 1, 2, 9, tzinfo=UTC),
    }  # fmt: skip
    exchange.lake.write("decisions/demo", pa.Table.from_pylist([decision]), run_id="d1", mode="append")
    found = next(event for event in told(exchange, "1") if event.what == "decision")
    assert (found.about, found.told["author"], found.told["until"]) == ("postcode", "an", "2027-01-01")


def test_a_key_that_never_was_is_not_found(three_runs: Exchange) -> None:
    with pytest.raises(NotFound, match="never had a record with that key"):
        told(three_runs, "404")


@pytest.mark.parametrize(("language", "line"), [("nl", "gemeente heeft het record niet meer"), ("en", "gemeente no")])
def test_the_command_tells_it_in_dutch_by_default(three_runs: Exchange, language: str, line: str) -> None:
    arguments = ["explain", "demo", "1", "--lake", three_runs.lake.url, "--exchanges", str(three_runs.exchanges)]
    said = CliRunner().invoke(main, [*arguments, *(["--language", "en"] if language == "en" else [])])
    assert said.exit_code == 0, said.output
    assert line in said.output
    lines = said.output.splitlines()[1:]
    assert lines == sorted(lines, key=lambda text: text[:16]), "oldest first"


def test_the_story_can_begin_at_a_day(three_runs: Exchange) -> None:
    events = explain.story(three_runs.lake, three_runs.run().contract, "1", date(2999, 1, 1)).events
    assert events == []


def test_a_record_that_is_matched_by_more_fields_has_one_story(tmp_path: Path) -> None:
    words = {"left": "gemeente", "right": "bag", "key": {"postcode": {"normalise": "postcode"}, "huisnummer": {}}}
    partner = {"partner": "afnemer", "connector": "folder", "url": "afnemer", "fields": ["postcode"]}
    made = Exchange(tmp_path, contract(reconcile=words | {"settle": "authentic"}, publish=[partner]))
    made.sides(addresses(("1", "1234 ab", 1), ("2", "fout", 2)), addresses(("9", "1234AB", 1), ("8", "1234AC", 2)))
    pipeline.run_all(made.run("r1"))
    events = told(made, "1234AB|1")
    assert of(events, "said") == [("said", "gemeente", "r1"), ("said", "bag", "r1")]
    assert of(events, "agreed", "released") == [("agreed", "", "r1"), ("released", "afnemer", "r1")]
    assert of(told(made, "FOUT|2"), "quarantined") == [("quarantined", "gemeente", "r1")]
