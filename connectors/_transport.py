"""A Connection in, a requests.Session out: its certificate, its proxies, its timeouts, and nobody else's secrets.

``send`` is one try of one request; what comes to nothing is told as Later, with nothing in it that may not be
shown. The libraries below log URLs: their query is masked before any handler sees it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from connectors._again import Later, Patience, asked_to_wait
from connectors._tls import Adapter, context, there
from connectors._urls import is_loopback
from connectors._words import Words, words
from vlekkeloos.connector import Connection

log = logging.getLogger(__name__)

#: Seconds to wait for a connection, and for each next piece of an answer.
TIMEOUT = (10.0, 120.0)

#: Answers that say "not now": too slow or too many requests, or a gateway whose server is away for the moment.
TRY_AGAIN = (408, 425, 429, 502, 503, 504)


class Session(requests.Session):
    """A requests.Session that takes proxies and certificates from the environment, but no credentials (.netrc)."""

    def __init__(self, said: Words, connection: str, at_once: int) -> None:
        super().__init__()
        self._around: dict[tuple[str, str], dict[str, Any]] = {}
        # requests looks into ~/.netrc where a request has no auth of its own
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = "vlekkeloos"
        self.headers.update(said.headers)
        if said.verify is not None:
            self.verify = there(connection, "extra.verify", said.verify)
        self.mount("https://", Adapter(context(said, connection), at_once))
        self.mount("http://", HTTPAdapter(pool_maxsize=at_once))

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """As requests has it, but the connection's own ``verify`` goes before REQUESTS_CA_BUNDLE.

        The environment is read once for each server: that takes a fifth of a request's time.
        """
        server = urlsplit(url)[:2]
        if server not in self._around:
            self._around[server] = super().merge_environment_settings(url, {}, None, self.verify, None)
        found = {**self._around[server], "stream": self.stream if stream is None else stream}
        return found | {name: told for name, told in (("verify", verify), ("cert", cert)) if told is not None}


class Patient(Session):
    """A session whose every request is tried again as questions are; a body that is a file, from where it began."""

    def __init__(self, said: Words, connection: str, at_once: int, patience: Patience) -> None:
        super().__init__(said, connection, at_once)
        self._patience = patience

    def request(self, method: Any, url: Any, *args: Any, **how: Any) -> requests.Response:
        """As requests has it. What it raises has no URL in it."""
        body: Any = how.get("data")
        start = body.tell() if hasattr(body, "seek") else None

        def attempt() -> requests.Response | Later:
            if start is not None:
                body.seek(start)
            return send(super(Patient, self).request, method, url, *args, **how)

        answer = self._patience.ask(attempt)
        if not isinstance(answer, Later):
            return answer
        if answer.last is None:
            raise requests.ConnectionError(answer.why)
        last: requests.Response = answer.last
        return last


def session(connection: Connection | None = None, at_once: int = 10) -> Session:
    """A session as the connection's ``extra`` says, its connections kept open.

    Raises BadInput for a word that isn't known, or a certificate or key that isn't there or can't be read.
    """
    if connection is None:
        return Session(Words(), "", at_once)
    return Session(words(connection), connection.name, at_once)


def send(request: Callable[..., requests.Response], method: str, url: str, **how: Any) -> requests.Response | Later:
    """One request by ``Session.request``: its answer, whole; or Later where that is worth another try.

    An answer that is shorter than its Content-Length, or stops in mid-chunk, is none. Redirects are not followed,
    unless ``how`` says so: credentials go where the connection says, or nowhere.
    """
    try:
        answer = request(method, url, **{"timeout": TIMEOUT, "allow_redirects": False, **how})
    except requests.RequestException as error:
        return _lost(error)
    if answer.status_code in TRY_AGAIN:
        answer.close()
        return Later(f"HTTP {answer.status_code}", asked_to_wait(answer.headers), last=answer)
    return answer


def tell_if_bare(connection: Connection, url: str) -> None:
    """Warns of credentials that go over a network without TLS."""
    parts = urlsplit(url)
    if parts.scheme == "http" and connection.password and not is_loopback(parts.hostname or ""):
        log.warning("connection %s: http:// shows its credentials to the network; use https://", connection.name)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _lost(error: requests.RequestException) -> Later:
    """Why there is no answer, without the library's own words: those have the whole URL."""
    alert = re.search(r"\[SSL: ([A-Z0-9_]+)\]", str(error))
    why = type(error).__name__ + (f" ({alert[1].lower().replace('_', ' ')})" if alert else "")
    # a certificate that isn't taken, and a URL that is none, will be so the next time too
    settled = isinstance(error, ValueError) or (alert is not None and "CERT" in alert[1])
    return Later(why, worth=1 if settled else None)


class _Masked(logging.Filter):
    """Masks the query of URLs in what the HTTP libraries log."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = re.sub(r"\?[^\s\"']+", "?…", record.getMessage()), ()
        return True


for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_Masked())
