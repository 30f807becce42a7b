"""GX's expectations about types: what the schema says is GX's own answer on pandas."""

from __future__ import annotations

import datetime
from decimal import Decimal

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import KINDS, ROW, assert_equal, examples, our_answer, tables
from vlekkeloos.errors import BadInput

#: Names that pandas knows as a dtype.
DTYPES = [
    "str", "string", "object", "O", "int64", "Int64", "int32", "float64", "float32", "bool", "boolean", "datetime64",
    "datetime64[ns]", "datetime64[us]", "S", "category", "complex", "int64[pyarrow]", "bool[pyarrow]",
]  # fmt: skip
#: Names that numpy, pandas, Python or GX know, and some that none of them does.
NAMES = [
    *DTYPES, "object_", "int", "float", "bool_", "Timestamp", "date", "Decimal", "decimal", "bytes", "list", "dict",
    "none", "None", "unicode", "long", "str_", "ArrowDtype", "StringDtype", "Int64Dtype", "DatetimeTZDtype",
    "CategoricalDtype", "VARCHAR", "INTEGER",
]  # fmt: skip


@examples
@given(st.data())
def test_of_type(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    assert_equal(
        gxe.ExpectColumnValuesToBeOfType(column="a", type_=name),
        data.draw(tables(data.draw(st.sampled_from(sorted(KINDS))))),
        translated=None,
    )


@examples
@given(st.data())
def test_in_type_list(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(NAMES), max_size=4))
    mostly = data.draw(st.sampled_from([1, 0.5]))
    expectation = gxe.ExpectColumnValuesToBeInTypeList(column="a", type_list=names, mostly=mostly)
    assert_equal(expectation, data.draw(tables(data.draw(st.sampled_from(sorted(KINDS))))), translated=None)


@examples
@given(st.data())
def test_type_of_column(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(DTYPES))
    assert_equal(
        gxe.ExpectColumnTypeToBe(column="a", type_=name), data.draw(tables(data.draw(st.sampled_from(sorted(KINDS)))))
    )


@pytest.mark.parametrize(
    ("type_", "value", "name"),
    [
        (pa.string(), "a", "str"),
        (pa.int64(), 1, "int"),
        (pa.float64(), 1.0, "float64"),
        (pa.bool_(), True, "bool"),
        (pa.timestamp("us"), datetime.datetime(2024, 1, 1), "datetime64"),
        (pa.date32(), datetime.date(2024, 1, 1), "str"),
        (pa.date64(), datetime.date(2024, 1, 1), "str"),
        (pa.decimal128(6, 2), Decimal("1.20"), "float"),
        (pa.binary(), b"a", "bytes"),
    ],
    ids=str,
)
def test_every_kind_comes_out_of_the_scan(type_: pa.DataType, value: object, name: str) -> None:
    table = pa.table({ROW: pa.array([1, 2], pa.int64()), "a": pa.array([value, None], type_)})
    assert_equal(gxe.ExpectColumnValuesToBeOfType(column="a", type_=name), table)
    assert_equal(gxe.ExpectColumnValuesToBeInTypeList(column="a", type_list=[name, "int64"]), table)
    assert_equal(gxe.ExpectColumnTypeToBe(column="a", type_=name), table)


def test_what_the_schema_does_not_say_is_asked_of_gx() -> None:
    times = pa.table({ROW: pa.array([1, 2], pa.int64()), "a": pa.array([datetime.time(1), None], pa.time64("us"))})
    assert_equal(gxe.ExpectColumnValuesToBeOfType(column="a", type_="str"), times, translated=False)


def test_a_type_that_pandas_does_not_know_is_bad_input() -> None:
    table = pa.table({ROW: pa.array([1], pa.int64()), "a": pa.array(["a"])})
    with pytest.raises(BadInput, match="expect_column_type_to_be could not be evaluated"):
        our_answer(gxe.ExpectColumnTypeToBe(column="a", type_="VARCHAR"), table)
