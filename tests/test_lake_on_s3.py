"""The lake on an object store: an S3-compatible server on loopback holds a whole exchange."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.builder import DAY, Exchange
from tests.conftest import absent
from vlekkeloos import check, pipeline
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run

ROOT = Path(__file__).resolve().parents[1]
MOTO = ROOT / ".local" / "services" / "bin" / "moto_server"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URL of an empty bucket; the environment names its server and keys."""
    if not MOTO.exists():
        absent(f"{MOTO.relative_to(ROOT)}: an S3-compatible server; `make services` installs it")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [MOTO, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{port}"
    keys = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ALLOW_HTTP": "true",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in keys.items():
            environment.setenv(name, value)
        try:
            for _ in range(120):
                try:
                    requests.put(f"{endpoint}/meer", timeout=5).raise_for_status()
                    break
                except requests.ConnectionError:
                    time.sleep(0.5)
            yield "s3://meer/lake"
        finally:
            server.terminate()
            server.wait()


def test_a_whole_exchange_runs_on_an_object_store(exchange: Exchange, bucket: str) -> None:
    lake = Lake(bucket)
    run = Run(check.find(exchange.exchanges, "demo"), lake, "r1", DAY)
    pipeline.run_all(run)
    pipeline.run_all(run)
    assert lake.find("raw/demo/bag").version == 0
    with lake.query(agreed=lake.find("agreed/demo")) as query:
        assert query.execute("SELECT count(*) FROM agreed").fetchone() == (2,)
    assert lake.exists("reports/demo/r1/report.html")
    with lake.fetched("packages/demo/afnemer/v000001") as local:
        manifest = json.loads((local / "manifest.json").read_text(encoding="utf-8"))
        assert all((local / entry["name"]).is_file() for entry in manifest["files"])
    assert (exchange.home / "afnemer" / "demo" / "v000001" / "demo.csv").is_file()
