"""What SQL has no word for, as functions over Arrow arrays: how alike two texts are, how far geometries are apart.

Each function gets arrays of texts and gives an array; a missing text gives a missing answer. They are the one
definition on every engine. Where DuckDB has a built-in that gives the same answer for some texts, ``builtin`` is SQL
over ``a`` and ``b`` that says so, and Python gets the others only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler, Levenshtein

#: Texts in, an array out: one of numbers or, for a normaliser, of texts.
Work = Callable[..., pa.Array]
#: DuckDB takes a text byte by byte here, which is character by character only in ASCII.
_ASCII = "strlen(a) = length(a) AND strlen(b) = length(b)"


@dataclass(frozen=True)
class Function:
    """A function that the SQL of a comparison calls by its name."""

    name: str
    work: Work
    takes: tuple[str, ...] = ("VARCHAR", "VARCHAR")
    gives: str = "DOUBLE"
    builtin: str | None = None


def jaro_winkler(a: pa.Array, b: pa.Array) -> pa.Array:
    """The Jaro-Winkler similarity of two texts by their characters, from 0 to 1.

    Winkler's boost is 0.1 for each of at most four equal characters in front, and only above a Jaro similarity of 0.7
    (Winkler 1990, as rapidfuzz and DuckDB both have it). DuckDB's built-in goes by bytes, so that ``é`` and ``è``,
    which share their first byte, are somewhat alike to it; they are not here.
    """
    return _alike(JaroWinkler.similarity, a, b)


def levenshtein_similarity(a: pa.Array, b: pa.Array) -> pa.Array:
    """1 less the number of characters to insert, remove or replace, by the longer text's length."""
    return _alike(Levenshtein.normalized_similarity, a, b)


def geometry_distance(a: pa.Array, b: pa.Array) -> pa.Array:
    """How far two geometries are apart where they are nearest, in the unit of their coordinates: metres, in RD."""
    return _floats(shapely.distance(geometries(a), geometries(b)))


def geometry_overlap(a: pa.Array, b: pa.Array) -> pa.Array:
    """The area that two geometries share by the area that they cover together; without area: are they equal?"""
    first, second = (shapely.make_valid(geometries(side)) for side in (a, b))
    shared, together = (shapely.area(by(first, second)) for by in (shapely.intersection, shapely.union))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(together > 0, shared / together, shapely.equals(first, second))
    there = ~shapely.is_missing(first) & ~shapely.is_missing(second)
    return _floats(np.where(there, share, np.nan))


JARO_WINKLER = Function(
    "jaro_winkler",
    jaro_winkler,
    builtin=f"CASE WHEN a = b THEN 1 WHEN {_ASCII} THEN jaro_winkler_similarity(a, b) END",
)
LEVENSHTEIN = Function(
    "levenshtein_similarity",
    levenshtein_similarity,
    builtin=f"CASE WHEN {_ASCII} THEN 1 - levenshtein(a, b) / greatest(length(a), length(b), 1) END",
)
DISTANCE = Function("geometry_distance", geometry_distance)
OVERLAP = Function("geometry_overlap", geometry_overlap)


def register(connection: duckdb.DuckDBPyConnection, function: Function) -> None:
    """Makes a function known to a DuckDB connection."""
    name = function.name if function.builtin is None else f"{function.name}_in_python"
    how: Any = {"type": "arrow", "null_handling": "special"}  # these words are enums to a type checker
    connection.create_function(name, function.work, list(function.takes), function.gives, **how)
    if function.builtin is not None:
        connection.execute(f"CREATE TEMP MACRO {function.name}(a, b) AS coalesce({function.builtin}, {name}(a, b))")


def geometries(texts: pa.Array) -> Any:
    """A numpy array of shapely geometries, None for what can't be read.

    A text is WKB in hexadecimals, WKT, GeoJSON, or two numbers ``x y``. An SRID before WKT is left out: both
    sides are in one system of coordinates.
    """
    found = np.full(len(texts), None, dtype=object)
    for form, read in _FORMS.items():
        of_form = np.asarray(pc.fill_null(pc.match_substring_regex(texts, form), False))
        if of_form.any():
            found[of_form] = read(pc.filter(texts, pa.array(of_form)))
    return found


def _objects(texts: pa.Array) -> Any:
    return texts.to_numpy(zero_copy_only=False) if isinstance(texts, pa.Array) else texts.to_numpy()


def _wkt(texts: pa.Array) -> Any:
    return shapely.from_wkt(_objects(pc.replace_substring_regex(texts, r"^\s*SRID=\d+;", "")), on_invalid="ignore")


def _points(texts: pa.Array) -> Any:
    numbers = pc.extract_regex(texts, _TWO_NUMBERS)
    return shapely.points(*(np.asarray(pc.struct_field(numbers, axis).cast(pa.float64())) for axis in "xy"))


_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TWO_NUMBERS = rf"^\s*(?P<x>{_NUMBER})(?:\s*,\s*|\s+)(?P<y>{_NUMBER})\s*$"
#: What a text looks like, and who reads it.
_FORMS: dict[str, Callable[[pa.Array], Any]] = {
    r"^0[01](?:[0-9A-Fa-f]{2})+$": lambda texts: shapely.from_wkb(_objects(texts), on_invalid="ignore"),
    r"^\s*\{": lambda texts: shapely.from_geojson(_objects(texts), on_invalid="ignore"),
    r"^\s*(?:SRID=\d+;)?\s*[A-Za-z]": _wkt,
    _TWO_NUMBERS: _points,
}


def _alike(scorer: Any, a: pa.Array, b: pa.Array) -> pa.Array:
    # of a missing text rapidfuzz says 0
    alike = process.cpdist(a.to_pylist(), b.to_pylist(), scorer=scorer, dtype=np.float64)
    there = np.asarray(pc.and_(pc.is_valid(a), pc.is_valid(b)))
    return _floats(np.where(there, alike, np.nan))


def _floats(values: Any) -> pa.Array:
    """Numbers; what is none is missing."""
    return pa.array(values, pa.float64(), mask=np.isnan(values))
