"""Comparing two registers of 20 fields in a lake, against datacompy, pandas and Polars.

    python benchmarks/reconcile.py --rows 1000000 --out FILE

ends with one line of JSON, as benchmarks/_measure.py has it. ``equal`` is true if everyone, and the seed itself, says
the same: how many records are missing on each side, and how many differ in each field. ``ours.s`` is what the stage
does to find that, ``agreed_s`` the same and the agreed records written. The peers hold both tables in memory: above
``--peers-up-to`` rows they aren't run, and the line says so.
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

#: The module of each peer, its arguments besides the lake, and the package whose version it has.
CONTENDERS: dict[str, tuple[str, list[str], str]] = {
    "datacompy-pandas": ("_reconcile.with_datacompy", ["pandas"], "datacompy"),
    "datacompy-polars": ("_reconcile.with_datacompy", ["polars"], "datacompy"),
    "pandas": ("_reconcile.with_pandas", [], "pandas"),
    "polars": ("_reconcile.with_polars", [], "polars"),
}


def contenders(wanted: argparse.Namespace, lake: str) -> tuple[dict[str, Command], dict[str, str]]:
    """The commands of who takes part, ours and the scan among them, and why others don't."""
    commands: dict[str, Command] = {
        "ours": lambda folder: module("_reconcile.ours", lake, str(folder)),
        "scan": lambda _: module("_reconcile.scan", lake),
    }
    left_out: dict[str, str] = {}
    for name, (of, arguments, package) in CONTENDERS.items():
        if (there := version(package, wanted.peers)) is None:
            left_out[name] = "absent"
        elif wanted.rows > wanted.peers_up_to:
            left_out[f"{name} {there}"] = f"not run above {wanted.peers_up_to} rows"
        else:
            commands[f"{name} {there}"] = _peer(of, lake, arguments, wanted.peers)
    return commands, left_out


def _peer(name: str, lake: str, arguments: list[str], python: Path) -> Command:
    return lambda _: module(name, lake, *arguments, python=python)


def equal(answers: Mapping[str, Mapping[str, Any]], truth: Mapping[str, int]) -> bool:
    """Everyone found what is in the seed."""
    return all(answer["found"] == truth for name, answer in answers.items() if name != "scan")


def main() -> None:
    """Measures, and tells."""
    parser = argparse.ArgumentParser(description="Comparing two registers, side by side with peers.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each register")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python of the peers (make peers)")
    parser.add_argument(
        "--peers-up-to", type=int, default=1_000_000, metavar="ROWS", help="rows above which no peer is run"
    )
    parser.add_argument("--out", type=Path, help="a file for the line too")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="vlekkeloos-bench-") as work:
        made = said_by(module("_reconcile.records", work, str(wanted.rows), str(wanted.seed)))
        commands, left_out = contenders(wanted, work)
        answers: dict[str, dict[str, Any]] = {}
        spent, _ = rounds(commands, wanted.rounds, answers=answers)
    line = judged(spent, scan="scan")
    line["peers"] |= left_out
    line["ours"] |= {figure: answers["ours"][figure] for figure in ("agreed_s", "agreed_mb")}
    truth = made.pop("truth")
    tell({"benchmark": "reconcile", "rows": wanted.rows, **made, "equal": equal(answers, truth), **line}, wanted.out)


if __name__ == "__main__":
    main()
