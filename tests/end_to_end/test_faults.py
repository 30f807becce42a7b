"""A case system that fails in one request of five, in each way that it can: every zaak is pulled, once, as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.zgw_zaken import RESOURCES
from tests.builder import Exchange, contract
from tests.end_to_end.driver import measured
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Serving, Town, _zaken_records, catalogi, zaken

#: Four zaken an address. All 100,000 for a server that is away, for pages that shift, where each depends on all
#: others, and for all faults together: half a minute each. The other kinds go wrong a page at a time, whatever the
#: number of pages: of them 20,000 zaken are pulled, 200 pages of which 40 are hit.
MANY, FEW = Town(seed=7, addresses=25_000), Town(seed=7, addresses=5_000)
WHOLE = {"unavailable", "shifted"}
#: What a pull holds at most, whatever the registry's size: pages on their way, and DuckDB's 512 MB.
MOST_MB = 1500
KINDS = ("too_many", "unavailable", "slow", "cut_off", "wrong_type", "expired_token", "shifted")


@dataclass
class Registry:
    """A case system that is being served, what it holds, and an exchange that pulls it."""

    serving: Serving
    holds: pa.Table

    def pull(self, folder: Path) -> tuple[pa.Table, int]:
        """What raw has after a pull by the command line, and its peak memory in MB."""
        made = Exchange(folder, pull_of_zaken())
        environment = registries.connections(self.serving, only=["zaken"])
        # the sandbox has no limit of its own to keep to
        connection = json.loads(environment["AIRFLOW_CONN_ZAKEN"]) | {"extra": {"rate": "1000/1"}}
        places = ["--exchanges", made.exchanges, "--lake", made.folder / "lake"]
        ran = measured(
            *("pull", "demo", "--source", "nieuw", "--run-id", "r1", *places),
            environment={"AIRFLOW_CONN_ZAKEN": json.dumps(connection)},
        )
        assert ran.status == 0, ran.err
        lake = made.lake
        assert lake.tables() == ["raw/demo/nieuw", "runs"], "the pages that were kept on the way are removed"
        return lake.delta(lake.find("raw/demo/nieuw")).to_pyarrow_table(), ran.peak_mb

    def has_come_whole(self, raw: pa.Table) -> bool:
        """Every zaak once, in the registry's order, each field as it is there."""
        rows = raw.sort_by("_row").drop_columns(["_row"])
        return bool(rows.cast(self.holds.schema).equals(self.holds))


def pull_of_zaken() -> dict[str, object]:
    """A contract whose source ``nieuw`` is a case system."""
    plain = contract(validate={}, publish=[])
    nieuw = {"connector": "zgw_zaken", "connection": "zaken", "resource": "zaken", "key": "identificatie"}
    reconcile = {"left": "oud", "right": "nieuw", "fields": {"startdatum": {}}, "settle": "oud"}
    return plain | {"sources": {"oud": plain["sources"]["gemeente"], "nieuw": nieuw}, "reconcile": reconcile}


def _served(town: Town) -> Iterator[Registry]:
    with registries.serve_process(town, only=["zaken"]) as serving:
        links = _zaken_records.Links(
            serving.url + zaken.PREFIX, serving.url + catalogi.PREFIX, serving.url + "/elders"
        )
        batches = []
        for first in range(0, 4 * town.addresses, 1000):
            records = [_zaken_records.zaak(town, links, number) for number in range(first, first + 1000)]
            batch, misfits = RESOURCES["zaken"].columns.batch(records)
            assert not misfits
            batches.append(batch)
        yield Registry(serving, pa.Table.from_batches(batches))


@pytest.fixture(scope="module")
def many() -> Iterator[Registry]:
    """100,000 zaken."""
    yield from _served(MANY)


@pytest.fixture(scope="module")
def few() -> Iterator[Registry]:
    """20,000 zaken."""
    yield from _served(FEW)


@pytest.fixture
def failing(request: pytest.FixtureRequest) -> Iterator[Registry]:
    """The registry whose size the test asks for, without any fault yet, nor when the test is over."""
    registry: Registry = request.getfixturevalue(request.param)
    registry.serving.calm()
    yield registry
    registry.serving.calm()


SIZES = [pytest.param("many" if kind in WHOLE else "few", kind, id=kind) for kind in KINDS]


@pytest.mark.parametrize(("failing", "kind"), SIZES, indirect=["failing"])
def test_one_request_in_five_fails(tmp_path: Path, failing: Registry, kind: str) -> None:
    failing.serving.fault(kind, 0.2, seconds=0.05)
    raw, peak = failing.pull(tmp_path)
    assert raw.num_rows == failing.holds.num_rows
    assert failing.has_come_whole(raw)
    assert peak < MOST_MB
    seen = failing.serving.seen()
    assert seen["hit"][kind] > seen["asked"] / 8


@pytest.mark.parametrize("failing", ["many"], indirect=True)
def test_everything_fails_at_times(tmp_path: Path, failing: Registry) -> None:
    for number, kind in enumerate(KINDS):
        failing.serving.fault(kind, 0.03, seed=number, seconds=0.05)
    raw, peak = failing.pull(tmp_path)
    assert raw.num_rows == failing.holds.num_rows == 100_000
    assert failing.has_come_whole(raw)
    assert peak < MOST_MB
    assert failing.serving.seen()["hit"].keys() == set(KINDS)
