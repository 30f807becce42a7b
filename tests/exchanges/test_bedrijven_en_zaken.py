"""Each exchange with KVK and with the case system, as its contract says, finds what was planted and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.driver import vlekkeloos
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox import businesses, cases, registries
from vlekkeloos.sandbox.mistakes import Truth
from vlekkeloos.sandbox.registries import Town

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"
TOWN = Town(seed=4, addresses=200)
ONLY = ["kvk", "zaken", "catalogi"]
PARTNERS = {
    "bedrijven": "belasting_bedrijven",
    "vestigingen": "omgevingsdienst",
    "bedrijven_in_plaats": "omgevingsdienst",
    "zaken": "streekarchief",
    "zaaktypen": "klantcontactcentrum",
}
PLANTED = {
    "bedrijven": businesses.planted_bedrijven(TOWN),
    "vestigingen": businesses.planted_vestigingen(TOWN),
    "bedrijven_in_plaats": businesses.planted_in_plaats(TOWN),
    "zaken": cases.planted_zaken(TOWN),
    "zaaktypen": cases.planted_zaaktypen(),
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Every connection that the contracts name."""
    folder = tmp_path_factory.mktemp("gemeente")
    places = {name: {"conn_type": "file", "extra": {"path": str(folder / name)}} for name in PARTNERS.values()}
    partners = {f"AIRFLOW_CONN_PARTNER_{name.upper()}": json.dumps(place) for name, place in places.items()}
    with registries.serve(TOWN, only=ONLY) as serving:
        yield registries.connections(serving, only=ONLY) | registries.furnish(TOWN, folder, only=ONLY) | partners


@pytest.mark.parametrize("exchange", PARTNERS)
def test_a_run_finds_what_was_planted_and_nothing_else(
    exchange: str, environment: dict[str, str], tmp_path: Path
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    places = ["--exchanges", EXCHANGES, "--lake", lake.url]
    run = vlekkeloos("run", exchange, *places, "--run-id", "r1", environment=environment)
    assert run.status == 0, run.err
    rows = lake.delta(lake.find(f"discrepancies/{exchange}")).to_pyarrow_table().to_pylist()
    found = sorted(tuple(row[name] or "" for name in ("key", "field", "kind", "left", "right")) for row in rows)
    assert found == sorted(_told(truth) for truth in PLANTED[exchange])
    manifest = next(tmp_path.rglob("manifest.json"))
    assert json.loads(manifest.read_text())["files"][0]["rows"] > 0


def _told(truth: Truth) -> tuple[str, ...]:
    return truth.key, truth.field, truth.kind, truth.left, truth.right
