"""Records as a registry's JSON has them in, Arrow columns out: each field where its dotted path says.

A column is named after the path to its field (``geboorte.plaats``). What a record has beside the declared
columns, or has with another type, is kept in the column ``_unexpected`` as JSON, so that nothing is lost and the
engine can say that the registry's schema has drifted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, Literal, cast, get_args

import pyarrow as pa

from vlekkeloos.connector import UNEXPECTED

Kind = Literal["text", "integer", "decimal", "boolean", "date", "timestamp", "texts", "json", "geojson"]

#: The words for a column's type. ``texts`` is a list of text, ``json`` any part of a record as JSON text,
#: ``geojson`` a geometry as that (RFC 7946, 3.1).
TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "texts": pa.list_(pa.string()),
    "json": pa.string(),
    "geojson": pa.string(),
}


def kinds(fields: str, below: str = "") -> dict[str, Kind]:
    """Columns from text, with spaces between: ``name`` (of text) or ``name:kind``, each ``below`` a path.

    Raises ValueError for a kind that doesn't exist.
    """
    found: dict[str, Kind] = {}
    for field in fields.split():
        name, _, kind = field.partition(":")
        if kind and kind not in get_args(Kind):
            raise ValueError(f"there is no kind {kind}")
        found[f"{below}.{name}" if below else name] = cast(Kind, kind or "text")
    return found


class Columns:
    """The declared columns of a registry's records: path to type, in the order of the table.

    Everything at or below a path in ``ignored`` (links, say) is neither kept nor unexpected. ``inside`` says of what
    kind (text, integer, decimal, boolean) the values in ``json`` columns are, by their path, lists passed through:
    what is kept as text would otherwise hide a value of another type.
    """

    def __init__(
        self, kinds: Mapping[str, Kind], ignored: Sequence[str] = (), inside: Mapping[str, Kind] | None = None
    ) -> None:
        self.kinds = dict(kinds)
        self._inside = dict(inside or {})
        self.schema = pa.schema([*((path, TYPES[kind]) for path, kind in kinds.items()), (UNEXPECTED, pa.string())])
        self._paths = [(path, *path.rpartition(".")[::2], kind) for path, kind in kinds.items()]
        self._ends = {path for path in [*kinds, *ignored]}
        steps = [path.split(".") for path in kinds]
        #: The paths of the objects in a record, an outer one before those in it.
        self._through = dict.fromkeys(".".join(some[:n]) for some in steps for n in range(1, len(some)))
        #: The names that an object may have, by its path; "" is the record's.
        self._names: dict[str, set[str]] = {}
        for path in self._ends | self._through.keys():
            above, _, name = path.rpartition(".")
            self._names.setdefault(above, set()).add(name)

    def batch(self, records: Sequence[Mapping[str, Any]]) -> tuple[pa.RecordBatch, set[str]]:
        """The records as one batch of ``schema``, and the names of columns that hold a value of another type."""
        objects, as_declared = self._objects(records)
        unexpected: list[dict[str, Any]] = [
            {} if as_declared else dict(self._strangers(record, "")) for record in records
        ]
        misfits: set[str] = set()
        arrays = []
        for path, above, name, kind in self._paths:
            values = [found.get(name) for found in objects[above]]
            try:
                arrays.append(self._array(path, values, kind))
            except (pa.ArrowException, TypeError, ValueError, LookupError, OverflowError):
                misfits.add(path)
                arrays.append(self._array(path, self._fitting(path, kind, values, unexpected), kind))
        told = [_as_json(found) if found else None for found in unexpected]
        return pa.record_batch([*arrays, pa.array(told, pa.string())], schema=self.schema), misfits

    def _objects(self, records: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Sequence[Mapping[str, Any]]], bool]:
        """The objects at each path, one a record, and whether it is plain that they have only declared fields.

        Most pages are as declared: seen over a whole page at once, that takes a tenth of going through its fields.
        """
        objects: dict[str, Sequence[Mapping[str, Any]]] = {"": records}
        plain = True
        for path in self._through:
            above, _, name = path.rpartition(".")
            found = [outer.get(name) for outer in objects[above]]
            plain = plain and _OBJECTS.issuperset(map(type, found))
            objects[path] = [inner if isinstance(inner, dict) else _NOTHING for inner in found]
        return objects, plain and all(
            above in self._ends or names.issuperset(chain.from_iterable(objects.get(above, ())))
            for above, names in self._names.items()
        )

    def _strangers(self, record: Mapping[str, Any], above: str) -> Iterable[tuple[str, Any]]:
        """The fields that were not declared, by their path."""
        for name, value in record.items():
            path = f"{above}.{name}" if above else name
            if path in self._ends:
                continue
            if path in self._through and (isinstance(value, dict) or value is None):
                yield from self._strangers(value or {}, path)
            elif value is not None:
                yield path, value

    def _array(self, path: str, values: list[Any], kind: Kind) -> pa.Array:
        if kind in _TYPES_OF and not _TYPES_OF[kind].issuperset(map(type, values)):
            raise TypeError
        if kind == "json" and self._inside:
            for value in values:
                self._check(path, value)
        return pa.array([_CONVERSIONS[kind](v) for v in values] if kind in _CONVERTED else values, TYPES[kind])

    def _check(self, path: str, value: Any) -> None:
        """Raises TypeError for a value, at a path or below it, that is not of the kind that ``inside`` says."""
        if isinstance(value, dict):
            for name, inner in value.items():
                self._check(f"{path}.{name}", inner)
        elif isinstance(value, list):
            for inner in value:
                self._check(path, inner)
        elif (kind := self._inside.get(path)) is not None:
            _CONVERSIONS[kind](value)

    def _fitting(self, path: str, kind: Kind, values: list[Any], unexpected: list[dict[str, Any]]) -> list[Any]:
        """The values that are of the type; the others go to ``unexpected``, each in its record's place."""
        fitting: list[Any] = []
        for value, strangers in zip(values, unexpected, strict=True):
            try:
                self._array(path, [value], kind)
                fitting.append(value)
            except (pa.ArrowException, TypeError, ValueError, LookupError, OverflowError):
                fitting.append(None)
                strangers[path] = value
        return fitting


