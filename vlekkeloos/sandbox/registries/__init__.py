"""A Town in; its registries over HTTP out, each as its published contract says, and what the municipality keeps.

A registry is one module here, found by listing the package. It has

* ``PREFIX``: where it is, e.g. ``/lvbag/individuelebevragingen/v2``,
* ``routes(town) -> list[Route]``: what it answers, with paths below its prefix, behind its own door,
* ``connections(url) -> dict``: the Airflow connections to it by name, where ``url`` is that of its prefix (and
  ``door.token_url(url)`` that of the tokens),
* ``SAMPLES``: sources that can be pulled from it, which the shared tests of connectors do (see ``sample``), and
* if an exchange holds it against what the municipality keeps, ``MUNICIPAL``: the name of a file, e.g.
  ``adressen.csv`` (see ``municipal.write``), to a function that makes its table from the Town. It is reached by
  the connection ``gemeente_adressen``.
"""

from __future__ import annotations

import importlib
import json
import logging
import multiprocessing
import pkgutil
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from vlekkeloos.sandbox.registries import door, municipal
from vlekkeloos.sandbox.registries.faults import PATH, SECONDS, Faults
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

__all__ = [
    "Sample", "Serving", "Town", "application", "connections", "furnish", "registries", "serve", "serve_process"
]  # fmt: skip


def registries() -> dict[str, ModuleType]:
    """Every registry of the sandbox by its name."""
    names = (info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: module for name, module in sorted(modules.items()) if hasattr(module, "PREFIX")}


def application(
    town: Town,
    only: Collection[str] | None = None,
    around: Collection[Middleware] = (),
    page: int | None = None,
    kept: Path | None = None,
) -> Starlette:
    """An ASGI application with all registries (or ``only`` some); ``around`` it stands more middleware.

    With ``page`` no registry gives more records at a time: many pages of a small town. ``kept`` is the folder in
    which registries that are told something keep it; without one they forget it when they end.
    """
    tokens = door.Tokens()
    routes: list[Route | Mount] = [Route(door.TOKEN_PATH, tokens.endpoint, methods=["POST"])]
    for name, module in registries().items():
        if only is None or name in only:
            routes.append(Mount(module.PREFIX, routes=module.routes(town)))
    app = Starlette(routes=routes, middleware=[*around, Middleware(Faults)])
    app.state.tokens, app.state.page, app.state.kept = tokens, page, kept
    return app


class _Server(Protocol):
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Serving:
    """Registries that are being served at ``url`` until ``stop``; as a context manager, until its end."""

    url: str
    server: _Server = field(repr=False)

    def fault(self, kind: str, share: float, *, seed: int = 1, seconds: float = SECONDS) -> None:
        """Lets that share of all answers go wrong: see ``faults``."""
        asked = {"kind": kind, "share": share, "seed": seed, "seconds": seconds}
        requests.post(self.url + PATH, json=asked, timeout=30).raise_for_status()

    def calm(self) -> None:
        """Switches all faults off, and counts from 0."""
        requests.post(self.url + PATH, json={"kind": None}, timeout=30).raise_for_status()

    def seen(self) -> dict[str, Any]:
        """How many requests came (``asked``), and how many of them were hit by each kind of fault (``hit``)."""
        found: dict[str, Any] = requests.get(self.url + PATH, timeout=30).json()
        return found

    def stop(self) -> None:
        """Ends the server; what is under way is broken off."""
        self.server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(
    town: Town,
    port: int = 0,
    *,
    only: Collection[str] | None = None,
    around: Collection[Middleware] = (),
    page: int | None = None,
    kept: Path | None = None,
) -> Serving:
    """Serves the registries on loopback from a thread of this process; port 0 takes a free one."""
    listening = _listen(port)
    server = _Threaded(_server(application(town, only, around, page, kept)), listening)
    return Serving(_url(listening), server)


def serve_process(
    town: Town, port: int = 0, *, only: Collection[str] | None = None, kept: Path | None = None
) -> Serving:
    """The same from a process of its own, so that it doesn't share this one's processor time."""
    start = multiprocessing.get_context("spawn")
    ours, theirs = start.Pipe()
    process = start.Process(target=_serve_until_told, args=(town, port, only, kept, theirs), daemon=True)
    process.start()
    theirs.close()
    return Serving(ours.recv(), _Process(process, ours))


def connections(serving_or_url: Serving | str, *, only: Collection[str] | None = None) -> dict[str, str]:
    """The Airflow connections to the registries, as environment variables: ``AIRFLOW_CONN_<NAME>`` to JSON."""
    url = serving_or_url if isinstance(serving_or_url, str) else serving_or_url.url
    found: dict[str, dict[str, Any]] = {}
    for name, module in registries().items():
        if only is None or name in only:
            found |= module.connections(url + module.PREFIX)
    # a registry's limit is not the sandbox's
    without_limit = {
        name: {**made, "extra": {"rate": "none", **made.get("extra", {})}} for name, made in found.items()
    }
    return _environment(without_limit)


def furnish(town: Town, folder: Path, *, only: Collection[str] | None = None) -> dict[str, str]:
    """Writes what the municipality keeps into ``folder``; the connections to it, as environment variables."""
    found: dict[str, dict[str, Any]] = {}
    for name, module in registries().items():
        for file, table in getattr(module, "MUNICIPAL", {}).items() if only is None or name in only else ():
            path = folder / file
            found[f"gemeente_{path.stem}"] = municipal.write(table(town), path)
    return _environment(found)


def _environment(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection) for name, connection in found.items()}


def _listen(port: int) -> socket.socket:
    listening = socket.create_server(("127.0.0.1", port), backlog=256)
    return listening


def _url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def _server(app: Starlette) -> uvicorn.Server:
    logging.getLogger("uvicorn.error").addFilter(_not_on_purpose)
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_level=logging.ERROR,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _not_on_purpose(record: logging.LogRecord) -> bool:
    """An answer that the fault ``cut_off`` breaks off is no error of the server's to tell."""
    return "without completing response" not in record.getMessage()


class _Threaded:
    def __init__(self, server: uvicorn.Server, listening: socket.socket) -> None:
        self.server = server
        self.thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


class _Process:
    def __init__(self, process: Any, told: Pipe) -> None:
        self.process, self.told = process, told

    def stop(self) -> None:
        self.told.close()
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()


def _serve_until_told(town: Town, port: int, only: Collection[str] | None, kept: Path | None, told: Pipe) -> None:
    """Serves until the other end of the pipe is closed, also by the death of its process."""
    with serve(town, port, only=only, kept=kept) as serving:
        told.send(serving.url)
        try:
            told.recv()
        except EOFError:
            return
