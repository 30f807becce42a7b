"""The benchmark of reconciling, at a tiny size: what it says is in the form of the design, and true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks._measure import HOME, PEERS
from benchmarks._reconcile import records
from benchmarks.reconcile import equal
from tests.conftest import absent


def reconcile(out: Path, *more: str) -> dict[str, Any]:
    """The line that a tiny run ends with, which is also in the file that was asked for."""
    command = [sys.executable, str(HOME / "benchmarks" / "reconcile.py"), "--rows", "1000", "--rounds", "1"]
    done = subprocess.run([*command, "--out", str(out), *more], capture_output=True, text=True, check=True)
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(out.read_text()) == line
    return line


def test_all_find_the_same_and_the_line_has_the_designs_form(tmp_path: Path) -> None:
    if not PEERS.exists():
        absent("datacompy and polars, by `make peers`")
    line = reconcile(tmp_path / "line.json")
    assert (line["benchmark"], line["rows"], line["equal"]) == ("reconcile", 1000, True)
    assert [name.split()[0] for name in line["peers"]] == ["datacompy-pandas", "datacompy-polars", "pandas", "polars"]
    for spent in (line["ours"], *line["peers"].values()):
        assert spent["s"] > 0 and spent["peak_mb"] > 0
    for name, spent in line["peers"].items():
        assert line["ratios"][name.split()[0]] == pytest.approx(spent["s"] / line["ours"]["s"], abs=0.01)
    assert line["ours"]["agreed_s"] > line["ours"]["s"]


def test_who_is_not_installed_is_absent(tmp_path: Path) -> None:
    line = reconcile(tmp_path / "line.json", "--peers", str(tmp_path / "none"))
    assert line["equal"] is True  # held against the seed
    assert set(line["peers"].values()) == {"absent"}
    assert line["ratios"].keys() == {"scan"}


def test_one_difference_more_is_no_equal_answer() -> None:
    truth = {"missing_left": 1, "straat": 2}
    assert equal({"ours": {"found": truth}, "scan": {}}, truth)
    assert not equal({"ours": {"found": truth}, "polars": {"found": truth | {"straat": 3}}}, truth)


def test_the_registers_have_twenty_columns_and_differ_as_the_seed_says() -> None:
    with duckdb.connect() as query:
        for side in ("left", "right"):
            query.execute(f"CREATE TABLE {side}_ AS {records.select(side, 1000, 1)}")
        assert len(query.execute("FROM left_ LIMIT 1").fetchall()[0]) == 20
        missing = query.execute("SELECT count(*) FROM left_ ANTI JOIN right_ USING (identificatie)").fetchall()[0][0]
        naam = query.execute(
            "SELECT count(*) FROM left_ l JOIN right_ r USING (identificatie) WHERE l.naam IS DISTINCT FROM r.naam"
        ).fetchall()[0][0]
    truth = records.truth(1000, 1)
    assert (missing, naam) == (truth["missing_right"], truth["naam"])
    assert truth != records.truth(1000, 2)
