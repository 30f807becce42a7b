"""The benchmark of the ledger, at a tiny size: what it says is in the form of the design, and true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks._measure import HOME


def test_the_ledger_says_what_a_merge_says_and_the_line_has_the_designs_form(tmp_path: Path) -> None:
    out = tmp_path / "line.json"
    command = [sys.executable, str(HOME / "benchmarks" / "ledger.py"), "--rows", "1000", "--changes", "100"]
    done = subprocess.run([*command, "--rounds", "1", "--out", str(out)], capture_output=True, text=True, check=True)
    line = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(out.read_text()) == line
    assert {name: line[name] for name in ("benchmark", "rows", "found", "changes", "equal")} == {
        "benchmark": "ledger",
        "rows": 1000,
        "found": 100 + 30 - 20 + 20,
        "changes": 100,
        "equal": True,
    }
    (peer,) = line["peers"].values()
    assert line["ratios"]["deltalake"] == pytest.approx(peer["s"] / line["ours"]["s"], abs=0.01)
    assert line["ratios"]["scan"] == pytest.approx(line["ours"]["s"] / line["scan_s"], rel=0.05)
