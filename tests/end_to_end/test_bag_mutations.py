"""The exchange adressen_landelijk by the command line: a Levering, the day after it, and a day with nothing new."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.end_to_end.driver import vlekkeloos
from vlekkeloos import sandbox
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox import bag_mutations

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"
TOWN = {"seed": 1, "addresses": 400}


def test_a_day_of_mutations_shows_up_as_what_the_municipality_has_to_mend(tmp_path: Path) -> None:
    town = sandbox.make(tmp_path / "town", errors=0, objects=["nummeraanduiding"], **TOWN)
    folder, partner = tmp_path / "leveringen", tmp_path / "partner"
    for made in (folder, partner):
        made.mkdir()
    shutil.copy(town.bag_delivery, folder)
    files = bag_mutations.connections(folder) | {
        "PARTNER_VEILIGHEIDSREGIO": {"conn_type": "file", "extra": {"path": str(partner)}}
    }
    environment = sandbox.environment(town, "http://127.0.0.1:1")
    environment |= {f"AIRFLOW_CONN_{name}": json.dumps(connection) for name, connection in files.items()}
    lake = Lake(str(tmp_path / "lake"))

    def run(run_id: str) -> None:
        told = ["--exchanges", EXCHANGES, "--lake", tmp_path / "lake", "--run-id", run_id, "--as-of", "2026-01-20"]
        ran = vlekkeloos("run", "adressen_landelijk", *told, environment=environment)
        assert ran.status == 0, ran.err

    def rows(table: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = lake.delta(lake.find(table)).to_pyarrow_table().to_pylist()
        return found

    def differences() -> set[tuple[str, str | None, str]]:
        return {(row["key"], row["field"], row["kind"]) for row in rows("discrepancies/adressen_landelijk")}

    run("r1")
    assert differences() == set()
    started = rows("raw/adressen_landelijk/bag")

    _, changes = bag_mutations.write(folder, **TOWN)
    run("r2")
    expected = {
        "new": (None, "missing_left"),
        "changed": ("postcode", "differs"),
        "ended": ("status", "differs"),
        "corrected": ("postcode", "differs"),
        "removed": (None, "missing_right"),
    }
    assert differences() == {(change.identificatie, *expected[change.kind]) for change in changes}
    agreed = {row["identificatie"]: row for row in rows("agreed/adressen_landelijk")}
    for change in changes:
        if change.valid is not None:
            row = agreed[change.identificatie]
            assert (row["postcode"], row["status"]) == (change.valid.postcode, change.valid.status)
    state = rows("raw/adressen_landelijk/bag")
    gone = [row for row in rows("deletions/adressen_landelijk/bag") if row["run_id"] == "r2"]
    added = sum(change.kind != "removed" for change in changes)
    assert len(state) == len(started) + added - len(gone)
    assert {row["key"] for row in gone} == {change.identificatie for change in changes if change.kind == "removed"}

    before = differences()
    run("r3")
    assert differences() == before
    assert _sorted(rows("raw/adressen_landelijk/bag")) == _sorted(state)


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr({**row, "_row": 0}) for row in rows)
