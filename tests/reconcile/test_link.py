"""Linking: what is found, what a person is asked, what a person said, and that nothing is linked twice."""

from __future__ import annotations

import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._link.records import FIELDS, made
from benchmarks._link.words import WORDS
from tests.builder import Exchange, contract
from vlekkeloos import check
from vlekkeloos.contract import Link
from vlekkeloos.errors import BadInput, ContractError
from vlekkeloos.lake import Lake
from vlekkeloos.reconcile.link import Explained, Model, Side, doubtful, explained, labels, link, shared
from vlekkeloos.reconcile.link.pairing import paired

LEFT, RIGHT = Side("gemeente", "l", "id"), Side("bag", "r", "id")
Records = list[tuple[Any, ...]]
Found = list[dict[str, Any]]
EXACT = Link.model_validate({"block": [["a"]], "compare": {"a": "exact", "b": "exact", "c": "exact"}})


def table(records: Records, names: tuple[str, ...] = FIELDS) -> pa.Table:
    columns = list(zip(*records, strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)})


def linked(
    left: Records,
    right: Records,
    said: list[tuple[str, str, bool]] = [],  # noqa: B006 - it is not changed
    *,
    words: Link = WORDS,
    names: tuple[str, ...] = FIELDS,
    explain: tuple[str, str] | None = None,
) -> tuple[Found, Model, list[Explained]]:
    with TemporaryDirectory() as folder, Lake(folder).query() as query:
        for name, records in (("l", left), ("r", right)):
            query.register(name, table(records, names))
        query.execute("CREATE TABLE said (left_key VARCHAR, right_key VARCHAR, same BOOLEAN)")
        if said:
            query.executemany("INSERT INTO said VALUES (?, ?, ?)", said)
        model = link(query, words, LEFT, RIGHT, "said")
        why = explained(query, words, LEFT, RIGHT, Model.read(model.told()), *explain) if explain else []
        found: Found = query.sql("FROM links ORDER BY left_key").to_arrow_table().to_pylist()
        return found, model, why


def pairs(found: Found, verdict: str = "link") -> set[tuple[str, str]]:
    return {(one["left_key"], one["right_key"]) for one in found if one["verdict"] == verdict}


@pytest.fixture(scope="module")
def persons() -> tuple[Records, Records, set[tuple[str, str]]]:
    left, right, truth = made(1000, 7)
    return left, right, set(truth)


@pytest.fixture(scope="module")
def once(persons: tuple[Records, Records, set[tuple[str, str]]]) -> tuple[Found, Model]:
    found, model, _ = linked(*persons[:2])
    return found, model


def test_planted_duplicates_are_found_and_a_person_is_asked_of_what_lies_between(
    persons: tuple[Records, Records, set[tuple[str, str]]], once: tuple[Found, Model]
) -> None:
    found, model = once
    links, doubts = pairs(found), pairs(found, "doubt")
    assert len(links & persons[2]) > 0.85 * len(persons[2])
    assert len(links - persons[2]) < 0.02 * len(links)
    assert doubts
    for one in found:
        assert WORDS.doubt_above <= one["probability"] <= 1 and one["source"] == "model"
        assert one["verdict"] == "doubt" or one["probability"] >= WORDS.link_above
    assert model.records == (1000, 1000) and model.labels == (0, 0)
    for levels in model.fields.values():
        assert sum(level.m for level in levels) == pytest.approx(1)
        assert sum(level.u for level in levels) == pytest.approx(1)
        assert levels[0].m > levels[0].u and levels[-1].m < levels[-1].u


def test_the_same_input_gives_the_same_links_in_whatever_order_it_comes(
    persons: tuple[Records, Records, set[tuple[str, str]]], once: tuple[Found, Model]
) -> None:
    left, right, _ = persons
    assert linked(left[::-1], right[::-1])[:2] == once


