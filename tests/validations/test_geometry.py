"""Geometries: valid, in RD, inside an area; and RD coordinates in columns of their own."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import examples, our_answer
from tests.validations.beside import broken, expectation, table, wkb
from validations.geometry import reasons
from vlekkeloos.errors import BadInput

SQUARE = "POLYGON ((132000 480000, 133000 480000, 133000 481000, 132000 481000, 132000 480000))"
BOWTIE = "POLYGON ((132000 480000, 133000 481000, 133000 480000, 132000 481000, 132000 480000))"
INSIDE, BORDER, OUTSIDE = "POINT (132500 480500)", "POINT (132000 480500)", "POINT (131000 480500)"
SHAPES = [
    SQUARE, BOWTIE, INSIDE, BORDER, OUTSIDE, "POINT EMPTY", "POLYGON EMPTY", "POINT (5.04 52.3)",
    "POINT (480500 132500)", "POINT (-7000 289000)", "POINT (300000.1 629000)", "LINESTRING (0 0, 200000 400000)",
    "MULTIPOLYGON (((132000 480000, 133000 480000, 133000 481000, 132000 480000)))", "POINT (NaN NaN)",
    "POLYGON ((132000 480000, 133000 480000, 133000 481000, 132000 481000, 132000 480000),"
    " (131000 479000, 131500 479000, 131500 479500, 131000 479000))",
]  # fmt: skip
WKB = st.one_of(
    st.none(),
    st.sampled_from([shapely.to_wkb(shapely.from_wkt(shape)) for shape in SHAPES]),
    st.sampled_from([b"", b"no WKB", shapely.to_wkb(shapely.from_wkt(SQUARE))[:20]]),
)
AREAS = {"woonplaats": table(vlak=wkb(SQUARE, None, "POLYGON ((0 0, 1 0, 1 1, 0 0))"))}
IN_AREA = expectation(
    "expect_column_values_to_lie_in_area", column="a", source="woonplaats", source_column="vlak", mostly=0.9
)
TYPES = st.sampled_from([None, ["Point"], ["Polygon", "MultiPolygon"]])


@examples
@given(st.lists(WKB, max_size=8), TYPES)
def test_the_scan_says_of_validity_what_gx_says(values: list[bytes | None], types: list[str] | None) -> None:
    broken(
        expectation("expect_column_values_to_be_valid_geometry", column="a", types=types),
        table(a=pa.array(values, pa.binary())),
    )


@examples
@given(st.lists(WKB, max_size=8))
def test_the_scan_says_of_the_extent_what_gx_says(values: list[bytes | None]) -> None:
    broken(expectation("expect_column_values_to_be_in_rd_extent", column="a"), table(a=pa.array(values, pa.binary())))


@examples
@given(st.lists(WKB, max_size=8))
def test_the_scan_says_of_areas_what_gx_says(values: list[bytes | None]) -> None:
    broken(IN_AREA, table(a=pa.array(values, pa.binary())), AREAS)


def test_a_shape_that_crosses_itself_is_empty_or_of_another_type_is_not_valid_and_the_result_says_why() -> None:
    judged = expectation("expect_column_values_to_be_valid_geometry", column="a", types=["Polygon"])
    records = table(a=wkb(SQUARE, BOWTIE, "POLYGON EMPTY", INSIDE, None))
    assert broken(judged, records) == [2, 3, 4]
    result, _ = our_answer(judged, records)
    assert result.result["details"]["reasons"] == [
        "Self-intersection[132500 480500]",
        "Empty",
        "Point, not Polygon",
    ]
    assert reasons([b"?"]) == ["not WKB"]


def test_degrees_and_exchanged_coordinates_are_not_in_the_extent() -> None:
    judged = expectation("expect_column_values_to_be_in_rd_extent", column="a")
    assert broken(judged, table(a=wkb(SQUARE, "POINT (5.04 52.3)", "POINT (480500 132500)", "POINT EMPTY"))) == [
        2,
        3,
        4,
    ]


def test_on_the_border_is_inside() -> None:
    judged = expectation("expect_column_values_to_lie_in_area", column="a", source="woonplaats", source_column="vlak")
    assert broken(judged, table(a=wkb(INSIDE, BORDER, OUTSIDE, SQUARE)), AREAS) == [3]


def test_without_the_other_table_there_is_no_answer() -> None:
    with pytest.raises(BadInput, match="woonplaats"):
        our_answer(IN_AREA, table(a=wkb(INSIDE)))


NUMBERS: dict[str, tuple[pa.DataType, list[Any]]] = {
    "float": (pa.float64(), [None, math.nan, -7000.0, -7000.001, 300000.0, 132000.5, 289000.0, 629000.1, 1e300]),
    "whole": (pa.int64(), [None, -7000, -7001, 300000, 132000, 289000, 629000, 629001, 2**62]),
    "decimal": (pa.decimal128(12, 2), [None, *map(Decimal, ["-7000.01", "132000.50", "480000.25", "629000.00"])]),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
@examples
@given(st.data())
def test_the_scan_says_of_coordinates_what_gx_says(kind: str, data: st.DataObject) -> None:
    type_, values = NUMBERS[kind]
    rows = data.draw(st.integers(0, 8))
    column = st.lists(st.sampled_from(values), min_size=rows, max_size=rows)
    ignored = data.draw(st.sampled_from(["both_values_are_missing", "either_value_is_missing", "neither"]))
    judged = expectation(
        "expect_column_pair_values_to_be_rd_coordinates", column_A="x", column_B="y", ignore_row_if=ignored
    )
    broken(judged, table(x=pa.array(data.draw(column), type_), y=pa.array(data.draw(column), type_)))


def test_a_point_needs_both_coordinates_in_their_order() -> None:
    judged = expectation("expect_column_pair_values_to_be_rd_coordinates", column_A="x", column_B="y")
    x, y = pa.array([132000.0, 480000.0, 132000.0, None]), pa.array([480000.0, 132000.0, None, None])
    assert broken(judged, table(x=x, y=y)) == [2, 3]
