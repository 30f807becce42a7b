"""What stands between a connector and the sandbox in a test: it hears every question and may spoil the answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A field that no registry's contract has.
STRANGER = "nieuwVeld"


@dataclass(frozen=True)
class Reply:
    """An answer on its way. ``times`` is how often the same was asked before; not ``whole``: it breaks off midway."""

    status: int
    headers: dict[str, str]
    body: bytes
    times: int
    whole: bool = True

    def at_first(self, spoiled: Reply) -> Reply:
        """Spoiled the first time that it was asked for, and as it is after that."""
        return self if self.times else spoiled


Spoil = Callable[[Reply], Reply]


# ── the ways in which an answer goes wrong ────────────────────────────────────────────────────────────────


def too_many(reply: Reply) -> Reply:
    """429, and when to come back."""
    return replace(reply, status=429, headers={"retry-after": "0"}, body=b"")


def unavailable(reply: Reply) -> Reply:
    """503, as the gateway in front of a registry says it."""
    return replace(reply, status=503, headers={"content-type": "text/html"}, body=b"<h1>Onderhoud</h1>")


def cut_off(reply: Reply) -> Reply:
    """Half of the answer, and then the end of the connection."""
    return replace(reply, whole=False)


def no_json(reply: Reply) -> Reply:
    """200, but a page for people."""
    return replace(reply, status=200, headers={"content-type": "text/html"}, body=b"<h1>Welkom</h1>")


def not_let_in(reply: Reply) -> Reply:
    """401, also from a registry that is open to all."""
    return replace(reply, status=401, headers={"content-type": "application/json"}, body=b"{}")


def no_records(reply: Reply) -> Reply:
    """200, and JSON, but no record in it."""
    return replace(reply, status=200, headers={"content-type": "application/json"}, body=b'"niets"')


@dataclass
class Retyped:
    """A number where a text is due: in the first of ``columns`` that an answer has, in each of its records.

    ``column`` is which that turned out to be. With ``strange`` there is a new field beside it instead.
    """

    columns: Collection[str]
    strange: bool = False
    column: str | None = None

    def __call__(self, reply: Reply) -> Reply:
        """The answer with that in it, if it has such a column at all."""
        try:
            content = json.loads(reply.body)
        except ValueError:
            return reply
        found = sorted(
            (len(path), column)
            for _, path in _texts(content)
            for column in self.columns
            if path[-len(column.split(".")) :] == tuple(column.split("."))
        )
        if not found:
            return reply
        depth, chosen = found[0]
        self.column = self.column or chosen
        for holder, path in list(_texts(content)):
            if len(path) == depth and path[-len(self.column.split(".")) :] == tuple(self.column.split(".")):
                holder.update({STRANGER: "x"} if self.strange else {path[-1]: 7})
        return replace(reply, body=json.dumps(content).encode())


def _texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Each object that has a text, and the path to that; links are no part of a record."""
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str):
                yield value, (*path, name)
            elif name not in ("_links", "links"):
                yield from _texts(inner, (*path, name))


# ── the middleware ────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Between:
    """Hears what is asked (``asked``: method, path, query and body), and lets ``spoil`` at what is answered."""

    spoil: Spoil | None = None
    asked: Counter[tuple[str, str, str, bytes]] = field(default_factory=Counter)

    @property
    def middleware(self) -> Middleware:
        """To put around the registries."""
        return Middleware(_Layer, between=self)

    def reset(self) -> None:
        """Nothing was asked yet, and nothing is spoiled."""
        self.spoil = None
        self.asked.clear()


class _Layer:
    def __init__(self, app: ASGIApp, between: Between) -> None:
        self.app, self.between = app, between

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        question = (scope["method"], scope["path"], scope["query_string"].decode(), body)
        times = self.between.asked[question]
        self.between.asked[question] += 1
        spoil = self.between.spoil
        head: Message = {}
        parts: list[bytes] = []

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, again, gather)
        headers = {name.decode().lower(): value.decode() for name, value in head["headers"]}
        reply = Reply(head["status"], headers, b"".join(parts), times)
        if spoil is not None:
            reply = spoil(reply)
        length = str(len(reply.body))
        sent = {**reply.headers, "content-length": length}
        await send({**head, "status": reply.status, "headers": [(n.encode(), v.encode()) for n, v in sent.items()]})
        half = reply.body if reply.whole else reply.body[: len(reply.body) // 2]
        # without its end, the server can only break the connection off
        await send({"type": "http.response.body", "body": half, "more_body": not reply.whole})
