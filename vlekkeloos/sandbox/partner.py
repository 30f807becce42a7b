"""HTTP requests of a delivery in; a partner's folder with whole releases out, on loopback.

``PUT /<exchange>/<version>/<file>`` with a bearer token stores a file. A release is seen by readers from the
moment its manifest.json arrives and every file in it is there with the SHA-256 that it names; before that
there is nothing to GET. ``GET /<exchange>/latest.json`` is the manifest of the newest release, with the
``path`` of its files. ``POST /_fault {"status": 500, "times": 3}`` makes the next three PUTs fail, to see
what a sender does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import unquote, urlsplit

MANIFEST, LATEST = "manifest.json", "latest.json"

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_FILE = re.compile(rf"/(?P<exchange>{_NAME})/(?P<version>v\d{{6,}})/(?P<file>{_NAME})")
_POINTER = re.compile(rf"/(?P<exchange>{_NAME})/latest\.json")
#: RFC 9530: a dictionary of algorithms, each with the digest's bytes in base64 between colons.
_SHA_256 = re.compile(r"(?:^|,)\s*sha-256=:([^:]*):")

_CHUNK = 1 << 16


class Refused(Exception):
    """A request gets an answer other than success."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        self.status, self.detail, self.headers = status, detail, headers or {}
        super().__init__(detail)


@dataclass
class Store:
    """The partner's folder, ``<exchange>/<version>/<file>``: a version with a manifest is published."""

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, exchange: str, version: str, name: str, received: Path, sha256: str) -> bool:
        """Takes a received file into its place; True if it is new there. A published file can't change."""
        place = self.folder / exchange / version / name
        with self._lock:
            place.parent.mkdir(parents=True, exist_ok=True)
            if self.published(exchange, version):
                if not place.exists() or _sha256(place) != sha256:
                    raise Refused(409, f"{version} is published and can't change")
                return False
            if name == MANIFEST:
                manifest = self._judge(exchange, version, received.read_bytes())
                new = True
                received.replace(place)
                self._point(exchange, version, manifest)
            else:
                new = not place.exists()
                received.replace(place)
        return new

    def find(self, path: str) -> Path:
        """The file that a reader may see under that path."""
        if pointer := _POINTER.fullmatch(path):
            place = self.folder / pointer["exchange"] / LATEST
        elif found := _FILE.fullmatch(path):
            place = self.folder / found["exchange"] / found["version"] / found["file"]
            if not self.published(found["exchange"], found["version"]):
                raise Refused(404, "no such release")
        else:
            raise Refused(404, "no such file")
        if not place.is_file():
            raise Refused(404, "no such file")
        return place

    def published(self, exchange: str, version: str) -> bool:
        """True if readers see this release."""
        return (self.folder / exchange / version / MANIFEST).exists()

    def _judge(self, exchange: str, version: str, content: bytes) -> dict[str, Any]:
        """The manifest, if it is one, belongs here, and all its files have arrived as it says."""
        try:
            manifest: dict[str, Any] = json.loads(content)
            named = (manifest["exchange"], f"v{manifest['version']:06d}")
            files = [(entry["name"], entry["bytes"], entry["sha256"]) for entry in manifest["files"]]
            well_named = all(re.fullmatch(_NAME, name) for name, _, _ in files)
        except (ValueError, KeyError, TypeError):
            raise Refused(400, "manifest.json is not a manifest") from None
        if named != (exchange, version):
            raise Refused(400, "manifest.json names another exchange or version than its path")
        if not well_named:
            raise Refused(400, "manifest.json has a file name with other characters than letters, digits, . _ -")
        for name, size, sha256 in files:
            place = self.folder / exchange / version / name
            if not place.is_file():
                raise Refused(409, f"{name} has not arrived")
            if place.stat().st_size != size or _sha256(place) != sha256:
                raise Refused(409, f"{name} is not the file that manifest.json describes")
        return manifest

    def _point(self, exchange: str, version: str, manifest: dict[str, Any]) -> None:
        """Points latest.json at this version, unless a newer one is there already."""
        latest = self.folder / exchange / LATEST
        if latest.exists() and json.loads(latest.read_bytes())["version"] > manifest["version"]:
            return
        fresh = latest.with_suffix(".new")
        fresh.write_text(json.dumps(manifest | {"path": f"/{exchange}/{version}/"}), encoding="utf-8")
        fresh.replace(latest)


