"""Which discrepancies become drafts, whichever side the authentic source is on, and what is said of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from tests.builder import Exchange, contract
from vlekkeloos.feed_back import feed_back
from vlekkeloos.lake import Ref

DAY = date(2026, 1, 1)
COLUMNS = ("id", "key", "field", "left_source", "right_source", "left", "right", "kind", "rule", "choice", "state")


def found(exchange: Exchange, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The drafts of discrepancies that were seen for three runs."""
    usual = {"left_source": "gemeente", "right_source": "bag", "left": "a", "right": "b"}
    usual |= {"kind": "differs", "state": "open"}
    filled = [
        {**dict.fromkeys(COLUMNS), **usual, "id": f"id{number}", "key": f"{number}", "field": "postcode", **row}
        for number, row in enumerate(rows)
    ]
    schema = [(name, pa.string()) for name in COLUMNS] + [("first_seen", pa.date32()), ("runs_seen", pa.int64())]
    table = pa.Table.from_pylist(
        [{**row, "first_seen": DAY, "runs_seen": row.get("runs_seen", 3)} for row in filled], schema=pa.schema(schema)
    )
    exchange.write(contract(feed_back={"after": "2 runs"}))
    run = exchange.run("r1")
    ref: Ref = run.lake.write("discrepancies/demo", table, run_id="r1")
    feed_back(run, ref)
    return sorted(exchange.rows("terugmeldingen/demo"), key=lambda row: row["key"])


def test_what_a_person_settled_for_the_authentic_source_accepted_or_looks_into_is_no_doubt(
    exchange: Exchange,
) -> None:
    drafts = found(
        exchange,
        {"rule": "authentic", "choice": "bag"},
        {"rule": "decision:1", "choice": "bag"},
        {"rule": "decision:2", "choice": "gemeente"},
        {"state": "accepted"},
        {"state": "in onderzoek"},
        {"kind": "quarantined_right"},
        {"runs_seen": 1},
    )
    assert [row["key"] for row in drafts] == ["0", "2"]
    assert [row["id"] for row in drafts] == ["id0", "id2"]


def test_the_authentic_source_may_be_on_either_side_and_has_to_be_on_one(exchange: Exchange) -> None:
    drafts = found(
        exchange,
        {},
        {"left_source": "bag", "right_source": "wijkteam"},
        {"left_source": "gemeente", "right_source": "wijkteam"},
        {"left_source": "bag", "right_source": "wijkteam", "kind": "missing_left", "field": None},
        {"kind": "missing_left", "field": None},
    )
    told = [(row["key"], row["registered"], row["believed_by"], row["absent"]) for row in drafts]
    assert told == [
        ("0", "b", "gemeente", False),
        ("1", "a", "wijkteam", False),
        ("3", "a", "wijkteam", True),
        ("4", "b", "gemeente", False),
    ]
    assert "3 staat in wijkteam, maar niet in bag" in drafts[2]["explanation"]
    assert "4 staat in bag, maar niet in gemeente" in drafts[3]["explanation"]


def test_an_empty_value_and_a_quote_can_be_explained(exchange: Exchange) -> None:
    (draft,) = found(exchange, {"left": None, "right": "'s-Gravenhage"})
    assert 'geregistreerd is "\'s-Gravenhage", maar gemeente heeft geen waarde' in draft["explanation"]


def test_a_table_of_an_older_form_is_kept_and_its_drafts_made_anew(exchange: Exchange) -> None:
    old = pa.table({"key": ["0"], "field": ["postcode"], "kind": ["differs"], "status": ["concept"]})
    exchange.lake.write("terugmeldingen/demo", old, run_id="r0")
    assert {(row["id"], row["status"]) for row in found(exchange, {})} == {(None, "vervallen"), ("id0", "concept")}
