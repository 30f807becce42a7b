"""Validating a register: a suite of twenty expectations in a lake, against GX on pandas, pandera and pointblank.

    python benchmarks/validate.py --rows 1000000 --out FILE

ends with one line of JSON, as benchmarks/_measure.py has it. ``equal`` is true if everyone, and the seed itself,
says the same of each rule: whether it is met, and how many rows break it. Those on pandas hold the whole table in
memory: above ``--peers-up-to`` rows they aren't run, and the line says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._measure import PEERS, Command, judged, module, rounds, said_by, tell, version
from benchmarks._validate.rules import truth, verdicts

TABLE = "raw/validate/verblijfsobject"


def contenders(wanted: argparse.Namespace, lake: Path) -> tuple[dict[str, Command], dict[str, str]]:
    """The commands of who takes part, ours and the scan among them, and why others don't."""
    own, rows, table = Path(sys.executable), str(wanted.rows), str(lake / TABLE)
    commands: dict[str, Command] = {
        "ours": lambda _: module("_validate.ours", str(lake), TABLE, rows),
        "scan": lambda _: module("_validate.scan", str(lake), TABLE),
    }
    left_out: dict[str, str] = {}
    for package, python in (("great_expectations", own), ("pandera", wanted.peers), ("pointblank", wanted.peers)):
        if (there := version(package, python)) is None:
            left_out[package] = "absent"
        elif wanted.rows > wanted.peers_up_to:
            left_out[f"{package} {there}"] = f"not run above {wanted.peers_up_to} rows"
        else:
            commands[f"{package} {there}"] = _peer(package, table, rows, python)
    return commands, left_out


def _peer(package: str, table: str, rows: str, python: Path) -> Command:
    return lambda _: module(f"_validate.with_{package}", table, rows, python=python)


def equal(answers: Mapping[str, Mapping[str, Any]], rows: int) -> bool:
    """Everyone found what is in the seed; who tells what it observed of a column as a whole observed the same."""
    found = [answer["found"] for name, answer in answers.items() if name != "scan"]
    observed = [answer["observed"] for answer in answers.values() if "observed" in answer]
    expected = verdicts(truth(rows), rows)
    return all(one == expected for one in found) and all(one == observed[0] for one in observed)


def main() -> None:
    """Measures, and tells."""
    parser = argparse.ArgumentParser(description="Validating a register, side by side with peers.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the register")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python of the peers (make peers)")
    parser.add_argument(
        "--peers-up-to", type=int, default=1_000_000, metavar="ROWS", help="rows above which no peer is run"
    )
    parser.add_argument("--out", type=Path, help="a file for the line too")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="vlekkeloos-bench-") as work:
        lake = Path(work)
        made = said_by(module("_validate.records", work, str(wanted.rows), str(wanted.seed)))
        commands, left_out = contenders(wanted, lake)
        answers: dict[str, dict[str, Any]] = {}
        spent, _ = rounds(commands, wanted.rounds, answers=answers)
    line = judged(spent, scan="scan")
    line["peers"] |= left_out
    tell(
        {"benchmark": "validate", "rows": wanted.rows, **made, "equal": equal(answers, wanted.rows), **line},
        wanted.out,
    )


if __name__ == "__main__":
    main()