class Server(ThreadingHTTPServer):
    """The partner's HTTP server; ``fault`` is the status and the number of PUTs that still fail with it."""

    daemon_threads = True

    def __init__(self, folder: Path, token: str, *, host: str = "127.0.0.1", port: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.store, self.token = Store(folder), token
        self._fault, self._fault_lock = (500, 0), threading.Lock()
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """Where the partner is found by who runs on this machine."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def set_fault(self, status: int, times: int) -> None:
        """Makes the next so many PUTs fail with that status."""
        with self._fault_lock:
            self._fault = (status, times)

    def next_fault(self) -> int | None:
        """The status with which this PUT has to fail, if it has to."""
        with self._fault_lock:
            status, times = self._fault
            if times <= 0:
                return None
            self._fault = (status, times - 1)
            return status


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection; each body is read to its end first, so that the sender hears the answer."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "vlekkeloos-partner"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """A file of a published release, or latest.json."""
        self._answer(self._get)

    do_HEAD = do_GET  # noqa: N815 (http.server's spelling)

    def do_PUT(self) -> None:
        """A file of a release on its way in."""
        self._answer(self._put)

    def do_POST(self) -> None:
        """The fault switch."""
        self._answer(self._post)

    def do_DELETE(self) -> None:
        """Nothing here can be deleted, patched or listed."""
        self._answer(self._not_allowed)

    do_PATCH = do_OPTIONS = do_DELETE  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps quiet: what counts is in the folder, and a token must not get into a log."""

    def _answer(self, respond: Callable[[Path, bytes], None]) -> None:
        """Receives the body into a temporary file and lets ``respond`` look at it, and take it if it will."""
        handle, name = tempfile.mkstemp(dir=self.server.store.folder, prefix=".put-")
        received = Path(name)
        try:
            with os.fdopen(handle, "wb") as body:
                digest = self._receive(body)
            self._authorise()
            respond(received, digest)
        except Refused as refusal:
            received.unlink()
            self._problem(refusal)
        finally:
            received.unlink(missing_ok=True)

    def _receive(self, body: IO[bytes]) -> bytes:
        """Reads the request's body into ``body``; its SHA-256."""
        digest = hashlib.sha256()
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise Refused(411, "send a Content-Length")
        length = self.headers.get("Content-Length", "0")
        left = int(length) if length.isdigit() else self._bad("Content-Length is not a number")
        while left:
            chunk = self.rfile.read(min(left, _CHUNK))
            if not chunk:
                self._bad("the body is shorter than its Content-Length")
            digest.update(chunk)
            body.write(chunk)
            left -= len(chunk)
        return digest.digest()

    def _bad(self, detail: str) -> NoReturn:
        self.close_connection = True
        raise Refused(400, detail)

    def _authorise(self) -> None:
        expected = f"Bearer {self.server.token}".encode()
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), expected):
            raise Refused(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})

    def _get(self, body: Path, digest: bytes) -> None:
        place = self.server.store.find(self._path())
        kind = "application/json" if place.suffix == ".json" else "application/octet-stream"
        with place.open("rb") as source:
            size = place.stat().st_size
            self._head(200, size, {"Content-Type": kind})
            if self.command != "HEAD":
                while chunk := source.read(_CHUNK):
                    self.wfile.write(chunk)

    def _put(self, body: Path, digest: bytes) -> None:
        found = _FILE.fullmatch(self._path())
        if found is None:
            raise Refused(404, "a file is put at /<exchange>/v<number>/<file>")
        if "Content-Length" not in self.headers:
            raise Refused(411, "send a Content-Length")
        if (status := self.server.next_fault()) is not None:
            raise Refused(status, "a fault that was asked for")
        self._check_digest(digest)
        exchange, version, name = found["exchange"], found["version"], found["file"]
        new = self.server.store.take(exchange, version, name, body, digest.hex())
        receipt = {"receipt": f"{exchange}/{version}/{name}:{digest.hex()[:16]}"}
        self._json(201 if new else 200, receipt)

    def _post(self, body: Path, digest: bytes) -> None:
        if self._path() != "/_fault":
            self._not_allowed(body, digest)
        if not ipaddress.ip_address(self.client_address[0]).is_loopback:
            raise Refused(403, "faults are switched from this machine only")
        try:
            asked = json.loads(body.read_bytes())
            status, times = int(asked["status"]), int(asked["times"])
            HTTPStatus(status)
        except (ValueError, KeyError, TypeError):
            raise Refused(400, 'send {"status": 500, "times": 3}') from None
        self.server.set_fault(status, times)
        self._json(200, {"status": status, "times": times})

    def _not_allowed(self, body: Path, digest: bytes) -> NoReturn:
        raise Refused(405, f"{self.command} is not possible here", {"Allow": "GET, HEAD, PUT"})

    def _check_digest(self, digest: bytes) -> None:
        found = _SHA_256.search(self.headers.get("Content-Digest", ""))
        if found is None:
            return
        try:
            named = base64.b64decode(found[1], validate=True)
        except binascii.Error:
            raise Refused(400, "Content-Digest is not base64 between colons") from None
        if named != digest:
            raise Refused(400, "the body is not what Content-Digest says")

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _problem(self, refusal: Refused) -> None:
        """An error as RFC 9457 has it, which the Dutch API Design Rules ask for."""
        problem = {
            "status": refusal.status,
            "title": HTTPStatus(refusal.status).phrase,
            "detail": refusal.detail,
        }
        self._json(refusal.status, problem, {"Content-Type": "application/problem+json"} | refusal.headers)

    def _json(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self._head(status, len(body), {"Content-Type": "application/json"} | (headers or {}))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(length)}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
