"""Linking within a run: what is linked is compared, what is in doubt is asked once, and what was said is kept to."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.builder import Exchange, contract
from vlekkeloos import pipeline
from vlekkeloos.decide import About, Verdict

SURNAMES = ("Jansen", "de Vries", "van den Berg", "Bakker", "Visser", "Smit", "Meijer", "de Boer", "Mulder", "Bos")
NAMES = ("Anna", "Bram", "Cor", "Dirk", "Els", "Frans", "Gerda", "Henk", "Ina", "Jan", "Kees", "Lies")
LINK = {
    "block": [["postcode", "huisnummer"], ["geboortedatum"]],
    "compare": {"naam": "name", "geboortedatum": "date", "postcode": "postcode", "huisnummer": "house number"},
}


def persons(count: int = 400) -> list[dict[str, Any]]:
    draw = random.Random(1)
    return [
        {
            "naam": f"{draw.choice(NAMES)} {draw.choice(SURNAMES)}",
            "geboortedatum": f"19{draw.randint(30, 99)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            "postcode": f"{draw.randint(1000, 9999)}AB",
            "huisnummer": str(draw.randint(1, 200)),
        }
        for _ in range(count)
    ]


def side(rows: list[dict[str, Any]], mark: str) -> pa.Table:
    return pa.Table.from_pylist([{"id": f"{mark}{number}", **row} for number, row in enumerate(rows)])


def made(folder: Path, link_above: float) -> Exchange:
    """Persons of whom some moved, of some a letter is wrong, and one is on the left only."""
    left = persons()
    right = [dict(row) for row in left[:-1]]
    for number, row in enumerate(right):
        if number % 20 == 0:
            row |= {"postcode": f"{2000 + number}ZZ"}
        elif number % 20 == 10:
            row |= {"naam": row["naam"].replace("a", "e", 1)}
    words = {
        "left": "gemeente", "right": "bag", "fields": {"naam": {}, "postcode": {}}, "settle": "authentic",
        "link": LINK | {"link_above": link_above},
    }  # fmt: skip
    publish = [{"partner": "afnemer", "connector": "folder", "url": "afnemer", "fields": ["id_gemeente", "id_bag"]}]
    text = contract(reconcile=words, publish=publish)
    del text["validate"]
    exchange = Exchange(folder, text)
    exchange.sides(side(left, "L"), side(right, "R"))
    return exchange


def test_linked_records_are_compared_and_agreed_with_both_their_keys(tmp_path: Path) -> None:
    exchange = made(tmp_path, link_above=0.9)
    pipeline.run_all(exchange.run("r1"))
    found = {(row["key"], row["field"], row["kind"]) for row in exchange.rows("discrepancies/demo")}
    assert ("L0", "postcode", "differs") in found, "who moved is still the same person"
    assert {key for key, _, kind in found if kind == "missing_right"} == {"L399"}
    agreed = {row["id"]: (row["id_gemeente"], row["id_bag"]) for row in exchange.rows("agreed/demo")}
    assert agreed["L0"] == ("L0", "R0")
    assert exchange.lake.exists("models/demo/r1.json"), "what the pairs were judged by is kept"


def test_a_pair_in_doubt_is_asked_once_and_is_neither_missing_nor_agreed_until_then(tmp_path: Path) -> None:
    exchange = made(tmp_path, link_above=0.9995)
    pipeline.run_all(exchange.run("r1"))
    rows = exchange.rows("discrepancies/demo")
    asked = {row["left"]: row for row in rows if row["kind"] == "doubtful"}
    assert asked["L0"]["right"] == "R0"
    assert not {"L0", "bag:R0"} & {row["key"] for row in rows}
    assert "L0" not in {row["id"] for row in exchange.rows("agreed/demo")}

    for key, said in (("L0", "zelfde"), ("L20", "ander")):
        pipeline.decide(exchange.run("r1"), About(id=asked[key]["id"]), Verdict("value", "gebeld", "an", value=said))
    for run_id in ("r2", "r3"):
        pipeline.run_all(exchange.run(run_id))
        rows = exchange.rows("discrepancies/demo")
        again = {row["left"] for row in rows if row["kind"] == "doubtful"}
        assert not {"L0", "L20"} & again, f"asked again in {run_id}"
        found = {(row["key"], row["field"], row["kind"]) for row in rows}
        assert ("L0", "postcode", "differs") in found, "one record, so it is compared"
        assert {("L20", None, "missing_right"), ("bag:R20", None, "missing_left")} <= found, "two records"
    assert "L0" in {row["id"] for row in exchange.rows("agreed/demo")}
