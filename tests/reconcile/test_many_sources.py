"""Properties: whatever the tables, a comparison finds what loops over dicts find, of any number of sources."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.reconcile.compared import Compared
from tests.scan.equal import examples

VALUES = st.sampled_from([None, "", " ", "a", "A", "b", "a|b", "a\\", "é", "e\u0301", "🏠"])
NUMBERS = st.one_of(st.none(), st.integers(-3, 3))
#: id (each once), the two parts of a matching key, and two fields.
ROW = st.tuples(st.sampled_from([None, "", "1", "1|", "\\"]), st.sampled_from([None, "", "x", "|x"]), VALUES, NUMBERS)
SIDE = st.lists(ROW, max_size=8)
KEY = {"straat": {}, "nummer": {}}


def records(rows: list[tuple[Any, ...]]) -> pa.Table:
    names = ("straat", "nummer", "naam", "aantal")
    columns = {name: [row[n] for row in rows] for n, name in enumerate(names)}
    types = {"aantal": pa.int64()}
    return pa.table(
        {"id": pa.array([str(n) for n in range(len(rows))], pa.string())}
        | {name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()}
    )


def key_of(row: tuple[Any, ...]) -> str | None:
    parts = [(part or "").replace("\\", "\\\\").replace("|", "\\|") for part in row[:2]]
    return "|".join(parts) if any(parts) else None


def text(value: Any) -> Any:
    return None if value is None else str(value)


def naive(sides: dict[str, list[tuple[Any, ...]]], pairs: list[tuple[str, str]]) -> set[tuple[Any, ...]]:  # noqa: PLR0912 - a branch a kind
    """What differs, by (key, field, left source, right source, left, right, kind)."""
    of: dict[str, dict[str, list[tuple[Any, ...]]]] = {name: {} for name in sides}
    found: set[tuple[Any, ...]] = set()
    for name, rows in sides.items():
        pair = next(pair for pair in pairs if name in pair)
        side = "left" if pair[0] == name else "right"
        for number, row in enumerate(rows):
            if (key := key_of(row)) is None:
                found.add((str(number), None, *pair, None, None, f"unkeyed_{side}"))
            else:
                of[name].setdefault(key, []).append(row)
    for name in sides:
        pair = next(pair for pair in pairs if name in pair)
        side = "left" if pair[0] == name else "right"
        for key, rows in of[name].items():
            if len(rows) > 1:
                counts = [str(len(of[source].get(key, []))) for source in pair]
                found.add((key, None, *pair, *counts, f"duplicate_{side}"))
    for pair in pairs:
        left, right = (of[name] for name in pair)
        for key in left.keys() | right.keys():
            ours, theirs = left.get(key, []), right.get(key, [])
            if not theirs and len(ours) == 1:
                found.add((key, None, *pair, None, None, "missing_right"))
            elif not ours and len(theirs) == 1:
                found.add((key, None, *pair, None, None, "missing_left"))
            elif len(ours) == len(theirs) == 1:
                for n, field in ((2, "naam"), (3, "aantal")):
                    if ours[0][n] != theirs[0][n]:
                        found.add((key, field, *pair, text(ours[0][n]), text(theirs[0][n]), "differs"))
    return found


@examples
@given(one=SIDE, two=SIDE, three=SIDE)
def test_three_sources_and_a_key_of_two_fields(one: Any, two: Any, three: Any) -> None:
    sides = {"one": one, "two": two, "three": three}
    tables = {name: records(rows) for name, rows in sides.items()}
    every = Compared(tables, {"key": KEY, "pairs": "all"})
    assert every.pairs() == naive(sides, list(combinations(sides, 2)))
    star = Compared(tables, {"key": KEY}, authentic="two")
    assert star.pairs() == naive(sides, [("one", "two"), ("three", "two")])


@examples
@given(one=SIDE, two=SIDE)
def test_with_the_sides_exchanged_the_result_is_mirrored(one: Any, two: Any) -> None:
    def mirrored(row: tuple[Any, ...]) -> tuple[Any, ...]:
        key, field, left_source, right_source, left, right, kind = row
        name, _, side = kind.partition("_")
        other = {"left": "right", "right": "left"}.get(side, "")
        return key, field, right_source, left_source, right, left, f"{name}_{other}" if other else name

    tables = {"one": records(one), "two": records(two)}
    rules = {"key": KEY, "settle": "person"}
    there = Compared(tables, rules)
    back = Compared(dict(reversed(tables.items())), rules)
    assert {mirrored(row) for row in there.pairs()} == back.pairs()
    assert {row["straat"] for row in there.agreed} == {row["straat"] for row in back.agreed}


@examples
@given(data=st.data())
def test_no_difference_is_lost_and_none_is_made_up(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(VALUES, NUMBERS), min_size=1, max_size=20))
    changed = data.draw(st.dictionaries(st.integers(0, len(rows) - 1), st.sampled_from(["naam", "aantal", "weg"])))
    other = {str(n): list(row) for n, row in enumerate(rows)}
    for number, what in changed.items():
        if what == "weg":
            del other[str(number)]
        else:
            other[str(number)][what == "aantal"] = "anders" if what == "naam" else 99

    def made(of: dict[str, Any]) -> pa.Table:
        naam, aantal = ([row[n] for row in of.values()] for n in (0, 1))
        return pa.table(
            {
                "id": pa.array(of, pa.string()),
                "naam": pa.array(naam, pa.string()),
                "aantal": pa.array(aantal, pa.int64()),
            }
        )

    told = Compared({"one": made({str(n): row for n, row in enumerate(rows)}), "two": made(other)})
    expected = {(str(number), None if what == "weg" else what) for number, what in changed.items()}
    assert {(row["key"], row["field"]) for row in told.found} == expected
    assert {row["id"] for row in told.agreed} == {str(n) for n in range(len(rows))} - {key for key, _ in expected}
    assert told.details["keys"] == len(rows)
    assert told.details["equal"] == len(rows) - len(changed)
