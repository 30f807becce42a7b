"""What the connectors' tests lean on: a real HTTP server, and releases to deliver."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.connectors.registry import Answering, Registry
from vlekkeloos.connector import Release


@pytest.fixture
def serve() -> Iterator[Callable[[type[BaseHTTPRequestHandler]], str]]:
    """Starts an HTTP server on loopback with that handler; returns its base URL."""
    servers = []

    def start(handler: type[BaseHTTPRequestHandler]) -> str:
        handler.log_message = lambda *_: None  # type: ignore[method-assign,assignment]
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def registry() -> Iterator[Callable[..., Registry]]:
    """Starts a registry on loopback: ``registry(answer)``, or ``registry(answer, tls)``."""
    started = []

    def start(answer: Answering, tls: ssl.SSLContext | None = None) -> Registry:
        started.append(Registry(answer, tls))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(autouse=True)
def limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the registries' limits, one of the test's own."""
    monkeypatch.setenv("VLEKKELOOS_LIMITS", str(tmp_path / "limits"))
    return tmp_path / "limits"


def make_release(folder: Path, version: int, content: bytes = b"identificatie\n0457200000198652\n") -> Release:
    """A release of one file, with the manifest that belongs to it."""
    place = folder / f"release-{version}-{hashlib.sha256(content).hexdigest()[:8]}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "adressen.csv").write_bytes(content)
    manifest = {
        "exchange": "adressen",
        "partner": "belastingsamenwerking",
        "version": version,
        "files": [
            {
                "name": "adressen.csv",
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "rows": content.count(b"\n") - 1,
                "media_type": "text/csv",
            }
        ],
    }
    (place / "manifest.json").write_text(json.dumps(manifest))
    return Release("adressen", "belastingsamenwerking", version, place, manifest)


@pytest.fixture
def release(tmp_path: Path) -> Callable[..., Release]:
    """Makes a release: ``release(version, content)``."""
    return lambda version, content=b"identificatie\n0457200000198652\n": make_release(
        tmp_path / "releases", version, content
    )
