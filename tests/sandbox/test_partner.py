"""The partner's endpoint, over real HTTP on loopback."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from vlekkeloos.sandbox.partner import Server

CONTENT = b"identificatie,postcode\n9998200000000001,3900AB\n"


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "partner", "geheim") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer geheim"
        yield session


def _manifest(version: int = 3, content: bytes = CONTENT, **changed: Any) -> bytes:
    entry = {
        "name": "adressen.csv",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": 1,
        "media_type": "text/csv",
    }
    manifest = {
        "exchange": "adressen",
        "partner": "belasting",
        "version": version,
        "files": [entry | changed],
    }
    return json.dumps(manifest).encode()


def _digest(content: bytes) -> dict[str, str]:
    return {"Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"}


def _deliver(session: requests.Session, url: str, version: int = 3, content: bytes = CONTENT) -> requests.Response:
    base = f"{url}/adressen/v{version:06d}"
    session.put(f"{base}/adressen.csv", data=content, headers=_digest(content)).raise_for_status()
    manifest = _manifest(version, content)
    return session.put(f"{base}/manifest.json", data=manifest, headers=_digest(manifest))


def test_a_whole_release_is_seen_by_readers(partner: Server, session: requests.Session) -> None:
    answer = _deliver(session, partner.url)
    assert answer.status_code == 201
    assert answer.json()["receipt"].startswith("adressen/v000003/manifest.json:")
    latest = session.get(f"{partner.url}/adressen/latest.json").json()
    assert (latest["version"], latest["path"]) == (3, "/adressen/v000003/")
    assert session.get(f"{partner.url}{latest['path']}adressen.csv").content == CONTENT


def test_half_a_release_is_seen_by_nobody(partner: Server, session: requests.Session) -> None:
    _deliver(session, partner.url, version=2)
    session.put(f"{partner.url}/adressen/v000003/adressen.csv", data=CONTENT).raise_for_status()
    assert session.get(f"{partner.url}/adressen/v000003/adressen.csv").status_code == 404
    assert session.get(f"{partner.url}/adressen/latest.json").json()["version"] == 2


def test_a_manifest_before_its_files_is_refused_with_the_name_of_the_file(
    partner: Server, session: requests.Session
) -> None:
    answer = session.put(f"{partner.url}/adressen/v000003/manifest.json", data=_manifest())
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "adressen.csv has not arrived" in answer.json()["detail"]
    assert session.get(f"{partner.url}/adressen/latest.json").status_code == 404


def test_a_manifest_that_describes_another_file_is_refused(partner: Server, session: requests.Session) -> None:
    base = f"{partner.url}/adressen/v000003"
    session.put(f"{base}/adressen.csv", data=CONTENT)
    answer = session.put(f"{base}/manifest.json", data=_manifest(content=CONTENT[:-1] + b"!"))
    assert answer.status_code == 409
    assert session.get(f"{base}/manifest.json").status_code == 404


@pytest.mark.parametrize(
    "manifest",
    [
        b"{",
        b"[]",
        b'{"exchange": "adressen", "version": 3}',
        b'{"exchange": "adressen", "version": "3", "files": []}',
        b'{"exchange": "adressen", "version": 4, "files": []}',
        _manifest(name="../../elsewhere.csv"),
        _manifest(name=3),
    ],
)
def test_what_is_no_manifest_of_this_release_is_refused(
    manifest: bytes, partner: Server, session: requests.Session
) -> None:
    answer = session.put(f"{partner.url}/adressen/v000003/manifest.json", data=manifest)
    assert answer.status_code == 400


def test_a_body_that_is_not_what_its_digest_says_is_refused(
    partner: Server, session: requests.Session, tmp_path: Path
) -> None:
    place = "adressen/v000003/adressen.csv"
    answer = session.put(f"{partner.url}/{place}", data=CONTENT, headers=_digest(b"something else"))
    assert answer.status_code == 400
    assert list((tmp_path / "partner").rglob("*")) == []


def test_a_digest_that_is_not_base64_is_refused(partner: Server, session: requests.Session) -> None:
    headers = {"Content-Digest": "sha-256=:***:"}
    answer = session.put(f"{partner.url}/adressen/v000003/adressen.csv", data=CONTENT, headers=headers)
    assert answer.status_code == 400


def test_delivering_the_same_release_twice_changes_nothing(partner: Server, session: requests.Session) -> None:
    first, second = _deliver(session, partner.url), _deliver(session, partner.url)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_a_published_release_can_not_change(partner: Server, session: requests.Session) -> None:
    _deliver(session, partner.url)
    base = f"{partner.url}/adressen/v000003"
    assert session.put(f"{base}/adressen.csv", data=b"other").status_code == 409
    assert session.put(f"{base}/more.csv", data=b"more").status_code == 409
    assert session.get(f"{base}/adressen.csv").content == CONTENT


def test_an_unpublished_file_may_be_sent_again(partner: Server, session: requests.Session) -> None:
    place = f"{partner.url}/adressen/v000003/adressen.csv"
    assert session.put(place, data=CONTENT[:5]).status_code == 201
    assert session.put(place, data=CONTENT).status_code == 200
    assert _deliver(session, partner.url).status_code == 201


def test_an_older_release_that_arrives_late_does_not_become_the_latest(
    partner: Server, session: requests.Session
) -> None:
    _deliver(session, partner.url, version=3)
    _deliver(session, partner.url, version=2, content=b"old")
    assert session.get(f"{partner.url}/adressen/latest.json").json()["version"] == 3
    assert session.get(f"{partner.url}/adressen/v000002/adressen.csv").content == b"old"


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic geheim", "geheim"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/adressen/latest.json"),
        ("PUT", "/adressen/v000003/a.csv"),
        ("POST", "/_fault"),
        ("DELETE", "/"),
    ],
)
def test_nothing_is_possible_without_the_token(
    method: str, path: str, authorization: str | None, partner: Server
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = requests.request(method, partner.url + path, headers=headers, data=CONTENT, timeout=5)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "POST"])
def test_other_methods_are_refused(method: str, partner: Server, session: requests.Session) -> None:
    answer = session.request(method, f"{partner.url}/adressen/v000003/adressen.csv", data=CONTENT)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, PUT"


@pytest.mark.parametrize(
    "path",
    [
        "/adressen/v000003/../../../outside.csv",
        "/adressen/v000003/%2e%2e%2f%2e%2e%2foutside.csv",
        "/adressen/..%2f..%2foutside/v000003/a.csv",
        "/../v000003/outside.csv",
        "/adressen/v000003/.hidden",
        "/adressen/v3/a.csv",
        "/adressen/v000003/a%00.csv",
        "/adressen/latest.json",
        "//etc/passwd",
        "/",
    ],
)
def test_a_path_that_is_not_a_file_of_a_release_is_not_found(path: str, partner: Server, tmp_path: Path) -> None:
    for method in ("PUT", "GET"):
        # http.client sends the path as it is, where requests would tidy it up
        connection = http.client.HTTPConnection("127.0.0.1", partner.server_address[1], timeout=5)
        connection.request(method, path, CONTENT, {"Authorization": "Bearer geheim"})
        assert connection.getresponse().status == 404
        connection.close()
    assert list(tmp_path.rglob("*")) == [tmp_path / "partner"]


def test_a_body_that_stops_halfway_leaves_nothing(partner: Server, tmp_path: Path) -> None:
    request = (
        b"PUT /adressen/v000003/adressen.csv HTTP/1.1\r\nHost: partner\r\n"
        b"Authorization: Bearer geheim\r\nContent-Length: 1000\r\n\r\nhalf of it"
    )
    with socket.create_connection(("127.0.0.1", partner.server_address[1]), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert [path.name for path in tmp_path.rglob("*")] == ["partner"]


def test_a_body_without_its_length_is_refused(partner: Server, session: requests.Session) -> None:
    answer = session.put(f"{partner.url}/adressen/v000003/adressen.csv", data=iter([CONTENT]))
    assert answer.status_code == 411


def test_an_asked_for_fault_fails_so_many_puts_and_no_more(partner: Server, session: requests.Session) -> None:
    asked = session.post(f"{partner.url}/_fault", json={"status": 503, "times": 2})
    assert asked.status_code == 200
    place = f"{partner.url}/adressen/v000003/adressen.csv"
    assert session.get(f"{partner.url}/adressen/latest.json").status_code == 404
    assert [session.put(place, data=CONTENT).status_code for _ in range(3)] == [503, 503, 201]


@pytest.mark.parametrize("asked", [{}, {"status": "many", "times": 1}, {"status": 999, "times": 1}, []])
def test_a_fault_that_makes_no_sense_is_refused(asked: Any, partner: Server, session: requests.Session) -> None:
    assert session.post(f"{partner.url}/_fault", json=asked).status_code == 400


def test_a_large_file_streams_through(partner: Server, session: requests.Session, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000
    large = tmp_path / "large.bin"
    large.write_bytes(content)
    with large.open("rb") as file:
        place = f"{partner.url}/adressen/v000003/adressen.csv"
        assert session.put(place, data=file, headers=_digest(content)).status_code == 201
    session.put(f"{partner.url}/adressen/v000003/manifest.json", data=_manifest(content=content)).raise_for_status()
    assert session.get(place).content == content
    assert int(session.head(place).headers["Content-Length"]) == len(content)


def test_files_sent_at_the_same_time_all_arrive(partner: Server) -> None:
    statuses: list[int] = []

    def send(number: int) -> None:
        url = f"{partner.url}/adressen/v000003/part-{number}.csv"
        headers = {"Authorization": "Bearer geheim"}
        statuses.append(requests.put(url, data=CONTENT, headers=headers, timeout=10).status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 12
