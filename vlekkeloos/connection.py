"""A contract's ``connection:`` or ``url:`` in, a Connection out; the only place that meets a secret's store.

Connections are Airflow's: the same ``AIRFLOW_CONN_<NAME>`` variable (a URI or JSON) works with and without a
running Airflow, and inside a task Airflow's own secrets backends are asked.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from vlekkeloos.connector import Connection
from vlekkeloos.errors import NotFound

#: Parameters of a URL's query, in lower case, that give access to who has them.
SECRET_PARAMETERS = frozenset({"sig", "token", "key", "apikey", "access_token", "password", "secret", "code"})

#: Airflow's connection types for databases, and the SQLAlchemy dialect (with our driver) for each.
SQLALCHEMY_DIALECT = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}

#: Airflow's connection types for servers with files, and the scheme of a URL for each.
FILE_SERVERS = {"sftp": "sftp", "ssh": "sftp", "aws": "s3", "s3": "s3"}


#: The credentials in a URL. SQLAlchemy reads a password up to the @, also with a / in it.
_HTTP = re.compile(r"(https?://)([^:/?#@]*)(?::([^/?#]*))?@")
_SQLALCHEMY = re.compile(r"([\w+]+://)([^:/@]*)(?::([^@]*))?@")


def resolve(*, connection: str | None, url: str | None, folder: Path) -> Connection:
    """The Connection that a source or partner names.

    A relative path in ``url`` is meant from the contract's ``folder``; if nothing lies there, from the
    working folder. Raises NotFound if ``connection`` is known to neither Airflow nor the environment.
    """
    if url is not None:
        return Connection(name=_without_query(url), url=_anchored(url, folder))
    assert connection is not None, "the contract requires one of connection and url"
    return _from_airflow(connection)


def has_secret(url: str) -> bool:
    """True if a URL carries a user name or a password, or a parameter whose name is in SECRET_PARAMETERS."""
    parts = urlsplit(url)
    names = (name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return "@" in parts.netloc or not SECRET_PARAMETERS.isdisjoint(names)


def _without_query(url: str) -> str:
    """What of an inline URL may be shown; a plain path is not a URL, and may have a ? or # in it."""
    return urlunsplit((*urlsplit(url)[:3], "", "")) if "://" in url else url


def _anchored(url: str, folder: Path) -> str:
    if urlsplit(url).scheme and not url.startswith("file:"):
        return url
    path = Path(urlsplit(url).path if url.startswith("file:") else url).expanduser()
    beside = folder / path
    return str(beside.absolute() if beside.exists() or not path.exists() else path.absolute())


def _from_airflow(name: str) -> Connection:
    from airflow.sdk import Connection as AirflowConnection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = AirflowConnection.get(name)
    except AirflowNotFoundException:
        raise NotFound(
            f"connection {name!r} is not known: define it in Airflow, or set AIRFLOW_CONN_{name.upper()}"
        ) from None
    url, login, password = _split(_url(found))
    return Connection(
        name=name,
        url=url,
        login=found.login or login,
        password=found.password or password,
        extra=found.extra_dejson,
    )


def _split(url: str) -> tuple[str, str | None, str | None]:
    """A URL without its credentials, and these; Airflow takes a whole URL in ``extra``, or as a host."""
    found = (_HTTP if url.startswith(("http://", "https://")) else _SQLALCHEMY).match(url)
    if not found:
        return url, None, None
    scheme, login, password = found.groups()
    return scheme + url[found.end() :], unquote(login) or None, unquote(password or "") or None


def _url(found: Any) -> str:
    """The URL of an Airflow connection without its credentials.

    Airflow keeps the pieces apart: a file's path in ``extra.path``, an HTTP scheme in ``schema`` or in the
    host itself, a database's name in ``schema``.
    """
    extra = found.extra_dejson
    if found.conn_type in FILE_SERVERS and "://" not in (found.host or ""):
        return _on_a_server(found, str(extra.get("path") or found.schema or ""))
    if "path" in extra or found.conn_type in ("file", "fs"):
        return str(extra.get("path") or f"/{found.schema or ''}")
    if "sqlalchemy_url" in extra:
        return str(extra["sqlalchemy_url"])
    return _of_pieces(found)


def _of_pieces(found: Any) -> str:
    host = found.host or ""
    if "://" in host:
        return str(host)
    port = f":{found.port}" if found.port else ""
    if found.conn_type in ("http", "https"):
        scheme = found.schema if found.schema in ("http", "https") else found.conn_type
        return f"{scheme}://{host}{port}"
    if found.conn_type == "sqlite":
        # sqlite:///file in a URI leaves the path in `schema`, JSON connections put it in `host`
        return f"sqlite:////{(host or found.schema or '').lstrip('/')}"
    dialect = SQLALCHEMY_DIALECT.get(found.conn_type, found.conn_type)
    return f"{dialect}://{host}{port}/{found.schema or ''}"


def _on_a_server(found: Any, path: str) -> str:
    """``sftp://host:port/path`` or ``s3://bucket/key``; an SFTP path without a / begins in the login's home."""
    if FILE_SERVERS[found.conn_type] == "s3":
        return "s3://" + quote(path.removeprefix("s3://").lstrip("/"))
    port = f":{found.port}" if found.port else ""
    return f"sftp://{found.host or ''}{port}" + quote(path if path.startswith("/") else f"/~/{path}")