def test_what_a_person_said_is_fixed_and_trains_the_model(
    persons: tuple[Records, Records, set[tuple[str, str]]], once: tuple[Found, Model]
) -> None:
    left, right, _ = persons
    found, model = once
    same = sorted(pairs(found, "doubt"))
    wrong = sorted(pairs(found))[:5]
    then, after, _ = linked(left, right, [*((*one, True) for one in same), *((*one, False) for one in wrong)])
    by_person = {(one["left_key"], one["right_key"]) for one in then if one["source"] == "person"}
    assert by_person == set(same) <= pairs(then)
    assert all(one["weight"] is None and one["probability"] == 1 for one in then if one["source"] == "person")
    assert not set(wrong) & (pairs(then) | pairs(then, "doubt"))
    assert after.labels == (len(same), 5)
    assert after.fields != model.fields


def test_of_two_pairs_that_a_person_called_the_same_one_is_taken_and_what_is_gone_counts_for_nothing() -> None:
    left, right = [("1", "x", "y", "z")], [("2", "x", "y", "z"), ("3", "x", "y", "z")]
    found, model, _ = linked(
        left,
        right,
        [("1", "2", True), ("1", "3", True), ("1", "gone", True)],
        words=EXACT,
        names=("id", "a", "b", "c"),
    )
    assert pairs(found) == {("1", "2")} and len(found) == 1
    assert model.labels == (2, 0)


@pytest.mark.parametrize("empty", ["left", "right", "both"])
def test_an_empty_side_has_no_links(empty: str) -> None:
    some = [("1", "x", "y", "z")]
    left, right = ([] if empty in (side, "both") else some for side in ("left", "right"))
    assert linked(left, right, words=EXACT, names=("id", "a", "b", "c"))[0] == []


def test_without_a_value_a_field_says_nothing() -> None:
    full = [(str(n), f"a{n}", f"b{n}", f"c{n}") for n in range(60)]
    holes = [(f"r{key}", a, None if int(key) % 2 else b, c) for key, a, b, c in full]
    found, _, why = linked(full, holes, words=EXACT, names=("id", "a", "b", "c"), explain=("1", "r1"))
    assert pairs(found) | pairs(found, "doubt") == {(key, f"r{key}") for key, *_ in full}
    by_field = {one.field: one for one in why}
    assert (by_field["b"].level, by_field["b"].right, by_field["b"].weight) == ("no value", None, 0)
    assert linked([("1", None, "b", "c")], [("2", None, "b", "c")], words=EXACT, names=("id", "a", "b", "c"))[0] == []


def test_the_explanation_of_a_pair_adds_up_to_its_weight(
    persons: tuple[Records, Records, set[tuple[str, str]]], once: tuple[Found, Model]
) -> None:
    left, right, _ = persons
    one = next(one for one in once[0] if one["verdict"] == "doubt")
    _, _, why = linked(left, right, explain=(one["left_key"], one["right_key"]))
    assert [part.field for part in why] == [None, *WORDS.compare]
    assert sum(part.weight for part in why) == pytest.approx(one["weight"])
    assert linked(left, right, explain=(one["left_key"], "nobody"))[2] == []


def test_a_field_that_is_not_there_is_refused_by_name() -> None:
    with Lake(TemporaryDirectory().name).query() as query:
        query.register("l", table([("1", "x", "y", "z")], ("id", "a", "b", "c")))
        query.register("r", table([("1", "x", "y")], ("id", "a", "b")))
        with pytest.raises(BadInput, match="field c: bag has no such column"):
            link(query, EXACT, LEFT, RIGHT)


def test_a_field_has_its_own_column_in_a_source() -> None:
    words = Link.model_validate({"block": [["a"]], "compare": {"a": {"columns": {"bag": "Z"}}}})
    with TemporaryDirectory() as folder, Lake(folder).query() as query:
        query.register("l", table([("1", "x")], ("id", "a")))
        query.register("r", table([("2", "x")], ("id", "z")))
        assert link(query, words, LEFT, RIGHT).pairs == [1]


