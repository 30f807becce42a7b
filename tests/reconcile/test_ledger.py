"""The ledger: ids, events only where something changed, and what was known when."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builder import Exchange, addresses
from tests.reconcile.test_reconcile import GOOD, compare
from tests.reconcile.test_states import decide, identified, report
from vlekkeloos.cli import main
from vlekkeloos.lake import Lake
from vlekkeloos.reconcile import ledger

FOUND = pa.schema(
    [
        (name, pa.string())
        for name in ("key", "field", "left_source", "right_source", "left", "right", "kind", "rule", "choice")
    ]
)
DAY = date(2026, 3, 1)
WRONG = ("1", "9999ZZ", 1)


def found(key: str, kind: str = "differs", left: str | None = None, right: str | None = None) -> dict[str, Any]:
    field = "postcode" if kind == "differs" else None
    return {"key": key, "field": field, "kind": kind, "left": left, "right": right} | {
        "left_source": "gemeente",
        "right_source": "bag",
    }


class Merging:
    """A ledger in memory, merged run by run."""

    def __init__(self) -> None:
        self.events = ledger.SCHEMA.empty_table()
        self.rows: pa.Table | None = None
        self.runs = 0

    def run(self, rows: list[dict[str, Any]], reported: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """The events of one run in which those rows were found."""
        self.runs += 1
        with duckdb.connect() as query:
            query.register("given", pa.Table.from_pylist(rows, schema=FOUND))
            query.execute("CREATE TABLE found AS FROM given")
            query.register("ledger", self.events)
            if self.rows is not None:
                query.register("previous", self.rows)
            if reported is not None:
                statuses = [{"id": identified(key), "status": status} for key, status in reported.items()]
                query.register(
                    "reported", pa.Table.from_pylist(statuses, pa.schema(dict.fromkeys(("id", "status"), "string")))
                )
            day = DAY + timedelta(days=self.runs)
            merged = ledger.merged(query, "demo", f"r{self.runs}", day)
            events, self.rows = (query.sql(sql).to_arrow_table() for sql in merged)
            self.events = pa.concat_tables([self.events, events.cast(ledger.SCHEMA)])
        return list(events.to_pylist())

    def states(self) -> dict[str, str]:
        """Key to state of what differs, by the last events."""
        with duckdb.connect() as query:
            query.register("ledger", self.events)
            return dict(
                query.execute(
                    f"SELECT key, state FROM ({ledger.current('ledger')}) WHERE kind = 'differs'"
                ).fetchall()
            )


# ── identity ──────────────────────────────────────────────────────────────────────────────────────────────

TEXT = st.text(alphabet="ab:1|'", max_size=4)
KIND = st.sampled_from(
    ["differs", "missing_left", "missing_right", "doubtful"]
    + [f"{what}_{side}" for what in ("quarantined", "duplicate", "unkeyed") for side in ("left", "right")]
)
QUESTION = st.tuples(TEXT, st.none() | TEXT, TEXT, TEXT, KIND)


def ids(exchange: str, questions: list[tuple[Any, ...]]) -> list[str]:
    names = ("key", "field", "left_source", "right_source", "kind")
    rows = [dict(zip(names, question, strict=True)) for question in questions]
    given = pa.Table.from_pylist(rows, pa.schema(dict.fromkeys(names, "string")))
    with duckdb.connect() as query:
        query.register("given", given)
        return [found for (found,) in query.execute(f"SELECT {ledger.identity(exchange)} FROM given").fetchall()]


def asked(key: str, field: str | None, left: str, right: str, kind: str) -> tuple[Any, ...]:
    """What a discrepancy is about, without regard to which source is called left."""
    group, _, side = kind.partition("_")
    if group == "missing":
        side = ""
    return key, field or "", frozenset([left, right]), group, {"left": left, "right": right}.get(side)


@settings(deadline=None)
@given(st.lists(QUESTION, min_size=2, max_size=30))
def test_two_discrepancies_have_one_id_exactly_if_they_are_about_the_same(questions: list[Any]) -> None:
    about = [asked(*question) for question in questions]
    made = ids("demo", questions)
    assert len(set(zip(about, made, strict=True))) == len(set(about)) == len(set(made))


def test_another_exchange_has_other_ids_and_another_order_of_the_sources_has_not() -> None:
    (here,), (there,) = (ids(name, [("1", "postcode", "a", "b", "differs")]) for name in ("demo", "other"))
    assert here != there
    assert ids("demo", [("1", "postcode", "b", "a", "differs")]) == [here]
    left, right, swapped = ids(
        "demo",
        [("1", None, "a", "b", f"quarantined_{side}") for side in ("left", "right")]
        + [("1", None, "b", "a", "quarantined_right")],
    )
    assert left == swapped != right


# ── states and events ─────────────────────────────────────────────────────────────────────────────────────

SO = st.sampled_from(["gone", "hidden", "a", "b"])
STATUS = st.sampled_from([None, None, "concept", "ingediend", "gehonoreerd", "afgewezen"])


class Naive:
    """A discrepancy as the rules say it in words."""

    def __init__(self) -> None:
        self.state: str | None = None
        self.value: str | None = None
        self.resolved_once = False
        self.events = self.on_end = 0

    def run(self, so: str, status: str | None) -> None:
        state, value = self.state, self.value
        self.on_end = self.on_end + 1 if so in "ab" else 0
        if so in "ab":
            self.state, self.value = self._found(status), so
        elif so == "gone" and state is not None:
            self.state, self.resolved_once = "resolved", True
        self.events += (state, value) != (self.state, self.value)

    def _found(self, status: str | None) -> str:
        with_holder = self.state in ("reported", "in onderzoek")
        if status == "ingediend":
            return "reported"
        if status == "gehonoreerd" and (with_holder or not self.resolved_once):
            return "reported"
        if status == "afgewezen" and with_holder:
            return "reopened"
        if self.state is None:
            return "new"
        return "reopened" if self.state == "resolved" else "open"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("123"), st.tuples(SO, STATUS)), min_size=1, max_size=7))
def test_the_states_out_of_the_events_are_those_of_a_naive_machine(runs: list[dict[str, Any]]) -> None:
    merging, naive = Merging(), {key: Naive() for key in "123"}
    for run in runs:
        rows, statuses = [], {}
        for key, machine in naive.items():
            so, status = run.get(key, ("gone", None))
            machine.run(so, status)
            statuses |= {key: status} if status else {}
            rows += [found(key, left=so, right="x")] if so in "ab" else []
            rows += [found(key, "quarantined_left")] if so == "hidden" else []
        merging.run(rows, statuses)
        assert merging.states() == {key: machine.state for key, machine in naive.items() if machine.state}
        assert merging.rows is not None
        told = {row["key"]: row for row in merging.rows.to_pylist() if row["kind"] == "differs"}
        assert {key: (row["state"], row["left"], row["runs_seen"]) for key, row in told.items()} == {
            key: (machine.state, machine.value, machine.on_end) for key, machine in naive.items() if machine.on_end
        }
    events = [row["key"] for row in merging.events.to_pylist() if row["kind"] == "differs"]
    assert {key: events.count(key) for key in naive} == {key: machine.events for key, machine in naive.items()}


def test_an_event_carries_what_changed_and_nothing_is_written_while_all_stays_the_same() -> None:
    merging = Merging()
    (new,) = merging.run([found("1", left="a", right="x")])
    (opened,) = merging.run([found("1", left="a", right="x")])
    assert merging.run([found("1", left="a", right="x")]) == []
    (changed,) = merging.run([found("1", left="b", right="x")])
    (resolved,) = merging.run([])
    assert merging.run([]) == []
    (again,) = merging.run([found("1", left="b", right="x")])
    events = (new, opened, changed, resolved, again)
    assert {event["id"] for event in events} == {identified("1")}
    assert [(event["state"], event["left"]) for event in events] == [
        ("new", "a"),
        ("open", "a"),
        ("open", "b"),
        ("resolved", "b"),
        ("reopened", "b"),
    ]
    days = [(event[name] - DAY).days for event in events for name in ("first_seen", "changed", "as_of")]
    assert days == [1, 1, 1, 1, 1, 2, 1, 4, 4, 1, 4, 5, 1, 4, 7]


def test_a_record_that_is_missing_on_the_other_side_now_is_the_same_question_with_another_value() -> None:
    merging = Merging()
    merging.run([found("1", "missing_left")])
    (event,) = merging.run([found("1", "missing_right")])
    assert (event["kind"], event["state"]) == ("missing_right", "open")


@pytest.mark.parametrize("kind", ["quarantined_right", "duplicate_left"])
def test_of_a_key_that_cannot_be_compared_nothing_is_concluded_but_of_itself(kind: str) -> None:
    merging = Merging()
    merging.run([found("1", left="a", right="x"), found("2", "missing_left"), found("1", "quarantined_left")])
    events = merging.run([found("1", kind), found("2", kind)])
    assert [(e["key"], e["kind"], e["state"]) for e in events if e["state"] != "new"] == [
        ("1", "quarantined_left", "resolved")
    ]


def test_of_more_terugmeldingen_about_one_discrepancy_the_one_under_way_counts() -> None:
    with duckdb.connect() as query:
        query.register("given", pa.Table.from_pylist([found("1")], schema=FOUND))
        query.execute("CREATE TABLE found AS FROM given")
        query.execute(
            "CREATE TABLE reported AS SELECT ? AS id, unnest(['vervallen', 'afgewezen', 'ingediend']) AS status",
            [identified("1")],
        )
        (row,) = query.sql(ledger.merged(query, "demo", "r1", DAY).rows).to_arrow_table().to_pylist()
    assert row["state"] == "reported"


# ── what was known ────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_known_on_a_day_of_a_day() -> None:
    def event(state: str, as_of: int, recorded: datetime) -> dict[str, Any]:
        return {"id": "1", "state": state, "as_of": date(2026, 3, as_of), "run_id": state, "recorded_at": recorded}

    events = [
        event("new", 1, datetime(2026, 3, 1, 4, tzinfo=UTC)),
        event("open", 2, datetime(2026, 3, 2, 23, 30, tzinfo=UTC)),  # on the 3rd in the Netherlands
        event("resolved", 3, datetime(2026, 3, 5, 4, tzinfo=UTC)),
        # a run of an earlier day that came later
        event("reopened", 1, datetime(2026, 3, 6, 4, tzinfo=UTC)),
    ]

    def state(about: int | None = None, on: int | None = None) -> str | None:
        days = (date(2026, 3, day) if day else None for day in (about, on))
        with duckdb.connect() as query:
            query.register("ledger", pa.Table.from_pylist(events, ledger.SCHEMA))
            row = query.execute(f"SELECT state FROM ({ledger.known(*days)})").fetchone()
        return row[0] if row else None

    assert state() == "reopened"
    assert state(about=3) == state(about=9) == "resolved"
    assert state(about=2) == "open"
    assert state(about=1) == "reopened"
    assert state(about=1, on=5) == "new"
    assert state(about=2, on=2) == "new"
    assert state(about=2, on=3) == "open"
    assert state(on=4) == "open"
    assert state(on=5) == "resolved"
    assert (state(about=9), state(on=28, about=9)) == ("resolved", "resolved")
    with duckdb.connect() as query:
        query.register("ledger", pa.Table.from_pylist(events, ledger.SCHEMA))
        assert query.execute(ledger.known(on=date(2026, 2, 28))).fetchall() == []


# ── runs ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_run_twice_changes_nothing(exchange: Exchange) -> None:
    exchange.sides(addresses(WRONG), addresses(GOOD))
    first = compare(exchange)
    events = exchange.rows("ledger/demo")
    exchange.lake.remove("runs")  # as if it had been broken off before it said that it was done
    assert compare(exchange) == first
    assert exchange.rows("ledger/demo") == events
    assert exchange.lake.latest("ledger/demo").version == 0


def test_a_run_killed_between_its_two_commits_goes_on_by_what_the_first_was_made_with(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.sides(addresses(WRONG), addresses(GOOD))
    compare(exchange, "r1", DAY)
    decide(exchange, ("1", "onderzoek"))
    write = Lake.write

    def killed(lake: Lake, table: str, *given: Any, **more: Any) -> Any:
        if table.startswith("discrepancies/"):
            raise KeyboardInterrupt
        return write(lake, table, *given, **more)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Lake, "write", killed)
        compare(exchange, "r2", DAY)
    decide(exchange, ("1", "accept"))
    report(exchange, ("1", "ingediend"))
    (row,) = compare(exchange, "r2", DAY)
    assert (row["state"], row["decision"], row["runs_seen"]) == ("in onderzoek", "1 onderzoek", 2)
    assert [event["run_id"] for event in exchange.rows("ledger/demo")].count("r2") == 1
    (row,) = compare(exchange, "r3", DAY)
    assert (row["state"], row["decision"], row["runs_seen"]) == ("accepted", "1 accept", 3)


def test_a_decision_is_about_the_values_it_was_taken_on(exchange: Exchange) -> None:
    exchange.sides(addresses(WRONG), addresses(GOOD))
    compare(exchange, "r1", DAY)
    decide(exchange, ("1", "accept"))
    assert [row["state"] for row in compare(exchange, "r2", DAY)] == ["accepted"]
    exchange.sides(addresses(("1", "8888ZZ", 1)), addresses(GOOD))
    (row,) = compare(exchange, "r3", DAY + timedelta(days=2))
    assert (row["state"], row["left"], row["decision"]) == ("open", "8888ZZ", None)
    assert (row["first_seen"], row["changed"]) == (DAY, DAY + timedelta(days=2))

    def told(*options: str) -> list[tuple[str, str]]:
        lake = str(exchange.folder / "lake")
        said = CliRunner().invoke(main, ["ledger", "demo", "--lake", lake, "--format", "json", *options])
        assert said.exit_code == 0, said.output
        return [(row["state"], row["left"]) for row in json.loads(said.stdout)]

    assert told() == told("--state", "open") == [("open", "8888ZZ")]
    assert told("--about", str(DAY)) == [("accepted", "9999ZZ")]
    assert told("--state", "resolved") == told("--known-on", "2026-01-01") == []


def test_tables_from_before_discrepancies_had_an_id_are_left_alone(exchange: Exchange) -> None:
    exchange.lake.write("discrepancies/demo", pa.table({"key": ["1"], "runs_seen": [3]}), run_id="old")
    exchange.sides(addresses(WRONG), addresses(GOOD))
    assert [(row["state"], row["runs_seen"]) for row in compare(exchange)] == [("new", 1)]
