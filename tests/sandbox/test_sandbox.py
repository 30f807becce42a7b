"""The sandbox as a whole: made once, found again, and reached through its connections."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from vlekkeloos import connection
from vlekkeloos import sandbox as sandboxes
from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox import Sandbox

SERVE = """
import sys
from pathlib import Path
from vlekkeloos import sandbox
sandbox.serve(sandbox.make(Path(sys.argv[1]), addresses=100), ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


def test_the_same_arguments_find_the_sandbox_that_is_there(tmp_path: Path) -> None:
    first = sandboxes.make(tmp_path, addresses=200)
    made = first.bag_delivery.stat().st_mtime_ns
    assert sandboxes.make(tmp_path, addresses=200) == first
    assert first.bag_delivery.stat().st_mtime_ns == made


@pytest.mark.parametrize("lost", ["sandbox.json", "truth.csv", "adressen.sqlite", "BAGGEM9998L-08012026.zip"])
def test_a_sandbox_that_lost_a_part_is_made_again(lost: str, tmp_path: Path) -> None:
    first = sandboxes.make(tmp_path, addresses=200)
    truth = first.truth.read_bytes()
    (tmp_path / lost).unlink()
    again = sandboxes.make(tmp_path, addresses=200)
    assert (tmp_path / lost).exists()
    assert again.counts == first.counts
    assert again.truth.read_bytes() == truth


def test_other_arguments_make_another_sandbox_in_its_place(tmp_path: Path) -> None:
    sandboxes.make(tmp_path, addresses=200, errors=10)
    again = sandboxes.make(tmp_path, addresses=100, errors=5, objects=["nummeraanduiding"])
    assert sum(again.counts["truth"].values()) == 5
    assert again.counts["bag"]["verblijfsobject"] == 0
    assert json.loads((tmp_path / "sandbox.json").read_text())["arguments"]["addresses"] == 100


def test_a_sandbox_of_which_the_making_failed_is_not_taken_for_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandboxes.make(tmp_path, addresses=200)
    elsewhere = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite'}"
    with pytest.raises(sa.exc.OperationalError):
        sandboxes.make(tmp_path, addresses=200, database=elsewhere)
    assert not (tmp_path / "sandbox.json").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"addresses": 0}, "1 to 5000000"),
        ({"addresses": 10, "errors": 11}, "more errors"),
        ({"addresses": 10, "errors": -1}, "fewer than none"),
        ({"objects": ["nummeraanduidingen"]}, "there are: woonplaats"),
    ],
)
def test_what_can_not_be_made_is_refused_with_what_can(wrong: dict[str, int], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=message):
        sandboxes.make(tmp_path, **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_no_other_user_reads_the_token(sandbox: Sandbox) -> None:
    assert stat.S_IMODE((sandbox.folder / "sandbox.json").stat().st_mode) == 0o600
    assert sandbox.partner_token not in repr(sandbox)


def test_the_connections_lead_to_the_parts(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandboxes.environment(sandbox, "http://127.0.0.1:8123").items():
        monkeypatch.setenv(name, value)
    database = _resolved("gemeente_adressen")
    with sa.create_engine(database.url).connect() as connected:
        rows = connected.execute(sa.text("SELECT count(*) FROM adressen")).scalar_one()
    assert rows == sandbox.counts["registry"]["rows"]
    assert _resolved("bag_levering").path == sandbox.bag_delivery
    partner = _resolved("partner_belasting")
    assert (partner.url, partner.password) == ("http://127.0.0.1:8123", sandbox.partner_token)


def test_the_connection_to_postgresql_keeps_its_password_out_of_the_url(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sandboxes.make(tmp_path, addresses=150, database=postgres)
    for name, value in sandboxes.environment(made, "http://127.0.0.1:8123").items():
        monkeypatch.setenv(name, value)
    found = _resolved("gemeente_adressen")
    assert (found.login, found.password) == ("gemeente", "geheim@1")
    assert "gemeente" not in found.url
    assert "geheim" not in found.url
    url = sa.make_url(found.url).set(username=found.login, password=found.password)
    with sa.create_engine(url).connect() as connected:
        rows = connected.execute(sa.text("SELECT count(*) FROM adressen")).scalar_one()
    assert rows == made.counts["registry"]["rows"]
    assert "geheim" not in (tmp_path / "sandbox.json").read_text()


def test_the_partner_is_served_until_terminated_and_found_through_connections_env(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as served:
        assert served.stdout is not None
        url = served.stdout.readline().strip()
        read = 'set -a; . "$0"; printf %s "$AIRFLOW_CONN_PARTNER_BELASTING"'
        found = subprocess.run(
            ["sh", "-c", read, tmp_path / "connections.env"],
            capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        partner = json.loads(found.stdout)
        assert partner["host"] == url
        headers = {"Authorization": f"Bearer {partner['password']}"}
        assert requests.put(f"{url}/a/v000001/a.csv", data=b"a", headers=headers, timeout=5).status_code == 201
        served.send_signal(signal.SIGTERM)
        assert served.stdout.readline().strip() == "stopped"
    assert served.returncode == 0
    assert (tmp_path / "partner" / "a" / "v000001" / "a.csv").read_bytes() == b"a"


def test_a_port_that_is_taken_is_refused(sandbox: Sandbox) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInput, match=r"can't listen on 127\.0\.0\.1"):
            sandboxes.serve(sandbox, port=taken.getsockname()[1])


def _resolved(name: str) -> connection.Connection:
    return connection.resolve(connection=name, url=None, folder=Path.cwd())
