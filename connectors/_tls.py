"""A connection's certificate in, the adapter that shows it to a server out: mutual TLS, as with PKIoverheid."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from connectors._words import Words
from vlekkeloos.errors import BadInput


class Adapter(HTTPAdapter):
    """Shows the client's certificate, to the server itself or through a proxy."""

    def __init__(self, context: ssl.SSLContext | None, at_once: int) -> None:
        self._with: dict[str, Any] = {} if context is None else {"ssl_context": context}
        super().__init__(pool_maxsize=at_once)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """The pools of connections to servers."""
        super().init_poolmanager(*args, **(more | self._with))

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        """The pools of connections to proxies."""
        return super().proxy_manager_for(*args, **(more | self._with))


def context(said: Words, connection: str) -> ssl.SSLContext | None:
    """What ``cert``, ``key`` and ``key_password`` say; None without. Raises BadInput if they can't be used."""
    if said.cert is None:
        return None
    cert = there(connection, "extra.cert", said.cert)
    key = said.key and there(connection, "extra.key", said.key)
    made = create_urllib3_context()
    try:
        # always a password: without one OpenSSL would ask for it on the terminal
        made.load_cert_chain(cert, key, password=said.key_password or "")
        return made
    except (ssl.SSLError, OSError, ValueError):
        pass
    rule = "they are no certificate and its key (PEM), or key_password is not that of the key"
    raise BadInput(rule, file=f"connection {connection}", field="extra.cert, extra.key")


def there(connection: str, field: str, path: str) -> str:
    """The path, if something is there. Raises BadInput, naming it, if not."""
    if not Path(path).exists():
        raise BadInput(f"there is no file {path}", file=f"connection {connection}", field=field)
    return path