def _strictly(*kinds: type) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if value is not None and type(value) not in kinds:
            raise TypeError
        return value

    return checked


def _moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


def _as_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # half of a pair of surrogates is legal in JSON and no text: it stays as it was escaped
        return json.dumps(value)
    return text


def _geometry(value: Any) -> str | None:
    """A geometry as text. Raises TypeError if it is none, also if a coordinate is no number."""
    if value is None:
        return None
    if not isinstance(value["type"], str):
        raise TypeError
    parts = [value["geometries"] if value["type"] == "GeometryCollection" else value["coordinates"]]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts += part
        elif isinstance(part, dict):
            _geometry(part)
        elif type(part) not in (int, float):
            raise TypeError
    return _as_json(value)


_NOTHING: Mapping[str, Any] = {}
#: What stands where an object is due: it, or nothing.
_OBJECTS = frozenset({dict, type(None)})

#: The types of these kinds' values. Arrow would take a boolean for a number; of the other kinds it takes no other.
_TYPES_OF: Mapping[Kind, frozenset[type]] = {
    "integer": frozenset({int, type(None)}),
    "decimal": frozenset({int, float, type(None)}),
    "boolean": frozenset({bool, type(None)}),
}
#: The kinds whose values are not the table's own.
_CONVERTED = ("date", "timestamp", "json", "geojson")
_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "text": _strictly(str),
    "integer": _strictly(int),
    "decimal": _strictly(int, float),
    "boolean": _strictly(bool),
    "date": lambda value: None if value is None else date.fromisoformat(value),
    "timestamp": _moment,
    "json": lambda value: None if value is None else _as_json(value),
    "geojson": _geometry,
}
