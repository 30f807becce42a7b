"""An object of a StUF-BG kennisgeving in; what it tells of its fields out, by their dotted names.

An element that isn't there tells nothing: the field stays as it was (StUF 03.01, tabel 5.3: of a wijziging or a
correctie both objects have the key and the elements that change). One with ``noValue="geenWaarde"`` says that there
is no value, as do ``waardeOnbekend`` and ``vastgesteldOnbekend`` of a value that nobody knows; ``nietOndersteund``
and ``nietGeautoriseerd`` tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from connectors._stuf_messages import BG, STUF, Message, name

_EMPTY = ("geenWaarde", "waardeOnbekend", "vastgesteldOnbekend")
_UNTOLD = ("nietOndersteund", "nietGeautoriseerd")
_XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

#: How many of a date's year, month and day are known, by indOnvolledigeDatum: what is the first that isn't.
_KNOWN = {"V": 3, "D": 2, "M": 1, "J": 0}
#: Fields that are dates, by the word that their names have.
_DATE = re.compile(r"datum", re.IGNORECASE)
#: verwerkingssoort of a relation that is no more: its fields become empty.
_ENDED = ("E", "V")


@dataclass
class Told:
    """``values``: the fields with a value, by dotted name; ``fields``: all that something was told of."""

    values: dict[str, Any]
    fields: set[str]


def told(message: Message, columns: Collection[str]) -> Told:
    """What the current object tells. ``columns``: names of the fields that are kept each in a column.

    A field that is there more than once, or that itself has fields of which no column is kept, is a list or an
    object. Raises BadInput for a noValue that the standard doesn't know, and for a date that is none.
    """
    reading = _Reading(message, columns)
    current = message.objects[-1]
    reading.told.values |= _attributes(current)
    for element in current.iterchildren("*"):
        reading.read(element, "")
    return reading.told


def _attributes(element: Any) -> dict[str, str]:
    names = ("sleutelVerzendend", "sleutelOntvangend", "sleutelGegevensbeheer")
    return {key: element.get(f"{STUF}{key}") for key in names if element.get(f"{STUF}{key}")}


class _Reading:
    def __init__(self, message: Message, columns: Collection[str]) -> None:
        self.message, self.columns = message, columns
        self.told = Told({}, set())

    def read(self, element: Any, above: str) -> None:
        path = f"{above}.{name(element)}" if above else name(element)
        if element.get(f"{STUF}metagegeven") == "true" and path not in self.columns:
            return
        below = [column for column in self.columns if column.startswith(f"{path}.")]
        code = self._no_value(element, path)
        if code in _UNTOLD:
            return
        if code is not None or element.get(f"{STUF}verwerkingssoort") in _ENDED:
            self.told.fields |= {path, *below}
        elif path == "extraElementen":
            self._put(path, {one.get("naam"): (one.text or "").strip() for one in element.iterchildren("*")})
        elif name(element) == "inOnderzoek":
            self._put(path, _of_what(element) | {"waarde": (element.text or "").strip()})
        elif not below and len(element):
            self._put(path, self._tree(element, path))
        elif below:
            if element.get(f"{STUF}verwerkingssoort") in ("T", "R"):
                # a relation that is new, or another: nothing stays of the one before
                self.told.fields |= set(below)
            for child in element.iterchildren("*"):
                self.read(child, path)
        else:
            self._put(path, self._value(element, path))

    def _put(self, path: str, value: Any) -> None:
        self.told.fields.add(path)
        if value is None:
            return
        there = self.told.values.get(path)
        if there is None:
            self.told.values[path] = value
        else:
            self.told.values[path] = [*(there if isinstance(there, list) else [there]), value]

    def _tree(self, element: Any, path: str) -> dict[str, Any]:
        """An element with elements in it that are not columns, whole."""
        tree: dict[str, Any] = {}
        for child in element.iterchildren("*"):
            inner = f"{path}.{name(child)}"
            if self._no_value(child, inner) is not None or child.get(f"{STUF}metagegeven") == "true":
                continue
            value = self._tree(child, inner) if len(child) else self._value(child, inner)
            there = tree.get(name(child))
            many = [*(there if isinstance(there, list) else [there]), value]
            tree[name(child)] = value if there is None else many
        return tree

    def _no_value(self, element: Any, path: str) -> str | None:
        """Why there is no value, where there is none. An empty element says that there is none."""
        code: str | None = element.get(f"{STUF}noValue")
        if code is not None and code not in (*_EMPTY, *_UNTOLD):
            raise self.message.fault(f"a noValue is one of {', '.join((*_EMPTY, *_UNTOLD))}", path)
        if code is None and not len(element) and not (element.text or "").strip():
            return "geenWaarde"
        if code is None and element.get(_XSI_NIL) == "true":
            return "geenWaarde"
        return code

    def _value(self, element: Any, path: str) -> str | None:
        text = (element.text or "").strip()
        if path not in self.columns or not _DATE.search(name(element)):
            return text
        known = _KNOWN.get(element.get(f"{STUF}indOnvolledigeDatum") or "V")
        if known is None:
            raise self.message.fault(f"an indOnvolledigeDatum is one of {', '.join(_KNOWN)}", path)
        found = _as_far_as_known(text, known)
        if found is None:
            raise self.message.fault("this is not a date (jjjjmmdd)", path)
        return found or None


def _of_what(element: Any) -> dict[str, str]:
    """Which group or element a metagegeven is about; of nothing it is about the whole."""
    names = {str(etree.QName(key).localname): str(value) for key, value in element.attrib.items()}
    return {key: value for key, value in names.items() if key in ("groepsnaam", "elementnaam")}


def _as_far_as_known(text: str, known: int) -> str | None:
    """The year, year and month, or date, by how many parts are known; None for what is no date.

    In the BRP zeros stand for what is not known: there they say the same as indOnvolledigeDatum.
    """
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    parts = [text[:4], text[4:6], text[6:]][:known]
    while parts and not int(parts[-1]):
        parts.pop()
    if any(not int(part) for part in parts):
        return None
    try:
        # what isn't known may be anything: the first of January
        date.fromisoformat("-".join([*(parts or ["2000"]), "01", "01"][:3]))
    except ValueError:
        return None
    return "-".join(parts)


def key(message: Message, element: Any, column: str) -> str:
    """What identifies the object. Raises BadInput where it isn't there."""
    found = element.findtext(f"{BG}{column}")
    if not found or not found.strip():
        raise message.fault("what identifies the object is missing", column)
    return str(found).strip()
