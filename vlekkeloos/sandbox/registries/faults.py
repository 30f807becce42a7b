"""A share and a kind in; a registry that goes wrong in that way, in so many of its answers, out.

Which requests are hit depends on the seed, on the request itself and on how often the same one was asked before:
so a run with faults can be repeated whatever the order of its requests, and a request asked again may pass.

    POST /_faults {"kind": "too_many", "share": 0.2, "seed": 1}     switches a kind on (share 0: off)
    POST /_faults {"kind": null}                                    switches every kind off, and counts from 0
    GET  /_faults                                                   how many requests came, and were hit
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/_faults"

#: Seconds after which a server that has enough of it may be asked again, and by which a slow one is late.
SECONDS = 1.0

#: The kinds, in the order in which they are tried: a request is hit by one at most.
KINDS = {
    "too_many": "429 with Retry-After",
    "unavailable": "503",
    "expired_token": "401, and a token that the sandbox gave out has lapsed",
    "slow": "the right answer, late",
    "cut_off": "a body that is shorter than its Content-Length, and then the end of the connection",
    "wrong_type": "one value of the JSON is a number where it should be a text, or the reverse",
    "shifted": "a page as it is when one record more stands before it (in registries that page by number)",
}


@dataclass(frozen=True)
class Fault:
    """One kind of fault, in which share of the answers, by which seed; ``seconds`` where it is about time."""

    kind: str
    share: float
    seed: int = 1
    seconds: float = SECONDS

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Fault:
        """As it was asked for in JSON. Raises ValueError."""
        fault = cls(
            str(asked["kind"]),
            float(asked.get("share", 1)),
            int(asked.get("seed", 1)),
            float(asked.get("seconds", SECONDS)),
        )
        if fault.kind not in KINDS or not 0 <= fault.share <= 1 or fault.seconds < 0:
            raise ValueError
        return fault

    def hits(self, request: str) -> bool:
        """Does it hit this request? Always the same for the same text."""
        return Random(f"{self.seed}/{self.kind}/{request}").random() < self.share  # noqa: S311 (repeatable)


def shift(request: Request) -> int:
    """How many records more stand before the page that is asked for: 1 if the fault ``shifted`` hits, else 0.

    A registry that pages by number counts with it: see ``paging.window``.
    """
    return int(request.scope.get("vlekkeloos.fault") == "shifted")


class Faults:
    """ASGI middleware: hits requests with the faults that are switched on; without any it only counts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._off()

    def _off(self) -> None:
        self.on: dict[str, Fault] = {}
        self.asked = 0
        self.hit: Counter[str] = Counter()
        self.before: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or lets the registry answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == PATH:
            await (await self._switch(Request(scope, receive)))(scope, receive, send)
        else:
            self.asked += 1
            fault, receive = await self._chosen(scope, receive) if self.on else (None, receive)
            await self._answer(fault, scope, receive, send)

    async def _switch(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                asked = json.loads(await request.body())
                if asked["kind"] is None:
                    self._off()
                else:
                    fault = Fault.of(asked)
                    self.on[fault.kind] = fault
            except (ValueError, KeyError, TypeError):
                problem = {"status": 400, "title": f"send a kind ({', '.join(KINDS)}) and a share from 0 to 1"}
                return JSONResponse(problem, 400, media_type="application/problem+json")
        return JSONResponse({"asked": self.asked, "hit": dict(self.hit)})

    async def _chosen(self, scope: Scope, receive: Receive) -> tuple[Fault | None, Receive]:
        """The fault that hits this request, and the request's body to read again."""
        body = await Request(scope, receive).body()
        what = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {body.hex()}"
        number = self.before[hash(what)]
        self.before[hash(what)] += 1
        read = False

        async def again() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        found = (fault for kind in KINDS if (fault := self.on.get(kind)) and fault.hits(f"{what} {number}"))
        return next(found, None), again

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self.app(scope, receive, send)
            return
        self.hit[fault.kind] += 1
        scope["vlekkeloos.fault"] = fault.kind
        if refused := self._refused(fault, scope):
            await refused(scope, receive, send)
        elif fault.kind in ("cut_off", "wrong_type"):
            await self._spoiled(fault, scope, receive, send)
        else:
            await asyncio.sleep(fault.seconds if fault.kind == "slow" else 0)
            await self.app(scope, receive, send)

    def _refused(self, fault: Fault, scope: Scope) -> Response | None:
        """The answer of a server that is in the way of the registry, for the kinds that have one."""
        if fault.kind == "too_many":
            return _problem(429, "Too Many Requests", {"Retry-After": f"{fault.seconds:.0f}"})
        if fault.kind == "unavailable":
            return _problem(503, "Service Unavailable", {})
        if fault.kind == "expired_token":
            scope["app"].state.tokens.lapse(Request(scope).headers.get("Authorization", ""))
            return _problem(401, "Unauthorized", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return None

    async def _spoiled(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """The registry's own answer, gathered and then spoiled."""
        head: Message = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                body.extend(message.get("body", b""))

        await self.app(scope, receive, gather)
        sent, length = bytes(body), len(body)
        if fault.kind == "cut_off":
            sent = sent[: length // 2]
        elif head["status"] == 200:
            sent = _with_wrong_type(sent, Random(f"{fault.seed}/{self.asked}"))  # noqa: S311
            length = len(sent)
        headers = [(name, value) for name, value in head["headers"] if name.lower() != b"content-length"]
        head["headers"] = [*headers, (b"content-length", str(length).encode())]
        await send(head)
        # without its end, the server can only break the connection off
        await send({"type": "http.response.body", "body": sent, "more_body": fault.kind == "cut_off"})


def _problem(status: int, title: str, headers: Mapping[str, str]) -> Response:
    problem = {"type": "about:blank", "status": status, "title": title}
    return JSONResponse(problem, status, headers, media_type="application/problem+json")


def _with_wrong_type(body: bytes, chance: Random) -> bytes:
    """The JSON with one of its texts a number, or one of its numbers a text."""
    try:
        content = json.loads(body)
    except ValueError:
        return body
    leaves = list(_leaves(content))
    if leaves:
        holder, place = chance.choice(leaves)
        value = holder[place]
        holder[place] = 7 if isinstance(value, str) else str(value)
    return json.dumps(content, ensure_ascii=False).encode()


def _leaves(content: Any) -> Any:
    """Where each text and each number in a JSON value is: the list or object that holds it, and its place there."""
    places = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for place, value in places:
        if isinstance(value, dict | list):
            yield from _leaves(value)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield content, place
