"""What a person decides is remembered, for one discrepancy or many alike, and is applied while it holds."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.builder import Exchange
from tests.decide.planted import identity, plant, row, street
from vlekkeloos import decisions, pipeline
from vlekkeloos.decide import About, Decided, Verdict
from vlekkeloos.errors import BadInput, NotFound
from vlekkeloos.run import today

TOMORROW = today() + timedelta(days=1)


def verdict(choice: str = "left", reason: str = "nagezocht", **more: Any) -> Verdict:
    return Verdict(choice, reason, "analist", **more)


def decide(exchange: Exchange, about: About, said: Verdict | None = None) -> Decided:
    return pipeline.decide(exchange.run(), about, said or verdict())


def applying(exchange: Exchange, day: date) -> dict[str, tuple[Any, ...]]:
    lake = exchange.lake
    with lake.query(decisions=lake.find("decisions/demo")) as query:
        found = query.execute(f'SELECT key, choice, value, "left", "right" FROM ({decisions.applying(day)})')
        return {key: rest for key, *rest in found.fetchall()}  # type: ignore[misc]


def keys(exchange: Exchange, about: About | None = None) -> list[str]:
    return [one["key"] for one in pipeline.questions(exchange.run(), about or About())]


@pytest.fixture
def planted(exchange: Exchange) -> Exchange:
    plant(
        exchange,
        row("1", "postcode", "1234AB", "1234AC"),
        row("1", "huisnummer", "1", None),
        row("2", "postcode", "1234AB", "1234AD", rule="authentic", choice="bag"),
        row("3", None, kind="missing_right"),
        row("4", None, kind="quarantined_left"),
        row("5", None, "2", "1", kind="duplicate_left"),
    )
    return exchange


@pytest.mark.parametrize(
    "said",
    [
        verdict("left"), verdict("right"), verdict("value", value="0012"), verdict("onderzoek"),
        verdict("accept", until="never"), verdict("accept", until=today()), verdict("left", until=TOMORROW),
    ],
    ids=lambda said: f"{said.choice}-{said.until}",
)  # fmt: skip
def test_every_choice_is_kept_with_what_it_was_about(planted: Exchange, said: Verdict) -> None:
    done = decide(planted, About(key="1", field="postcode"), said)
    assert (done.meant, done.new, str(done.decisions)) == (1, 1, "decisions/demo@0")
    (kept,) = planted.rows("decisions/demo")
    assert kept.pop("decision") and kept.pop("decided_at")
    assert kept == {
        "id": identity("1", "postcode"), "key": "1", "field": "postcode", "left_source": "gemeente",
        "right_source": "bag", "kind": "differs", "left": "1234AB", "right": "1234AC", "choice": said.choice,
        "value": said.value, "reason": "nagezocht", "author": "analist", "until": said.last, "batch": done.batch,
    }  # fmt: skip
    assert applying(planted, today()) == {"1": [said.choice, said.value, "1234AB", "1234AC"]}


def test_a_later_decision_follows_and_the_newest_applies_until_it_ends(planted: Exchange) -> None:
    about = About(key="1", field="postcode")
    decide(planted, about, verdict("left"))
    decide(planted, about, verdict("right", until=TOMORROW))
    assert [one["choice"] for one in planted.rows("decisions/demo")].count("left") == 1
    assert applying(planted, TOMORROW)["1"][0] == "right"
    assert applying(planted, TOMORROW + timedelta(days=1)) == {}, "the one before does not revive"


def test_saying_the_same_again_adds_nothing(planted: Exchange) -> None:
    about = About(key="1", field="postcode")
    decide(planted, about)
    again = decide(planted, about)
    assert (again.meant, again.new, again.decisions) == (1, 0, None)
    assert decide(planted, about, verdict(reason="toch anders")).new == 1


def test_a_person_overrides_a_rule(planted: Exchange) -> None:
    decide(planted, About(key="2"), verdict("left"))
    assert applying(planted, today())["2"][0] == "left"


def test_one_is_meant_by_as_much_of_its_id_as_is_unique(planted: Exchange) -> None:
    decide(planted, About(id=identity("3", None, "missing_right")[:12]), verdict("left"))
    assert [one["key"] for one in planted.rows("decisions/demo")] == ["3"]


@pytest.mark.parametrize("about", [About(key="1"), About(id="")])
def test_more_than_one_is_refused_where_one_is_meant(planted: Exchange, about: About) -> None:
    with pytest.raises(BadInput, match=r"are so, and one is meant .*--field, --left-source"):
        decide(planted, about)
    assert planted.lake.latest("decisions/demo") is None


def test_of_more_than_two_sources_the_pair_is_said(exchange: Exchange) -> None:
    pair = row("1", "postcode", "a", "b"), row("1", "postcode", "a", "c", id="x" * 36, right_source="woz")
    plant(exchange, *pair)
    with pytest.raises(BadInput, match="2 discrepancies"):
        decide(exchange, About(key="1", field="postcode"))
    decide(exchange, About(key="1", field="postcode", right_source="woz"))
    assert [one["right_source"] for one in exchange.rows("decisions/demo")] == ["woz"]


@pytest.mark.parametrize(
    ("said", "field", "rule"),
    [
        (verdict("beide"), "choice", "one of: left, right, value, accept, onderzoek"),
        (verdict("value"), "value", "needs a value"),
        (verdict("left", value="x"), "value", "belongs to the decision"),
        (verdict("left", " "), "reason", "needs a reason"),
        (verdict("left", until=today() - timedelta(days=1)), "until", "has passed"),
        (verdict("accept"), "until", "needs an end date"),
    ],
)
def test_a_verdict_that_breaks_a_rule_is_refused(planted: Exchange, said: Verdict, field: str, rule: str) -> None:
    with pytest.raises(BadInput, match=f"field {field}: .*{rule}"):
        decide(planted, About(key="1", field="postcode"), said)
    assert planted.lake.latest("decisions/demo") is None


@pytest.mark.parametrize(
    ("key", "choice", "allowed"),
    [("3", "value", "left, right, accept, onderzoek"), ("4", "right", "accept, onderzoek"),
     ("5", "left", "accept, onderzoek")],
)  # fmt: skip
def test_a_kind_of_discrepancy_takes_its_own_choices(planted: Exchange, key: str, choice: str, allowed: str) -> None:
    with pytest.raises(BadInput, match=f"for this kind of difference only: {allowed}$"):
        decide(planted, About(key=key), verdict(choice, value="x" if choice == "value" else None))
    assert decide(planted, About(key=key), verdict("onderzoek")).new == 1


def test_a_batch_is_one_commit_of_the_open_questions_that_are_so(exchange: Exchange) -> None:
    settled = row("T1", "straatnaam", "Kerkstraat", "Burgemeesterplein", rule="authentic")
    plant(exchange, *street(), settled, row("T2", "straatnaam", "a", "b"))
    about = About(field="straatnaam", where="\"left\" = 'Kerkstraat'")
    shown = pipeline.touched(exchange.run(), about)
    assert (shown.count, shown.groups) == (40, [("straatnaam", "differs", 40)])
    assert [one["key"] for one in shown.first] == [f"S{n:03}" for n in range(10)]
    assert exchange.lake.latest("decisions/demo") is None, "a look decides nothing"
    done = decide(exchange, about, verdict("right"))
    rows = exchange.rows("decisions/demo")
    assert (done.new, len(rows), {one["batch"] for one in rows}) == (40, 40, {done.batch})
    assert len({one["decision"] for one in rows}) == 40
    assert keys(exchange) == ["T2"]
    with pytest.raises(NotFound, match="no open question"):
        decide(exchange, about, verdict("right"))
    assert decide(exchange, About(field="straatnaam", settled=True), verdict("left")).new == 42


def test_all_of_one_cause_are_decided_at_once(exchange: Exchange) -> None:
    plant(exchange, *street(), row("T1", "straatnaam", "Molenweg", "Dijk"))
    (cause,), _ = pipeline.causes(exchange.run())
    assert decide(exchange, About(cause=cause.id[:6]), verdict("right")).new == 40
    assert keys(exchange) == ["T1"]
    with pytest.raises(NotFound, match="no cause has that id"):
        decide(exchange, About(cause="zzzz"))
    (after,), _ = pipeline.causes(exchange.run())
    assert (after.id, after.count, after.open) == (cause.id, 40, 0)


@pytest.mark.parametrize(
    ("kind", "expected"), [("missing_right", ["3"]), ("differs", ["1", "1"]), ("quarantined_left", ["4"])]
)
def test_questions_of_a_kind(planted: Exchange, kind: str, expected: list[str]) -> None:
    assert keys(planted, About(kind=kind)) == expected


def test_what_is_being_found_out_stays_open_and_what_changed_is_a_new_question(planted: Exchange) -> None:
    decide(planted, About(key="1", field="postcode"), verdict("onderzoek"))
    decide(planted, About(key="1", field="huisnummer"), verdict("left"))
    assert keys(planted, About(key="1", field="postcode")) == ["1"]
    assert keys(planted, About(kind="differs")) == ["1"]
    plant(planted, row("1", "huisnummer", "1", "2"), run_id="r2")
    assert keys(planted) == ["1"]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nergens = 1", "can't be read"),
        ("key = ", "can't be read"),
        ("1 = 1; DROP VIEW discrepancies", "can't be read"),
        ("key IN (SELECT column0 FROM read_csv('/etc/passwd', sep = '\\n'))", "can't be"),
        ('CAST("left" AS INTEGER) = 1', "can't be worked out: ConversionException"),
        ("key IN (FROM decisions.x)", "can't be read"),
    ],
)
def test_a_condition_sees_the_discrepancies_only(planted: Exchange, where: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        decide(planted, About(where=where))
    assert "1234" not in str(refused.value)
    assert planted.lake.latest("decisions/demo") is None


def test_nothing_said_means_nothing(planted: Exchange) -> None:
    for about in (About(), About(settled=True)):
        with pytest.raises(BadInput, match="is not said"):
            decide(planted, about)


def test_nothing_compared_yet_is_told(exchange: Exchange) -> None:
    with pytest.raises(NotFound, match="has no discrepancies yet"):
        decide(exchange, About(key="1"))


def test_a_quote_in_a_key_or_a_value_is_text(exchange: Exchange) -> None:
    plant(exchange, row("O'Neil", "naam", "'", '"'))
    decide(exchange, About(key="O'Neil"), verdict("value", "'; DROP", value="d'Or"))
    (kept,) = exchange.rows("decisions/demo")
    assert (kept["value"], kept["reason"]) == ("d'Or", "'; DROP")


def test_a_log_line_has_no_value(planted: Exchange, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "vlekkeloos"):
        decide(planted, About(key="1", field="postcode"), verdict("value", "geheim", value="9999ZZ"))
    assert "1 decisions about discrepancies of demo" in caplog.text
    for secret in ("1234A", "9999ZZ", "geheim", "analist"):
        assert secret not in caplog.text


def test_an_ended_decision_asks_again() -> None:
    query = duckdb.connect()
    query.execute("""CREATE TABLE decisions AS
        SELECT '1' AS id, '1' AS key, 'f' AS field, 'a' AS left_source, 'b' AS right_source, 'differs' AS kind,
               'x' AS "left", 'y' AS "right", 'accept' AS choice, NULL AS value, 'd' AS decision,
               TIMESTAMPTZ '2026-01-01 00:00:00Z' AS decided_at, DATE '2026-02-01' AS until""")
    for day, count in ((date(2026, 2, 1), 1), (date(2026, 2, 2), 0)):
        assert query.execute(f"SELECT count(*) FROM ({decisions.applying(day)})").fetchall() == [(count,)]
