"""A message to a registry in, its answer out: it may not arrive twice, so it is never simply sent again.

An answer that says "not now" (429, 503) means that the message was not taken: after the wait that it asks for, the
message is sent again, once it is certain that the registry has none with its kenmerk. A connection that is lost, or
a gateway that gives up, leaves open whether it was taken: then nothing is sent any more in this call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors import _transport, http
from connectors._again import Later, Patience
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

#: Answers of a registry that did not take the message, and may later.
NOT_TAKEN = (425, 429, 503)


def require_tls(connection: Connection) -> None:
    """Raises BadInput for a URL without TLS: a doubt about a person may not be read on its way."""
    parts = urlsplit(connection.url)
    if parts.scheme != "https" and not (parts.scheme == "http" and http.is_loopback(parts.hostname or "")):
        rule = "its URL must begin with https://; only loopback may do without"
        raise BadInput(rule, file=f"connection {connection.name}")


def filed(
    connection: Connection,
    url: str,
    *,
    fresh: bool,
    auth: http.Auth,
    find: Callable[[], str | None],
    read: Callable[[requests.Response], str],
    **message: Any,
) -> str:
    """POSTs one message; gives its number, which ``read`` finds in the answer, or ``find`` at the registry.

    One that is ``fresh`` was certainly never sent; of any other the registry is asked first whether it has it.
    ``message`` is what requests takes of it: ``files``, ``data``, ``headers``. ``read`` raises RegistryRefused or
    RegistryFailed for an answer that refuses. Raises RegistryFailed where there is no answer.
    """
    place = f"{connection.name}: POST {urlsplit(url).path}"
    maybe_there = not fresh

    def attempt() -> str | Later:
        nonlocal maybe_there
        if maybe_there and (found := find()) is not None:
            return found
        maybe_there = True
        answer = _transport.send(session.request, "POST", url, auth=proof, **message)
        if not isinstance(answer, Later):
            return read(answer)
        if answer.last is None or answer.last.status_code not in NOT_TAKEN:
            raise RegistryFailed(f"{place}: {answer.why}: it is not certain whether it was taken")
        return answer

    with _transport.session(connection, 1) as session:
        proof = http.proof(auth, connection)
        came = Patience(http.TRIES, http.BACKOFF).ask(attempt)
    if isinstance(came, Later):
        raise RegistryFailed(f"{place}: {came.why}")
    return came
