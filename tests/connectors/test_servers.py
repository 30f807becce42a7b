"""Files on real servers: OpenSSH's daemon and an S3-compatible store, what they give, and how they fail."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors import _files, _s3, _sftp, csv, parquet
from tests.password_server import LOGIN, PasswordServer, password_server
from tests.servers import PASSWORD, ObjectStore, Sftp, breaking_line, free_port, object_store
from vlekkeloos.connection import resolve
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed, RegistryRefused, VlekkeloosError

CONTENT = b"nummer;soort\nC-0001;restafval\n"
#: Too much for one piece.
LARGE = b"nummer\n" + b"C-0001\n" * 2_000_000

Defined = Callable[[dict[str, Any]], Connection]


@pytest.fixture
def defined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Defined:
    """The Connection that Airflow's connection becomes."""

    def define(airflow: dict[str, Any]) -> Connection:
        monkeypatch.setenv("AIRFLOW_CONN_LEVERANCIER", json.dumps(airflow))
        return resolve(connection="leverancier", url=None, folder=tmp_path)

    return define


@pytest.fixture
def home(sftp: Sftp, tmp_path: Path) -> Path:
    """A folder of the test's own on the SFTP server."""
    made = sftp.folder / tmp_path.name
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture
def bucket(store: ObjectStore, tmp_path: Path) -> str:
    """A bucket of the test's own."""
    name = "b" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]
    store.put(name)
    return name


def pulled(connection: Connection, **options: Any) -> pa.Table:
    result = csv.pull(csv.Options(**options), connection)
    return pa.Table.from_batches(result.batches, schema=result.schema)


def refusal(connection: Connection, **options: Any) -> VlekkeloosError:
    with pytest.raises(VlekkeloosError) as refused:
        pulled(connection, **options)
    for secret in (connection.password, connection.extra.get("private_key"), connection.extra.get("key_file")):
        assert not secret or secret not in str(refused.value)
    return refused.value


# SFTP.


def test_a_file_on_an_sftp_server_is_fetched_whole_and_its_copy_removed_once_read(
    sftp: Sftp, home: Path, defined: Defined
) -> None:
    (home / "containers #1.csv").write_bytes(CONTENT)
    result = csv.pull(csv.Options(), defined(sftp.airflow(f"{home.name}/containers #1.csv")))
    assert result.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert result.received is not None and result.received.name == "containers #1.csv"
    assert pa.Table.from_batches(result.batches).to_pylist() == [{"nummer": "C-0001", "soort": "restafval"}]
    assert not result.received.exists()


def test_a_file_of_many_pieces_is_the_same_on_this_side(sftp: Sftp, home: Path, defined: Defined) -> None:
    content = os.urandom(9_000_001)
    (home / "foto.bin").write_bytes(content)
    received = _files.receive(defined(sftp.airflow(f"{home.name}/foto.bin")))
    assert received.path.read_bytes() == content
    assert received.sha256 == hashlib.sha256(content).hexdigest()


def test_a_key_may_be_given_as_text_and_a_host_key_by_a_known_hosts_file(
    sftp: Sftp, home: Path, tmp_path: Path, defined: Defined
) -> None:
    (home / "a.csv").write_bytes(CONTENT)
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{sftp.port} {sftp.host_key}\n")
    proofs = {"key_file": None, "private_key": sftp.key.read_text(), "host_key": None}
    connection = defined(sftp.airflow(f"{home.name}/a.csv", **proofs, known_hosts=str(tmp_path / "known_hosts")))
    assert pulled(connection).num_rows == 1


def other_key(sftp: Sftp) -> str:
    """A host key as good as the server's own, of another server."""
    return (sftp.key.with_suffix(".pub")).read_text()


def test_a_server_with_another_host_key_is_refused_before_it_is_told_anything(sftp: Sftp, defined: Defined) -> None:
    failed = refusal(defined(sftp.airflow("a.csv", host_key=other_key(sftp))))
    assert isinstance(failed, RegistryRefused)
    assert "another host key" in str(failed) and f"127.0.0.1:{sftp.port}" in str(failed)


def test_a_server_with_an_unknown_host_key_is_refused(sftp: Sftp, tmp_path: Path, defined: Defined) -> None:
    (tmp_path / "known_hosts").touch()
    extra = {"host_key": None, "known_hosts": str(tmp_path / "known_hosts"), "no_host_key_check": True}
    failed = refusal(defined(sftp.airflow("a.csv", **extra)))
    assert isinstance(failed, RegistryRefused)
    assert "host key is not known" in str(failed)


