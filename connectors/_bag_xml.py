"""One XML file of a BAG 2.0 Extract in, its records out, each judged: slow, exact, and in little memory.

For the parts that GDAL's driver doesn't read, and to tell which record and field is at fault in what it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from lxml import etree

from connectors._bag_schema import DATE, MOMENT, NUMBER, REFERENCES, TEXTS, Layout
from vlekkeloos.errors import BadInput

#: The elements of a delivery with one record in each.
RECORD = ("{*}bagObject", "{*}kenmerkInOnderzoek", "{*}GemeenteWoonplaatsRelatie")

_IDENTIFICATION = re.compile(r"[0-9]{16}|[0-9]{4}")
_YES_OR_NO = ("geconstateerd", "inOnderzoek")


def records(stream: IO[bytes], layout: Layout, place: str, kept: Path) -> Iterator[dict[str, Any]]:
    """The records of the file, without geometry; raises BadInput at the first that breaks a rule."""
    number = 0
    try:
        for _, element in etree.iterparse(
            stream, tag=("{*}objectType", *RECORD), resolve_entities=False, no_network=True
        ):
            if _name(element) == "objectType":
                check_type(element.text or "", layout, place, kept)
                continue
            number += 1
            yield _Record(element, layout, place, number, kept).read()
            forget(element)
    except etree.XMLSyntaxError as error:
        rule = f"the XML ends early or is not well-formed, at line {error.lineno}"
        raise BadInput(rule, file=place, record=number + 1, advice="ask for it again", kept=kept) from None


def record(element: Any, layout: Layout, place: str, number: int, kept: Path) -> dict[str, Any]:
    """The record in one element of RECORD, without geometry; raises BadInput if it breaks a rule."""
    return _Record(element, layout, place, number, kept).read()


def check_type(found: str, layout: Layout, place: str, kept: Path) -> None:
    """Raises BadInput if a file says that its objects are of another type than its name says."""
    if found != layout.code:
        rule = f"the file's objects are of another type than {layout.code}"
        raise BadInput(rule, file=place, field="objectType", kept=kept)


class _Record:
    """One record's element, and where it stands, for reading it field by field."""

    def __init__(self, element: Any, layout: Layout, place: str, number: int, kept: Path) -> None:
        self.element, self.layout, self.place, self.number, self.kept = element, layout, place, number, kept

    def read(self) -> dict[str, Any]:
        body = self.element
        if _name(body) != self.layout.element:
            if len(body) != 1 or _name(body[0]) != self.layout.element:
                there = ", ".join(_name(child) for child in body) or "none"
                raise self._fault(f"the object is not of the type {self.layout.element} but {there}", None)
            body = body[0]
        read: dict[str, Any] = {}
        for field, text in _leaves(body):
            self._put(read, field, text)
        return read

    def _put(self, read: dict[str, Any], field: str, text: str) -> None:
        wanted = self.layout.types.get(field)
        if wanted is None:
            raise self._fault("this field is not known in BAG 2.0", field)
        is_identification = field in REFERENCES or field.startswith("identificatie")
        if is_identification and not _IDENTIFICATION.fullmatch(text):
            raise self._fault("an identification has 16 digits, that of a woonplaats or gemeente 4", field)
        if wanted == TEXTS:
            read.setdefault(field, []).append(text)
            return
        if field in read:
            raise self._fault("this field is given twice", field)
        if field in _YES_OR_NO and text not in ("J", "N"):
            raise self._fault("this is neither J nor N", field)
        try:
            read[field] = _value(text, wanted)
        except ValueError as error:
            raise self._fault(str(error), field) from None

    def _fault(self, rule: str, field: str | None) -> BadInput:
        return BadInput(rule, file=self.place, record=self.number, field=field, kept=self.kept)


def _leaves(body: Any) -> Iterator[tuple[str, str]]:
    """Each field with its text. A reference goes by the name of the relation that it stands in."""
    for element in body.iter("{*}*"):
        if len(element) or not (element.text or "").strip() or element.prefix == "gml":
            continue
        name = _name(element)
        parent = _name(element.getparent())
        is_reference = name.endswith("Ref") or parent.startswith("gerelateerde")
        yield parent if is_reference else name, element.text.strip()


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)


def forget(element: Any) -> None:
    """Lets go of a record and of all before it, so that memory doesn't grow with the file."""
    element.clear()
    for inner, outer in pairwise((element, *element.iterancestors())):
        while inner.getprevious() is not None:
            del outer[0]


def _value(text: str, wanted: pa.DataType) -> Any:
    """A value of the XML as Python's own; raises ValueError with the rule, never with the value."""
    if wanted == NUMBER:
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise ValueError("this is not a whole number")
        return int(text)
    if wanted == DATE:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError("this is not a date (yyyy-mm-dd)") from None
    if wanted == MOMENT:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("this is not a moment (yyyy-mm-ddThh:mm:ss.sss)") from None
    return text
