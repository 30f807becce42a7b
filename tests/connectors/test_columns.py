"""Whatever a registry's records hold, all of it is in the declared columns or in ``_unexpected``."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors._columns import Columns
from vlekkeloos.connector import UNEXPECTED

COLUMNS = Columns(
    {"a": "text", "n": "integer", "o.a": "text", "o.n": "decimal", "o.p.a": "boolean", "j": "json"},
    ignored=["i", "o.i", "l"],
)
NAMES = st.sampled_from(["a", "n", "o", "p", "j", "l", "i", "x"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.sampled_from(["", "t"])),
    lambda inner: st.one_of(st.dictionaries(NAMES, inner, max_size=4), st.lists(inner, max_size=2)),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=6), max_size=4)


def leaves(record: Any, path: str = "") -> dict[str, Any]:
    """The values of a record that are there, each under the path of the column or of the stranger that it is."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        here = f"{path}.{name}" if path else name
        if here in ("i", "o.i", "l") or value is None:
            continue
        found |= leaves(value, here) if here in ("o", "o.p") and isinstance(value, dict) else {here: value}
    return found


@given(RECORDS)
def test_every_value_is_in_its_column_or_among_the_unexpected(records: list[dict[str, Any]]) -> None:
    batch, misfits = COLUMNS.batch(records)
    assert batch.num_rows == len(records)
    for record, row in zip(records, batch.to_pylist(), strict=True):
        strangers = json.loads(row.pop(UNEXPECTED) or "{}")
        row["j"] = None if row["j"] is None else json.loads(row["j"])
        kept = {path: value for path, value in row.items() if value is not None}
        assert kept | strangers == leaves(record)
        assert not kept.keys() & strangers.keys()
        assert strangers.keys() & COLUMNS.kinds.keys() <= misfits


@given(st.lists(st.sampled_from([True, 1, 1.5, "1", None]), min_size=1, max_size=4))
def test_a_number_is_no_boolean_and_a_boolean_no_number(values: list[Any]) -> None:
    kinds = {"integer": {int}, "decimal": {int, float}, "boolean": {bool}, "text": {str}}
    for kind, types in kinds.items():
        batch, _ = Columns({"v": kind}).batch([{"v": value} for value in values])
        assert batch.column("v").to_pylist() == [value if type(value) in types else None for value in values]


def test_a_number_too_large_and_a_text_that_is_none_are_kept_as_unexpected() -> None:
    batch, misfits = COLUMNS.batch([{"n": 2**70, "a": "\ud800"}, {"n": 1, "a": "t"}])
    assert misfits == {"n", "a"}
    first, second = batch.to_pylist()
    assert json.loads(first[UNEXPECTED]) == {"n": 2**70, "a": "\ud800"}
    assert (second["n"], second["a"], second[UNEXPECTED]) == (1, "t", None)