def test_nothing_of_a_record_is_logged_or_printed(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = [(f"sleutel{n}", f"geheim{n}", "b", "c") for n in range(20)]
    linked(secret, secret, words=EXACT, names=("id", "a", "b", "c"), explain=("sleutel1", "sleutel1"))
    said = caplog.text + "".join(capfd.readouterr())
    assert "geheim" not in said and "sleutel" not in said


WEIGHTS = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), st.integers(1, 3), max_size=9)


def chosen(weights: dict[tuple[str, str], int]) -> Found:
    with TemporaryDirectory() as folder, Lake(folder).query() as query:
        query.execute("CREATE TABLE link_labels (left_key VARCHAR, right_key VARCHAR, same BOOLEAN)")
        query.execute("CREATE TABLE scored (unique_id_l VARCHAR, unique_id_r VARCHAR, match_weight DOUBLE,"
                      " match_probability DOUBLE)")  # fmt: skip
        if weights:
            query.executemany(
                "INSERT INTO scored VALUES (?, ?, ?, ?)",
                [(*pair, float(weight), [0, 0.6, 0.995, 0.999][weight]) for pair, weight in weights.items()],
            )
        paired(query, WORDS, "scored")
        found: Found = query.sql("FROM links ORDER BY left_key").to_arrow_table().to_pylist()
        return found


@settings(max_examples=30, deadline=None)
@given(weights=WEIGHTS)
def test_a_record_is_linked_once_and_sides_that_change_places_give_the_same_pairs(
    weights: dict[tuple[str, str], int],
) -> None:
    found = chosen(weights)
    for side in ("left_key", "right_key"):
        assert len({one[side] for one in found}) == len(found)
    taken = {(one["left_key"], one["right_key"]): one for one in found}
    for (left, right), weight in weights.items():
        # what is left out had a record in common with a pair that is no worse
        assert any(weights[other] >= weight for other in taken if left == other[0] or right == other[1]), (
            "a free pair is left out"
        )
    mirrored = chosen({(right, left): weight for (left, right), weight in weights.items()})
    assert {(one["right_key"], one["left_key"], one["verdict"]) for one in mirrored} == {
        (one["left_key"], one["right_key"], one["verdict"]) for one in found
    }


def test_of_pairs_that_are_as_good_a_person_decides() -> None:
    twins = chosen({("a", "c"): 3, ("a", "d"): 3, ("b", "c"): 3, ("b", "d"): 3})
    assert pairs(twins) == set() and len(pairs(twins, "doubt")) == 2
    # what is as good as a pair that was never to be is no tie
    assert pairs(chosen({("a", "c"): 3, ("b", "c"): 2, ("b", "d"): 2})) == {("a", "c"), ("b", "d")}


def test_sides_that_change_places_are_linked_alike(
    persons: tuple[Records, Records, set[tuple[str, str]]], once: tuple[Found, Model]
) -> None:
    left, right, _ = persons
    mirrored = {(one["right_key"], one["left_key"]): one for one in linked(right, left)[0]}
    straight = {(one["left_key"], one["right_key"]): one for one in once[0]}
    assert mirrored.keys() == straight.keys()
    for pair, one in straight.items():
        assert mirrored[pair]["verdict"] == one["verdict"]
        assert mirrored[pair]["weight"] == pytest.approx(one["weight"], abs=1e-4)


