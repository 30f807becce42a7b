"""A release in, each of its files PUT to a partner over HTTPS out, its manifest last.

Files go to ``<base>/<exchange>/v000003/<name>``. PUT is idempotent (RFC 9110, 9.2.2), so a delivery that
broke off is simply sent again. A partner reads nothing of a release before it has ``manifest.json``.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from connectors import http
from connectors._files import sha256_of
from vlekkeloos.connector import Connection, PartnerOptions, Release
from vlekkeloos.errors import PartnerFailed

MANIFEST = "manifest.json"


class Options(PartnerOptions):
    """Nothing: the connection has the base URL, and a bearer token (password) or a login with password."""


def deliver(options: Options, connection: Connection, release: Release) -> str:
    """Sends the files, then the manifest; the receipt is what the partner answered to the latter.

    Raises PartnerFailed, naming the partner, the path and the status, for any answer that isn't a success;
    429, 502, 503, 504 and lost connections are tried again first, as long as Retry-After says.
    """
    _require_tls(connection, release.partner)
    sent = {entry["name"]: entry.get("media_type") for entry in release.manifest["files"]}
    with http.session() as session:
        for file in release.files:
            _put(session, connection, release, file, sent[file.name] or "application/octet-stream")
        answer = _put(session, connection, release, release.folder / MANIFEST, "application/json")
    return _receipt(answer)


def _put(
    session: requests.Session, connection: Connection, release: Release, file: Path, media_type: str
) -> requests.Response:
    url = _url(connection.url, release, file.name)
    digest = sha256_of(file)
    headers = {
        "Content-Type": media_type,
        "Content-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:",  # RFC 9530
        "Idempotency-Key": f'"{release.exchange}-{release.version}-{file.name}-{digest[:16]}"',
    }
    where = f"partner {release.partner}: PUT {urlsplit(url).path}"
    try:
        with file.open("rb") as body:
            # no redirects: the file goes where the contract says, or nowhere
            answer = session.put(
                url,
                data=body,
                headers=headers,
                auth=_auth(connection),
                timeout=http.TIMEOUT,
                allow_redirects=False,
            )
    except requests.RequestException as error:
        raise PartnerFailed(f"{where}: {type(error).__name__}") from None
    if not requests.codes.ok <= answer.status_code < requests.codes.multiple_choices:
        raise PartnerFailed(f"{where}: HTTP {answer.status_code}")
    return answer


def _url(base: str, release: Release, name: str) -> str:
    parts = urlsplit(base)
    steps = (release.exchange, f"v{release.version:06d}", name)
    path = "/".join([parts.path.rstrip("/"), *(quote(step, safe="") for step in steps)])
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _require_tls(connection: Connection, partner: str) -> None:
    parts = urlsplit(connection.url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise PartnerFailed(f"partner {partner}: its URL must begin with https://; only loopback may do without")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Bearer(AuthBase):
    """Sends the token itself, whatever a .netrc file on the machine says."""

    def __init__(self, token: str | None) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _auth(connection: Connection) -> AuthBase:
    if connection.login:
        return HTTPBasicAuth(connection.login, connection.password or "")
    return _Bearer(connection.password)


def _receipt(answer: requests.Response) -> str:
    headers: Mapping[str, str] = answer.headers
    named = headers.get("Receipt") or headers.get("Location")
    return named or f"HTTP {answer.status_code} {headers.get('ETag', '')}".strip()
