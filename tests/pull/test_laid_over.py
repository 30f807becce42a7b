"""A delta laid over a state is what a dictionary would make of it, whatever is told in whatever order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vlekkeloos.connector import Page, Pulled
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import Lake
from vlekkeloos.pull import changes
from vlekkeloos.pull.staging import Staging

Row = dict[str, Any]

STORED = pa.schema([("id", pa.string()), ("nr", pa.int64()), ("a", pa.int64()), ("b", pa.string())])
MARKS = [("_deleted", pa.bool_()), ("_told", pa.list_(pa.string())), ("_known", pa.bool_())]
STAGED = pa.schema([*STORED, *MARKS])
ALL = ["id", "nr", "a", "b"]


def laid_over(
    folder: Path,
    state: pa.Table | None,
    delta: list[list[Row]],
    *,
    told: bool = False,
    present: list[str] | None = None,
    identity: tuple[str, ...] = ("id",),
    stored: pa.Schema = STORED,
) -> list[Row]:
    """The state after a delta of these pages, in the order of its identity."""
    lake = Lake(str(folder))
    lake.remove("staging")
    lake.remove("raw")
    before = None if state is None else lake.write("raw", state, run_id="r0")
    staging = Staging(lake, "staging", "r1")
    staged = pa.schema([*stored, *MARKS])
    pages = [
        Page(pa.RecordBatch.from_pylist(rows, staged), 0, number, "") for number, rows in enumerate(delta, start=1)
    ]
    staging.keep(iter(pages), staged)
    listed = pa.RecordBatch.from_pylist([{"id": key} for key in present or []], pa.schema([("id", pa.string())]))
    pulled = Pulled(
        staged,
        iter([]),
        delta=True,
        deleted="_deleted",
        told="_told" if told else None,
        present=None if present is None else iter([listed]),
    )
    with staging.query(staged, **({"before": before} if before else {})) as query:
        rows = changes.laid_over(query, pulled, stored, list(identity), has_before=before is not None)
        assert rows.schema.names == stored.names
        found = rows.read_all().to_pylist()
    return sorted(found, key=lambda row: [str(row[name]) for name in stored.names])


def table(*rows: Row, schema: pa.Schema = STORED) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema)


def row(id_: str | None, a: int | None = None, b: str | None = None, nr: int = 0) -> Row:
    return {"id": id_, "nr": nr, "a": a, "b": b}


KEYS = st.sampled_from(["p", "q", "r", "s"])
VALUES = {"a": st.none() | st.integers(0, 5), "b": st.none() | st.sampled_from(["x", "y"])}
ROWS = st.builds(row, KEYS, VALUES["a"], VALUES["b"], st.integers(0, 1))


@st.composite
def changed(draw: st.DrawFn, *, told: bool) -> Row:
    """A record of a delta: whole, gone, or telling some of its fields."""
    found = draw(ROWS) | {"_deleted": draw(st.sampled_from([None, False, False, True])), "_told": None}
    if told and draw(st.booleans()):
        found["_told"] = draw(st.lists(st.sampled_from(["a", "b"]), unique=True))
    return found


def model(state: list[Row], delta: list[Row], identity: tuple[str, ...], present: list[str] | None) -> list[Row]:
    """The same with a dictionary, one record after the other."""
    there = {tuple(one[name] for name in identity): one for one in state}
    touched = set()
    for change in delta:
        key = tuple(change[name] for name in identity)
        touched.add(key)
        if change["_deleted"]:
            there.pop(key, None)
        elif change["_told"] is None:
            there[key] = {name: change[name] for name in ALL}
        else:
            old = there.get(key, dict.fromkeys(ALL))
            there[key] = old | {name: change[name] for name in [*identity, *change["_told"]]}
    listed = [] if present is None else present
    kept = (one for key, one in there.items() if present is None or key in touched or key[0] in listed)
    return sorted(kept, key=lambda one: [str(one[name]) for name in ALL])


@pytest.mark.parametrize("told", [False, True], ids=["whole records", "some fields"])
def test_a_delta_is_what_a_dictionary_makes_of_it(tmp_path: Path, told: bool) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        state=st.none() | st.lists(ROWS, max_size=6),
        delta=st.lists(st.lists(changed(told=told), max_size=4), max_size=3),
        present=st.none() | st.lists(KEYS, unique=True),
        identity=st.sampled_from([("id",), ("id", "nr")]),
    )
    def holds(
        state: list[Row] | None, delta: list[list[Row]], present: list[str] | None, identity: tuple[str, ...]
    ) -> None:
        before = list({tuple(one[name] for name in identity): one for one in state or []}.values())
        # a first pull has nothing that could be there no more
        listed = None if state is None else present
        flat = [one for page in delta for one in page]
        if set(listed or []) - {one["id"] for one in [*before, *flat]}:
            with pytest.raises(BadInput, match="no delta gave"):
                laid_over(
                    tmp_path,
                    None if state is None else table(*before),
                    delta,
                    told=told,
                    present=present,
                    identity=identity,
                )
            return
        found = laid_over(
            tmp_path,
            None if state is None else table(*before),
            delta,
            told=told,
            present=present,
            identity=identity,
        )
        assert found == model(before, flat, identity, listed)

    holds()


def test_records_without_a_key_all_stay_and_take_the_place_of_those_of_the_state(tmp_path: Path) -> None:
    state = table(row("p", 1), row(None, 1), row(None, 2))
    delta = [[row(None, 3), row(None, 4)], [row("q", 5)]]
    for told in (False, True):
        found = laid_over(tmp_path, state, delta, told=told)
        assert [(one["id"], one["a"]) for one in found] == [(None, 3), (None, 4), ("p", 1), ("q", 5)]
    kept = laid_over(tmp_path, state, [[row("q", 5)]])
    assert [(one["id"], one["a"]) for one in kept] == [(None, 1), (None, 2), ("p", 1), ("q", 5)]


def test_a_removal_that_does_not_say_of_what_removes_nothing(tmp_path: Path) -> None:
    state = table(row("p", 1), row(None, 1))
    for told in (False, True):
        found = laid_over(tmp_path, state, [[row(None) | {"_deleted": True}]], told=told)
        assert [(one["id"], one["a"]) for one in found] == [(None, 1), ("p", 1)]


def test_what_a_removal_tells_of_a_record_is_not_told_of_the_one_that_comes_after(tmp_path: Path) -> None:
    gone = row("p", 1, "old") | {"_deleted": True}
    back = row("p", 2) | {"_told": ["a"]}
    assert laid_over(tmp_path, table(row("p", 1, "old")), [[gone, back]], told=True) == [
        {"id": "p", "nr": None, "a": 2, "b": None}
    ]


def test_a_new_column_is_empty_in_what_the_delta_does_not_tell(tmp_path: Path) -> None:
    before = pa.table({"id": ["p", "q"], "nr": pa.array([0, 0], pa.int64()), "a": pa.array([1, 2], pa.int64())})
    found = laid_over(tmp_path, before, [[row("q", 2, "new")]])
    assert [(one["id"], one["b"]) for one in found] == [("p", None), ("q", "new")]


def retyped(folder: Path, values: pa.Array, kind: pa.DataType) -> list[Any]:
    """Column ``a`` of the state after a delta that has it in another type."""
    before = pa.table({"id": [str(n) for n in range(len(values))], "a": values})
    stored = pa.schema([("id", pa.string()), ("a", kind)])
    return [one["a"] for one in laid_over(folder, before, [[]], stored=stored)]


def test_a_column_of_another_type_is_had_in_it(tmp_path: Path) -> None:
    assert retyped(tmp_path, pa.array([1, None, 12]), pa.string()) == ["1", None, "12"]
    assert retyped(tmp_path, pa.array(["1", None, "12"]), pa.int64()) == [1, None, 12]
    assert retyped(tmp_path, pa.array([1, None, 12]), pa.float64()) == [1.0, None, 12.0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array(["12", "twaalf"]), pa.int64()),
        (pa.array(["0457200000198652", "12"]), pa.int64()),
        (pa.array([1.0, 1.5]), pa.int64()),
        (pa.array([2**40]), pa.int32()),
    ],
    ids=["no number", "zeros in front", "a fraction", "too large"],
)
def test_a_column_that_would_lose_something_in_its_new_type_is_refused(
    tmp_path: Path, values: pa.Array, kind: pa.DataType
) -> None:
    with pytest.raises(BadInput, match=r"field a: the state before can't be had .*mode: full") as refused:
        retyped(tmp_path, values, kind)
    assert "0457200000198652" not in str(refused.value)
