"""A connection's client id and secret in, an access token out: OAuth 2 client credentials (RFC 6749, 4.4)."""

from __future__ import annotations

from urllib.parse import quote_plus

import oauthlib.oauth2
import requests
from requests.auth import HTTPBasicAuth

from connectors._again import Later, Patience
from connectors._problem import Problem
from connectors._transport import send, session, tell_if_bare
from connectors._urls import place
from connectors._words import sendable
from vlekkeloos.connector import Connection
from vlekkeloos.errors import RegistryFailed, RegistryRefused

#: Seconds that a token is used that doesn't say how long it lasts.
LIFETIME = 600.0

#: As for questions (connectors.http), but for fewer: behind it questions wait.
TOKEN_TRIES = (8, 0.1)


class Token:
    """Asks a token and how many seconds it lasts."""

    def __init__(self, connection: Connection, url: str, scope: str | None) -> None:
        self.connection, self.url, self.scope = connection, url, scope
        tell_if_bare(connection, url)

    def __call__(self) -> tuple[str, float]:
        where = f"{self.connection.name}: token of {place(self.url)}"
        client = oauthlib.oauth2.BackendApplicationClient(self.connection.login)
        secret = HTTPBasicAuth(quote_plus(self.connection.login or ""), quote_plus(self.connection.password or ""))
        with session(self.connection) as http:
            answer = Patience(*TOKEN_TRIES).ask(
                lambda: send(
                    http.request,
                    "POST",
                    self.url,
                    data=client.prepare_request_body(scope=self.scope),
                    headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                    auth=secret,
                )
            )
        if isinstance(answer, Later):
            raise RegistryFailed(f"{where}: {answer.why}")
        if answer.status_code != requests.codes.ok:
            problem = Problem.of(answer)
            raise (RegistryRefused if problem.refused else RegistryFailed)(f"{where}: {problem}")
        token = _read(client, answer.text)
        if token is None:
            raise RegistryFailed(f"{where}: the answer is no bearer token")
        sendable(self.connection, "token", token[0])
        return f"Bearer {token[0]}", token[1]


def _read(client: oauthlib.oauth2.BackendApplicationClient, text: str) -> tuple[str, float] | None:
    """A token and its life in seconds; None if the answer is something else."""
    try:
        said = client.parse_request_body_response(text)
        return str(said["access_token"]), float(said.get("expires_in") or LIFETIME)
    except (oauthlib.oauth2.OAuth2Error, AttributeError, ValueError, TypeError, KeyError):
        return None
