"""A zip in, those of its members out that are wanted, however deep they lie in zips within it."""

from __future__ import annotations

import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from vlekkeloos.errors import BadInput

#: Deeper than this is no delivery but an attack: a zip can hold itself.
DEEPEST = 6


@dataclass(frozen=True)
class Member:
    """A file in a zip. ``place`` is the way to it: ``outer.zip/inner.zip/file.xml``."""

    place: str
    name: str
    kept: Path
    _archive: ZipFile
    _info: ZipInfo

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The member's content, as a stream; a fault in it is raised as BadInput while it is read."""
        with _faults(self.place, self.kept), self._archive.open(self._info) as stream:
            yield stream


def members(path: Path, name: str, wanted: Callable[[str], bool]) -> Iterator[Member]:
    """The members for whose file name ``wanted`` is true, in order of name; a Member is of use till the next.

    A zip within is looked into if ``wanted`` is true for its name. One at a time is copied to a temporary
    file first: the rest of a delivery of many gigabytes is never unpacked. Raises BadInput for what is not a
    whole zip, or fails its checksum.
    """
    return _members(path, name, wanted, kept=path, depth=1)


def _members(path: Path, place: str, wanted: Callable[[str], bool], *, kept: Path, depth: int) -> Iterator[Member]:
    if depth > DEEPEST:
        raise BadInput(f"zips lie more than {DEEPEST} deep in each other", file=place, kept=kept)
    with _opened(path, place, kept) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            name = PurePosixPath(info.filename).name
            if info.is_dir() or not wanted(name):
                continue
            member = Member(f"{place}/{info.filename}", name, kept, archive, info)
            if not name.lower().endswith(".zip"):
                yield member
                continue
            with tempfile.NamedTemporaryFile(prefix="vlekkeloos-", suffix=f"-{name}") as spilled:
                with member.open() as stream:
                    shutil.copyfileobj(stream, spilled, 1 << 20)
                spilled.flush()
                inner = Path(spilled.name)
                yield from _members(inner, member.place, wanted, kept=kept, depth=depth + 1)


@contextmanager
def _opened(path: Path, place: str, kept: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(path)
    except (BadZipFile, OSError, ValueError):
        with path.open("rb") as file:
            starts_as_zip = file.read(2) == b"PK"
        rule = "the zip is cut short: its table of contents is missing" if starts_as_zip else "this is not a zip"
        raise BadInput(rule, file=place, advice="ask for it again", kept=kept) from None
    with archive:
        yield archive


@contextmanager
def _faults(place: str, kept: Path) -> Iterator[None]:
    try:
        yield
    except (BadZipFile, zlib.error, EOFError) as error:
        rule = "the checksum is wrong" if "CRC" in str(error) else "the zip is damaged or cut short here"
        raise BadInput(rule, file=place, advice="ask for it again", kept=kept) from None
    except (NotImplementedError, RuntimeError) as error:
        # zipfile's way to say: encrypted, or compressed by a method that it doesn't know
        raise BadInput(f"the zip can't be unpacked: {type(error).__name__}", file=place, kept=kept) from None
