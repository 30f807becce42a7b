"""A delta laid over the state: whole records, records that tell some of their fields, and records that go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from connectors import parquet
from tests.builder import Exchange, contract
from vlekkeloos.connector import Pulled
from vlekkeloos.pull import pull

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("postcode", pa.string()),
        ("huisnummer", pa.int64()),
        ("_deleted", pa.bool_()),
        ("_told", pa.list_(pa.string())),
        ("_known", pa.bool_()),
    ]
)


class Registry:
    """Answers a pull with what it was given last."""

    def __init__(self) -> None:
        self.rows: list[list[dict[str, Any]]] = []
        self.cursor = 0

    def pull(self, *_: Any) -> Pulled:
        self.cursor += 1
        batches = [pa.RecordBatch.from_pylist(rows, schema=SCHEMA) for rows in self.rows]
        return Pulled(
            SCHEMA,
            iter(batches),
            cursor=str(self.cursor),
            delta=True,
            deleted="_deleted",
            told="_told",
            known="_known",
        )


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry of deltas in the place of a connector that is on the shelf."""
    made = Registry()
    monkeypatch.setattr(parquet, "pull", made.pull)
    monkeypatch.setattr("vlekkeloos.pull._since", lambda run, source, before: before and "before")
    yield made


def state(exchange: Exchange, registry: Registry, run_id: str, *pages: list[dict[str, Any]]) -> dict[str, Any]:
    """What raw has after a delta of these pages: postcode and huisnummer by id."""
    registry.rows = list(pages)
    exchange.write(contract(validate={}, publish=[]))
    pull(exchange.run(run_id), "bag")
    rows = exchange.rows("raw/demo/bag")
    assert set(rows[0]) == {"_row", "id", "postcode", "huisnummer"}
    found = {row["id"]: (row["postcode"], row["huisnummer"]) for row in rows}
    assert len(found) == len(rows)
    return found


def whole(id_: str, postcode: str | None, huisnummer: int | None) -> dict[str, Any]:
    return {"id": id_, "postcode": postcode, "huisnummer": huisnummer}


def told(id_: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, **fields, "_told": list(fields)}


def gone(id_: str) -> dict[str, Any]:
    # as it was, for some registries say so
    return {"id": id_, "postcode": "5000EE", "huisnummer": 5, "_deleted": True, "_told": []}


@pytest.fixture
def begun(exchange: Exchange, registry: Registry) -> Exchange:
    start = [whole("a", "1000AA", 1), whole("b", "2000BB", 2), whole("c", "3000CC", 3)]
    assert len(state(exchange, registry, "r1", start)) == 3
    return exchange


def test_what_a_record_does_not_tell_stays_as_it_was(begun: Exchange, registry: Registry) -> None:
    after = state(begun, registry, "r2", [told("a", postcode="9999ZZ")])
    assert after == {"a": ("9999ZZ", 1), "b": ("2000BB", 2), "c": ("3000CC", 3)}


def test_a_field_that_is_told_to_be_empty_becomes_so(begun: Exchange, registry: Registry) -> None:
    assert state(begun, registry, "r2", [told("a", postcode=None)])["a"] == (None, 1)


def test_several_records_of_one_identity_each_add_what_they_tell(begun: Exchange, registry: Registry) -> None:
    pages = [told("a", postcode="1111AA")], [told("a", huisnummer=11)], [told("a", postcode="2222AA")]
    assert state(begun, registry, "r2", *pages)["a"] == ("2222AA", 11)


def test_a_whole_record_leaves_nothing_of_the_one_before(begun: Exchange, registry: Registry) -> None:
    pages = [told("a", postcode="1111AA"), whole("a", None, 5)], [told("b", huisnummer=7)]
    after = state(begun, registry, "r2", *pages)
    assert (after["a"], after["b"]) == ((None, 5), ("2000BB", 7))


def test_a_record_that_goes_is_gone_and_one_that_comes_back_starts_anew(begun: Exchange, registry: Registry) -> None:
    after = state(begun, registry, "r2", [told("a", huisnummer=9), gone("a"), gone("b")], [told("b", huisnummer=8)])
    assert after == {"b": (None, 8), "c": ("3000CC", 3)}


def test_what_is_told_of_a_record_that_is_not_there_is_kept_and_counted(begun: Exchange, registry: Registry) -> None:
    registry.rows = [[told("x", huisnummer=4) | {"_known": True}, whole("a", "4000DD", 4) | {"_known": False}]]
    outcome = pull(begun.run("r2"), "bag")
    assert (outcome.details["unknown_changed"], outcome.details["known_added"]) == (1, 1)
    found = {row["id"]: (row["postcode"], row["huisnummer"]) for row in begun.rows("raw/demo/bag")}
    assert (found["x"], found["a"]) == ((None, 4), ("4000DD", 4))


def test_a_delta_of_nothing_leaves_the_state(begun: Exchange, registry: Registry) -> None:
    assert len(state(begun, registry, "r2")) == 3
