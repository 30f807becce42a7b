"""The exchange personen_kennisgevingen by the command line: everybody, a day of changes, and nothing new."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.end_to_end.driver import vlekkeloos
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox import stuf_messages

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"
TOWN = {"seed": 1, "persons": 120}
A_BSN = re.compile(r"9999\d{5}")


def test_a_day_of_messages_shows_up_as_what_the_department_has_to_mend_and_no_log_names_anybody(
    tmp_path: Path,
) -> None:
    folder, partner = tmp_path / "berichten", tmp_path / "partner"
    for made in (folder, partner):
        made.mkdir()
    stuf_messages.write_municipal(tmp_path / "personen.csv", **TOWN)
    stuf_messages.write(folder, **TOWN)
    places = stuf_messages.connections(folder, tmp_path / "personen.csv") | {
        "PARTNER_POST": {"conn_type": "file", "extra": {"path": str(partner)}}
    }
    environment = {f"AIRFLOW_CONN_{name}": json.dumps(connection) for name, connection in places.items()}
    lake = Lake(str(tmp_path / "lake"))

    def run(run_id: str) -> None:
        told = ["--exchanges", EXCHANGES, "--lake", tmp_path / "lake", "--run-id", run_id]
        ran = vlekkeloos("run", "personen_kennisgevingen", *told, environment=environment)
        assert ran.status == 0, ran.err
        assert not A_BSN.search(ran.err + ran.out)

    def rows(table: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = lake.delta(lake.find(table)).to_pyarrow_table().to_pylist()
        return found

    def differences() -> set[tuple[str, str | None, str]]:
        return {(row["key"], row["field"], row["kind"]) for row in rows("discrepancies/personen_kennisgevingen")}

    run("r1")
    assert differences() == set()

    _, changes = stuf_messages.write(folder, **TOWN, day=1)
    run("r2")
    assert differences() == {expected for change in changes for expected in _seen(change)}
    gone = rows("deletions/personen_kennisgevingen/burgerzaken")
    assert {row["key"] for row in gone} == {change.bsn for change in changes if change.now is None}
    state = rows("raw/personen_kennisgevingen/burgerzaken")

    before = differences()
    run("r3")
    assert differences() == before
    assert _sorted(rows("raw/personen_kennisgevingen/burgerzaken")) == _sorted(state)
    released = [path.read_text(encoding="utf-8") for path in partner.rglob("*.csv")]
    assert released and not any(A_BSN.search(text) for text in released)


def _seen(change: stuf_messages.Change) -> list[tuple[str, str | None, str]]:
    """The differences that a change makes between the department's list and the messages."""
    if change.kind == "new":
        return [(change.bsn, None, "missing_left")]
    if change.now is None:
        return [(change.bsn, None, "missing_right")]
    was = next(row for row in stuf_messages.municipal_rows(**TOWN) if row["bsn"] == change.bsn)
    now = {
        "voorvoegsel": change.now.voorvoegsel,
        "geslachtsnaam": change.now.geslachtsnaam,
        "postcode": change.now.address.postcode,
        "huisnummer": change.now.address.huisnummer,
    }
    return [(change.bsn, field, "differs") for field, value in now.items() if was[field] != value]


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr({**row, "_row": 0}) for row in rows)
