"""A terugmelding from its draft to the registry's answer, run after run, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import bag_terugmelding
from tests.builder import contract
from tests.feed_back.conftest import KNOWN, RULES, UNKNOWN, Reporting
from vlekkeloos import pipeline
from vlekkeloos.errors import RegistryFailed, RegistryRefused
from vlekkeloos.feed_back import table
from vlekkeloos.sandbox import registries


def test_it_goes_from_draft_to_answer_and_is_not_reported_again(reporting: Reporting) -> None:
    reporting.have({KNOWN: "9999ZZ"})
    assert reporting.statuses() == []
    (draft,) = reporting.run()
    assert draft["status"] == "concept"
    for part in ("postcode", "1234AB", "9999ZZ", "01-01-2026", "gemeente", "2 vergelijkingen"):
        assert part in draft["explanation"]
    told = reporting.say("--key", KNOWN, "--approve", "--who", "Bo", "--explanation", "Gezien ter plaatse.")
    assert told.exit_code == 0
    (approved,) = reporting.rows()
    assert (approved["status"], approved["approved_by"]) == ("goedgekeurd", "Bo")
    (sent,) = reporting.run()
    assert (sent["status"], sent["number"], sent["explanation"]) == ("ingediend", "BAG0000001", "Gezien ter plaatse.")
    assert sent["sent_at"] and sent["approved_at"]
    assert reporting.statuses() == ["in onderzoek"]
    (answered,) = reporting.run()
    assert (answered["status"], bool(answered["answer"])) == ("afgewezen", True)
    assert reporting.statuses(2) == ["afgewezen"]
    assert reporting.filed() == 1
    reporting.have({KNOWN: "8888ZZ"})
    assert reporting.statuses() == ["afgewezen", "concept"]


def test_what_is_sent_is_followed_though_its_discrepancy_is_gone_and_what_is_not_lapses(reporting: Reporting) -> None:
    reporting.have({"1": "9999ZZ", UNKNOWN: "9999ZZ", "3": "9999ZZ"})
    reporting.run(2)
    reporting.say("--key", UNKNOWN, "--approve")
    reporting.run()
    reporting.say("--key", "1", "--approve")
    reporting.have({"1": "1234AB", UNKNOWN: "1234AB", "3": "1234AB"})
    assert reporting.statuses() == ["vervallen", "vervallen", "in onderzoek"]
    assert reporting.statuses() == ["vervallen", "vervallen", "gehonoreerd"]
    assert reporting.filed() == 1


def test_an_approval_is_of_the_values_that_were_seen(reporting: Reporting) -> None:
    reporting.have({"1": "9999ZZ"})
    reporting.run(2)
    reporting.say("--key", "1", "--approve")
    reporting.have({"1": "8888ZZ"})
    (row,) = reporting.run()
    assert (row["status"], row["believed"], row["approved_by"]) == ("concept", "8888ZZ", None)
    assert "8888ZZ" in row["explanation"]


def test_what_a_person_rejects_is_not_drafted_again_while_the_values_stay(reporting: Reporting) -> None:
    reporting.have({"1": "9999ZZ"})
    reporting.run(2)
    assert reporting.say("--key", "1", "--reject", "--reason", "onze fout", "--who", "Bo").exit_code == 0
    (row,) = reporting.run()
    assert (row["status"], row["rejected_by"], row["reason"]) == ("ingetrokken", "Bo", "onze fout")
    reporting.have({"1": "8888ZZ"})
    assert reporting.statuses() == ["ingetrokken", "concept"]


def test_without_a_person_each_is_sent_at_once(reporting: Reporting) -> None:
    reporting.exchange.write(contract(feed_back={**RULES, "approve": "never", "after": 1}, publish=[]))
    reporting.have({"1": "9999ZZ"}, {"1": "1234AB", "2": "1234AB"})
    assert reporting.statuses() == ["ingediend", "ingediend"]
    assert {row["approved_by"] for row in reporting.rows()} == {"approve: never"}


def approved(reporting: Reporting, *keys: str) -> None:
    """Terugmeldingen about these records, approved."""
    reporting.have(dict.fromkeys(keys, "9999ZZ"))
    reporting.run(2)
    assert reporting.say("--all", "--approve", "--yes").exit_code == 0


@pytest.mark.parametrize("remembering", [True, False], ids=["by_an_error", "at_once"])
def test_killed_between_filing_and_remembering_nothing_is_filed_twice(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch, remembering: bool
) -> None:
    approved(reporting, "1", "2")
    real = bag_terugmelding.report

    def killed(*arguments: Any) -> str:
        real(*arguments)
        if not remembering:
            # as SIGKILL: what would be kept at the end is not
            monkeypatch.setattr(table, "change", lambda *_: None)
        raise KeyboardInterrupt

    monkeypatch.setattr(bag_terugmelding, "report", killed)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run_all(reporting.exchange.run("r3"))
    assert sorted(row["status"] for row in reporting.rows())[-1] == "indienen"
    assert reporting.filed() == 1
    monkeypatch.undo()
    monkeypatch.setenv("AIRFLOW_CONN_TERUGMELDING", connection(reporting))
    pipeline.run_all(reporting.exchange.run("r3"))
    assert [row["status"] for row in reporting.rows()] == ["ingediend", "ingediend"]
    assert reporting.filed() == 2


def connection(reporting: Reporting) -> str:
    return registries.connections(reporting.serving, only=["terugmelding"])["AIRFLOW_CONN_TERUGMELDING"]


def test_a_registry_that_fails_fails_the_stage_keeps_what_was_done_and_lets_partners_have_theirs(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(reporting, "1", "2", "3")
    text = contract(feed_back=RULES)
    reporting.exchange.write(text)
    real = bag_terugmelding.report

    def fails(options: Any, place: Any, terugmelding: Any) -> str:
        if terugmelding.key == "2":
            raise RegistryFailed("weg")
        return real(options, place, terugmelding)

    monkeypatch.setattr(bag_terugmelding, "report", fails)
    with pytest.raises(RegistryFailed, match="weg"):
        reporting.run()
    assert [row["status"] for row in reporting.rows()] == ["ingediend", "indienen", "goedgekeurd"]
    assert (reporting.exchange.home / "afnemer" / "demo" / "latest.json").exists()
    monkeypatch.setattr(bag_terugmelding, "report", real)
    assert reporting.statuses() == ["in onderzoek", "ingediend", "ingediend"]
    assert reporting.filed() == 3


def test_what_the_registry_refuses_waits_for_a_person_with_its_answer_and_the_others_go(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(reporting, "1", "2")
    reporting.exchange.run("r3")
    real = bag_terugmelding.report

    def refuses(options: Any, place: Any, terugmelding: Any) -> str:
        if terugmelding.key == "1":
            raise RegistryRefused("omschrijving te kort")
        return real(options, place, terugmelding)

    monkeypatch.setattr(bag_terugmelding, "report", refuses)
    with pytest.raises(RegistryRefused):
        reporting.run()
    first, second = reporting.rows()
    assert (first["status"], first["answer"], second["status"]) == ("concept", "omschrijving te kort", "ingediend")


def test_a_change_is_laid_over_what_another_changed_meanwhile(reporting: Reporting) -> None:
    approved(reporting, "1", "2")
    run = reporting.exchange.run("r2")
    stale = table.rows(run, ["goedgekeurd"])
    table.change(run, [{**stale[0], "was": "goedgekeurd", "status": "ingetrokken"}])
    table.change(run, [{**row, "was": "goedgekeurd", "status": "indienen"} for row in stale])
    assert [row["status"] for row in reporting.rows()] == ["ingetrokken", "indienen"]
