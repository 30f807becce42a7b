"""What the connectors' tests lean on: a real PostgreSQL, a real HTTP server, and releases to deliver."""

from __future__ import annotations

import hashlib
import json
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import absent
from tests.connectors.registry import Answering, Registry
from tests.servers import free_port, unprivileged
from vlekkeloos.connector import Release

PASSWORD = "geheim-&/@:%-wachtwoord"


def _postgres_program(name: str) -> str | None:
    on_path = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return on_path or (str(installed[-1]) if installed else None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy URL, with login and password in it, of an empty PostgreSQL of its own."""
    initdb, postgres = _postgres_program("initdb"), _postgres_program("postgres")
    if not (initdb and postgres):
        absent("no PostgreSQL server is installed (initdb, postgres)")
    assert initdb and postgres
    run_as, user = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="vlekkeloos-postgres-"))
    (folder / "password").write_text(PASSWORD)
    if user:
        shutil.chown(folder, user)
        shutil.chown(folder / "password", user)
    port = free_port()
    login = ["--username=vlekkeloos", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
    options = ["--encoding=UTF8", "--no-sync", "--no-locale"]
    subprocess.run(
        [*run_as, initdb, "-D", folder / "data", *login, *options],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    listen = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*run_as, postgres, "-D", folder / "data", *listen], stdout=log, stderr=log, cwd=folder
        )
    url = sa.URL.create("postgresql+psycopg", "vlekkeloos", PASSWORD, "127.0.0.1", port, "postgres").render_as_string(
        hide_password=False
    )
    try:
        _wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    until = time.monotonic() + 60
    while True:
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


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