def test_a_key_that_the_server_does_not_know_is_refused(sftp: Sftp, tmp_path: Path, defined: Defined) -> None:
    import paramiko

    paramiko.RSAKey.generate(2048).write_private_key_file(str(tmp_path / "sleutel"))
    failed = refusal(defined(sftp.airflow("a.csv", key_file=str(tmp_path / "sleutel"))))
    assert isinstance(failed, RegistryRefused)
    assert "refuses the login" in str(failed)


def test_a_password_that_the_server_does_not_know_is_refused(sftp: Sftp, defined: Defined) -> None:
    failed = refusal(defined(sftp.airflow("a.csv", key_file=None) | {"password": "geheim-woord"}))
    assert isinstance(failed, RegistryRefused)
    assert "refuses the login" in str(failed)


@pytest.mark.parametrize(
    ("extra", "rule"),
    [
        ({"key_file": None}, "no password"),
        ({"key_file": "/nergens/sleutel"}, "private key can't be read"),
        ({"key_file": None, "private_key": "geen sleutel"}, "private key can't be read"),
        ({"host_key": "ssh-ed25519 geen-sleutel"}, "no public key"),
        ({"host_key": "onbekend AAAA"}, "no public key"),
        ({"host_key": None, "known_hosts": "/nergens/known_hosts"}, "known_hosts can't be read"),
    ],
)
def test_a_connection_that_can_t_be_meant_is_refused_and_named(
    sftp: Sftp, defined: Defined, extra: dict[str, Any], rule: str
) -> None:
    failed = refusal(defined(sftp.airflow("a.csv", **extra)))
    assert isinstance(failed, BadInput)
    assert rule in str(failed) and "leverancier" in str(failed)


def test_a_file_that_is_not_on_the_server_may_come_later(sftp: Sftp, home: Path, defined: Defined) -> None:
    failed = refusal(defined(sftp.airflow(f"{home.name}/weg.csv")))
    assert isinstance(failed, RegistryFailed) and not isinstance(failed, RegistryRefused)
    assert str(failed) == f"there is no file sftp://127.0.0.1:{sftp.port}{home}/weg.csv"


def test_a_server_that_is_down_is_the_registry_s_failure(sftp: Sftp, defined: Defined) -> None:
    failed = refusal(defined(sftp.airflow("a.csv") | {"port": free_port()}))
    assert isinstance(failed, RegistryFailed)
    assert "could not be reached" in str(failed)


def test_a_line_that_breaks_in_mid_transfer_gives_no_file(sftp: Sftp, home: Path, defined: Defined) -> None:
    (home / "a.csv").write_bytes(LARGE)
    with breaking_line(sftp.port, after=3_000_000) as port:
        failed = refusal(defined(sftp.airflow(f"{home.name}/a.csv") | {"port": port}))
    assert isinstance(failed, RegistryFailed)
    assert "could not be fetched whole" in str(failed) and f"{home.name}/a.csv" in str(failed)


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"C-0002\n")


