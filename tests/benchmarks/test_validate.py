"""The benchmark of validation, at a tiny size: what it says is in the form of the design, and true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks._measure import HOME, PEERS
from benchmarks._validate import records
from benchmarks._validate.rules import truth, verdicts
from benchmarks._validate.suite import suite
from benchmarks.validate import equal
from tests.conftest import absent


def validate(out: Path, *more: str) -> dict[str, Any]:
    """The line that a tiny run ends with, which is also in the file that was asked for."""
    command = [sys.executable, str(HOME / "benchmarks" / "validate.py"), "--rows", "250", "--rounds", "1"]
    done = subprocess.run([*command, "--out", str(out), *more], capture_output=True, text=True, check=True)
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(out.read_text()) == line
    return line


def test_all_find_the_same_rows_and_the_line_has_the_designs_form(tmp_path: Path) -> None:
    if not PEERS.exists():
        absent("pandera and pointblank, by `make peers`")
    line = validate(tmp_path / "line.json")
    assert (line["benchmark"], line["rows"], line["equal"]) == ("validate", 250, True)
    assert [name.split()[0] for name in line["peers"]] == ["great_expectations", "pandera", "pointblank"]
    for spent in (line["ours"], *line["peers"].values()):
        assert spent["s"] > 0 and spent["peak_mb"] > 0
    for name, spent in line["peers"].items():
        assert line["ratios"][name.split()[0]] == pytest.approx(spent["s"] / line["ours"]["s"], abs=0.01)
    assert line["ratios"]["scan"] == pytest.approx(line["ours"]["s"] / line["scan_s"], rel=0.05)


def test_who_is_not_installed_is_absent_and_who_would_hold_too_much_is_not_run(tmp_path: Path) -> None:
    line = validate(tmp_path / "line.json", "--peers", str(tmp_path / "none"), "--peers-up-to", "100")
    assert line["equal"] is True  # held against the seed
    gx = next(name for name in line["peers"] if name.startswith("great_expectations "))
    assert line["peers"] == {gx: "not run above 100 rows", "pandera": "absent", "pointblank": "absent"}
    assert line["ratios"].keys() == {"scan"}


def test_one_row_more_or_another_mean_is_no_equal_answer() -> None:
    found, observed = verdicts(truth(250), 250), {"waarde mean": 1.5}
    ours = {"found": found, "observed": observed}
    assert equal({"ours": ours, "gx": ours, "pandera": {"found": found}, "scan": {}}, 250)
    assert not equal({"ours": ours, "pandera": {"found": found | {"postcode form": [False, 2]}}}, 250)
    assert not equal({"ours": ours, "gx": {"found": found, "observed": {"waarde mean": 1.6}}}, 250)


def test_the_register_has_twenty_columns_the_suite_twenty_expectations_and_a_seed_its_own_rows() -> None:
    def made(seed: int) -> list[tuple[Any, ...]]:
        return duckdb.sql(f"{records.select(1000, seed)} ORDER BY _row").fetchall()

    assert len(made(1)[0]) == 20 + 1
    assert len(suite(1000).expectations) == len(truth(1000)) == 20
    assert made(1) == made(1) != made(2)
