"""Property: on any two small tables the comparison finds what a loop over dicts finds, and is symmetric."""

from __future__ import annotations

import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builder import Exchange, addresses, contract
from vlekkeloos import pipeline
from vlekkeloos.errors import Held

VALUES = st.sampled_from([None, "", " ", "1234AB", "1234 ab", "1234AC", "a'b", 'a"b', "é", "🏠"])
NUMBERS = st.one_of(st.none(), st.integers(-3, 3))
SIDE = st.dictionaries(st.sampled_from(["1", "2", "3", "4", "é'"]), st.tuples(VALUES, NUMBERS), max_size=5)


def naive(left: dict[str, Any], right: dict[str, Any]) -> set[tuple[Any, ...]]:
    def text(value: Any) -> Any:
        return None if value is None else str(value)

    def postcode(value: str | None) -> str | None:
        return "".join(value.split()).upper() or None if value is not None else None

    found: set[tuple[Any, ...]] = set()
    for key in left.keys() | right.keys():
        if key not in right:
            found.add((key, None, None, None, "missing_right"))
        elif key not in left:
            found.add((key, None, None, None, "missing_left"))
        else:
            (pc, number), (other_pc, other_number) = left[key], right[key]
            if postcode(pc) != postcode(other_pc):
                found.add((key, "postcode", pc, other_pc, "differs"))
            if number != other_number:
                found.add((key, "huisnummer", text(number), text(other_number), "differs"))
    return found


def compared(left: dict[str, Any], right: dict[str, Any]) -> set[tuple[Any, ...]]:
    with TemporaryDirectory() as folder:
        exchange = Exchange(Path(folder), {**contract(publish=[]), "validate": {}})
        exchange.sides(*(addresses(*((key, *row) for key, row in side.items())) for side in (left, right)))
        run = exchange.run()
        for side in run.contract.sides:
            pipeline.pull(run, side)
            pipeline.validate(run, side)
        # a side without records holds the run, after its tables are written
        with contextlib.suppress(Held):
            pipeline.reconcile(run)
        return {(r["key"], r["field"], r["left"], r["right"], r["kind"]) for r in exchange.rows("discrepancies/demo")}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(left=SIDE, right=SIDE)
def test_the_comparison_equals_a_naive_one_and_is_symmetric(left: dict[str, Any], right: dict[str, Any]) -> None:
    found = compared(left, right)
    assert found == naive(left, right)
    mirror = {"missing_left": "missing_right", "missing_right": "missing_left", "differs": "differs"}
    mirrored = {(key, field, r, lft, mirror[kind]) for key, field, lft, r, kind in found}
    assert compared(right, left) == mirrored
