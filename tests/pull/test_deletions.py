"""What a registry has no more is kept beside, once, whether a full pull or a delta shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from connectors import parquet
from tests.builder import Exchange, addresses, contract
from vlekkeloos.connector import History, Page, Pulled
from vlekkeloos.lake import ROW
from vlekkeloos.pull import pull

Row = tuple[str | None, str | None, int | None]
TABLE = "deletions/demo/bag"
A, B, C, D = ("a", "1000AA", 1), ("b", "2000BB", 2), ("c", "3000CC", 3), ("d", "4000DD", 4)


def pulled(exchange: Exchange, run_id: str, *rows: Row) -> dict[str, Any]:
    """The counts of a full pull of these records."""
    exchange.sides(addresses(A), addresses(*rows))
    return pull(exchange.run(run_id), "bag").details


def test_the_first_pull_adds_and_removes_nothing(exchange: Exchange) -> None:
    assert not {"added", "removed"} & pulled(exchange, "r1", A, B).keys()
    assert not exchange.lake.exists(TABLE)


def test_a_record_that_is_there_no_more_is_kept_as_it_last_was(exchange: Exchange) -> None:
    pulled(exchange, "r1", A, B, C)
    details = pulled(exchange, "r2", A, C, D)
    assert (details["rows"], details["added"], details["removed"]) == (3, 1, 1)
    (gone,) = exchange.rows(TABLE)
    assert json.loads(gone["record"]) == {ROW: 2, "id": "b", "postcode": "2000BB", "huisnummer": 2}
    assert (gone["key"], gone["last_in"], gone["run_id"]) == ("b", "raw/demo/bag@0", "r2")


def test_a_record_that_goes_comes_back_and_goes_is_kept_twice(exchange: Exchange) -> None:
    for number, rows in enumerate([(A, B), (A,), (A, B), (A,)]):
        pulled(exchange, f"r{number}", *rows)
    assert {(row["key"], row["run_id"]) for row in exchange.rows(TABLE)} == {("b", "r1"), ("b", "r3")}


def test_the_same_run_again_changes_nothing(exchange: Exchange) -> None:
    pulled(exchange, "r1", A, B)
    first = pulled(exchange, "r2", A)
    versions = {table: exchange.lake.find(table).version for table in exchange.lake.tables()}
    # also when the registry changed: this run has its records already
    assert pulled(exchange, "r2", C) == first
    assert {table: exchange.lake.find(table).version for table in exchange.lake.tables()} == versions


def test_an_older_run_that_is_run_again_is_held_against_what_was_before_it(exchange: Exchange) -> None:
    pulled(exchange, "r1", A, B)
    first = pulled(exchange, "r2", A, C)
    pulled(exchange, "r3", A, C, D)
    assert pulled(exchange, "r2", A) == first
    assert [row["key"] for row in exchange.rows(TABLE)] == ["b"]


def test_an_emptied_registry_leaves_all_its_records_beside(exchange: Exchange) -> None:
    pulled(exchange, "r1", A, B)
    assert pulled(exchange, "r2")["removed"] == 2
    assert sorted(row["key"] for row in exchange.rows(TABLE)) == ["a", "b"]


def test_a_record_without_a_key_is_no_record_that_went_as_long_as_one_is_there(exchange: Exchange) -> None:
    pulled(exchange, "r1", A, (None, "1", 1), (None, "2", 2))
    assert pulled(exchange, "r2", A, (None, "3", 3))["removed"] == 0


def test_a_voorkomen_that_goes_is_kept_though_others_of_its_key_stay(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(begin="postcode", end="postcode", version="huisnummer")
    monkeypatch.setattr(parquet, "history", lambda options: history, raising=False)
    pulled(exchange, "r1", ("a", "x", 1), ("a", "x", 2), ("b", "x", 1))
    details = pulled(exchange, "r2", ("a", "x", 2), ("a", "x", 3), ("b", "x", 1))
    assert (details["added"], details["removed"]) == (1, 1)
    assert [json.loads(row["record"])["huisnummer"] for row in exchange.rows(TABLE)] == [1]


SCHEMA = pa.schema([*addresses(A).schema, ("_deleted", pa.bool_())])


class Delta:
    """A registry of pages that tell what changed, and, where asked, which keys are there now."""

    def __init__(self, exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
        self.exchange = exchange
        self.since: list[str | None] = []
        self.after: list[str | None] = []
        monkeypatch.setattr(parquet, "pull", self.answer)
        text = contract(validate={}, publish=[])
        text["sources"]["bag"] |= {"mode": "delta", "files": "*.parquet", "which": "all"}
        exchange.write(text)

    def answer(self, options: Any, place: Any, wanted: Any) -> Pulled:
        self.since.append(wanted.since)
        self.after.append(wanted.after)
        return Pulled(
            SCHEMA,
            self.pages(),
            cursor=f"after {wanted.since}",
            paged=True,
            delta=wanted.since is not None,
            deleted="_deleted",
            present=None if self.present is None else iter([pa.record_batch({"id": self.present})]),
        )

    def pages(self) -> Any:
        for number, (row, gone) in enumerate(self.changes, start=1):
            names = [*addresses(A).schema.names, "_deleted"]
            yield Page(
                pa.RecordBatch.from_pylist([dict(zip(names, [*row, gone], strict=True))], SCHEMA), 0, number, ""
            )
        if self.breaks:
            raise KeyboardInterrupt

    def pull(
        self, run_id: str, *changes: tuple[Row, bool], present: Sequence[str] | None = None, breaks: bool = False
    ) -> dict[str, Any]:
        self.changes, self.present, self.breaks = changes, present, breaks
        return pull(self.exchange.run(run_id), "bag").details

    @property
    def state(self) -> list[str]:
        return sorted(row["id"] for row in self.exchange.rows("raw/demo/bag"))


@pytest.fixture
def delta(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Delta:
    """A registry that has told of a, b and c."""
    made = Delta(exchange, monkeypatch)
    made.pull("r1", (A, False), (B, False), (C, False))
    return made


def test_what_a_delta_removes_is_kept_and_the_cursor_goes_on(delta: Delta) -> None:
    details = delta.pull("r2", (B, True), (D, False))
    assert (details["rows"], details["added"], details["removed"], details["cursor"]) == (3, 1, 1, "after after None")
    assert delta.state == ["a", "c", "d"]
    assert [row["key"] for row in delta.exchange.rows(TABLE)] == ["b"]
    assert delta.since == [None, "after None"]


def test_what_is_not_among_the_keys_that_are_there_went(delta: Delta) -> None:
    details = delta.pull("r2", (D, False), present=["a", "d"])
    assert (details["removed"], delta.state) == (2, ["a", "d"])
    assert sorted(row["key"] for row in delta.exchange.rows(TABLE)) == ["b", "c"]


def test_a_delta_of_nothing_leaves_the_state_and_no_pages(delta: Delta) -> None:
    details = delta.pull("r2")
    assert (details["rows"], details["added"], details["removed"]) == (3, 0, 0)
    assert not any(table.startswith("staging") for table in delta.exchange.lake.tables())


def test_the_same_delta_again_in_another_run_changes_nothing_more(delta: Delta) -> None:
    delta.pull("r2", (B, True), (D, False))
    details = delta.pull("r3", (B, True), (D, False))
    assert (details["added"], details["removed"], delta.state) == (0, 0, ["a", "c", "d"])


def test_a_delta_that_broke_off_is_no_part_of_one_since_a_later_state(delta: Delta) -> None:
    with pytest.raises(KeyboardInterrupt):
        delta.pull("r2", (("a", "old", 1), False), breaks=True)
    delta.pull("r3", (("a", "new", 1), False))
    delta.pull("r2", (D, False))
    assert {row["postcode"] for row in delta.exchange.rows("raw/demo/bag") if row["id"] == "a"} == {"new"}
