"""A connection to files in, those files on a local disk out, each with its SHA-256; fetched first if remote.

How a server is spoken to is a module by itself, one a scheme of URLs: here is only what they have in common.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Protocol
from urllib.parse import urlsplit

from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

#: Which module speaks to a server, by the scheme of its URL; any other URL is a path on a local disk.
TRANSPORTS = {"http": "_web", "https": "_web", "sftp": "_sftp", "s3": "_s3"}


@dataclass(frozen=True)
class Received:
    """A received file: where it lies, what its sender calls it, and its SHA-256 in hexadecimal."""

    path: Path
    name: str
    sha256: str
    fetched: bool
    _seen: tuple[int, ...] = field(default=(), repr=False)

    def done(self) -> None:
        """To be called when all is read: removes a fetched copy; an unread or refused one stays till exit.

        Raises RegistryFailed if a file that was read where it lies is not the one any more that it was at first.
        """
        if self.fetched:
            _remove(self.path.parent)
        elif _state(self.path) != self._seen:
            raise RegistryFailed(f"{self.path} was changed while it was read")


class Transport(Protocol):
    """A server with files, spoken to. Paths are below the place that its connection names, '' is that place.

    Whatever fails is raised as RegistryFailed, naming the server and the path.
    """

    def place(self, path: str) -> str:
        """The file's or folder's address, as a message may show it."""
        ...

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder; none if the folder isn't there."""
        ...

    def fetch(self, path: str, write: Callable[[bytes], object]) -> None:
        """Gives the file's bytes to ``write``, all of them; a file that changes meanwhile is not given whole."""
        ...


def receive(connection: Connection) -> Received:
    """The file that the connection names.

    A remote file is streamed to a temporary folder, where it has its own name. Raises RegistryFailed
    where a file is not there or a remote one can't be fetched whole, BadInput where a local one can't be
    read.
    """
    with opened(connection) as source:
        name = PurePosixPath(urlsplit(connection.url).path).name
        return _received(source, "", name)


def receive_several(
    connection: Connection, folder: str, choose: Callable[[list[str]], list[str]]
) -> list[Received]:
    """Those files of the folder, below the place that the connection names, that ``choose`` takes of their names.

    ``choose`` is given the names in their order, without those of files that are still being written. Raises
    RegistryFailed, BadInput.
    """
    with opened(connection) as source:
        names = choose(sorted(name for name in source.names(folder) if not is_unfinished(name)))
        return [_received(source, f"{folder}/{name}".lstrip("/"), name) for name in names]


def is_unfinished(name: str) -> bool:
    """True for the names that programs give a file while they write it, and for hidden files."""
    return name.startswith((".", "~$")) or name.lower().endswith((".part", ".partial", ".filepart", ".tmp"))


def opened(connection: Connection) -> AbstractContextManager[Transport]:
    """What speaks to the server that the connection names, or to the local disk, until it is left."""
    module = TRANSPORTS.get(urlsplit(connection.url).scheme)
    if module is None:
        return _disk(connection)
    # one that isn't used need not be loaded: an SSH library, say
    speaks: AbstractContextManager[Transport] = importlib.import_module(f"connectors.{module}").opened(connection)
    return speaks


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _received(source: Transport, path: str, name: str) -> Received:
    if isinstance(source, _Disk):
        return source.received(path)
    folder = Path(tempfile.mkdtemp(prefix="vlekkeloos-"))
    atexit.register(_remove, folder)
    copy, digest = folder / (name if name not in ("", "..") else "download"), hashlib.sha256()

    def write(chunk: bytes) -> None:
        file.write(chunk)
        digest.update(chunk)

    with copy.open("wb") as file:
        source.fetch(path, write)
    return Received(copy, copy.name, digest.hexdigest(), fetched=True)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _state(path: Path) -> tuple[int, ...]:
    """What of a file changes with its content."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def _disk(connection: Connection) -> Iterator[Transport]:
    yield _Disk(connection.path)


class _Disk:
    """The local disk: its files are read where they lie."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, path: str) -> str:
        return str(self.root / path)

    def names(self, folder: str) -> list[str]:
        try:
            return [entry.name for entry in (self.root / folder).iterdir() if entry.is_file()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BadInput(f"the folder can't be read: {error.strerror}", file=self.place(folder)) from None

    def fetch(self, path: str, write: Callable[[bytes], object]) -> None:
        write((self.root / path).read_bytes())

    def received(self, path: str) -> Received:
        place = self.root / path
        seen = _state(place)
        try:
            sha256 = sha256_of(place)
        except FileNotFoundError:
            # a delivery can be late: the same pull may pass later
            raise RegistryFailed(f"there is no file {place}") from None
        except OSError as error:
            raise BadInput(f"the file can't be read: {error.strerror}", file=str(place)) from None
        return Received(place, place.name, sha256, fetched=False, _seen=seen)
