"""An SFTP server that takes a password: OpenSSH's own takes those of the machine's users, which no test has."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

from tests.servers import PASSWORD

LOGIN = "gemeente"


class _Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        allowed = (username, password) == (LOGIN, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if allowed else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server: paramiko.ServerInterface, folder: Path) -> None:
        super().__init__(server)
        self.folder = folder

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat((self.folder / path.lstrip("/")).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def list_folder(self, path: str) -> Any:
        entries = (self.folder / path.lstrip("/")).iterdir()
        return [paramiko.SFTPAttributes.from_stat(entry.stat(), entry.name) for entry in entries]

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            file = (self.folder / path.lstrip("/")).open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = _Handle(flags)
        handle.readfile = file
        return handle


class _Handle(paramiko.SFTPHandle):
    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


@dataclass(frozen=True)
class PasswordServer:
    """Where it listens, its host key, and the folder that is / there."""

    port: int
    host_key: str
    folder: Path = field(repr=False)


@contextmanager
def password_server(folder: Path) -> Iterator[PasswordServer]:
    """The server, until this is left."""
    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, key, folder), daemon=True).start()
    try:
        yield PasswordServer(listener.getsockname()[1], f"{key.get_name()} {key.get_base64()}", folder)
    finally:
        listener.close()


def _serve(listener: socket.socket, key: paramiko.PKey, folder: Path) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, _ = listener.accept()
            transport = paramiko.Transport(near)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, folder)
            with contextlib.suppress(paramiko.SSHException, EOFError):
                transport.start_server(server=_Door())
