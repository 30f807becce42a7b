"""A contract's ``connection:`` or ``url:`` in, a Connection out; the only place that meets a secret's store.

Connections are Airflow's: the same ``AIRFLOW_CONN_<NAME>`` variable (a URI or JSON) works with and without a
running Airflow, and inside a task Airflow's own secrets backends are asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vlekkeloos.connector import Connection
from vlekkeloos.errors import NotFound

#: Airflow's connection types for databases, and the SQLAlchemy dialect (with our driver) for each.
SQLALCHEMY_DIALECT = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def resolve(*, connection: str | None, url: str | None, folder: Path) -> Connection:
    """The Connection that a source or partner names.

    A relative path in ``url`` is meant from the contract's ``folder``; if nothing lies there, from the
    working folder. Raises NotFound if ``connection`` is known to neither Airflow nor the environment.
    """
    if url is not None:
        return Connection(name=url, url=_anchored(url, folder))
    assert connection is not None, "the contract requires one of connection and url"
    return _from_airflow(connection)


def has_secret(url: str) -> bool:
    """True if a URL carries a user name or a password."""
    return "@" in urlsplit(url).netloc


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
    return Connection(
        name=name,
        url=_url(found),
        login=found.login or None,
        password=found.password or None,
        extra=found.extra_dejson,
    )


def _url(found: Any) -> str:
    """The URL of an Airflow connection without its credentials.

    Airflow keeps the pieces apart: a file's path in ``extra.path``, an HTTP scheme in ``schema`` or in the
    host itself, a database's name in ``schema``.
    """
    extra = found.extra_dejson
    if "path" in extra or found.conn_type in ("file", "fs"):
        return str(extra.get("path") or f"/{found.schema or ''}")
    if "sqlalchemy_url" in extra:
        return str(extra["sqlalchemy_url"])
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
