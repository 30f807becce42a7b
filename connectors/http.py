"""A Connection and a registry's limits in, questions over HTTP out: asked, and asked again as servers ask for it.

The one place that speaks HTTP to a registry: how one is let in (_auth, _transport), how often and how long one
tries (_again), how many questions a second (_limit), and what an error's body says (_problem). No message holds a
secret, a query or a value of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Protocol, TypeVar

import requests

from connectors import _transport
from connectors._again import LONGEST_ASKED, Later, Patience
from connectors._auth import ApiKey, Auth, Basic, Bearer, Nobody, OAuth2, Proof, Zgw, proof
from connectors._limit import Limit, Rate
from connectors._problem import Problem
from connectors._questions import Answer, Question, Unreadable, decoded
from connectors._transport import TIMEOUT, TRY_AGAIN, send
from connectors._urls import is_below, is_loopback, joined, place, shown
from connectors._words import Words, words
from vlekkeloos.connector import Connection
from vlekkeloos.errors import RegistryFailed, RegistryRefused

__all__ = [
    "TIMEOUT", "TRY_AGAIN", "Answer", "ApiKey", "Auth", "Basic", "Bearer", "Nobody", "OAuth2", "Proof", "Question",
    "Rate", "Session", "Unreadable", "Zgw", "is_loopback", "place", "proof", "session",
]  # fmt: skip

T = TypeVar("T")

#: How often a question is asked, and the seconds between the first two times at most. If one request in five
#: fails, one question in 0.2 ** -12, a quarter of a thousand million, gets no answer.
TRIES, BACKOFF = 12, 0.1

#: How often, if the registry says from the first question on that it does not know who asks.
UNKNOWN_TRIES = 4


class _Limits(Protocol):
    @property
    def auth(self) -> Auth: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def rate(self) -> Rate | None: ...
    @property
    def at_once(self) -> int: ...
    @property
    def passing(self) -> frozenset[str]: ...


class Session:
    """Questions to one registry, over connections that are kept open; safe to use from several threads.

    ``pool`` are the threads to ask in, ``at_once`` is how many there are. Raises BadInput for a connection whose
    ``extra`` is wrong.
    """

    def __init__(self, connection: Connection, api: _Limits) -> None:
        said = words(connection)
        self.connection, self.at_once = connection, said.at_once or api.at_once
        self._passing = api.passing
        self._closed, self._let_in = Event(), False
        self._http = _transport.session(connection, self.at_once)
        self._http.headers.update({**api.headers, **said.headers})
        self._proof = proof(api.auth, connection)
        self._limit = Limit(connection, Rate.parse(said.rate) if said.rate else api.rate, self._closed)
        self._base = connection.url.partition("?")[0].rstrip("/") + "/"
        _transport.tell_if_bare(connection, connection.url)
        self.pool = ThreadPoolExecutor(self.at_once)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self.pool.shutdown(cancel_futures=True)
        self._http.close()

    def ask(self, question: Question, read: Callable[[Answer], T]) -> T:
        """The answer, as ``read`` reads it; asked anew while it is Unreadable.

        Raises RegistryRefused for what the registry will not answer, RegistryFailed for what it could not.
        """
        url = joined(self._base, question.path)
        if not is_below(self._base, url):
            rule = f"a link leaves the registry's own address, {place(self._base)}, and with it the credentials would"
            raise RegistryFailed(f"{self.connection.name}: {rule}")
        found = Patience(TRIES, BACKOFF).ask(lambda: self._try(question, url, read), self._closed)
        if isinstance(found, Later):
            longer = f", and asks to wait {found.seconds:.0f} seconds" if found.seconds > LONGEST_ASKED else ""
            why = f"{self.connection.name}: {shown(url)}: {found.why}{longer}"
            raise RegistryRefused(why) if found.refused else RegistryFailed(why)
        return found

    def _try(self, question: Question, url: str, read: Callable[[Answer], T]) -> T | Later:
        method = "GET" if question.body is None else "POST"
        with self._limit.one():
            if self._closed.is_set():
                return Later("the pull was broken off", worth=1)
            answer = send(
                self._http.request, method, url, params=dict(question.params), json=question.body, auth=self._proof
            )
        if isinstance(answer, Later):
            self._limit.silence(answer.seconds)
            return answer if answer.last is None else replace(answer, why=str(Problem.of(answer.last)))
        if answer.status_code == requests.codes.unauthorized:
            return self._unknown(answer)
        self._let_in = True
        absent = answer.status_code == requests.codes.not_found and question.absent
        if absent or not requests.codes.ok <= answer.status_code < requests.codes.multiple_choices:
            problem = Problem.of(answer)
            moment = answer.status_code == requests.codes.not_found and not self._passing.isdisjoint(problem.codes)
            if moment or not absent:
                why = f"{problem}: not there for the moment" if moment else str(problem)
                return Later(why, worth=1, refused=problem.refused and not moment)
        try:
            return read(Answer(None if absent else decoded(answer.content), answer.headers, absent, answer.url))
        except Unreadable as error:
            return Later(str(error))

    def _unknown(self, answer: requests.Response) -> Later:
        """401: a token that is over or, before the registry ever let us in, credentials that it doesn't know."""
        self._proof.refused(answer.request)
        worth = None if self._let_in else UNKNOWN_TRIES
        return Later(str(Problem.of(answer)), worth=worth, refused=True)


def session(connection: Connection | None = None) -> requests.Session:
    """A session for files, with the certificate and the headers that the connection says, that tries again.

    That is on lost connections and on the answers in TRY_AGAIN; the last answer is returned.
    """
    said, name = (words(connection), connection.name) if connection else (Words(), "")
    return _transport.Patient(said, name, 10, Patience(TRIES, BACKOFF))