def shrunk(path: Path) -> None:
    os.truncate(path, len(LARGE) // 2)


def replaced(path: Path) -> None:
    fresh = path.with_name("fresh")
    fresh.write_bytes(LARGE[:-7])
    fresh.replace(path)


@pytest.mark.parametrize("change", [grown, shrunk, replaced])
def test_a_file_that_changes_while_it_is_fetched_is_refused(
    sftp: Sftp, home: Path, defined: Defined, change: Callable[[Path], None]
) -> None:
    path = home / "a.csv"
    path.write_bytes(LARGE)
    pieces = []

    def write(piece: bytes) -> None:
        if not pieces:
            change(path)
        pieces.append(piece)

    with (
        _sftp.opened(defined(sftp.airflow(home.name))) as server,
        pytest.raises(RegistryFailed, match=r"a\.csv (was changed|could not be fetched whole)"),
    ):
        server.fetch("a.csv", write)


@pytest.fixture
def with_password(tmp_path: Path) -> Iterator[PasswordServer]:
    (tmp_path / "uit").mkdir()
    (tmp_path / "uit" / "a.csv").write_bytes(CONTENT)
    with password_server(tmp_path) as server:
        yield server


def airflow(server: PasswordServer, password: str) -> dict[str, Any]:
    extra = {"host_key": server.host_key, "path": "uit"}
    return {
        "conn_type": "sftp", "host": "127.0.0.1", "port": server.port, "login": LOGIN, "password": password,
        "extra": extra,
    }  # fmt: skip


def test_the_right_password_gives_the_files_in_the_login_s_home(
    with_password: PasswordServer, defined: Defined
) -> None:
    assert pulled(defined(airflow(with_password, PASSWORD)), files="*.csv").num_rows == 1


def test_a_wrong_password_is_refused_and_not_shown(with_password: PasswordServer, defined: Defined) -> None:
    failed = refusal(defined(airflow(with_password, "geheim-woord")), files="*.csv")
    assert isinstance(failed, RegistryRefused)
    assert str(failed) == f"sftp://127.0.0.1:{with_password.port} refuses the login"


# S3.


def test_an_object_is_fetched_whole(store: ObjectStore, bucket: str, defined: Defined) -> None:
    content = os.urandom(20_000_001)
    store.put(f"{bucket}/uit/foto 1.bin", content)
    received = _files.receive(defined(store.airflow(f"{bucket}/uit/foto 1.bin")))
    assert (received.name, received.sha256) == ("foto 1.bin", hashlib.sha256(content).hexdigest())
    assert received.path.read_bytes() == content


def test_a_parquet_file_in_a_bucket_is_pulled(
    store: ObjectStore, bucket: str, defined: Defined, tmp_path: Path
) -> None:
    table = pa.table({"nummer": ["C-0001"], "liter": [240]})
    pq.write_table(table, tmp_path / "a.parquet")
    store.put(f"{bucket}/uit/a.parquet", (tmp_path / "a.parquet").read_bytes())
    result = parquet.pull(parquet.Options(files="uit/*.parquet"), defined(store.airflow(f"s3://{bucket}")))
    assert pa.Table.from_batches(result.batches).equals(table)


def test_an_object_that_is_not_there_may_come_later(store: ObjectStore, bucket: str, defined: Defined) -> None:
    failed = refusal(defined(store.airflow(f"{bucket}/weg.csv")))
    assert isinstance(failed, RegistryFailed) and not isinstance(failed, RegistryRefused)
    server = store.endpoint.removeprefix("http://")
    assert str(failed) == f"there is no file {server} s3://{bucket}/weg.csv"


@pytest.mark.parametrize("where", [{}, {"files": "*.csv"}])
def test_a_store_that_does_not_know_the_key_refuses(defined: Defined, where: dict[str, Any]) -> None:
    with object_store(INITIAL_NO_AUTH_ACTION_COUNT="0") as store:
        failed = refusal(defined(store.airflow("meer/a.csv")), **where)
    assert isinstance(failed, RegistryRefused)
    assert "meer/a.csv" in str(failed) and "secret" not in str(failed)


def test_a_connection_without_a_bucket_is_refused(store: ObjectStore, defined: Defined) -> None:
    assert "names no bucket" in str(refusal(defined(store.airflow(""))))


def test_a_bucket_that_is_not_there_is_refused(store: ObjectStore, defined: Defined) -> None:
    assert "NO_SUCH_BUCKET" in str(refusal(defined(store.airflow("nergens/uit")), files="*.csv"))


def test_a_line_to_a_store_that_breaks_gives_no_object(store: ObjectStore, bucket: str, defined: Defined) -> None:
    store.put(f"{bucket}/a.csv", LARGE)
    with breaking_line(int(store.endpoint.rpartition(":")[2]), after=3_000_000) as port:
        failed = refusal(defined(store.airflow(f"{bucket}/a.csv", endpoint_url=f"http://127.0.0.1:{port}")))
    assert isinstance(failed, RegistryFailed)
    assert "could not be fetched" in str(failed) and f"{bucket}/a.csv" in str(failed)


def test_an_object_that_is_replaced_while_it_is_fetched_is_refused(
    store: ObjectStore, bucket: str, defined: Defined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_s3, "CHUNK", 1 << 20)
    store.put(f"{bucket}/a.csv", LARGE)
    pieces = []

    def write(piece: bytes) -> None:
        if not pieces:
            store.put(f"{bucket}/a.csv", LARGE[::-1])
        pieces.append(piece)

    with (
        _s3.opened(defined(store.airflow(bucket))) as server,
        pytest.raises(RegistryFailed, match=r"a\.csv was changed"),
    ):
        server.fetch("a.csv", write)
    assert len(pieces) > 1
