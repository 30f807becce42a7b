"""A million addresses a side: every planted error found and no other, within 2 GB."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.driver import measured
from tests.end_to_end.partner import serving
from vlekkeloos import sandbox
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox.score import score

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"


def test_a_million_against_a_million_within_two_gigabytes(tmp_path: Path) -> None:
    town = sandbox.make(tmp_path / "town", addresses=1_000_000, objects=["nummeraanduiding"])
    lake = tmp_path / "lake"
    with serving(town) as url:
        ran = measured(
            "run", "adressen", "--exchanges", EXCHANGES, "--lake", lake, environment=sandbox.environment(town, url)
        )
    assert ran.status == 0, ran.err
    found = score(Lake(str(lake)), "adressen", town.truth)
    assert (found.planted, found.found, found.right) == (20_000, 20_000, 20_000)
    assert ran.peak_mb < 2048
