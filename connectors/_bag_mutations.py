"""A delivery of BAG mutations in; the records of one type that it adds, changes or removes out, in its order.

A mutation is of one voorkomen (the standard's word: *versie*) and gives the whole of it: as it was, as it becomes
(*wordt*), or both. Files and what is in them come in the order in which they are to be processed. Source: PDOK,
Schemas-Mutatielevering, README and mutatielevering-generiek-1.0.xsd. GDAL's LVBAG driver does not read it.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from connectors import _bag_gml, _bag_xml
from connectors._bag_document import Document, in_order
from connectors._bag_schema import RELATION, Layout
from connectors._files import Received
from connectors._zips import Member, members
from vlekkeloos.errors import BadInput

log = logging.getLogger(__name__)

#: 9999MUT13112021-14112021.zip and 9999MUT13112021-14112021-000001.xml; IOMUT: of what is under investigation.
_FILES = re.compile(r"[0-9]{4}(IO)?MUT([0-9]{8}-[0-9]{8})(?:-[0-9]{6}\.xml|\.zip)")
_RELATIONS = re.compile(r"GEM-WPL-RELATIE-[0-9]{8}(?:-[0-9]{6}\.xml|\.zip)")

#: What a mutation of each kind holds.
_KINDS = {"toevoeging": ["wordt"], "wijziging": ["was", "wordt"], "verwijdering": ["was"]}

_OBJECTS = ["Nummeraanduiding", "Verblijfsobject", "Pand", "OpenbareRuimte", "Woonplaats", "Ligplaats", "Standplaats"]
_ELEMENTS = {*_OBJECTS, *(f"Kenmerk{name.capitalize()}InOnderzoek" for name in _OBJECTS)}


@dataclass(frozen=True)
class Wish:
    """Which records to read: their layout, the columns that tell them apart, and which of them to leave out."""

    layout: Layout
    identity: Sequence[str]
    is_wanted: Callable[[dict[str, Any]], bool]


def changes(received: Received, document: Document, wish: Wish) -> Iterator[tuple[dict[str, Any], bool, bool]]:
    """Each record, whether it is removed, and whether it was there before by what the mutation says.

    Says in the log how many mutations of each kind there were.

    A record that becomes another, or one that is not wanted, is removed as it was. Raises BadInput.
    """
    kinds = Counter[str]()
    for member in _numbered(received, document, wish.layout):
        for kind, was, wordt in _mutations(member, wish):
            kinds[kind] += was is not None or wordt is not None
            stays = was is not None and wordt is not None and all(was[c] == wordt[c] for c in wish.identity)
            if was is not None and not stays:
                yield was, True, True
            if wordt is not None:
                yield wordt, False, stays
    told = ", ".join(f"{kinds[kind]} {kind}" for kind in _KINDS)
    log.info("%s, %s: %s", received.name, wish.layout.element, told)


def relations(received: Received, layout: Layout) -> Iterator[dict[str, Any]]:
    """The relations between gemeente and woonplaats: each delivery, also one of mutations, has all of them."""
    found = False
    for member in members(received.path, received.name, lambda name: bool(_RELATIONS.fullmatch(name))):
        found = True
        with member.open() as stream:
            yield from _bag_xml.records(stream, layout, member.place, member.kept)
    if not found:
        raise BadInput(f"the delivery has no {RELATION}", file=received.name, kept=received.path)


def _numbered(received: Received, document: Document, layout: Layout) -> Iterator[Member]:
    """The XML files with such mutations. They are numbered from 1: a gap is a file that got lost."""
    mark = "IO" if layout.element.startswith("Kenmerk") else None
    seen = 0

    def is_wanted(name: str) -> bool:
        found = _FILES.fullmatch(name)
        return found is not None and found[1] == mark

    for member in members(received.path, received.name, is_wanted):
        seen += 1
        period = f"{document.since:%d%m%Y}-{document.until:%d%m%Y}"
        if _FILES.fullmatch(member.name)[2] != period:  # type: ignore[index]
            rule = f"the file is of another period than its delivery, {period}"
            raise BadInput(rule, file=member.place, kept=received.path)
        in_order(member, seen, f"{mark or ''}MUT")
        yield member
    if not seen:
        rule = f"the delivery has no {mark or ''}MUT files"
        raise BadInput(rule, file=received.name, advice="it may be another product", kept=received.path)


def _mutations(member: Member, wish: Wish) -> Iterator[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]:
    """Kind, was, wordt of each mutation in a file; None where there is none, or it is not wanted."""
    number = 0
    with member.open() as stream:
        try:
            reader = etree.iterparse(stream, tag="{*}mutatieGroep", resolve_entities=False, no_network=True)
            for _, group in reader:
                for element in group.iterchildren("*"):
                    number += 1
                    yield _Mutation(element, wish, member.place, number, member.kept).read()
                _bag_xml.forget(group)
        except etree.XMLSyntaxError as error:
            rule = f"the XML ends early or is not well-formed, at line {error.lineno}"
            advice = "ask for it again"
            raise BadInput(rule, file=member.place, record=number + 1, advice=advice, kept=member.kept) from None
    if _name(reader.root) != "bagMutaties":
        raise BadInput("this is no file of mutations", file=member.place, kept=member.kept)


@dataclass(frozen=True)
class _Mutation:
    """One mutation's element, and where it stands: ``number`` is its place in the file, from 1."""

    element: Any
    wish: Wish
    place: str
    number: int
    kept: Path

    def read(self) -> tuple[str, dict[str, Any] | None, dict[str, Any] | None]:
        kind, states = _name(self.element), [_name(state) for state in self.element.iterchildren("*")]
        if states != _KINDS.get(kind):
            rule = "a mutation is a toevoeging (wordt), a wijziging (was, wordt) or a verwijdering (was)"
            raise self._fault(rule)
        found = dict(zip(states, map(self._record, self.element.iterchildren("*")), strict=True))
        return kind, found.get("was"), found.get("wordt")

    def _record(self, state: Any) -> dict[str, Any] | None:
        """The record, if it is of the type that is read and is wanted."""
        holders = list(state.iterchildren("*"))
        bodies = list(holders[0].iterchildren("*")) if len(holders) == 1 else []
        if len(bodies) != 1 or _name(bodies[0]) not in _ELEMENTS:
            raise self._fault("a was or wordt holds one object of a type of BAG 2.0")
        layout = self.wish.layout
        if _name(bodies[0]) != layout.element:
            return None
        record = _bag_xml.record(holders[0], layout, self.place, self.number, self.kept)
        for field in self.wish.identity:
            if record.get(field) is None:
                raise self._fault("what tells the records of an object apart is missing", field)
        if not self.wish.is_wanted(record):
            return None
        shape = bodies[0].find("{*}geometrie")
        if shape is not None:
            try:
                record["geometrie"] = _bag_gml.wkb(shape, multiple=layout.element == "Woonplaats")
            except ValueError as error:
                raise self._fault(str(error), "geometrie") from None
        return record

    def _fault(self, rule: str, field: str | None = None) -> BadInput:
        return BadInput(rule, file=self.place, record=self.number, field=field, kept=self.kept)


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)
