"""The profile of a table: what it counts, what it makes of values that Python has no form for, and its memory."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given

from tests.scan.equal import KINDS, examples, tables
from vlekkeloos.lake import Lake
from vlekkeloos.profile import CLOSE, FEW, Profile, profile, written
from vlekkeloos.scan.metric import Column
from vlekkeloos.suggest.forms import FORMS, shares


def profiled(table: pa.Table) -> Profile:
    with duckdb.connect() as query:
        query.execute("SET TimeZone = 'UTC'")
        query.register("raw", table)
        return profile(query, "raw", table.schema)


@examples
@given(tables(*KINDS))
def test_every_kind_is_counted_as_python_counts_it(table: pa.Table) -> None:
    found = profiled(table)
    assert found.rows == table.num_rows
    for kind, (name, column) in zip(KINDS, found.columns.items(), strict=True):
        there = [v for v in table[name].to_pylist() if v is not None and not (isinstance(v, float) and math.isnan(v))]
        assert column.nulls == table.num_rows - len(there)
        if kind != "float":  # 0.0 and -0.0 are one to Python, and two texts
            assert column.distinct == len(set(there))
        if kind == "text":
            lengths = list(map(len, there))
            assert (column.shortest, column.longest) == (min(lengths, default=None), max(lengths, default=None))
        elif kind != "boolean":
            assert (column.low, column.high) == (min(there, default=None), max(there, default=None))
        if kind in ("text", "whole", "small", "boolean") and there:
            assert column.values == {value: there.count(value) for value in set(there)}
            assert column.most == max(column.values.values())


def test_many_values_are_estimated_and_not_listed() -> None:
    table = pa.table(
        {"_row": range(5000), "id": [str(n) for n in range(5000)], "some": [n % (FEW + 1) for n in range(5000)]}
    )
    found = profiled(table)
    assert list(found.columns) == ["id", "some"]
    assert found.columns["id"].values is found.columns["id"].most is None
    assert found.columns["id"].distinct == pytest.approx(5000, rel=0.15)
    assert FEW < CLOSE
    assert (found.columns["some"].distinct, found.columns["some"].values) == (FEW + 1, None)
    assert found.columns["some"].most == math.ceil(5000 / (FEW + 1))


def test_what_python_has_no_value_for_is_left_out_and_not_fatal() -> None:
    days = pa.array([-800_000, 0, 3_000_000], pa.int32()).cast(pa.date32())  # before our era, 1970 and the year 10183
    table = pa.table(
        {
            "d": days,
            "f": [-math.inf, 1.0, math.inf],
            "m": pa.array([datetime(2020, 1, 1, tzinfo=UTC), None, None], pa.timestamp("us", "UTC")),
            "n": pa.array([None, None, None], pa.null()),
            "l": pa.array([[1], None, []], pa.list_(pa.int64())),
            "b": pa.array([b"x", None, b""], pa.binary()),
        }
    )
    found = profiled(table).columns
    assert (found["d"].low, found["d"].high, found["f"].low, found["f"].high) == (None,) * 4
    assert found["m"].low == datetime(2020, 1, 1, tzinfo=UTC)
    assert {name: found[name].nulls for name in "nlb"} == {"n": 3, "l": 1, "b": 1}
    assert found["l"].distinct is found["b"].distinct is None


def test_names_that_sql_would_read_otherwise_are_names() -> None:
    table = pa.table({'a"b': ["x"], "verblijfplaats.postcode": ["1234AB"], "select": [1]})
    assert {name: column.distinct for name, column in profiled(table).columns.items()} == dict.fromkeys(
        table.column_names, 1
    )


def test_a_table_without_rows_has_a_profile() -> None:
    table = pa.table({"a": pa.array([], pa.string()), "d": pa.array([], pa.date32())})
    found = profiled(table)
    assert found.rows == 0
    assert (found.columns["a"].distinct, found.columns["a"].longest, found.columns["d"].high) == (0, None, None)


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        (3, 3),
        (Decimal("1.20"), "1.20"),
        (date(2020, 1, 2), "2020-01-02"),
        (datetime(2020, 1, 2), "2020-01-02T00:00:00"),
    ],
)
def test_an_end_is_written_as_json_has_it(bound: Any, text: Any) -> None:
    assert written(bound) == text


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "a UUID"),
        ("https://example.nl/x", "a URL"),
        ("a@b.nl", "an e-mail address"),
        ("2020-01-01T10:00:00Z", "a moment"),
        ("2020-01-01", "a date"),
        ("2020-01", "a date, perhaps incomplete"),
        ("0457", "digits"),
        ("-1,5", "a number"),
        ("Dorpsstraat", None),
    ],
)
def test_a_text_has_the_narrowest_form_that_it_fits(value: str, form: str | None) -> None:
    table = pa.table({"a": [value, None], "b": pa.array([None, None], pa.string())})
    with duckdb.connect() as query:
        query.register("raw", table)
        found = shares(query, "raw", [Column(field.name, field.type) for field in table.schema])
    assert next((name for name in FORMS if found["a"][name] == 1), None) == form
    assert found["b"] == {}


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """A million rows that all differ, within a limit that they would not fit in, and nowhere to put them."""
    code = f"""
import duckdb, pyarrow as pa
from vlekkeloos.profile import profile
with duckdb.connect(r'{tmp_path / "work.duckdb"}', config={{"memory_limit": "40MB", "threads": 2}}) as query:
    query.execute("SET max_temp_directory_size = '0MB'")
    columns = ", ".join(f"hash(i + {{n}}) AS h{{n}}, 'name ' || i AS t{{n}}" for n in range(2))
    query.execute(f"CREATE VIEW raw AS SELECT {{columns}} FROM range(1_000_000) AS r(i)")
    schema = query.sql("FROM raw LIMIT 0").to_arrow_table().schema
    found = profile(query, "raw", schema)
    assert found.rows == 1_000_000
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("columns", "different", "memory"), [(200, 5, "512MB"), (400, 1000, "64MB")])
def test_memory_does_not_grow_with_the_columns(tmp_path: Path, columns: int, different: int, memory: str) -> None:
    lake = Lake(str(tmp_path), memory=memory)
    values = pa.array([str(n % different) for n in range(1000)])
    table = pa.table({f"c{n}": values for n in range(columns)})
    ref = lake.write("raw/demo/breed", table, run_id="r1")
    with lake.query(raw=ref) as query:
        query.execute("SET threads = 4")
        found = profile(query, "raw", table.schema)
    assert list(found.columns) == table.column_names
    assert all((one.values or {}).get("3") == (200 if different == 5 else None) for one in found.columns.values())
