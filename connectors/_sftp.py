"""An SFTP server and a login in, the bytes of its files out.

A URL's path is that on the server; one that begins with ``/~/`` begins in the home of who logs in.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import paramiko

from connectors._sftp_login import known_hosts, private_key
from vlekkeloos.connector import Connection
from vlekkeloos.errors import RegistryFailed, RegistryRefused

#: What is asked for at once; the server is sent as many small questions as that takes.
CHUNK = 2 << 20
PORT = 22

#: Seconds to wait for a connection, for the login, and for each next piece of a file.
CONNECT, LOGIN, PIECE = 10, 30, 120

_HOME = "/~/"


@contextmanager
def opened(connection: Connection) -> Iterator[Server]:
    """The server, logged in to. Raises BadInput, RegistryFailed, RegistryRefused."""
    parts = urlsplit(connection.url)
    host, port = parts.hostname or "", parts.port or PORT
    server = f"sftp://{host}:{port}"
    with paramiko.SSHClient() as client:
        known_hosts(client, connection, f"[{host}]:{port}" if port != PORT else host)
        try:
            client.connect(
                host,
                port,
                connection.login,
                connection.password,
                private_key(connection),
                timeout=CONNECT,
                banner_timeout=LOGIN,
                auth_timeout=LOGIN,
                channel_timeout=LOGIN,
                # nothing that happens to lie on this machine lets anyone in
                allow_agent=False,
                look_for_keys=False,
            )
            sftp = client.open_sftp()
            sftp.get_channel().settimeout(PIECE)
        except paramiko.BadHostKeyException:
            rule = "shows another host key than the one that is known: it may be another server"
            raise RegistryRefused(f"{server} {rule}") from None
        except paramiko.AuthenticationException:
            raise RegistryRefused(f"{server} refuses the login") from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise RegistryFailed(f"{server} could not be reached: {type(error).__name__}") from None
        yield Server(sftp, server, unquote(parts.path))


class Server:
    """The files on the server, below one path."""

    def __init__(self, sftp: paramiko.SFTPClient, server: str, root: str) -> None:
        self.sftp, self.server, self.root = sftp, server, root.rstrip("/")

    def place(self, path: str) -> str:
        """The file's URL, without the login."""
        return f"{self.server}{self.root}/{path}".rstrip("/")

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder."""
        try:
            with self._faults(folder):
                found = self.sftp.listdir_attr(self._path(folder))
        except _Absent:
            return []
        return [entry.filename for entry in found if stat.S_ISREG(entry.st_mode or 0)]

    def fetch(self, path: str, write: Callable[[bytes], object]) -> None:
        """The file's bytes: as many as the server says that it has, before and after."""
        with self._faults(path), self.sftp.open(self._path(path), "rb") as file:
            before, done = file.stat(), 0
            size = before.st_size or 0
            while done < size and (piece := next(file.readv([(done, min(CHUNK, size - done))]))):
                write(piece)
                done += len(piece)
            after = self.sftp.stat(self._path(path))
        if (before.st_size, before.st_mtime, done) != (after.st_size, after.st_mtime, after.st_size):
            raise RegistryFailed(f"{self.place(path)} was changed while it was fetched")

    def _path(self, path: str) -> str:
        """The path as the server takes it: one that begins in the login's home has no / in front."""
        whole = f"{self.root}/{path}".rstrip("/")
        if f"{whole}/".startswith(_HOME):
            whole = whole[len(_HOME) :]
        return whole or "."

    @contextmanager
    def _faults(self, path: str) -> Iterator[None]:
        place = self.place(path)
        try:
            yield
        except FileNotFoundError:
            raise _Absent(f"there is no file {place}") from None
        except PermissionError:
            raise RegistryRefused(f"{place} may not be read by this login") from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise RegistryFailed(f"{place} could not be fetched whole: {type(error).__name__}") from None


class _Absent(RegistryFailed):
    """There is no such file or folder; it may come later."""
