"""A connection to an SSH server in, what proves either side to the other out: its host key, and a private key.

The connection is Airflow's of type ``sftp`` or ``ssh``: a password, or in its extra a key, as ``key_file`` (a path)
or ``private_key`` (its text), with ``private_key_passphrase`` where it has one. The server has to show the key that
``host_key`` in the extra gives, or that the file ``known_hosts`` does (by default the one in ~/.ssh): one that could
be any other server is given no password, and nothing it sends is believed. There is no word to leave that out.
"""

from __future__ import annotations

import binascii
import io
from base64 import b64decode
from pathlib import Path
from typing import Any

import paramiko

from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryRefused


def known_hosts(client: paramiko.SSHClient, connection: Connection, host: str) -> None:
    """Makes known to the client which key ``host`` has to show. Raises BadInput."""
    client.set_missing_host_key_policy(_Unknown())
    extra = connection.extra
    if str(extra.get("host_key") or "").strip():
        key = _public_key(str(extra["host_key"]), connection)
        client.get_host_keys().add(host, key.get_name(), key)
        return
    named = extra.get("known_hosts")
    try:
        client.load_system_host_keys(str(Path(named).expanduser()) if named else None)
    except OSError as error:
        raise BadInput(f"its known_hosts can't be read: {error.strerror}", file=connection.name) from None


def private_key(connection: Connection) -> paramiko.PKey | None:
    """The private key that the connection gives; None if it gives a password. Raises BadInput."""
    extra = connection.extra
    text, file, passphrase = extra.get("private_key"), extra.get("key_file"), extra.get("private_key_passphrase")
    if not (text or file):
        if connection.password is None:
            raise BadInput("the connection gives no password, key_file or private_key", file=connection.name)
        return None
    try:
        return _read(Path(file).expanduser().read_text("utf-8") if file else str(text), passphrase)
    except (OSError, ValueError, TypeError, paramiko.SSHException):
        rule = "its private key can't be read, or not with this passphrase"
        raise BadInput(rule, file=connection.name) from None


def _read(text: str, passphrase: str | None) -> paramiko.PKey:
    # the text does not always say which kind it is of
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), passphrase)
        except paramiko.PasswordRequiredException:
            raise
        except (paramiko.SSHException, ValueError, TypeError):
            continue
    raise ValueError


def _public_key(given: str, connection: Connection) -> paramiko.PKey:
    """Airflow's word: ``ssh-ed25519 AAAA…`` as in a known_hosts file, or ``AAAA…`` alone of an RSA key."""
    words = given.split()
    kind, key = (words[0], words[1]) if len(words) > 1 else ("ssh-rsa", words[0])
    try:
        return paramiko.PKey.from_type_string(kind, b64decode(key, validate=True))
    except (binascii.Error, ValueError, paramiko.SSHException, paramiko.UnknownKeyType):
        raise BadInput("host_key in its extra is no public key of a host", file=connection.name) from None


class _Unknown(paramiko.MissingHostKeyPolicy):
    """Refuses a server whose key is not known."""

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:
        raise RegistryRefused(
            f"sftp server {hostname}: its {key.get_name()} host key is not known; ask its administrator for the key, "
            "and give it as host_key in the connection's extra"
        )
