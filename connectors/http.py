"""A Connection and a registry's limits in, questions over HTTP out: asked, and asked again as servers ask for it.

The one place that speaks HTTP to a registry: how one is let in, how often and how long one tries, how many
questions a second, and what an error's body says. No message holds a secret, a query or a value of a record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from vlekkeloos.connector import Connection
from vlekkeloos.errors import RegistryFailed, RegistryRefused

T = TypeVar("T")

#: Seconds to wait for a connection, and for each next piece of an answer.
TIMEOUT = (10.0, 120.0)

#: Answers that say "not now": too many requests, or a gateway whose server is away for the moment.
TRY_AGAIN = (429, 502, 503, 504)

#: How often a request is tried again, and the seconds before the first time.
RETRIES, BACKOFF = 4, 0.5


class Unreadable(Exception):
    """An answer that is not of the form that the registry's contract gives it; asked again, it may be."""


@dataclass(frozen=True)
class Question:
    """One request: ``path`` below the connection's URL, or a whole URL below it; ``body`` makes it a POST.

    ``absent``: an answer 404 is no error, but means that there is no such record. Its text never shows in a log.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    absent: bool = False

    def __str__(self) -> str:
        """As text from which ``parse`` makes the same question."""
        return json.dumps([self.path, dict(self.params), self.body, self.absent])

    @classmethod
    def parse(cls, text: str) -> Question:
        """The inverse of ``str``."""
        return cls(*json.loads(text))


@dataclass(frozen=True)
class Answer:
    """What a registry said: its JSON, or ``absent``."""

    content: Any
    headers: Mapping[str, str]
    absent: bool = False

    def at(self, path: str) -> Any:
        """What is at a dotted path in the answer (empty: all of it). Raises Unreadable if nothing is."""
        found = self.content
        for step in filter(None, path.split(".")):
            if not isinstance(found, dict) or step not in found:
                raise Unreadable(f"the answer has no {path}")
            found = found[step]
        return found

    def link(self, next: str | Callable[[Any], str | None], asked: Question) -> Question | None:
        """The question that a link in the answer asks, None without one."""
        if callable(next):
            target = next(self.content)
        else:
            found = self.content
            for step in next.split("."):
                found = found.get(step) if isinstance(found, dict) else None
            target = found
        if target is None:
            return None
        if not isinstance(target, str):
            raise Unreadable("the link to the next page is no text")
        return Question(target, body=asked.body)


@dataclass(frozen=True)
class Rate:
    """At most so many requests in so many seconds, over all tasks that ask this registry."""

    requests: int
    seconds: float = 1.0


class Auth(Protocol):
    """How a registry wants to be shown who asks."""

    def __call__(self, connection: Connection) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
        """What puts the proof into each request."""
        ...


@dataclass(frozen=True)
class ApiKey:
    """The connection's password in a header of that name."""

    header: str

    def __call__(self, connection: Connection) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
        """Puts the key into each request."""

        def signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
            if connection.password:
                request.headers[self.header] = connection.password
            return request

        return signed


class _Limits(Protocol):
    auth: Auth
    headers: Mapping[str, str]
    rate: Rate
    at_once: int
    passing: frozenset[str]


class Session:
    """Questions to one registry, over connections that are kept open; safe to use from several threads."""

    def __init__(self, connection: Connection, api: _Limits) -> None:
        self.connection, self.api = connection, api
        self.pool = ThreadPoolExecutor(api.at_once)
        self._http = session()
        self._http.headers.update(api.headers)
        self._signed = api.auth(connection)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)
        self._http.close()

    def ask(self, question: Question, read: Callable[[Answer], T]) -> T:
        """The answer, as ``read`` reads it. Raises RegistryRefused, RegistryFailed."""
        url = self._url(question.path)
        where = f"{self.connection.name}: {urlsplit(url).path}"
        for _ in range(10):
            try:
                answer = self._http.request(
                    "GET" if question.body is None else "POST",
                    url,
                    params=dict(question.params),
                    json=question.body,
                    auth=self._signed,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
                if answer.status_code == requests.codes.not_found and question.absent:
                    if code := next(iter(self.api.passing & _codes(answer)), None):
                        raise RegistryFailed(f"{where}: HTTP 404 [{code}]: not there for the moment")
                    return read(Answer(None, answer.headers, absent=True))
                if answer.status_code != requests.codes.ok:
                    raise RegistryRefused(f"{where}: HTTP {answer.status_code}")
                return read(Answer(answer.json(), answer.headers))
            except (requests.RequestException, Unreadable):
                continue
        raise RegistryFailed(f"{where}: no readable answer")

    def _url(self, path: str) -> str:
        base = self.connection.url.rstrip("/") + "/"
        url = urljoin(base, path.lstrip("/") if "://" not in path else path)
        if not url.startswith(base):
            raise RegistryFailed(f"{self.connection.name}: a link leaves the registry's own address")
        return url


def _codes(answer: requests.Response) -> set[str]:
    """The codes of what is wrong in an error as KVK tells it."""
    try:
        return {fault["code"] for fault in answer.json()["fout"] if isinstance(fault["code"], str)}
    except (requests.JSONDecodeError, KeyError, TypeError):
        return set()


def session() -> requests.Session:
    """A session whose GET and PUT are tried again on lost connections and on the answers in TRY_AGAIN.

    Waits BACKOFF x 1, 2, 4 … seconds between tries, or as long as Retry-After says (RFC 9110, 10.2.3) up
    to five minutes; a longer wait is left to the scheduler's next run.
    """
    retry = Retry(
        total=RETRIES,
        backoff_factor=BACKOFF,
        status_forcelist=TRY_AGAIN,
        allowed_methods={"GET", "PUT"},
        respect_retry_after_header=True,
        retry_after_max=300,
        raise_on_status=False,
    )
    made = requests.Session()
    made.mount("https://", HTTPAdapter(max_retries=retry))
    made.mount("http://", HTTPAdapter(max_retries=retry))
    return made


def place(url: str) -> str:
    """Host and path of a URL: what a message may show. Its credentials and its query stay out."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
