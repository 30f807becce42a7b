"""A small sandbox that many tests read, and a real PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import absent
from vlekkeloos import sandbox as sandboxes
from vlekkeloos.sandbox import Sandbox

PASSWORD = "geheim@1"  # with a character that a URL has to escape


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A sandbox of 12,000 addresses: two XML files of nummeraanduidingen, and an error of every cause."""
    return sandboxes.make(tmp_path_factory.mktemp("sandbox"), addresses=12_000, seed=7)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The SQLAlchemy URL, with password, of an empty database in a PostgreSQL of its own."""
    programs = _postgres_programs()
    account = "postgres" if _is_user("postgres") else "nobody"
    as_user = {"user": account, "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="sandbox-postgres-"))
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if as_user:
            shutil.chown(folder, account)
            shutil.chown(secret, account)
        data, port = folder / "data", _free_port()
        initdb = [programs / "initdb", "-D", data, "-U", "gemeente", "--pwfile", secret]
        subprocess.run(
            [*initdb, "--auth=scram-sha-256", "-N", "-E", "UTF8"],
            check=True, capture_output=True, cwd=folder, **as_user,
        )  # fmt: skip
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
        subprocess.run(
            [*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user
        )
        try:
            yield f"postgresql+psycopg://gemeente:geheim%401@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "fast", "stop"], check=True, capture_output=True, cwd=folder, **as_user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_programs() -> Path:
    """Where initdb and pg_ctl are: on the path, or where Debian keeps them."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    absent("PostgreSQL's server programs (initdb, pg_ctl)")
    raise AssertionError


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
