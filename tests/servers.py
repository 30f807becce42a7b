"""Real servers on loopback: a PostgreSQL, an SSH daemon, an object store, and a line that breaks."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pyarrow import fs

from tests.conftest import absent

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "geheim-&/@:%-wachtwoord"
MOTO = ROOT / ".local" / "services" / "bin" / "moto_server"


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def unprivileged() -> tuple[list[str], str | None]:
    """How to run a program that root should not run, and as whom."""
    if os.geteuid() != 0:
        return [], None
    for user in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(user)
            return ["runuser", "-u", user, "--"], user
    return [], None


@contextmanager
def postgresql() -> Iterator[str]:
    """The SQLAlchemy URL, with login and password in it, of an empty PostgreSQL of its own."""
    initdb, postgres = _postgres_program("initdb"), _postgres_program("postgres")
    if not (initdb and postgres):
        absent("no PostgreSQL server is installed (initdb, postgres)")
    assert initdb and postgres
    run_as, user = unprivileged()
    folder, port = Path(tempfile.mkdtemp(prefix="vlekkeloos-postgres-")), free_port()
    (folder / "password").write_text(PASSWORD)
    if user:
        shutil.chown(folder, user)
        shutil.chown(folder / "password", user)
    login = ["--username=vlekkeloos", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
    options = ["--encoding=UTF8", "--no-sync", "--no-locale"]
    subprocess.run(
        [*run_as, initdb, "-D", folder / "data", *login, *options],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    listen = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*run_as, postgres, "-D", folder / "data", *listen], stdout=log, stderr=log, cwd=folder
        )
    url = sa.URL.create("postgresql+psycopg", "vlekkeloos", PASSWORD, "127.0.0.1", port, "postgres").render_as_string(
        hide_password=False
    )
    try:
        _wait_for_postgresql(url)
        yield url
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_program(name: str) -> str | None:
    on_path = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return on_path or (str(installed[-1]) if installed else None)


def _wait_for_postgresql(url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    until = time.monotonic() + 60
    while True:
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@dataclass(frozen=True)
class Sftp:
    """An SSH daemon: where it is, who may come in with which key, and the folder for files that it can read."""

    port: int
    login: str
    key: Path
    host_key: str
    folder: Path

    def airflow(self, path: str = "", **extra: Any) -> dict[str, Any]:
        """Airflow's connection to a path below the folder."""
        proofs = {"key_file": str(self.key), "host_key": self.host_key}
        place = {"path": f"{self.folder}/{path}".rstrip("/")}
        return {
            "conn_type": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "login": self.login,
            "extra": place | proofs | extra,
        }


@contextmanager
def sshd() -> Iterator[Sftp]:
    """OpenSSH's own daemon, unprivileged, with a configuration, a host key and a known key of its own."""
    daemon, keygen = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin"), shutil.which("ssh-keygen")
    if not (daemon and keygen):
        absent("no SSH server is installed (sshd and ssh-keygen, of openssh-server and openssh-client)")
    assert daemon and keygen
    run_as, user = unprivileged()
    home, port = Path(tempfile.mkdtemp(prefix="vlekkeloos-sshd-")), free_port()
    files = home / "bestanden"
    files.mkdir()
    for key in ("host", "client"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", home / key], check=True)
    shutil.copy(home / "client.pub", home / "authorized_keys")
    settings = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": home / "host",
        "AuthorizedKeysFile": home / "authorized_keys",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "yes",
        "Subsystem": "sftp internal-sftp",
    }
    (home / "config").write_text("".join(f"{word} {value}\n" for word, value in settings.items()))
    if user:
        home.chmod(0o755)
        shutil.chown(home / "host", user)
    with (home / "log").open("w") as log:
        server = subprocess.Popen([*run_as, daemon, "-D", "-e", "-f", home / "config"], stdout=log, stderr=log)
    try:
        _wait_for(port, server, home / "log")
        login = user or pwd.getpwuid(os.geteuid()).pw_name
        yield Sftp(port, login, home / "client", " ".join((home / "host.pub").read_text().split()[:2]), files)
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[Any], log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert server.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)


@dataclass(frozen=True)
class ObjectStore:
    """A server that speaks S3: its endpoint, and the keys to it."""

    endpoint: str
    key: str = "key"
    secret: str = field(default="secret", repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What an AWS client reads from the environment."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ALLOW_HTTP": "true",
        }

    @property
    def files(self) -> fs.S3FileSystem:
        """What is kept there."""
        return fs.S3FileSystem(
            access_key=self.key,
            secret_key=self.secret,
            region="eu-west-1",
            scheme="http",
            endpoint_override=self.endpoint.removeprefix("http://"),
            allow_bucket_creation=True,
        )

    def put(self, path: str, content: bytes = b"") -> None:
        """Makes a bucket (``meer``) or an object in one (``meer/uit/a.csv``)."""
        if "/" not in path:
            self.files.create_dir(path)
            return
        with self.files.open_output_stream(path) as stream:
            stream.write(content)

    def airflow(self, path: str, **extra: Any) -> dict[str, Any]:
        """Airflow's connection to a bucket, a prefix or an object."""
        words = {"path": path, "endpoint_url": self.endpoint, "region_name": "eu-west-1"}
        return {"conn_type": "aws", "login": self.key, "password": self.secret, "extra": words | extra}


@contextmanager
def object_store(**environment: str) -> Iterator[ObjectStore]:
    """An object store without buckets."""
    if not MOTO.exists():
        absent(f"{MOTO.relative_to(ROOT)}: an S3-compatible server; `make services` installs it")
    port = free_port()
    server = subprocess.Popen(
        [MOTO, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment,
    )
    store = ObjectStore(f"http://127.0.0.1:{port}")
    try:
        _wait_for(port, server, Path(os.devnull))
        yield store
    finally:
        server.terminate()
        server.wait()


@contextmanager
def breaking_line(port: int, after: int) -> Iterator[int]:
    """A port of its own that leads to ``port``, and drops each connection once so many bytes came back."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, port, after), daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _accept(listener: socket.socket, port: int, after: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=_pass_on, args=(near, far, None), daemon=True).start()
            threading.Thread(target=_pass_on, args=(far, near, after), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket, most: int | None) -> None:
    passed = 0
    with contextlib.suppress(OSError):
        while (most is None or passed < most) and (some := source.recv(4096)):
            sink.sendall(some)
            passed += len(some)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
