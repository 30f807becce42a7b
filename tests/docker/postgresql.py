"""A PostgreSQL of our own in a folder of the test, from the machine's own binaries."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find() -> Path | None:
    """The folder with PostgreSQL's programs (Debian keeps them off the PATH), or None."""
    on_path = shutil.which("initdb")
    found = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].resolve().parent if found else None


def free_port() -> int:
    """A TCP port that nothing listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(programs: Path, user: str, password: str) -> Iterator[int]:
    """The port of a server with ``user`` and a database of the same name, until the end of the block.

    Its folder isn't one of pytest's: those are closed to the account that PostgreSQL runs under when we are root.
    """
    account = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="vlekkeloos-") as name:
        folder, port = Path(name), free_port()
        secret, data = folder / "password", str(folder / "data")
        secret.write_text(password, encoding="utf-8")
        if account:
            shutil.chown(folder, account)
            shutil.chown(secret, account)

        def run(program: str, *arguments: str) -> None:
            with (folder / "log").open("ab") as log:
                command = [programs / program, *arguments]
                subprocess.run(command, user=account, cwd="/", stdout=log, stderr=log, check=True)

        who = ["--username", user, "--auth", "scram-sha-256", "--pwfile", str(secret)]
        run("initdb", "--pgdata", data, "--no-sync", *who)
        run("pg_ctl", "--wait", "--pgdata", data, "--options", f"-p {port} -k {folder} -c fsync=off", "start")
        try:
            create = ["--host", "localhost", "--port", str(port), "--username", user, user]
            subprocess.run([programs / "createdb", *create], env=os.environ | {"PGPASSWORD": password}, check=True)
            yield port
        finally:
            run("pg_ctl", "--wait", "--mode", "immediate", "--pgdata", data, "stop")
