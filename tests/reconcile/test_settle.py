"""Who wins: by rule, by decision, and when it falls to a person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.reconcile.compared import Compared, table
from vlekkeloos.reconcile import settle as settling

OLD, NEW = date(2020, 1, 1), date(2021, 1, 1)


def three(a: Any, b: Any, c: Any, settle: Any, days: tuple[Any, Any, Any] = (OLD, OLD, OLD)) -> tuple[Any, ...]:
    """The agreed value, its source and the rule where three sources say this; None if it waits for a person."""
    tables = {
        name: table(id=["1"], naam=[value], gewijzigd=[day])
        for name, value, day in zip("abc", (a, b, c), days, strict=True)
    }
    rules = {"fields": {"naam": {}}, "settle": settle, "pairs": "all"}
    told = Compared(tables, rules, authentic="c", dated="gewijzigd")
    if not told.agreed:
        assert told.details["waiting"] > 0
        return ()
    row = told.record("1")
    return row["naam"], *row["provenance"]["naam"].values()


@pytest.mark.parametrize(
    ("said", "rule", "days", "expected"),
    [
        (("x", "y", "z"), "authentic", None, ("z", "c", "authentic")),
        (("x", "y", None), "authentic", None, (None, "c", "authentic")),
        (("x", "y", "z"), "a", None, ("x", "a", "settle:a")),
        (("x", "y", "z"), "newest", (OLD, NEW, OLD), ("y", "b", "newest")),
        (("x", "y", "z"), "newest", (OLD, NEW, NEW), ()),
        (("x", "y", "z"), "newest", (OLD, NEW, None), ()),
        ((None, "", "z"), "most complete", None, ("z", "c", "most complete")),
        (("xx", "yyy", "z"), "most complete", None, ("yyy", "b", "most complete")),
        (("xx", "yy", "z"), "most complete", None, ()),
        (("x", "x", "z"), "majority", None, ("x", "a", "majority")),
        (("x", "y", "z"), "majority", None, ()),
        (("x", None, None), "majority", None, ("x", "a", "majority")),
        ((None, "y", "z"), ["a", "b"], None, ("y", "b", "list")),
        (("x", "y", "z"), {"sql": "a || b || 'c'"}, None, ("xyc", "value", "sql")),
        (("x", "y", "z"), {"sql": "CAST(a AS INTEGER)"}, None, ()),
        (("x", "y", "z"), "person", None, ()),
        (("x", "x", "x"), "person", None, ("x", "c", "equal")),
    ],
)
def test_who_wins_in_a_field(said: Any, rule: Any, days: Any, expected: Any) -> None:
    assert three(*said, rule, days or (OLD, OLD, OLD)) == expected


@pytest.mark.parametrize(
    ("rule", "agreed"),
    [("authentic", {"3"}), ("a", {"1", "2"}), ("majority", {"2"}), (["b", "c"], {"2", "3"}), ("person", set())],
)
def test_who_decides_whether_a_record_exists(rule: Any, agreed: set[str]) -> None:
    tables = {"a": table(id=["1", "2"]), "b": table(id=["2"]), "c": table(id=["3"])}
    told = Compared(tables, {"settle": rule}, authentic="c")
    assert {row["id"] for row in told.agreed} == agreed


def decision(choice: str, value: str | None = None, **about: Any) -> dict[str, Any]:
    found = {"key": "1", "field": "aantal", "left_source": "a", "right_source": "b", "kind": "differs"}
    return found | {"left": "1", "right": "2", "choice": choice, "value": value, "decision": "d1"} | about


def decided(*decisions: dict[str, Any], **rules: Any) -> Compared:
    tables = {"a": table(id=["1", "2"], aantal=[1, 5]), "b": table(id=["1", "3"], aantal=[2, 7])}
    return Compared(tables, rules, decided=list(decisions))


@pytest.mark.parametrize(
    ("choice", "value", "agreed"),
    [("left", None, (1, "a")), ("right", None, (2, "b")), ("value", "9", (9, "value")), ("accept", None, (1, "a"))],
)
def test_the_agreed_value_follows_a_decision(choice: str, value: str | None, agreed: tuple[int, str]) -> None:
    told = decided(decision(choice, value))
    row = told.record("1")
    assert (row["aantal"], row["provenance"]["aantal"]["source"]) == agreed
    assert row["provenance"]["aantal"]["rule"] == "decision:d1"
    (found,) = [found for found in told.found if found["kind"] == "differs"]
    assert (found["rule"], found["choice"]) == ("decision:d1", agreed[1])


def test_to_accept_what_an_expression_settled_leaves_the_record_as_it_is() -> None:
    told = decided(decision("accept"), fields={"aantal": {"settle": {"sql": "a + b"}}})
    assert told.record("1")["aantal"] == 1


def test_of_decisions_that_contradict_each_other_the_newest_counts() -> None:
    tables = {"a": table(id=["1"], aantal=[1]), "b": table(id=["1"], aantal=[2]), "c": table(id=["1"], aantal=[3])}
    for newest, value in (("b", 2), ("c", 3)):
        taken = [
            decision(
                "left", left=str(number), right="1", left_source=source, right_source="a", decision=f"d{9 - number}",
                decided_at=datetime(2026, 1, 2 if source == newest else 1, tzinfo=UTC),
            )
            for source, number in (("b", 2), ("c", 3))
        ]  # fmt: skip
        assert Compared(tables, {}, decided=taken).record("1")["aantal"] == value


def test_a_record_with_a_question_left_about_where_it_is_missing_is_not_agreed() -> None:
    tables = {"a": table(id=["1"]), "b": table(id=["2"]), "c": table(id=["2"])}
    about = {"field": None, "kind": "missing_left", "left_source": "b", "right_source": "a"}
    one = decision("right", **about, left=None, right=None)
    assert Compared(tables, {}, decided=[one]).agreed == []
    both = [one, one | {"left_source": "c", "decision": "d2"}]
    assert [row["id"] for row in Compared(tables, {}, decided=both).agreed] == ["1"]


def test_a_decision_about_other_values_or_one_to_look_into_it_settles_nothing() -> None:
    assert decided(decision("left", left="8")).agreed == []
    assert decided(decision("onderzoek")).agreed == []


def test_a_value_that_is_none_of_the_field_leaves_it_undecided_and_is_warned_of() -> None:
    told = decided(decision("value", "twee"))
    assert told.agreed == []
    assert told.details["warnings"] == ["decision d1 is not followed: its value is no BIGINT for aantal"]
    assert decided(decision("value", "twee"), settle="b").record("1")["aantal"] == 2


def test_a_decision_says_that_a_record_exists() -> None:
    about = {"field": None, "left": None, "right": None}
    kept = decided(decision("left", key="2", kind="missing_right", **about))
    assert [row["id"] for row in kept.agreed] == ["2"]
    gone = decided(decision("left", key="3", kind="missing_left", **about))
    assert gone.agreed == []
    assert {row["rule"] for row in gone.found if row["key"] == "3"} == {"decision:d1"}


@pytest.mark.parametrize("wrong", ["a +", "a; b", "a || x", "sum(a)", "(SELECT 1 FROM y)"])
def test_an_expression_is_one_over_the_sources_names(wrong: str) -> None:
    from vlekkeloos.contract import Expression

    assert settling.judge(Expression(sql=wrong), ("a", "b")) is not None
    assert settling.judge(Expression(sql="coalesce(a, b)"), ("a", "b")) is None


def test_a_record_in_quarantine_is_known_by_its_matching_key() -> None:
    tables = {
        "a": table(id=["1"], postcode=["1234 ab"], nummer=[1]),
        "b": table(id=["9"], postcode=["x"], nummer=[2]),
    }
    told = Compared(
        tables,
        {"key": {"postcode": {"normalise": ["postcode"]}, "nummer": {}}},
        quarantined={"b": [{"id": "8", "postcode": "1234AB", "nummer": 1}]},
    )
    assert {(row["key"], row["kind"]) for row in told.found} == {
        ("1234AB|1", "quarantined_right"),
        ("X|2", "missing_left"),
    }


def test_a_notation_is_told_with_the_rule_that_makes_it_equal() -> None:
    tables = {
        "a": table(id=["1", "2"], naam=["De Wit", "Jansen"], aantal=[1.0, 2.0]),
        "b": table(id=["1", "2"], naam=["de wit", "Janssen"], aantal=[1.0, 2.4]),
    }
    rules = {"fields": {"naam": {"normalise": ["casefold"], "similar": 0.9}, "aantal": {"tolerance": 0.5}}}
    told = Compared(tables, rules)
    assert told.found == []
    assert {(row["key"], row["field"], row["rule"]) for row in told.notations} == {
        ("1", "naam", "normalise"),
        ("2", "naam", "similar"),
        ("2", "aantal", "tolerance"),
    }
    assert told.details["notations"] == 3
