"""The benchmark of linking, at a tiny size: what it says is in the form of the design, and true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks._link.records import BOTH, FIELDS, made
from benchmarks._measure import HOME


def test_ours_finds_more_than_rules_do_and_the_line_has_the_designs_form(tmp_path: Path) -> None:
    out = tmp_path / "line.json"
    tiny = ["--rows", "1000", "--rounds", "1", "--out", str(out)]
    command = [sys.executable, str(HOME / "benchmarks" / "link.py"), *tiny]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(out.read_text()) == line
    assert (line["benchmark"], line["rows"], line["equal"]) == ("link", 1000, True)
    assert line["persons"] == 1000 * BOTH // 100
    assert line["peers"].keys() == line["ratios"].keys() == {"exact", "jaro_winkler"}
    quality = line["quality"]
    ours, answered = quality["ours"], quality["ours, with answers"]
    assert ours["precision"] > 0.97 and ours["recall"] > quality["jaro_winkler"]["recall"] > 0.3
    assert answered["recall"] >= ours["recall"] and answered["asked"] < ours["asked"]


def test_a_seed_has_its_own_persons_and_a_truth_that_is_there() -> None:
    left, right, truth = made(200, 1)
    assert (left, right, truth) == made(200, 1) != made(200, 2)
    assert {len(record) for record in (*left, *right)} == {len(FIELDS)}
    assert {key for key, _ in truth} <= {key for key, *_ in left}
    assert {key for _, key in truth} <= {key for key, *_ in right}
