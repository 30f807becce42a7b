"""What planted discrepancies have in common is found; what has nothing in common is left single."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builder import Exchange
from tests.decide.planted import SCHEMA, plant, row, street
from vlekkeloos import pipeline
from vlekkeloos.decide import causes
from vlekkeloos.decide.causes import Cause

NAMES = ["Dorps", "Molen", "Kerk", "Linden", "Haven", "Zand", "Beuken"]


def noise(count: int, seed: int = 1) -> list[dict[str, Any]]:
    drawn = random.Random(seed)
    texts = ["".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=12)) for _ in range(2 * count)]
    return [row(f"N{n:04}", "omschrijving", texts[2 * n], texts[2 * n + 1]) for n in range(count)]


def found(rows: list[dict[str, Any]], compared: int | None = 10_000) -> tuple[list[Cause], dict[str, str]]:
    """The causes of these rows, and the cause of each id."""
    query = duckdb.connect()
    query.register("planted", pa.Table.from_pylist(rows, SCHEMA))
    query.execute("CREATE VIEW asked AS SELECT *, rule IS NULL AS open FROM planted")
    causes.find(query, "demo", compared)
    return causes.listed(query), dict(query.execute("FROM caused").fetchall())


def only(rows: list[dict[str, Any]], compared: int | None = 10_000) -> Cause:
    every, _ = found(rows, compared)
    (one,) = every
    return one


def test_each_planted_cause_is_found_and_the_noise_is_single() -> None:
    postcodes = [row(f"P{n:03}", "postcode", f"{1380 + n}AB", f"{1390 + n}AB") for n in range(12)]
    shifted = [row(f"X{n:03}", "x", f"{121000 + n}.5", f"{121001 + n}.5") for n in range(30)]
    capitals = [row(f"C{n:03}", "plaats", f"{NAMES[n % 7]}dam", f"{NAMES[n % 7]}DAM") for n in range(20)]
    every, caused = found([*street(), *postcodes, *shifted, *capitals, *noise(100)])
    assert [(cause.kind, cause.field, cause.count) for cause in every] == [
        ("same_pair", "straatnaam", 40),
        ("shift", "x", 30),
        ("notation", "plaats", 20),
        ("shift", "postcode", 12),
    ]
    renamed = every[0]
    assert (renamed.share, renamed.open, renamed.examples) == (1.0, 40, ["S000", "S001", "S002"])
    assert [causes.sentence(cause, "nl") for cause in every] == [
        "straatnaam: gemeente heeft steeds “Kerkstraat” en bag “Burgemeesterplein” (40 keer).",
        "x is bij bag steeds +1 vergeleken met gemeente (30 keer).",
        "plaats verschilt alleen in hoofdletters (20 keer).",
        "postcode is bij bag steeds +10 in de cijfers vergeleken met gemeente (12 keer).",
    ]
    assert causes.sentence(renamed, "en").startswith("straatnaam: gemeente always has “Kerkstraat” and bag")
    assert len(caused) == 102


@pytest.mark.parametrize(
    ("pairs", "kind", "said"),
    [
        ([("Kerkstr.", "Kerkstraat"), ("Havenstr.", "Havenstraat"), ("Zandstr.", "Zandstraat")],
         "edit", "straat: bij bag is “.” vervangen door “aat” aan het eind, vergeleken met gemeente (3 keer)."),
        ([("12", "12A"), ("17", "17A"), ("3", "3A")], "edit", "“A” toegevoegd aan het eind"),
        ([("Gem. Edam", "Edam"), ("Gem. Urk", "Urk"), ("Gem. Wijk", "Wijk")],
         "edit", "“Gem. ” weggelaten aan het begin"),
        ([("1234AB", "1243AB"), ("1358XX", "1385XX"), ("1401ZZ", "4101ZZ")], "edit", "twee tekens verwisseld"),
        ([(None, "a"), ("", "b"), (" ", "c")], "one_empty", "straat is leeg bij gemeente"),
        ([("1", "1.0"), ("2,5", "2.5"), ("7", "7.00")], "notation", "de schrijfwijze van een getal"),
        ([("2026-01-02", "02-01-2026"), ("20260103", "2026-01-03"), ("2026-01-04", "4-1-2026")],
         "notation", "de schrijfwijze van een datum"),
        ([("007", "7"), ("012", "12"), ("0", "00")], "notation", "voorloopnullen"),
        ([("André", "Andre"), ("Zoë", "Zoe"), ("Loïs", "Lois")], "notation", "accenten"),
        ([("Jan-Piet", "jan piet"), ("A.B.", "ab"), ("O'Neil", "ONEIL")], "notation", "leestekens"),
        ([("2026-01-01", "2026-01-02"), ("2025-02-28", "2025-03-01"), ("2024-12-31", "2025-01-01")],
         "shift", "straat is bij bag steeds +1 dagen"),
        ([("5", "4.5"), ("9", "8.5"), ("1", "0.5")], "shift", "steeds -0,5 vergeleken"),
        ([("1", "A"), ("1", "A"), ("1", "A")], "same_pair", "“1” en bag “A”"),
        ([("5", "6"), ("5", "6"), ("5", "6")], "same_pair", "“5” en bag “6”"),
    ],
)  # fmt: skip
def test_a_kind_of_cause(pairs: list[tuple[str | None, str]], kind: str, said: str) -> None:
    cause = only([row(str(n), "straat", left, right) for n, (left, right) in enumerate(pairs)])
    assert (cause.kind, cause.count) == (kind, 3)
    assert said in causes.sentence(cause, "nl")
    assert causes.sentence(cause, "en")


def test_a_minus_is_no_notation_and_two_are_no_pattern() -> None:
    assert only([row(str(n), "saldo", f"-{n}", f"{n}") for n in (5, 8, 11)]).kind == "edit"
    assert found(street(2))[0] == []


def test_an_edit_that_is_one_pair_is_a_renamed_street_and_an_abbreviation_is_of_many_streets() -> None:
    assert only([row(str(n), "straat", "Kerkstraat", "Kerkplein") for n in range(9)]).kind == "same_pair"
    many = [row(f"{name}{n}", "straat", f"{name}str", f"{name}straat") for name in NAMES for n in range(5)]
    assert (only(many).kind, only(many).count) == ("edit", 35)


def test_records_missing_since_one_day_and_double_keys() -> None:
    late = [row(str(n), None, kind="missing_right", first_seen=date(2026, 1, 2)) for n in range(5)]
    old = [row(f"o{n}", None, kind="missing_right") for n in range(3)]
    double = [row(f"d{n}", None, "1", "2", kind="duplicate_right") for n in range(4)]
    every, _ = found([*late, *old, *double])
    assert [(cause.kind, cause.count) for cause in every] == [
        ("missing_since", 5), ("duplicates", 4), ("missing_since", 3),
    ]  # fmt: skip
    assert causes.sentence(every[0], "nl").startswith("5 records ontbreken bij bag sinds 2 januari 2026")
    assert causes.sentence(every[1], "nl") == "bag heeft 4 sleutels meer dan één keer."


def test_a_field_that_differs_in_nearly_all_records() -> None:
    assert only(noise(50), compared=52).kind == "whole_field"
    assert found(noise(50), compared=500)[0] == []
    assert found(noise(50), compared=None)[0] == []


def test_a_cause_is_of_one_pair_of_sources() -> None:
    rows = street(4) + [row(f"B{n}", "straatnaam", "Kerkstraat", "Burgemeesterplein", right_source="woz")
                        for n in range(3)]  # fmt: skip
    every, _ = found(rows)
    assert [(cause.right_source, cause.count, cause.share) for cause in every] == [("bag", 4, 1.0), ("woz", 3, 1.0)]


def test_the_id_of_a_cause_does_not_depend_on_the_run_or_the_order() -> None:
    rows = [*street(), *noise(30)]
    assert found(rows) == found(rows[::-1])
    assert only(street(3)).id == only(street(40)).id


@pytest.mark.parametrize("value", ["{count}", '"', "\\", "'; DROP TABLE x; --", "a" * 300, "\x1f", "é" * 50])
def test_any_text_may_be_in_a_pattern(value: str) -> None:
    rows = [row(str(n), "straat", value, "b") for n in range(3)]
    for cause in found(rows)[0]:
        assert value in causes.sentence(cause, "nl")


values = st.one_of(st.none(), st.sampled_from(["", "1", "01", "2", "Kerkstr.", "Kerkstraat", "KERKSTRAAT", "1234AB"]))
kinds = st.sampled_from(["differs", "differs", "differs", "missing_left", "duplicate_right", "quarantined_left"])


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), values, values, kinds, st.booleans()), max_size=40))
def test_causes_partition_the_discrepancies(drawn: list[tuple[str, str | None, str | None, str, bool]]) -> None:
    rows = [
        row(
            str(n),
            field if kind == "differs" else None,
            left,
            right,
            kind=kind,
            rule="authentic" if settled else None,
        )
        for n, (field, left, right, kind, settled) in enumerate(drawn)
    ]
    every, caused = found(rows)
    by_id = {one["id"]: one for one in rows}
    assert caused.keys() <= by_id.keys()
    for cause in every:
        own = [by_id[id] for id, its in caused.items() if its == cause.id]
        assert len(own) == cause.count >= 3
        assert cause.open == sum(one["rule"] is None for one in own)
        assert {one["field"] for one in own} == {cause.field}
        assert cause.examples == sorted(one["key"] for one in own)[:3]
    assert sum(cause.count for cause in every) == len(caused)


def test_the_causes_of_an_exchange_count_what_waits(exchange: Exchange) -> None:
    plant(exchange, *street(5), row("9", "straatnaam", "Kerkstraat", "Burgemeesterplein", rule="authentic"),
          *noise(2))  # fmt: skip
    (cause,), single = pipeline.causes(exchange.run())
    assert (cause.count, cause.open, cause.share, single) == (6, 5, 1.0, 2)
