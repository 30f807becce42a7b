"""A contract's ``connection:`` or ``url:``: where it leads, and that no secret shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vlekkeloos.connection import has_secret, resolve
from vlekkeloos.connector import Connection
from vlekkeloos.errors import NotFound

Defined = str | dict[str, object]
Define = Callable[[Defined], Connection]


@pytest.fixture
def defined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Define:
    def define(value: Defined) -> Connection:
        monkeypatch.setenv("AIRFLOW_CONN_BRON", value if isinstance(value, str) else json.dumps(value))
        return resolve(connection="bron", url=None, folder=tmp_path)

    return define


def inline(url: str, folder: Path) -> Connection:
    return resolve(connection=None, url=url, folder=folder)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("postgresql://u:s%40@db.nl:5433/adr", "postgresql+psycopg://db.nl:5433/adr"),
        (
            {"conn_type": "postgres", "host": "db.nl", "port": 5433, "schema": "adr", "login": "u", "password": "s@"},
            "postgresql+psycopg://db.nl:5433/adr",
        ),
        ("http://u:s%40@registratie.nl:8080/https", "https://registratie.nl:8080"),
        (
            {"conn_type": "http", "host": "https://registratie.nl/api", "login": "u", "password": "s@"},
            "https://registratie.nl/api",
        ),
        ({"conn_type": "http", "host": "https://u:s%40@registratie.nl/api"}, "https://registratie.nl/api"),
        (
            {
                "conn_type": "generic",
                "extra": {"sqlalchemy_url": "postgresql+psycopg://u:s%40@db.nl/adr?sslmode=require"},
            },
            "postgresql+psycopg://db.nl/adr?sslmode=require",
        ),
    ],
)
def test_the_credentials_of_a_connection_are_apart_from_its_url(defined: Define, value: Defined, url: str) -> None:
    found = defined(value)
    assert (found.name, found.url, found.login, found.password) == ("bron", url, "u", "s@")
    assert "s@" not in repr(found) and "s%40" not in repr(found)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("sqlite:///srv/adressen.db", "sqlite:////srv/adressen.db"),
        ({"conn_type": "sqlite", "host": "/srv/adressen.db"}, "sqlite:////srv/adressen.db"),
        ({"conn_type": "generic", "extra": {"sqlalchemy_url": "sqlite:////srv/a@b.db"}}, "sqlite:////srv/a@b.db"),
        ("file:///srv/leveringen", "/srv/leveringen"),
        ({"conn_type": "fs", "extra": {"path": "/srv/leveringen"}}, "/srv/leveringen"),
        ({"conn_type": "file", "extra": {"path": "/srv/leveringen"}}, "/srv/leveringen"),
    ],
)
def test_a_connection_to_a_file_has_no_credentials(defined: Define, value: Defined, url: str) -> None:
    found = defined(value)
    assert (found.url, found.login, found.password) == (url, None, None)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("sftp://u:s%40@sftp.nl:2222/uit", "sftp://sftp.nl:2222/~/uit"),
        ({"conn_type": "sftp", "host": "sftp.nl", "login": "u", "password": "s@"}, "sftp://sftp.nl/~/"),
        (
            {
                "conn_type": "sftp",
                "host": "sftp.nl",
                "login": "u",
                "password": "s@",
                "extra": {"path": "uit/a#1.csv"},
            },
            "sftp://sftp.nl/~/uit/a%231.csv",
        ),
        (
            {"conn_type": "ssh", "host": "sftp.nl", "login": "u", "password": "s@", "extra": {"path": "/srv/a.csv"}},
            "sftp://sftp.nl/srv/a.csv",
        ),
        ({"conn_type": "aws", "login": "u", "password": "s@", "extra": {"path": "meer/uit"}}, "s3://meer/uit"),
        ({"conn_type": "s3", "login": "u", "password": "s@", "extra": {"path": "s3://meer/a b"}}, "s3://meer/a%20b"),
        ({"conn_type": "aws", "login": "u", "password": "s@", "schema": "meer"}, "s3://meer"),
    ],
)
def test_a_connection_to_a_server_with_files_leads_to_a_path_on_it(defined: Define, value: Defined, url: str) -> None:
    found = defined(value)
    assert (found.url, found.login, found.password) == (url, "u", "s@")
    assert "s@" not in repr(found)


def test_what_proves_a_server_s_identity_and_one_s_own_is_in_the_extra(defined: Define) -> None:
    extra = {"path": "/uit", "key_file": "/etc/sleutel", "host_key": "ssh-ed25519 AAAA"}
    found = defined({"conn_type": "sftp", "host": "sftp.nl", "login": "gemeente", "extra": extra})
    assert (found.password, dict(found.extra)) == (None, extra)
    assert "sleutel" not in repr(found)


def test_a_password_with_a_slash_in_a_sqlalchemy_url_is_taken_whole(defined: Define) -> None:
    found = defined({"conn_type": "generic", "extra": {"sqlalchemy_url": "postgresql+psycopg://u:a/b?c@db/adr"}})
    assert (found.url, found.login, found.password) == ("postgresql+psycopg://db/adr", "u", "a/b?c")


def test_an_at_sign_in_the_path_of_a_url_is_no_credential(defined: Define) -> None:
    found = defined({"conn_type": "http", "host": "https://x.nl:8080/a@b"})
    assert (found.url, found.login) == ("https://x.nl:8080/a@b", None)


def test_credentials_of_their_own_go_before_those_in_a_url(defined: Define) -> None:
    extra = {"sqlalchemy_url": "postgresql+psycopg://u:secret@db/adr"}
    found = defined({"conn_type": "postgres", "login": "eigen", "password": "eigen2", "extra": extra})
    assert (found.login, found.password) == ("eigen", "eigen2")


def test_a_connection_that_nobody_defined_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="AIRFLOW_CONN_NERGENS"):
        resolve(connection="nergens", url=None, folder=tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "https://u@x.nl/a.csv",
        "https://u:p@x.nl/a.csv",
        *(
            f"https://x.nl/a.csv?jaar=2026&{name}=abc"
            for name in (
                "sig",
                "token",
                "key",
                "apikey",
                "access_token",
                "password",
                "secret",
                "code",
                "ApiKey",
                "SIG",
            )
        ),
        "https://x.nl/a.csv?token=",
    ],
)
def test_a_url_with_a_credential_in_it_is_seen(url: str) -> None:
    assert has_secret(url)


@pytest.mark.parametrize(
    "url", ["https://x.nl/a.csv?jaar=2026&postcode=1381", "https://x.nl/token=1.csv", "adressen@home.csv", "a.csv?b"]
)
def test_a_url_without_a_credential_is_not_taken_for_one(url: str) -> None:
    assert not has_secret(url)


def test_the_name_of_an_inline_url_is_without_its_query(tmp_path: Path) -> None:
    found = inline("https://x.nl/export/a.csv?jaar=2026#kop", tmp_path)
    assert found.name == "https://x.nl/export/a.csv"
    assert found.url == "https://x.nl/export/a.csv?jaar=2026#kop"


def test_a_relative_path_is_meant_from_the_folder_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "wat#?.csv").touch()
    found = inline("wat#?.csv", tmp_path)
    assert (found.name, found.url) == ("wat#?.csv", str(tmp_path / "wat#?.csv"))
