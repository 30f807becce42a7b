"""`vlekkeloos terugmelden`: what a person sees, may say, and is asked to be sure of."""

from __future__ import annotations

import json

import pytest

from tests.builder import contract
from tests.feed_back.conftest import Reporting


@pytest.fixture
def drafted(reporting: Reporting) -> Reporting:
    reporting.have({"1": "9999ZZ", "2": "9999ZZ"})
    reporting.run(2)
    return reporting


def test_it_lists_the_drafts_and_does_nothing_else(drafted: Reporting) -> None:
    told = drafted.say()
    assert told.exit_code == 0
    assert "Gerede twijfel over postcode" in told.output and "2 drafts wait" in told.output
    assert [row["key"] for row in json.loads(drafted.say("--list", "--json").output)] == ["1", "2"]
    assert {row["status"] for row in drafted.rows()} == {"concept"}


def test_more_than_one_is_shown_first_and_needs_a_yes(drafted: Reporting) -> None:
    told = drafted.say("--all", "--approve")
    assert told.exit_code == 2
    assert "Gerede twijfel" in told.output and "--yes" in told.output
    assert {row["status"] for row in drafted.rows()} == {"concept"}
    assert drafted.say("--all", "--approve", "--yes").exit_code == 0
    assert {row["status"] for row in drafted.rows()} == {"goedgekeurd"}


@pytest.mark.parametrize(
    "words",
    [
        ["--approve"],
        ["--all", "--approve", "--reject", "--reason", "x"],
        ["--key", "1", "--reject"],
        ["--key", "1", "--approve", "--reason", "x"],
        ["--key", "1", "--reject", "--reason", "x", "--explanation", "y"],
        ["--field", "postcode", "--all", "--approve"],
        ["--key", "9", "--approve"],
        ["--key", "1", "--field", "huisnummer", "--approve"],
    ],
)
def test_what_does_not_go_together_or_is_not_there_is_refused(drafted: Reporting, words: list[str]) -> None:
    assert drafted.say(*words).exit_code == 2
    assert {row["status"] for row in drafted.rows()} == {"concept"}


def test_without_a_connector_there_is_nothing_to_approve_but_a_draft_can_be_rejected(drafted: Reporting) -> None:
    drafted.exchange.write(contract(feed_back={"after": "2 runs"}, publish=[]))
    told = drafted.say("--key", "1", "--approve")
    assert (told.exit_code, "names no connector" in told.output) == (2, True)
    assert drafted.say("--key", "1", "--field", "postcode", "--reject", "--reason", "x").exit_code == 0
