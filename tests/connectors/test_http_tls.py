"""Mutual TLS: a real server that demands a client's certificate, with an authority of the test's own."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import http, https
from connectors.http import Question
from tests.connectors.registry import Api, Asked, Registry, Reply, ask, connected
from vlekkeloos.connector import Release
from vlekkeloos.errors import BadInput, PartnerFailed, RegistryFailed

Start = Callable[..., Registry]
PASSWORD = "wachtwoord-van-de-sleutel"


@dataclass(frozen=True)
class Paths:
    """Where the certificates and keys lie."""

    authority: str
    server: str
    client: str
    key: str
    locked_key: str
    stranger: str


def _made(folder: Path, name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None) -> Any:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    building = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(issuer[0].subject if issuer else named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    signer = (issuer[1] if issuer else key).public_key()
    building = building.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    certificate = building.sign(issuer[1] if issuer else key, hashes.SHA256())
    chain = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / f"{name}.pem").write_bytes(chain)
    (folder / f"{name}.key").write_bytes(_written(key, serialization.NoEncryption()))
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    (folder / f"{name}.locked.key").write_bytes(_written(key, locked))
    return certificate, key


def _written(key: ec.EllipticCurvePrivateKey, encryption: serialization.KeySerializationEncryption) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    folder = tmp_path_factory.mktemp("certificates")
    authority = _made(folder, "authority")
    for name in ("server", "client"):
        _made(folder, name, authority)
    _made(folder, "stranger")
    at = {path.name: str(path) for path in folder.iterdir()}
    return Paths(
        at["authority.pem"],
        at["server.pem"],
        at["client.pem"],
        at["client.key"],
        at["client.locked.key"],
        at["stranger.pem"],
    )


@pytest.fixture
def started(registry: Start, paths: Paths) -> Registry:
    """A registry that talks only to who has a certificate of the authority."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(paths.server, paths.server.replace(".pem", ".key"))
    tls.load_verify_locations(paths.authority)
    tls.verify_mode = ssl.CERT_REQUIRED
    return registry(_answer, tls)


def _answer(asked: Asked) -> Reply:
    if asked.path == "/token":
        return Reply({"access_token": "een-token", "token_type": "Bearer"})
    return Reply({"fine": True})


@pytest.mark.parametrize("key", ["key", "locked_key"])
def test_a_certificate_and_an_api_key_go_together(started: Registry, paths: Paths, key: str) -> None:
    extra = {"cert": paths.client, "key": getattr(paths, key), "verify": paths.authority, "key_password": PASSWORD}
    assert ask(connected(started, password="sleutel", extra=extra), *[Question("things")] * 3) == [{"fine": True}] * 3
    assert {asked.headers["X-Api-Key"] for asked in started.asked} == {"sleutel"}
    assert len({asked.client for asked in started.asked}) == 1


def test_certificate_and_key_may_lie_in_one_file(started: Registry, paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_text(Path(paths.client).read_text() + Path(paths.key).read_text())
    extra = {"cert": str(tmp_path / "both.pem"), "verify": paths.authority}
    assert ask(connected(started, extra=extra)) == [{"fine": True}]


def test_the_token_of_oauth2_is_asked_with_the_same_certificate(started: Registry, paths: Paths) -> None:
    extra = {"cert": paths.client, "key": paths.key, "verify": paths.authority, "token_url": f"{started.url}/token"}
    ask(connected(started, "/api", login="client", password="geheim", extra=extra), api=Api(auth=http.OAuth2()))
    assert started.asked[1].headers["Authorization"] == "Bearer een-token"


def test_a_release_is_delivered_with_the_partners_certificate(
    started: Registry, paths: Paths, release: Callable[..., Release]
) -> None:
    extra = {"cert": paths.client, "key": paths.key, "verify": paths.authority}
    https.deliver(https.Options(), connected(started, password="sleutel", extra=extra), release(1))
    assert {(asked.method, asked.headers["Authorization"]) for asked in started.asked} == {("PUT", "Bearer sleutel")}
    with pytest.raises(PartnerFailed, match="certificate verify failed"):
        https.deliver(https.Options(), connected(started, password="sleutel"), release(2))


def test_without_a_certificate_the_server_does_not_talk_and_that_is_told(
    started: Registry, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    with pytest.raises(RegistryFailed, match=r"register: /things: (SSLError|ConnectionError)"):
        ask(connected(started, extra={"verify": paths.authority}))
    assert started.asked == []


@pytest.mark.parametrize("verify", [None, "stranger"])
def test_a_server_whose_certificate_leads_elsewhere_gets_no_question(
    started: Registry, paths: Paths, verify: str | None
) -> None:
    extra = {"cert": paths.client, "key": paths.key} | ({"verify": paths.stranger} if verify else {})
    with pytest.raises(RegistryFailed, match=r"SSLError \(certificate verify failed\)"):
        ask(connected(started, password="sleutel", extra=extra))
    assert started.asked == []


def test_the_connections_own_authority_goes_before_that_of_the_environment(
    started: Registry, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", paths.stranger)
    extra = {"cert": paths.client, "key": paths.key}
    assert ask(connected(started, extra=extra | {"verify": paths.authority})) == [{"fine": True}]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", paths.authority)
    assert ask(connected(started, extra=extra)) == [{"fine": True}]


@pytest.mark.parametrize(
    ("extra", "rule"),
    [
        ({"key_password": "x" * 20}, "key_password is not that of the key"),
        ({"key_password": None}, "key_password is not that of the key"),
        ({"key": None}, "no certificate and its key"),
        ({"key": "/nergens/key.pem"}, "there is no file /nergens/key.pem"),
        ({"cert": "/nergens/cert.pem"}, "there is no file /nergens/cert.pem"),
        ({"verify": "/nergens/ca.pem"}, "there is no file /nergens/ca.pem"),
    ],
)
def test_a_certificate_that_can_not_be_used_is_refused_before_anything_is_asked(
    started: Registry, paths: Paths, extra: dict[str, str], rule: str
) -> None:
    good = {"cert": paths.client, "key": paths.locked_key, "key_password": PASSWORD, "verify": paths.authority}
    with pytest.raises(BadInput, match=rule) as refused:
        ask(connected(started, extra=good | extra))
    assert PASSWORD not in str(refused.value) and refused.value.__context__ is None
    assert started.asked == []
