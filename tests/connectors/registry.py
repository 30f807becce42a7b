"""A registry on loopback for tests: a function from what is asked to what is answered, over real HTTP."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors import http
from vlekkeloos.connector import Connection


@dataclass(frozen=True)
class Asked:
    """One request as the registry got it, ``number`` counting from 1; ``at`` is time.time(), ``client`` its port."""

    number: int
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float
    client: int

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What to answer: ``content`` as JSON, or ``raw``. ``cut``: only half of it is sent. ``reset``: nothing is."""

    content: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False
    chunked: bool = False
    reset: bool = False


Answering = Callable[[Asked], Reply]


class Registry:
    """The server: ``url``, and ``asked``, everything that it was asked so far."""

    def __init__(self, answer: Answering, tls: ssl.SSLContext | None = None) -> None:
        self.answer, self.asked = answer, list[Asked]()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def note(self, **asked: Any) -> Asked:
        """Keeps a request."""
        with self._lock:
            self.asked.append(Asked(number=len(self.asked) + 1, **asked))
            return self.asked[-1]

    def stop(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no error."""


def _handler(registry: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            at, parts = time.time(), urlsplit(self.path)
            reply = registry.answer(
                registry.note(
                    method=self.command,
                    path=parts.path,
                    params=dict(parse_qsl(parts.query)),
                    headers=dict(self.headers),
                    body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
                    at=at,
                    client=self.client_address[1],
                )
            )
            if reply.reset:
                # no farewell: the client sees a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            body = json.dumps(reply.content).encode() if reply.raw is None else reply.raw
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            sent = body[: len(body) // 2] if reply.cut else body
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
                sent = f"{len(sent):x}\r\n".encode() + sent + (b"\r\n" if reply.cut else b"\r\n0\r\n\r\n")
            else:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(sent)
            self.close_connection = self.close_connection or reply.cut

        do_POST = do_PUT = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


@dataclass(frozen=True)
class Api:
    """What a session has to know of a registry."""

    auth: http.Auth = field(default_factory=lambda: http.ApiKey("X-Api-Key"))
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": "application/json"})
    rate: http.Rate | None = None
    at_once: int = 8
    passing: frozenset[str] = frozenset()


def connected(registry: Registry, base: str = "", **more: Any) -> Connection:
    """A connection to it."""
    return Connection("register", registry.url + base, **more)


def content(answer: http.Answer) -> Any:
    """The answer as it is."""
    return answer.content


def ask(connection: Connection, *questions: http.Question, api: Api | None = None) -> list[Any]:
    """The answers to questions, asked one after the other in one session."""
    with http.Session(connection, api or Api()) as session:
        return [session.ask(question, content) for question in questions or (http.Question("things"),)]
