"""A request in; whether it may pass out: an API key, a bearer token or the JWT of a ZGW client.

A registry puts its routes behind a check, and says in its own words how it refuses:
``guarded(routes, api_key("X-Api-Key", secret("bag_api")), refused)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, unquote, urljoin

import jwt
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

#: Says whether a request may pass.
Check = Callable[[Request], bool]

#: Where an OAuth 2.0 client gets its token (RFC 6749, 4.4), on the sandbox's own address.
TOKEN_PATH = "/oauth/token"  # noqa: S105 (a path)

#: Seconds that a token holds, and that a ZGW client's JWT may be old.
LIFETIME, MOST_AGE = 300, 3600


def secret(name: str) -> str:
    """The key, or client secret, that the sandbox's registry of that name expects: always the same."""
    return hashlib.sha256(f"sandbox/{name}".encode()).hexdigest()[:32]


def token_url(url: str) -> str:
    """Where the tokens are to be had for a registry at ``url``."""
    return urljoin(url, TOKEN_PATH)


def guarded(routes: Sequence[Route], check: Check, refused: Callable[[Request], Response]) -> list[Route]:
    """The same routes, which answer ``refused`` to every request that does not pass the check."""
    guard = [Middleware(_Guard, check=check, refused=refused)]
    return [
        Route(route.path, route.endpoint, methods=list(route.methods or ()) or None, middleware=guard)
        for route in routes
    ]


def api_key(header: str, key: str) -> Check:
    """The key in a header of that name."""
    return lambda request: _same(request.headers.get(header, ""), key)


def bearer() -> Check:
    """A token that this sandbox gave out at TOKEN_PATH and that has not lapsed (RFC 6750)."""

    def check(request: Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        tokens: Tokens = request.app.state.tokens
        return scheme.lower() == "bearer" and tokens.holds(token)

    return check


def zgw(client_id: str, key: str) -> Check:
    """A JWT as the ZGW APIs have it: signed by the client with HS256, with ``client_id`` and a fresh ``iat``.

    Source: VNG Realisatie, standaard APIs voor Zaakgericht werken, "Autorisatie".
    """

    def check(request: Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, key, algorithms=["HS256"], options={"require": ["iss", "iat"]}, leeway=30)
        except jwt.InvalidTokenError:
            return False
        young = time.time() - claims["iat"] < MOST_AGE
        return scheme.lower() == "bearer" and claims.get("client_id") == client_id and young

    return check


class Tokens:
    """The access tokens that were given out, until they lapse."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def give(self, seconds: float = LIFETIME) -> str:
        """A new token that holds so long."""
        token = secrets.token_urlsafe(24)
        self._until[token] = time.monotonic() + seconds
        return token

    def holds(self, token: str) -> bool:
        """Was it given out, and has it not lapsed?"""
        return self._until.get(token, 0.0) > time.monotonic()

    def lapse(self, authorization: str) -> None:
        """Lets the token in an Authorization header lapse at once, if it is one of these."""
        self._until.pop(authorization.partition(" ")[2], None)

    async def endpoint(self, request: Request) -> Response:
        """A token for client credentials, in the Authorization header or in the form (RFC 6749, 2.3.1, 4.4)."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        client, password = _basic(request.headers.get("Authorization", ""))
        client, password = client or form.get("client_id", ""), password or form.get("client_secret", "")
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if not (client and _same(password, secret(client))):
            return JSONResponse({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        content = {"access_token": self.give(), "token_type": "Bearer", "expires_in": LIFETIME}
        return JSONResponse(content, headers={"Cache-Control": "no-store"})


class _Guard:
    def __init__(self, app: ASGIApp, check: Check, refused: Callable[[Request], Response]) -> None:
        self.app, self.check, self.refused = app, check, refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        app = self.app if self.check(request) else self.refused(request)
        await app(scope, receive, send)


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, coded = authorization.partition(" ")
    try:
        client, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (unquote(client), unquote(password)) if scheme.lower() == "basic" else ("", "")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
