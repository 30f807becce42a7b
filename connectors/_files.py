"""A connection to files in, those files on a local disk out, each with its SHA-256; fetched first if remote.

How a server is spoken to is a module by itself, one a scheme of URLs: here is only what they have in common.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

from connectors._received import Received, copied, in_place, sha256_of
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

__all__ = ["Received", "Transport", "receive", "receive_several", "sha256_of"]

#: Which module speaks to a server, by the scheme of its URL; any other URL is a path on a local disk.
TRANSPORTS = {"http": "_web", "https": "_web", "sftp": "_sftp", "s3": "_s3"}


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
    with _opened(connection) as source:
        return source.receive("", PurePosixPath(unquote(urlsplit(connection.url).path)).name)


def receive_several(
    connection: Connection, folder: str, pattern: str, choose: Callable[[list[str]], list[str]]
) -> list[Received]:
    """Of the files like ``pattern`` in a folder below the place that the connection names, those that are chosen.

    ``choose`` is given their names in order. Files that are still being written are none of them. Raises
    RegistryFailed, also where there is no such file, and BadInput.
    """
    with _opened(connection) as source:
        names = sorted(n for n in source.names(folder) if fnmatchcase(n, pattern) and not is_unfinished(n))
        if not names:
            # a delivery can be late: the same pull may pass later
            raise RegistryFailed(f"there is no file like {source.place(folder)}/{pattern}")
        return [source.receive(f"{folder}/{name}".lstrip("/"), name) for name in choose(names)]


def is_unfinished(name: str) -> bool:
    """True for the names that programs give a file while they write it, and for hidden files."""
    return name.startswith((".", "~$")) or name.lower().endswith((".part", ".partial", ".filepart", ".tmp"))


@contextmanager
def _opened(connection: Connection) -> Iterator[_Disk | _Remote]:
    """The disk, or the server spoken to until this is left, on which the connection's place is."""
    module = TRANSPORTS.get(urlsplit(connection.url).scheme)
    if module is None:
        yield _Disk(connection.path)
        return
    # one that isn't used need not be loaded: an SSH library, say
    with importlib.import_module(f"connectors.{module}").opened(connection) as server:
        yield _Remote(server)


class _Remote:
    """A server: its files are copied to the local disk."""

    def __init__(self, server: Transport) -> None:
        self.server = server
        self.place, self.names = server.place, server.names

    def receive(self, path: str, name: str) -> Received:
        return copied(partial(self.server.fetch, path), name)


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

    def receive(self, path: str, _: str) -> Received:
        return in_place(self.root / path)
