"""Known errors planted in any table: exactly as many as asked for, each one told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox.plant import plant

from .zips import unpacked


def _table(rows: int) -> pa.Table:
    return pa.table(
        {
            "identificatie": [f"0457200000{number:06d}" for number in range(rows)],
            "postcode": [f"13{number % 90 + 10}AB" for number in range(rows)],
            "huisnummer": pa.array([number % 7 + 1 for number in range(rows)], pa.int32()),
            "huisletter": ["A" if number % 3 == 0 else None for number in range(rows)],
            "begin": [date(2020, 1, number % 28 + 1) for number in range(rows)],
            "status": ["uitgegeven"] * rows,
        }
    )


FIELDS = ["postcode", "huisnummer", "huisletter", "begin", "status"]


def _compared(left: pa.Table, right: pa.Table, fields: list[str]) -> set[tuple[str | None, ...]]:
    """Key, field, kind, left and right of every difference, by looping over the keys."""
    sides = []
    for table in (left, right):
        rows = table.to_pylist()
        found = {row["identificatie"]: row for row in rows}
        assert len(found) == len(rows)
        sides.append(found)
    ours, theirs = sides

    def text(value: object) -> str | None:
        return None if value is None else str(value)

    lines: set[tuple[str | None, ...]] = {
        (key, "", "missing_left", None, None) for key in theirs.keys() - ours.keys()
    }
    lines |= {(key, "", "missing_right", None, None) for key in ours.keys() - theirs.keys()}
    for key in ours.keys() & theirs.keys():
        for name in fields:
            a, b = ours[key][name], theirs[key][name]
            if a != b:
                lines.add((key, name, "differs", text(a), text(b)))
    return lines


def _told(truth: pa.Table) -> set[tuple[str | None, ...]]:
    return {tuple(list(row.values())[:5]) for row in truth.to_pylist()}


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(1, 120), share=st.floats(0, 1), seed=st.integers(0, 10_000))
def test_the_truth_is_exactly_the_set_of_differences(rows: int, share: float, seed: int) -> None:
    table, errors = _table(rows), int(rows * share)
    copy, truth = plant(table, key="identificatie", fields=FIELDS, errors=errors, seed=seed)
    assert truth.num_rows == errors == len(_told(truth))
    assert _told(truth) == _compared(copy, table, FIELDS)
    assert copy.schema == table.schema


def test_every_field_and_every_kind_gets_its_share() -> None:
    _, truth = plant(_table(300), key="identificatie", fields=FIELDS, errors=100, seed=1)
    kinds = truth.column("kind").to_pylist()
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "differs": 80,
        "missing_left": 10,
        "missing_right": 10,
    }
    fields = [name for name in truth.column("field").to_pylist() if name]
    assert {name: fields.count(name) for name in set(fields)} == dict.fromkeys(FIELDS, 16)


def test_the_same_seed_plants_the_same_errors() -> None:
    once, again, other = (
        plant(_table(50), key="identificatie", fields=FIELDS, errors=20, seed=seed) for seed in (1, 1, 2)
    )
    assert once[0].equals(again[0])
    assert once[1].equals(again[1])
    assert not once[1].equals(other[1])


def test_a_number_as_key_is_counted_on() -> None:
    table = pa.table({"key": [5, 9, 7] * 1, "value": ["a", "b", "c"]})
    copy, truth = plant(table, key="key", fields=["value"], errors=0, seed=1)
    assert copy.equals(table)
    assert truth.num_rows == 0
    long = pa.table({"key": list(range(20)), "value": [str(n) for n in range(20)]})
    copy, truth = plant(long, key="key", fields=["value"], errors=20, seed=1)
    assert [row["key"] for row in truth.to_pylist() if row["kind"] == "missing_right"] == ["20", "21"]
    assert copy.column("key").type == pa.int64()


@pytest.mark.parametrize(
    ("keys", "errors", "fields"),
    [(["a", "a"], 1, ["value"]), (["a", None], 1, ["value"]), (["a", "b"], 3, ["value"]), (["a", "b"], 1, []),
     (["a", "b"], 1, ["key"])],
)  # fmt: skip
def test_a_table_that_can_not_carry_the_errors_is_refused(
    keys: list[str | None], errors: int, fields: list[str]
) -> None:
    table = pa.table({"key": pa.array(keys, pa.string()), "value": ["x", "y"]})
    with pytest.raises(BadInput):
        plant(table, key="key", fields=fields, errors=errors, seed=1)


def test_five_hundred_errors_in_a_real_delivery_are_all_told(weesp: Path, tmp_path: Path) -> None:
    numbers = []
    for name, content in unpacked(weesp).items():
        if "/0457NUM1" in name:
            file = tmp_path / name.rsplit("/", 1)[1]
            file.write_bytes(content)
            numbers.append(pyogrio.read_arrow(file)[1])
    whole = pa.concat_tables(numbers).to_pandas()
    current = whole[whole["eindGeldigheid"].isna()].drop_duplicates("identificatie")
    fields = ["postcode", "huisnummer", "huisletter", "huisnummerToevoeging", "status", "openbareruimteRef"]
    table = pa.Table.from_pandas(current[["identificatie", *fields]], preserve_index=False)
    copy, truth = plant(table, key="identificatie", fields=fields, errors=500, seed=1)
    assert truth.num_rows == 500
    assert _told(truth) == _compared(copy, table, fields)