def test_linked_records_share_a_key_others_are_missing_and_doubtful_ones_wait(tmp_path: Path) -> None:
    with Lake(str(tmp_path)).query() as query:
        query.execute("CREATE TABLE l AS SELECT unnest(['1', '2', '3']) AS id, unnest(['a', 'b', 'c']) AS naam")
        query.execute("CREATE TABLE r AS SELECT unnest([7, 8, 9]) AS id")
        query.execute("CREATE TABLE links AS SELECT * FROM (VALUES ('1', '7', 'link'), ('2', '8', 'doubt'))"
                      " AS links(left_key, right_key, verdict)")  # fmt: skip
        left, right = (query.execute(f"{sql} ORDER BY shared_key").fetchall() for sql in shared(LEFT, RIGHT))
        assert left == [("1", "a", "1"), ("3", "c", "3")]
        assert right == [(7, "1"), (9, "bag:9")]
        none = None
        assert query.execute(doubtful(LEFT, RIGHT)).fetchall() == [
            ("2 ~ 8", none, "gemeente", "bag", "2", "8", "doubtful", none, none)
        ]


def test_a_decision_is_a_label_until_its_day_is_past_and_the_newest_counts(tmp_path: Path) -> None:
    with Lake(str(tmp_path)).query() as query:
        query.execute("""
            CREATE TABLE decisions AS SELECT * FROM (VALUES
                ('d1', 'doubtful', '1', '7', 'value', 'zelfde', TIMESTAMP '2026-01-01', NULL),
                ('d2', 'doubtful', '2', '8', 'value', 'zelfde', TIMESTAMP '2026-01-01', NULL),
                ('d3', 'doubtful', '2', '8', 'value', 'ander', TIMESTAMP '2026-01-02', NULL),
                ('d4', 'doubtful', '3', '9', 'value', 'zelfde', TIMESTAMP '2026-01-01', DATE '2026-01-31'),
                ('d5', 'doubtful', '4', '9', 'onderzoek', NULL, TIMESTAMP '2026-01-01', NULL),
                ('d6', 'differs', '5', '9', 'value', 'zelfde', TIMESTAMP '2026-01-01', NULL)
            ) AS d(decision, kind, "left", "right", choice, value, decided_at, until)
        """)
        said = query.execute(labels("decisions", "2026-02-01") + " ORDER BY 1").fetchall()
        assert said == [("1", "7", True), ("2", "8", False)]
        assert len(query.execute(labels("decisions", "2026-01-31")).fetchall()) == 3


@pytest.mark.parametrize(
    ("words", "path", "expected"),
    [
        (
            {"block": [["b"]], "compare": {"a": "exact"}},
            "reconcile.link.block.0.0",
            "one of the fields in compare: a",
        ),
        ({"block": [], "compare": {"a": "exact"}}, "reconcile.link.block", "at least 1 item"),
        (
            {"block": ["a"], "compare": {"a": {"columns": {"kvk": "b"}}}},
            "reconcile.link.compare.a.columns.kvk",
            "one of gemeente, bag",
        ),
        ({"block": ["a"], "compare": {"a": {"by": "date", "levels": [0.9]}}}, "compare.a", "only with by: name"),
        ({"block": ["a"], "compare": {"a": {"by": "name", "levels": [0.8, 0.9]}}}, "compare.a", "falling"),
        (
            {"block": ["a"], "compare": {"a": "exact"}, "link_above": "50%", "doubt_above": "60%"},
            "reconcile.link",
            "no higher than link_above:",
        ),
    ],
)
def test_a_contract_that_links_amiss_is_refused_with_the_place(
    exchange: Exchange, words: dict[str, Any], path: str, expected: str
) -> None:
    text = contract()
    text["reconcile"]["link"] = words
    exchange.write(text)
    with pytest.raises(ContractError) as refused:
        check.judged(exchange.home / "contract.yaml")
    (fault,) = refused.value.faults
    assert path in fault.path and expected in fault.expected


def test_a_contract_has_a_key_or_links_and_links_no_more_than_two(exchange: Exchange) -> None:
    text = contract()
    text["reconcile"] |= {"link": {"block": ["a"], "compare": {"a": "exact"}}, "key": "a"}
    exchange.write(text)
    with pytest.raises(ContractError, match=r"reconcile\.link: either key: or link:"):
        check.judged(exchange.home / "contract.yaml")
