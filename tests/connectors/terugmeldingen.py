"""What the tests of the connectors for terugmeldingen share: one to file, and the sandbox's registries that fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vlekkeloos.connector import Connection, Terugmelding
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Town

TOWN = Town(seed=3, addresses=50)
ONE = Terugmelding(
    kenmerk="0123456789AB",
    key=TOWN.address(1).identificatie,
    kind="differs",
    attribute="postcode",
    registered="1234AB",
    believed="9999ZZ",
    explanation="Gerede twijfel over postcode.",
    seen_on=date(2026, 1, 2),
    at=datetime(2026, 1, 2, 12, tzinfo=UTC),
)


class Failing:
    """ASGI middleware: the next POSTs go wrong in the ways that are listed.

    ``lost``: the registry takes it, and its answer breaks off; a number: it answers so, and takes nothing.
    """

    ways: ClassVar[list[str | int]] = []

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers."""
        if scope["type"] != "http" or scope["method"] != "POST" or not self.ways:
            await self.app(scope, receive, send)
        elif (way := self.ways.pop(0)) == "lost":

            async def nowhere(message: Message) -> None:
                return

            await self.app(scope, receive, nowhere)
            await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"9")]})
            # without its end, the server can only break the connection off
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
        else:
            await Response(status_code=int(way), headers={"Retry-After": "0"})(scope, receive, send)


@contextmanager
def served(name: str, **more: Any) -> Iterator[Connection]:
    """A registry of the sandbox, and the connection to it."""
    Failing.ways = []
    with registries.serve(TOWN, only=[name], around=[Middleware(Failing)], **more) as serving:
        said = json.loads(registries.connections(serving, only=[name])[f"AIRFLOW_CONN_{name.upper()}"])
        yield Connection(name, said["host"], password=said.get("password"), extra=said["extra"])


def fresh(**changes: Any) -> Terugmelding:
    """The terugmelding, certainly never sent before."""
    return replace(ONE, **{"fresh": True, **changes})
