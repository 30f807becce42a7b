"""GX's expectations about formats: the scan gives GX's own answer on pandas."""

from __future__ import annotations

import json
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, TEXTS, assert_equal, examples, our_answer, tables
from vlekkeloos.errors import BadInput

DATES = [
    "2024-02-29", "2023-02-29", "2024-2-9", "20240229", "0000-01-01", "2024-00-00", "29-02-2024", "12:30", "24:00:00",
    "2024-02-29T12:30:00Z", "2024-02-29 12:30:61", "29 feb 2024", "29 februari 2024", "Thu", "2024-02-29\n", " 2024",
    "٢٠٢٤-٠٢-٢٩", "1e400", "99999999999999999999", "12-", "10.10.10.10", "2024-366", "31", "31-04", "29-02",
    "2024.02.30", "2024x02x03",
    "2024.02.03", "02.2024", "13.2024", "2024, 2024", "0001-01-01", "0000", "9999-12-31", "24:00", "23:59",
]  # fmt: skip
FORMATS = [
    "%Y-%m-%d", "%Y%m%d", "%d-%m-%Y", "%H:%M", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S", "%d %b %Y", "%Y", "%j",
    "%d-%m", "%Y.%m.%d", "%m.%Y",
]  # fmt: skip
JSONS = [
    "{}", "[]", "1", "-0", "1.5e3", "NaN", "Infinity", '"a"', '"a', "null", "true", "True", "{'a': 1}", '{"a": 1}',
    '{"a": "1"}', '{"a": 1, "a": null}', "[1,]", "[[1], 2]", " 1 ", "1\n", "\ufeff1", '"\\ud800"', '"é"', "1" * 5000,
]  # fmt: skip
SCHEMAS: list[dict[str, Any]] = [
    {},
    {"type": "object"},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
    {"type": ["array", "number"], "minimum": 1, "items": {"type": "number"}},
    {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True},
    {
        "anyOf": [{"const": None}, {"pattern": "^a"}, {"$ref": "#/definitions/b"}],
        "definitions": {"b": {"type": "boolean"}},
    },
]


def texts(values: st.SearchStrategy[str]) -> st.SearchStrategy[pa.Table]:
    return st.lists(st.one_of(st.none(), values), max_size=12).map(table_of)


def table_of(values: list[str | None]) -> pa.Table:
    return pa.table({ROW: pa.array(range(1, len(values) + 1), pa.int64()), "a": pa.array(values, pa.string())})


@examples
@given(texts(st.one_of(st.sampled_from(DATES), TEXTS)), st.sampled_from(FORMATS), st.sampled_from([1, 0.5]))
def test_strftime_format(table: pa.Table, form: str, mostly: float) -> None:
    assert_equal(gxe.ExpectColumnValuesToMatchStrftimeFormat(column="a", strftime_format=form, mostly=mostly), table)


@examples
@given(texts(st.one_of(st.sampled_from(DATES), TEXTS)))
def test_dateutil(table: pa.Table) -> None:
    assert_equal(gxe.ExpectColumnValuesToBeDateutilParseable(column="a"), table, translated=None)


@examples
@given(texts(st.one_of(st.sampled_from(JSONS), TEXTS)))
def test_json(table: pa.Table) -> None:
    assert_equal(gxe.ExpectColumnValuesToBeJsonParseable(column="a"), table)


@examples
@given(st.data())
def test_json_of_what_is_not_text(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(set(KINDS) - {"text"})))
    assert_equal(gxe.ExpectColumnValuesToBeJsonParseable(column="a"), data.draw(tables(kind)))


@examples
@given(
    texts(st.sampled_from([text for text in JSONS if text.startswith(tuple('{["nt1-'))])), st.sampled_from(SCHEMAS)
)
def test_json_schema(table: pa.Table, schema: dict[str, Any]) -> None:
    assert_equal(gxe.ExpectColumnValuesToMatchJsonSchema(column="a", json_schema=schema), table, translated=None)


def test_json_schema_comes_out_of_the_scan() -> None:
    table = table_of(['{"a": 1}', '{"a": "x"}', None, "[]"])
    for schema in SCHEMAS:
        assert_equal(gxe.ExpectColumnValuesToMatchJsonSchema(column="a", json_schema=schema), table)


@pytest.mark.parametrize("schema", [{"type": "nothing"}, {"$ref": "#/not/there"}, {"type": "number", "minimum": "1"}])
def test_a_json_schema_that_is_none_is_bad_input(schema: dict[str, Any]) -> None:
    expectation = gxe.ExpectColumnValuesToMatchJsonSchema(column="a", json_schema=schema)
    with pytest.raises(BadInput, match="could not be evaluated"):
        our_answer(expectation, table_of(["1", None]))
    assert_equal(expectation, table_of([None]), translated=None)


def test_a_schema_is_not_asked_of_what_is_no_json() -> None:
    expectation = gxe.ExpectColumnValuesToMatchJsonSchema(column="a", json_schema={"type": "number"})
    with pytest.raises(BadInput, match="could not be evaluated") as caught:
        our_answer(expectation, table_of(["1", "geheim"]))
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "expectation",
    [
        gxe.ExpectColumnValuesToMatchStrftimeFormat(column="a", strftime_format="%Y"),
        gxe.ExpectColumnValuesToBeDateutilParseable(column="a"),
        gxe.ExpectColumnValuesToMatchJsonSchema(column="a", json_schema={}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_is_not_text_is_bad_input_unless_all_is_missing(expectation: Any) -> None:
    numbers = pa.table({ROW: pa.array([1], pa.int64()), "a": pa.array([2024], pa.int64())})
    with pytest.raises(BadInput, match="could not be evaluated"):
        our_answer(expectation, numbers)
    missing = pa.table({ROW: pa.array([1], pa.int64()), "a": pa.array([None], pa.int64())})
    assert_equal(expectation, missing, translated=False)


def test_each_value_is_judged_though_they_are_more_than_a_batch() -> None:
    table = table_of([json.dumps(number) if number % 3 else f"{number}," for number in range(5000)])
    ours, rows = our_answer(gxe.ExpectColumnValuesToBeJsonParseable(column="a"), table, "BASIC")
    assert ours.result["unexpected_count"] == len(rows) == 1667
