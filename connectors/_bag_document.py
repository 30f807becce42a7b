"""A delivery of BAG Extract in, what its Leveringsdocument says of it out: a state or a period, and of which area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from connectors._files import Received
from connectors._zips import Member, members
from vlekkeloos.errors import BadInput

_NAME = "Leveringsdocument-BAG-Extract.xml"


@dataclass(frozen=True)
class Document:
    """``until``: the delivery holds what was registered before that day. ``since``: and from that day on.

    A Levering holds everything, so it has no ``since``. ``gemeenten`` are the codes of its area; none: the nation.
    """

    until: date
    since: date | None
    gemeenten: frozenset[str]


def document(received: Received) -> Document:
    """What the delivery says of itself. Raises BadInput where it says nothing, or no dates."""
    for member in members(received.path, received.name, lambda name: name == _NAME):
        return _read(member)
    rule = "there is no Leveringsdocument in it"
    raise BadInput(rule, file=received.name, advice="it may be another product", kept=received.path)


def _read(member: Member) -> Document:
    try:
        with member.open() as stream:
            root = etree.parse(stream, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    except etree.XMLSyntaxError as error:
        rule = f"the XML ends early or is not well-formed, at line {error.lineno}"
        raise BadInput(rule, file=member.place, advice="ask for it again", kept=member.kept) from None
    gemeenten = {(code.text or "").strip() for code in root.iter("{*}GemeenteIdentificatie")}
    if next(root.iter("{*}Mutatieperiode"), None) is None:
        return Document(_date(root, "StandTechnischeDatum", member), None, frozenset(gemeenten))
    since, until = _date(root, "MutatiedatumVanaf", member), _date(root, "MutatiedatumTot", member)
    if since >= until:
        rule = "the period ends before it begins"
        raise BadInput(rule, file=member.place, field="Mutatieperiode", kept=member.kept)
    return Document(until, since, frozenset(gemeenten))


def _date(root: Any, name: str, member: Member) -> date:
    element = next(root.iter(f"{{*}}{name}"), None)
    try:
        return date.fromisoformat((element.text or "").strip())  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise BadInput(
            "there is no date (yyyy-mm-dd) here", file=member.place, field=name, kept=member.kept
        ) from None


def in_order(member: Member, number: int, what: str) -> None:
    """Raises BadInput if the file is not the one of that number: Kadaster counts from 1, so a gap is a lost file."""
    if int(member.name[-10:-4]) != number:
        rule = f"file {number:06d} of {what} is missing from the delivery"
        raise BadInput(rule, file=member.place, advice="ask for it again", kept=member.kept)
