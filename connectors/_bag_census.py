"""A zipped XML file of a BAG 2.0 Extract in, the file unpacked out, with a count of its tags.

Counting bytes costs a fraction of parsing them, and says what a parser of the file has to account for.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors._bag_schema import Layout
from connectors._zips import Member

_TYPE = re.compile(rb"<sl:objectType>([^<]*)</sl:objectType>")
_SUSPECT = re.compile(rb'domein="NL\.IMBAG\.\w+">(?!(?:[0-9]{16}|[0-9]{4})(?:<|\Z))')
_END = b"</sl-bag-extract:bagStand>"
_CHUNK = 1 << 20


class Census:
    """What was counted in a file's bytes.

    ``objects`` are those of the layout's type, ``elements`` all of theirs but GML's. ``areas`` counts the
    verblijfsobjecten whose geometry is an area. ``suspect`` is true if an identification has not 16 or 4
    digits, ``whole`` if the file's outermost element was closed.
    """

    def __init__(self, layout: Layout) -> None:
        self._object_end = f"</Objecten:{layout.element}>".encode()
        self._may_be_area = layout.code == "VBO"
        self.type: str | None = None
        self.objects = self.elements = self.areas = 0
        self.suspect = False
        self._tail = b""

    def count(self, text: bytes) -> None:
        """Counts in the next piece of the file, which doesn't end within a tag."""
        if self.type is None and (found := _TYPE.search(text)):
            self.type = found[1].decode()
        self.objects += text.count(self._object_end)
        # Objecten-ref too; two rarer names take half the time of counting all "</" less GML's
        self.elements += text.count(b"</Objecten") + text.count(b"</Historie:")
        self.areas += text.count(b"<Objecten:vlak>") if self._may_be_area else 0
        self.suspect = self.suspect or _SUSPECT.search(text) is not None
        self._tail = (self._tail + text[-2 * len(_END) :])[-2 * len(_END) :]

    @property
    def whole(self) -> bool:
        """True if the file ends with the end of its outermost element."""
        return self._tail.rstrip().endswith(_END)


@dataclass(frozen=True)
class Unpacked:
    """An XML file on disk, gone when ``file`` is closed; ``place`` is the way to it in ``kept``."""

    file: Any
    place: str
    kept: Path
    census: Census

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(self.file.name)


def unpack(member: Member, layout: Layout) -> Unpacked:
    """The member as a temporary file; raises BadInput if its zip is damaged."""
    census, rest = Census(layout), b""
    file = tempfile.NamedTemporaryFile(prefix="vlekkeloos-", suffix=".xml")  # noqa: SIM115 - Unpacked owns it
    with member.open() as stream:
        while chunk := stream.read(_CHUNK):
            file.write(chunk)
            text = rest + chunk
            cut = text.rfind(b"<")
            census.count(text[:cut])
            rest = text[cut:]
    census.count(rest)
    file.flush()
    return Unpacked(file, member.place, member.kept, census)
