"""A received XML file in, each element of a record flat out: dotted paths to texts, in little memory.

Nothing outside the file is read: no DTD, no entity, nothing over the network; a file that declares entities of its
own is refused. An element deeper than 256 or a text larger than 10 MB is none of a record.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any

from lxml import etree

from connectors._files import Received
from vlekkeloos.errors import BadInput

#: What XML Schema itself says of an element (nil, type, schemaLocation) is no field of a record.
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

CHUNK = 1 << 16

_SAFELY = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}

#: Faults that mean that the bytes are not of the encoding.
_ENCODING = ("ERR_INVALID_CHAR", "ERR_INVALID_ENCODING", "ERR_UNKNOWN_ENCODING", "ERR_UNSUPPORTED_ENCODING")

#: A record: each path with its texts, None for one without, and the line on which the record begins.
Flat = dict[str, list[str | None]]


def records(received: Received, name: str, namespace: str | None = None) -> Iterator[tuple[int, Flat]]:
    """The records, in order: the line of each, and its fields.

    A record is an element of that name, in that namespace or, without one, in any. A field is named after the way
    to it, as in ``adres.straat``; an attribute as ``adres@id``, one of the record itself ``@id``. Namespaces are left
    out. Raises BadInput for what is not well-formed, or not in its encoding, with the line.
    """
    try:
        for element in _elements(received, f"{{{'*' if namespace is None else namespace}}}{name}"):
            flat: Flat = {}
            _flatten(element, "", flat)
            yield element.sourceline, flat
    except etree.XMLSyntaxError as error:
        raise _broken(received, error) from None


def _elements(received: Received, name: str) -> Iterator[Any]:
    """The elements of that name that are in none of that name themselves, each of use till the next."""
    with received.path.open("rb") as file:
        root_name = _root(received, file)
        file.seek(0)
        # Only for these an object is made on this side; the rest is left to libxml2. As there is no DTD, there are
        # no entities to resolve: to say so lets it tell the line of one that is used all the same.
        safely = _SAFELY | {"resolve_entities": "internal"}
        parser = etree.XMLPullParser(events=("start", "end"), tag=(root_name, name), **safely)
        root, inside = None, None
        while chunk := file.read(CHUNK):
            parser.feed(chunk)
            for event, element in parser.read_events():
                if root is None:
                    root = element
                if event == "end" and element is inside:
                    yield element
                    element.clear()
                    inside = None
                elif event == "start" and inside is None and (element is not root or _is(root, name)):
                    inside = element
            if inside is None and root is not None:
                _forget(root)
        parser.close()


def _root(received: Received, file: IO[bytes]) -> str:
    """The name of the root element, as soon as it begins; raises BadInput if a DTD comes before it."""
    _, root = next(etree.iterparse(file, events=("start",), **_SAFELY))
    if root.getroottree().docinfo.internalDTD is not None:
        rule = "the file has a document type (DTD) of its own, which is not read"
        raise BadInput(rule, file=received.name, advice="ask for it without", kept=received.path)
    return str(root.tag)


def _flatten(element: Any, path: str, flat: Flat) -> None:
    empty = False
    for name, value in element.attrib.items():
        if name.startswith(XSI):
            empty |= name == f"{XSI}nil" and value in ("true", "1")
        else:
            flat.setdefault(f"{path}@{_local(name)}", []).append(value or None)
    text = element.text or ""
    for child in element:
        text += child.tail or ""
        name = _local(child.tag)
        _flatten(child, f"{path}.{name}" if path else name, flat)
    if text.strip() or not len(element):
        # the text of a record that has only a text goes by the record's own name
        flat.setdefault(path or _local(element.tag), []).append(None if empty or not text.strip() else text)


def _is(element: Any, name: str) -> bool:
    return next(element.iter(name), None) is element


def _forget(root: Any) -> None:
    """Lets go of all that was read but what is still open, so that memory doesn't grow with the file."""
    while len(root):
        del root[:-1]
        root = root[-1]


@lru_cache(maxsize=4096)
def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def _broken(received: Received, error: etree.XMLSyntaxError) -> BadInput:
    # libxml2's own text quotes what it found: only its name for the fault is shown
    code = next((name for name, value in vars(etree.ErrorTypes).items() if value == error.code), "ERR_UNKNOWN")
    where = f"line {error.lineno}: " if error.lineno else ""
    if code in _ENCODING:
        rule = f"{where}this is not in the encoding that the file declares"
        return BadInput(rule, file=received.name, kept=received.path)
    said = code.removeprefix("ERR_").replace("_", " ").lower()
    rule = f"{where}the XML ends early or is not well-formed ({said})"
    return BadInput(rule, file=received.name, advice="ask for it again", kept=received.path)
