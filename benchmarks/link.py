"""Linking two registers that share no key, against an exact join and a rule of Jaro-Winkler.

    python benchmarks/link.py --rows 100000 --out FILE

ends with one line of JSON, as benchmarks/_measure.py has it, with ``quality``: what each finds of the truth, and what
we find after a person answered every question rightly. ``equal`` is true if ours finds the same in another process.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._link.rule import RULES
from benchmarks._measure import Command, judged, module, rounds, said_by, tell


def _rule(lake: str, name: str) -> Command:
    return lambda _: module("_link.rule", lake, name)


def main() -> None:
    """Measures, and tells."""
    parser = argparse.ArgumentParser(description="Linking two registers without a key, side by side with rules.")
    parser.add_argument("--rows", type=int, default=100_000, help="records of each register")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a file for the line too")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="vlekkeloos-bench-") as lake:
        made = said_by(module("_link.records", lake, str(wanted.rows), str(wanted.seed)))
        commands: dict[str, Command] = {"ours": lambda _: module("_link.ours", lake)}
        commands |= {name: _rule(lake, name) for name in RULES}
        answers: dict[str, dict[str, Any]] = {}
        spent, _ = rounds(commands, wanted.rounds, answers=answers)
        labelled = said_by(module("_link.ours", lake, "labelled"))
    equal = labelled["first"] == answers["ours"]
    quality = answers | {"ours, with answers": labelled["then"]}
    for one in quality.values():
        one.pop("digest")
    line = {"benchmark": "link", "rows": wanted.rows, **made, "equal": equal, **judged(spent), "quality": quality}
    tell(line, wanted.out)


if __name__ == "__main__":
    main()
