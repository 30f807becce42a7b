"""A Connection in, what shows a registry who asks out: put into each request, renewed where it does not last.

A registry's connector declares the kind that its contract has; the connection's ``auth`` may say another, because
in front of a registry there is often a gateway. The certificate of mutual TLS is apart from these (_transport):
it goes together with any of them.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import requests

from connectors._oauth2 import LIFETIME, Token
from connectors._words import sendable, words
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput

#: Seconds before a token's end from which it is not used any more; at most a tenth of its life.
MARGIN = 30.0


class Proof:
    """What shows who asks, in a header of each request; a kind that does not last is made anew when it is due."""

    def __init__(self, header: str, make: Callable[[], tuple[str, float]]) -> None:
        self.header, self._make = header, make
        self._value, self._until = "", 0.0
        self._lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Puts it into the request."""
        with self._lock:
            if time.monotonic() >= self._until:
                made, seconds = self._make()
                self._value, self._until = made, time.monotonic() + seconds - min(MARGIN, seconds / 10)
            value = self._value
        if value:
            request.headers[self.header] = value
        return request

    def refused(self, request: requests.PreparedRequest) -> None:
        """The registry did not take the proof in that request: the next one has a new one.

        However many threads were refused the same one, it is made anew once.
        """
        with self._lock:
            if request.headers.get(self.header) == self._value:
                self._until = 0.0


#: How a registry wants to be shown who asks.
Auth = Callable[[Connection], Proof]


@dataclass(frozen=True)
class ApiKey:
    """The connection's password in a header of that name; the connection's ``header`` may say another."""

    header: str = "X-Api-Key"

    def __call__(self, connection: Connection) -> Proof:
        """The proof. Raises BadInput for a key that can't stand in a header."""
        header = words(connection).header or self.header
        return _lasting(header, sendable(connection, "password", connection.password or ""))


@dataclass(frozen=True)
class Bearer:
    """The connection's password as a bearer token (RFC 6750)."""

    def __call__(self, connection: Connection) -> Proof:
        """The proof. Raises BadInput for a token that can't stand in a header."""
        token = sendable(connection, "password", connection.password or "")
        return _lasting("Authorization", token and f"Bearer {token}")


@dataclass(frozen=True)
class Basic:
    """The connection's login and password (RFC 7617)."""

    def __call__(self, connection: Connection) -> Proof:
        """The proof."""
        pair = f"{connection.login or ''}:{connection.password or ''}".encode()
        return _lasting("Authorization", f"Basic {base64.b64encode(pair).decode()}")


@dataclass(frozen=True)
class Nobody:
    """Nothing: the registry is open to all."""

    def __call__(self, connection: Connection) -> Proof:
        """The proof, an empty one."""
        return _lasting("Authorization", "")


@dataclass(frozen=True)
class OAuth2:
    """A token for login and password as client id and secret (RFC 6749, 4.4: client credentials).

    It is asked at the connection's ``token_url``, for its ``scope``, over the same certificate.
    """

    def __call__(self, connection: Connection) -> Proof:
        """The proof. Raises BadInput without a token_url or a login; what Token raises, as it is used."""
        said = words(connection)
        if said.token_url is None:
            _missing(connection, "extra.token_url", "oauth2 asks its token at an address")
        if not connection.login:
            _missing(connection, "login", "oauth2 needs a client id, with its secret as password")
        return Proof("Authorization", Token(connection, str(said.token_url), said.scope))


@dataclass(frozen=True)
class Zgw:
    """A JWT signed with the password for the client id in login, as the ZGW APIs want it.

    Source: VNG, API's voor Zaakgericht werken, authenticatie en autorisatie: HS256 with the claims iss, iat,
    client_id, user_id and user_representation. The latter two are the connection's, else the client id.
    """

    def __call__(self, connection: Connection) -> Proof:
        """The proof. Raises BadInput without login or password."""
        said, client, secret = words(connection), connection.login, connection.password
        if not (client and secret):
            _missing(connection, "login" if not client else "password", "zgw needs a client id with its secret")

        def make() -> tuple[str, float]:
            claims: Mapping[str, Any] = {
                "iss": client,
                "iat": int(time.time()),
                "client_id": client,
                "user_id": said.user_id or client,
                "user_representation": said.user_representation or said.user_id or client,
            }
            return f"Bearer {jwt.encode(dict(claims), str(secret), algorithm='HS256')}", LIFETIME

        return Proof("Authorization", make)


_KINDS: Mapping[str, Callable[[], Auth]] = {
    "api_key": ApiKey,
    "basic": Basic,
    "bearer": Bearer,
    "oauth2": OAuth2,
    "zgw": Zgw,
    "none": Nobody,
}


def proof(declared: Auth, connection: Connection) -> Proof:
    """The proof for a connection: of the kind that it says itself, else of the one that the registry declares."""
    said = words(connection).auth
    if said is None or (said == "api_key" and isinstance(declared, ApiKey)):
        return declared(connection)
    return _KINDS[said]()(connection)


def _lasting(header: str, value: str) -> Proof:
    return Proof(header, lambda: (value, float("inf")))


def _missing(connection: Connection, field: str, rule: str) -> None:
    raise BadInput(rule, file=f"connection {connection.name}", field=field)
