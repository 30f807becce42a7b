"""What jumped between runs: steady, growing and swinging sources are silent, and what a person would see is said."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.builder import Exchange, contract
from vlekkeloos.jumps import jumps, last, record
from vlekkeloos.profile import Profile, profile

DAY = date(2026, 1, 1)
Change = Callable[[dict[str, list[Any]]], None]


def table(run: int, rows: int = 400, change: Change | None = None) -> pa.Table:
    """What a registry gives in a run: ids, codes, amounts, dates, and a field that half of its records have."""
    chance = random.Random(run)
    columns: dict[str, list[Any]] = {
        "id": [f"{n:06}" for n in range(rows)],
        "status": [chance.choice(["open", "open", "dicht", "nieuw"]) for _ in range(rows)],
        "bedrag": [chance.randrange(100, 5000) for _ in range(rows - 2)] + [0, 5100],
        "datum": [DAY - timedelta(chance.randrange(3650)) for _ in range(rows - 1)] + [DAY + timedelta(run)],
        "toevoeging": [str(n % 7) if n % 2 else None for n in range(rows)],
        "plaats": ["Weesp"] * rows,
    }
    if change:
        change(columns)
    return pa.table(columns, schema=SCHEMA)


SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "status": pa.string(),
        "bedrag": pa.int64(),
        "datum": pa.date32(),
        "toevoeging": pa.string(),
        "plaats": pa.string(),
    }
)


def profiled(made: pa.Table) -> Profile:
    with duckdb.connect() as query:
        query.register("accepted", made)
        return profile(query, "accepted", made.schema)


def steady(runs: int) -> list[Profile]:
    """The profiles of some ordinary runs, the newest first."""
    return [ordinary(run) for run in range(runs, 0, -1)]


@cache
def ordinary(run: int) -> Profile:
    return profiled(table(run, rows=400 + 2 * run))


def said(now: pa.Table, before: list[Profile]) -> list[tuple[str, str]]:
    return [(one["column"], one["what"]) for one in jumps(profiled(now), before)]


def thirty_in_a_hundred_empty(columns: dict[str, list[Any]]) -> None:
    columns["status"] = [None if n % 10 < 3 else value for n, value in enumerate(columns["status"])]


def constant(columns: dict[str, list[Any]]) -> None:
    columns["status"] = ["open"] * len(columns["status"])


def the_year_2206(columns: dict[str, list[Any]]) -> None:
    columns["datum"][5] = date(2206, 1, 1)


def long_ago(columns: dict[str, list[Any]]) -> None:
    columns["datum"][5] = date(1, 1, 1)


def emptied(columns: dict[str, list[Any]]) -> None:
    columns["toevoeging"] = [None] * len(columns["toevoeging"])


def a_hundredfold(columns: dict[str, list[Any]]) -> None:
    columns["bedrag"] = [100 * value for value in columns["bedrag"]]


def many_codes(columns: dict[str, list[Any]]) -> None:
    columns["status"] = [f"{value} {n % 50}" for n, value in enumerate(columns["status"])]


def the_same_id(columns: dict[str, list[Any]]) -> None:
    columns["id"] = [f"{n % 200:06}" for n in range(len(columns["id"]))]


EACH_NUMBER_OF_RUNS = pytest.mark.parametrize("runs", [1, 2, 4, 5, 10, 14])


@EACH_NUMBER_OF_RUNS
def test_an_ordinary_run_says_nothing(runs: int) -> None:
    assert said(table(runs + 1, rows=402 + 2 * runs), steady(runs)) == []


@EACH_NUMBER_OF_RUNS
@pytest.mark.parametrize(
    ("change", "where"),
    [
        (thirty_in_a_hundred_empty, [("status", "empty")]),
        (constant, [("status", "distinct")]),
        (the_year_2206, [("datum", "high")]),
        (long_ago, [("datum", "low")]),
        (emptied, [("toevoeging", "empty")]),
        (a_hundredfold, [("bedrag", "high")]),
        (many_codes, [("status", "distinct")]),
        (the_same_id, [("id", "distinct")]),
    ],
)
def test_what_a_person_would_see_is_said_and_nothing_else(
    runs: int, change: Change, where: list[tuple[str, str]]
) -> None:
    assert said(table(runs + 1, change=change), steady(runs)) == where


@EACH_NUMBER_OF_RUNS
def test_doubled_rows_are_said_with_before_and_now(runs: int) -> None:
    before = steady(runs)
    (jump,) = jumps(profiled(table(runs + 1, rows=820)), before)
    assert jump == {"column": "", "what": "rows", "before": before[0].rows, "now": 820}


def test_no_run_before_is_nothing_to_jump_from() -> None:
    assert jumps(profiled(table(1)), []) == []


def test_what_moved_for_good_is_said_once() -> None:
    before = steady(10)
    told = []
    for run in range(11, 20):
        now = table(run, rows=900)
        told.append(said(now, before))
        before = [profiled(now), *before]
    assert told == [[("", "rows")], *[[]] * 8]


def test_a_bad_run_is_not_said_again_when_it_is_over() -> None:
    before = [profiled(table(7, rows=800)), *steady(6)]
    assert said(table(8, rows=415), before) == []


def test_a_source_that_always_swings_is_not_told_for_it() -> None:
    sizes = [400, 700, 450, 650, 380, 720, 500]
    before = [profiled(table(run, rows=rows)) for run, rows in enumerate(sizes)]
    assert said(table(8, rows=690), before) == []
    assert said(table(8, rows=4000), before) == [("", "rows")]


def test_a_steady_source_is_told_for_less_than_a_new_one() -> None:
    fewer = table(20, rows=370)
    assert said(fewer, steady(2)) == []
    assert said(fewer, steady(6)) == [("", "rows")]


def test_a_rare_value_that_is_gone_is_no_constant_column() -> None:
    def once(columns: dict[str, list[Any]]) -> None:
        columns["plaats"][3] = "Muiden"

    assert said(table(3), [profiled(table(n, change=once)) for n in (2, 1)]) == []


def test_another_type_is_drift_and_no_jump() -> None:
    before = [profiled(pa.table({"a": [str(n) for n in range(100)]}))]
    assert said(pa.table({"a": range(100)}), before) == []


def test_a_run_keeps_its_profile_once_and_sees_those_before_it(exchange: Exchange) -> None:
    kept = {name: profiled(table(n)) for n, name in enumerate(["r1", "r2", "r3"])}
    for name, made in kept.items():
        record(exchange.run(name), "bag", made)
    again = record(exchange.run("r2"), "bag", kept["r1"])
    assert again.version == 1
    assert len(exchange.rows("profiles/demo/bag")) == 3
    assert last(exchange.run("r1"), "bag") == []
    # an older run that is run again looks back from where it was
    assert [one.rows for one in last(exchange.run("r2"), "bag")] == [kept["r1"].rows]
    assert jumps(kept["r2"], last(exchange.run("r2"), "bag")) == jumps(kept["r2"], [kept["r1"]])
    newest_first = last(exchange.run("r4"), "bag")
    assert [one.columns["datum"].high for one in newest_first] == [
        kept[n].columns["datum"].high for n in ("r3", "r2", "r1")
    ]
    assert len(last(exchange.run("r4"), "bag", 2)) == 2
    assert last(exchange.run("r4"), "gemeente") == []


def test_of_persons_only_counts_are_kept_and_told(exchange: Exchange) -> None:
    record(exchange.run("r0"), "bag", profiled(table(0)))
    about_persons = contract(
        classification="persoonsgegevens", purpose={"processing_activity": "x", "legal_basis": "y"}, publish=[]
    )
    exchange.write(about_persons)
    made = profiled(table(1, change=the_year_2206))
    record(exchange.run("r1"), "bag", made)
    (row,) = (one for one in exchange.rows("profiles/demo/bag") if one["run_id"] == "r1")
    assert not {"low", "high", "values"} & {word for column in json.loads(row["columns"]).values() for word in column}
    for value in ("5100", "2206", "000399", "Weesp"):
        assert value not in row["columns"]
    # not even what was kept when nobody had said yet that they were persons
    (first,) = last(exchange.run("r1"), "bag")
    assert first.columns["datum"].high is None
    assert jumps(made, [first]) == []
