"""Releases to a partner's HTTP server, a real one on loopback that answers well, badly or not at all."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import pytest

from connectors import https
from vlekkeloos.connector import Connection, Release
from vlekkeloos.errors import PartnerFailed

Make = Callable[..., Release]
Serve = Callable[[type[BaseHTTPRequestHandler]], str]
SECRET = "token-that-nobody-may-see"


class Partner(BaseHTTPRequestHandler):
    """Keeps what is PUT; answers first with the statuses in ``answers``, then with 201."""

    got: ClassVar[list[tuple[str, dict[str, str], bytes]]]
    answers: ClassVar[list[int]]
    headers_out: ClassVar[dict[str, str]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.answers.pop(0) if self.answers else 201
        if status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.got.append((self.path, dict(self.headers), body))
        self.send_response(status)
        for name, value in self.headers_out.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def partner() -> type[Partner]:
    return type("ThisPartner", (Partner,), {"got": [], "answers": [], "headers_out": {}})


def deliver(release: Release, url: str, login: str | None = None, password: str | None = SECRET) -> str:
    return https.deliver(https.Options(), Connection("partner", url, login, password), release)


def test_every_file_arrives_whole_and_the_manifest_last(release: Make, partner: type[Partner], serve: Serve) -> None:
    made = release(3, b"identificatie\n" + b"0457200000198652\n" * 200_000)
    deliver(made, serve(partner) + "/inbox/")
    paths = [path for path, _, _ in partner.got]
    assert paths == ["/inbox/adressen/v000003/adressen.csv", "/inbox/adressen/v000003/manifest.json"]
    assert partner.got[0][2] == made.files[0].read_bytes()
    assert json.loads(partner.got[1][2]) == made.manifest


def test_each_file_carries_its_digest_type_and_a_key_that_is_the_same_each_time(
    release: Make, partner: type[Partner], serve: Serve
) -> None:
    url = serve(partner)
    deliver(release(3), url)
    deliver(release(3), url)
    (_, first, body), _, (_, again, _), _ = partner.got
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert first["Content-Digest"] == f"sha-256=:{digest}:"
    assert first["Content-Type"] == "text/csv"
    assert first["Idempotency-Key"] == again["Idempotency-Key"] != partner.got[1][1]["Idempotency-Key"]


def test_a_password_alone_is_a_bearer_token(release: Make, partner: type[Partner], serve: Serve) -> None:
    deliver(release(1), serve(partner))
    assert partner.got[0][1]["Authorization"] == f"Bearer {SECRET}"


def test_a_login_with_a_password_is_basic(release: Make, partner: type[Partner], serve: Serve) -> None:
    deliver(release(1), serve(partner), login="gemeente")
    sent = partner.got[0][1]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == f"gemeente:{SECRET}"


@pytest.mark.parametrize(
    ("headers", "receipt"),
    [
        ({"Location": "/ontvangst/17"}, "/ontvangst/17"),
        ({"Receipt": "ontvangst-17"}, "ontvangst-17"),
        ({"ETag": '"17"'}, 'HTTP 201 "17"'),
        ({}, "HTTP 201"),
    ],
)
def test_the_receipt_is_what_the_partner_says_of_the_manifest(
    release: Make, partner: type[Partner], serve: Serve, headers: dict[str, str], receipt: str
) -> None:
    partner.headers_out.update(headers)
    assert deliver(release(1), serve(partner)) == receipt


@pytest.mark.parametrize("passing", [429, 502, 503, 504, 0])
def test_a_passing_failure_is_tried_again_with_the_whole_file(
    release: Make, partner: type[Partner], serve: Serve, passing: int
) -> None:
    partner.answers.append(passing)
    partner.headers_out["Retry-After"] = "0"
    made = release(1)
    deliver(made, serve(partner))
    path, _, body = partner.got[-2]
    assert (path.rpartition("/")[2], body) == ("adressen.csv", made.files[0].read_bytes())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500, 302])
def test_a_refusal_names_partner_path_and_status_and_no_secret(
    release: Make, partner: type[Partner], serve: Serve, status: int
) -> None:
    partner.answers.append(status)
    with pytest.raises(PartnerFailed) as failed:
        deliver(release(1), serve(partner) + "/inbox?sleutel=geheim", login="gemeente")
    message = str(failed.value)
    for part in ("belastingsamenwerking", "/inbox/adressen/v000001/adressen.csv", str(status)):
        assert part in message
    assert "geheim" not in message
    assert SECRET not in message
    assert len(partner.got) == 1, "after a refused file the manifest may not be sent"


def test_a_partner_that_is_down_is_named(release: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.http.BACKOFF", 0.001)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(PartnerFailed, match="belastingsamenwerking"):
            deliver(release(1), url)


@pytest.mark.parametrize(
    "url", ["http://partner.example", "http://127.0.0.1.partner.example", "ftp://partner.example"]
)
def test_nothing_is_sent_without_tls_beyond_loopback(release: Make, url: str) -> None:
    with pytest.raises(PartnerFailed, match="https://"):
        deliver(release(1), url)


def test_the_file_is_streamed_from_disk(
    release: Make, partner: type[Partner], serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(self: Path) -> bytes:
        raise AssertionError("a whole file was read into memory")

    made, url = release(1), serve(partner)
    monkeypatch.setattr(Path, "read_bytes", forbidden)
    deliver(made, url)
    assert len(partner.got) == 2
