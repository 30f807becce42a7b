"""A BAG 2.0 Extract as received in, its state and those of its XML files that are asked for out.

Files are found by the names that Kadaster's product gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from connectors._bag_document import in_order
from connectors._bag_schema import CODES, PARTS, RELATION, Layout
from connectors._files import Received
from connectors._zips import Member, members
from vlekkeloos.errors import BadInput

_TYPES = "|".join(CODES)
#: 0457NUM15102021.zip and 0457NUM15102021-000001.xml, with the part's mark before the type's code.
_OBJECTS = re.compile(rf"[0-9]{{4}}(IA|IO|NB|)({_TYPES})[0-9]{{8}}(?:-([0-9]{{6}})\.xml|\.zip)")
_RELATIONS = re.compile(r"GEM-WPL-RELATIE-[0-9]{8}(?:-([0-9]{6})\.xml|\.zip)")
_PART = re.compile(r"[0-9]{4}(Inactief|InOnderzoek|NietBag)[0-9]{8}\.zip")
_MUTATIONS = re.compile(r"[0-9]{4}(?:IO)?MUT[0-9]{8}-[0-9]{8}(?:-[0-9]{6}\.xml|\.zip)")
_DOCUMENT = "Leveringsdocument-BAG-Extract.xml"
_STATE = re.compile(rb"StandTechnischeDatum>([0-9]{4}-[0-9]{2}-[0-9]{2})<")


def state(received: Received) -> str | None:
    """The date up to which the delivery holds all changes; refuses a delivery that is of changes only."""
    found = None
    for member in members(received.path, received.name, lambda name: not name.endswith(".zip")):
        if _MUTATIONS.fullmatch(member.name):
            raise _is_of_mutations(received)
        if member.name == _DOCUMENT:
            with member.open() as stream:
                document = stream.read(1 << 20)
            if b"Mutatieperiode>" in document:
                raise _is_of_mutations(received)
            told = _STATE.search(document)
            found = told[1].decode() if told else None
    return found


def _is_of_mutations(received: Received) -> BadInput:
    rule = "this is a delivery of mutations, not a whole Levering"
    return BadInput(rule, file=received.name, advice="ask Kadaster for the Extract", kept=received.path)


def xml_files(received: Received, name: str, part: str, wanted: Layout) -> Iterator[Member]:
    """The XML files asked for. Kadaster numbers them from 1, so a gap is a file that got lost."""
    seen = 0
    for member in members(received.path, received.name, partial(_is_wanted, name, part, wanted)):
        seen += 1
        in_order(member, seen, wanted.element)
        yield member
    if not seen:
        rule = f"the delivery has no {name} ({part})"
        raise BadInput(rule, file=received.name, advice="it may be another product", kept=received.path)


def _is_wanted(wanted_type: str, part: str, wanted: Layout, name: str) -> bool:
    """True for the XML files asked for, and for zips that may hold them: any of unknown name may."""
    mark = PARTS[part]
    if found := _RELATIONS.fullmatch(name):
        return wanted_type == RELATION
    if found := _OBJECTS.fullmatch(name):
        return wanted_type != RELATION and found[1] == mark and found[2] == wanted.code
    if found := _PART.fullmatch(name):
        return wanted_type != RELATION and found[1].lower() == part.lower()
    if _MUTATIONS.fullmatch(name):
        return False
    return name.lower().endswith(".zip")
