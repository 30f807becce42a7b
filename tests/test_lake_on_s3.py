"""The lake on an object store: an S3-compatible server on loopback holds a whole exchange."""

from __future__ import annotations

import json

import pytest

from tests.builder import DAY, Exchange
from tests.servers import ObjectStore
from vlekkeloos import check, pipeline
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run


@pytest.fixture
def bucket(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty bucket; the environment names its server and keys."""
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    store.put("meer")
    return "s3://meer/lake"


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
