"""A release in, each of its files PUT to a partner over HTTPS out, its manifest last.

Files go to ``<base>/<exchange>/v000003/<name>``. PUT is idempotent (RFC 9110, 9.2.2), so a delivery that
broke off is simply sent again. A partner reads nothing of a release before it has ``manifest.json``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import requests

from connectors import http
from connectors._files import sha256_of
from vlekkeloos.connector import Connection, PartnerOptions, Release
from vlekkeloos.errors import PartnerFailed

MANIFEST = "manifest.json"


class Options(PartnerOptions):
    """Nothing: the connection has the base URL, and a bearer token (password) or a login with password.

    Its ``extra`` may name another way in, and a certificate: docs/reference/connections.md.
    """


def deliver(options: Options, connection: Connection, release: Release) -> str:
    """Sends the files, then the manifest; the receipt is what the partner answered to the latter.

    Raises PartnerFailed, naming the partner, the path and the status, for any answer that isn't a success;
    429, 502, 503, 504 and lost connections are tried again first, as long as Retry-After says.
    """
    _require_tls(connection, release.partner)
    sent = {entry["name"]: entry.get("media_type") for entry in release.manifest["files"]}
    with http.session(connection) as session:
        session.auth = http.proof(http.Basic() if connection.login else http.Bearer(), connection)
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
            answer = session.put(url, data=body, headers=headers, allow_redirects=False)
    except requests.RequestException as error:
        raise PartnerFailed(f"{where}: {error}") from None
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
    if parts.scheme == "https" or (parts.scheme == "http" and http.is_loopback(parts.hostname or "")):
        return
    raise PartnerFailed(f"partner {partner}: its URL must begin with https://; only loopback may do without")


def _receipt(answer: requests.Response) -> str:
    headers: Mapping[str, str] = answer.headers
    named = headers.get("Receipt") or headers.get("Location")
    return named or f"HTTP {answer.status_code} {headers.get('ETag', '')}".strip()
