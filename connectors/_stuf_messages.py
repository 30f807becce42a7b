"""Files with StUF-BG 3.10 messages in; the kennisgevingen for one entiteittype out, as they come.

A file is XML with one message, bare or in a SOAP envelope, or with several in an element of any name; or a zip of
such files. Names, codes and rules are those of StUF 03.01 and StUF-BG 03.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from lxml import etree

from connectors._files import Received
from connectors._zips import members
from vlekkeloos.errors import BadInput

STUF = "{http://www.egem.nl/StUF/StUF0301}"
BG = "{http://www.egem.nl/StUF/sector/bg/0310}"

#: Any message: npsLk01, vesLa05 …
_MESSAGE = re.compile(r"([a-z]{3})([A-Z][a-z][0-9]{2})")
#: A kennisgeving of one object, asynchronous or synchronous: the same but for how it is answered.
_ONE_OBJECT = ("Lk01", "Lk02")
#: toevoeging, wijziging, correctie, correctie met formele historie, verwijdering.
_KINDS = {"T": 1, "W": 2, "C": 2, "F": 2, "V": 1}
_MOMENT = re.compile(r"[0-9]{14}(?:[0-9]{0,3})")


@dataclass(frozen=True)
class Message:
    """A kennisgeving: who sent it under which number, and when (17 digits), of what kind, and its objects.

    ``number`` is its place in the file, from 1. There is one object, the current, or the old one before it.
    """

    sender: str
    reference: str
    moment: str
    kind: str
    objects: Sequence[Any]
    place: str
    number: int
    kept: Path

    def fault(self, rule: str, field: str | None = None, advice: str | None = None) -> BadInput:
        """What is wrong with this message, and where it is."""
        return BadInput(rule, file=self.place, record=self.number, field=field, advice=advice, kept=self.kept)


def messages(received: Received, entity: str) -> Iterator[Message]:
    """The kennisgevingen for that entiteittype, in the file's order; a Message is of use till the next.

    Those for other types are another source's. Raises BadInput for a message that is no kennisgeving of one
    object, or is not built as one, and for a file without any.
    """
    if not received.name.lower().endswith(".zip"):
        with received.path.open("rb") as stream:
            yield from _messages(stream, received.name, received.path, entity)
        return
    for member in members(received.path, received.name, lambda name: name.lower().endswith((".xml", ".zip"))):
        with member.open() as stream:
            yield from _messages(stream, member.place, member.kept, entity)


def _messages(stream: IO[bytes], place: str, kept: Path, entity: str) -> Iterator[Message]:
    number = 0
    try:
        for _, element in etree.iterparse(stream, tag=f"{BG}*", resolve_entities=False, no_network=True):
            found = _MESSAGE.fullmatch(name(element))
            if found is None:
                continue
            number += 1
            message = _Reading(element, place, number, kept).message(found[2])
            if found[1] == entity.lower():
                yield message
            _forget(element)
    except etree.XMLSyntaxError as error:
        rule = f"the XML ends early or is not well-formed, at line {error.lineno}"
        raise BadInput(rule, file=place, record=number + 1, advice="ask for it again", kept=kept) from None
    if not number:
        raise BadInput("there is no message of StUF-BG 03.10 in this file", file=place, kept=kept)


@dataclass(frozen=True)
class _Reading:
    element: Any
    place: str
    number: int
    kept: Path

    def message(self, code: str) -> Message:
        if code not in _ONE_OBJECT:
            rule = f"{code} is no kennisgeving of one object: those are {' and '.join(_ONE_OBJECT)}"
            raise self._fault(rule, None)
        kind = self._text(f"{BG}parameters/{STUF}mutatiesoort")
        if kind not in _KINDS:
            raise self._fault(f"a mutatiesoort is one of {', '.join(_KINDS)}", "mutatiesoort")
        objects = self.element.findall(f"{BG}object")
        if len(objects) != _KINDS[kind]:
            rule = f"a kennisgeving with mutatiesoort {kind} has {_KINDS[kind]} object"
            raise self._fault(rule, "object")
        moment = self._text(f"{BG}stuurgegevens/{STUF}tijdstipBericht")
        if not _MOMENT.fullmatch(moment):
            raise self._fault(
                "this is not a moment (jjjjmmdduummss, with parts of a second or not)", "tijdstipBericht"
            )
        sender = self.element.find(f"{BG}stuurgegevens/{STUF}zender")
        return Message(
            "/".join((part.text or "").strip() for part in (sender if sender is not None else ())),
            self._text(f"{BG}stuurgegevens/{STUF}referentienummer"),
            moment.ljust(17, "0"),
            kind,
            objects,
            self.place,
            self.number,
            self.kept,
        )

    def _text(self, path: str) -> str:
        found = (self.element.findtext(path) or "").strip()
        if not found:
            raise self._fault("this is missing", path.rpartition("}")[2])
        return str(found)

    def _fault(self, rule: str, field: str | None) -> BadInput:
        return BadInput(rule, file=self.place, record=self.number, field=field, kept=self.kept)


def name(element: Any) -> str:
    """The element's name without its namespace."""
    return str(etree.QName(element).localname)


def _forget(element: Any) -> None:
    """Lets go of a message and of all before it, so that memory doesn't grow with the file."""
    element.clear()
    for inner, outer in pairwise((element, *element.iterancestors())):
        while inner.getprevious() is not None:
            del outer[0]
