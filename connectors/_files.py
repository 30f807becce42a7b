"""A connection to a file in, that file on a local disk out, with its SHA-256; fetched first if remote."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

import requests

from connectors import http
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

CHUNK = 1 << 20


@dataclass(frozen=True)
class Received:
    """A received file: where it lies, what its sender calls it, and its SHA-256 in hexadecimal."""

    path: Path
    name: str
    sha256: str
    fetched: bool

    def done(self) -> None:
        """Removes the local copy of a file that was fetched; an unread or refused one stays till exit."""
        if self.fetched:
            _remove(self.path.parent)


def receive(connection: Connection) -> Received:
    """The file that the connection names.

    A remote file is streamed to a temporary folder, where it has its own name. Raises RegistryFailed
    where a local file is not there or a remote one can't be fetched whole, BadInput where a local one can't be
    read.
    """
    if connection.is_remote:
        return _fetch(connection)
    path = connection.path
    try:
        sha256 = sha256_of(path)
    except FileNotFoundError:
        # a delivery can be late: the same pull may pass later
        raise RegistryFailed(f"there is no file {path}") from None
    except OSError as error:
        raise BadInput(f"the file can't be read: {error.strerror}", file=str(path)) from None
    return Received(path, path.name, sha256, fetched=False)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(connection: Connection) -> Received:
    place = http.place(connection.url)
    name = PurePosixPath(urlsplit(connection.url).path).name
    if name in ("", ".."):
        name = "download"
    folder = Path(tempfile.mkdtemp(prefix="vlekkeloos-"))
    atexit.register(_remove, folder)
    with (folder / name).open("wb") as file:
        sha256 = _download(connection, place, file)
    return Received(folder / name, name, sha256, fetched=True)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _download(connection: Connection, place: str, file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    auth = (connection.login, connection.password or "") if connection.login else None
    # the digest has to be that of the file as stored: no compression on the way
    headers = {"Accept-Encoding": "identity"}
    try:
        with (
            http.session() as session,
            session.get(connection.url, stream=True, timeout=http.TIMEOUT, auth=auth, headers=headers) as answer,
        ):
            if answer.status_code != requests.codes.ok:
                raise RegistryFailed(f"{place} answered with HTTP {answer.status_code}")
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                digest.update(chunk)
    except requests.RequestException as error:
        # the exception's own text holds the whole URL, with whatever secret is in its query
        raise RegistryFailed(f"{place} could not be fetched: {type(error).__name__}") from None
    return digest.hexdigest()
