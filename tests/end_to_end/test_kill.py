"""A run that is killed anywhere and run again ends as one that was never disturbed."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.builder import Exchange, addresses, contract
from tests.end_to_end.driver import python, vlekkeloos

#: Kills its own process, really, at a given commit (of a table, or by a part of its id): before it, halfway its
#: rows, or after it.
KILLER = """
import os, signal, sys
import pyarrow as pa
from vlekkeloos import cli, lake
from vlekkeloos.lake import Lake

table, moment, *arguments = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def halfway(data):
    for batch in data.to_batches() if isinstance(data, pa.Table) else data:
        yield batch.slice(0, batch.num_rows // 2)
        die()

def write(self, name, data, **words):
    hit = name == table or (table.startswith("commit:") and table.removeprefix("commit:") in words["run_id"])
    if hit and moment == "before":
        die()
    if hit and moment == "halfway":
        data = pa.RecordBatchReader.from_batches(data.schema, halfway(data))
    made = plain_write(self, name, data, **words)
    if hit and moment == "after":
        die()
    return made

def keep(self, local, name):
    if name.startswith(table) and moment == "before":
        die()
    made = plain_keep(self, local, name)
    if name.startswith(table) and moment == "after":
        die()
    return made

plain_write, Lake.write = Lake.write, write
plain_keep, Lake.keep = Lake.keep, keep
cli.main(arguments)
"""

POINTS = [
    ("raw/demo/gemeente", "halfway"),
    ("raw/demo/bag", "after"),
    ("commit:/pull/bag/done", "before"),
    ("quarantine/demo/gemeente", "halfway"),
    ("quarantine/demo/bag", "after"),
    ("accepted/demo/gemeente", "halfway"),
    ("accepted/demo/bag", "after"),
    ("discrepancies/demo", "halfway"),
    ("discrepancies/demo", "after"),
    ("agreed/demo", "halfway"),
    ("agreed/demo", "after"),
    ("terugmeldingen/demo", "halfway"),
    ("terugmeldingen/demo", "after"),
    ("releases/demo/afnemer", "halfway"),
    ("releases/demo/afnemer", "after"),
    ("packages/demo/afnemer", "before"),
    ("packages/demo/afnemer", "after"),
    ("deliveries/demo", "after"),
    ("commit:/2/delivered", "before"),
    ("commit:/publish/afnemer/done", "before"),
    ("reports/demo", "before"),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """An exchange that ran once, whose registries then changed: the run under test is its second."""
    made = Exchange(tmp_path_factory.mktemp("prepared"), contract(feed_back={"after": "2 runs"}))
    made.sides(
        addresses(("1", "1234AB", 1), ("2", "9999ZZ", 2), ("3", "1234AB", 3)),
        addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("4", "1234AB", 4)),
    )
    assert run(made, "r1").status == 0
    made.sides(
        addresses(("1", "1234AB", 1), ("2", "9999ZZ", 2), ("3", "fout", 3), ("5", "1234AB", 5)),
        addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("4", "1234AB", 4)),
    )
    return made


def copied(prepared: Exchange, folder: Path) -> Exchange:
    """The prepared exchange and its lake in a folder of its own."""
    shutil.copytree(prepared.folder, folder, dirs_exist_ok=True)
    return Exchange(folder, prepared.text)


def arguments(made: Exchange, run_id: str) -> list[str]:
    words = ["run", "demo", "--run-id", run_id, "--as-of", "2026-01-01"]
    return [*words, "--exchanges", str(made.exchanges), "--lake", str(made.folder / "lake")]


def run(made: Exchange, run_id: str) -> Any:
    return vlekkeloos(*arguments(made, run_id))


def state(made: Exchange) -> dict[str, Any]:
    """All that a run leaves: rows and versions of every table, every kept and every delivered file."""
    lake = made.lake
    fleeting = {"recorded_at", "seconds", "at"}
    tables = {
        table: (
            lake.find(table).version if table not in ("runs", "deliveries/demo") else None,
            sorted(
                json.dumps({k: v for k, v in row.items() if k not in fleeting}, default=str).replace(
                    str(made.folder), "HERE"
                )
                for row in made.rows(table)
            ),
        )
        for table in lake.tables()
    }
    files = {
        str(path.relative_to(made.folder)): path.read_bytes()
        for top in ("lake/packages", "exchanges/demo/afnemer")
        for path in (made.folder / top).rglob("*")
        if path.is_file()
    }
    reports = {path.name for path in (made.folder / "lake/reports").rglob("*") if path.is_file()}
    return {"tables": tables, "files": files, "reports": reports}


@pytest.fixture(scope="module")
def undisturbed(prepared: Exchange, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made = copied(prepared, tmp_path_factory.mktemp("undisturbed"))
    assert run(made, "r2").status == 0
    return state(made)


@pytest.mark.parametrize(("table", "moment"), POINTS, ids=[f"{table} {moment}" for table, moment in POINTS])
def test_killed_and_run_again_ends_as_if_nothing_happened(
    tmp_path: Path, prepared: Exchange, undisturbed: dict[str, Any], table: str, moment: str
) -> None:
    made = copied(prepared, tmp_path)
    latest = made.home / "afnemer" / "demo" / "latest.json"
    before = latest.read_bytes()
    killed = python(KILLER, table, moment, *arguments(made, "r2"))
    assert killed.status == -signal.SIGKILL, killed.err
    if not table.startswith(("commit:", "reports", "deliveries")):
        assert latest.read_bytes() == before
    again = run(made, "r2")
    assert again.status == 0, again.err
    assert state(made) == undisturbed
