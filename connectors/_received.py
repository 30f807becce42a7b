"""A file where it lies, or the bytes of one as they come, in; a received file, with its SHA-256, out."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vlekkeloos.errors import BadInput, RegistryFailed

#: Gives all of a file's bytes, piece by piece.
Fetch = Callable[[Callable[[bytes], object]], object]


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


def in_place(path: Path) -> Received:
    """A local file. Raises RegistryFailed where there is none, BadInput where it can't be read."""
    seen = _state(path)
    try:
        sha256 = sha256_of(path)
    except FileNotFoundError:
        # a delivery can be late: the same pull may pass later
        raise RegistryFailed(f"there is no file {path}") from None
    except OSError as error:
        raise BadInput(f"the file can't be read: {error.strerror}", file=str(path)) from None
    return Received(path, path.name, sha256, fetched=False, _seen=seen)


def copied(fetch: Fetch, name: str) -> Received:
    """A remote file, streamed to a temporary folder, where it has its own name. Raises what ``fetch`` does."""
    folder = Path(tempfile.mkdtemp(prefix="vlekkeloos-"))
    atexit.register(_remove, folder)
    copy, digest = folder / (name if name not in ("", "..") else "download"), hashlib.sha256()
    with copy.open("wb") as file:

        def write(chunk: bytes) -> None:
            file.write(chunk)
            digest.update(chunk)

        fetch(write)
    return Received(copy, copy.name, digest.hexdigest(), fetched=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _state(path: Path) -> tuple[int, ...]:
    """What of a file changes with its content."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns
