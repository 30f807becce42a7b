"""Contenders in, their seconds and memory out: each a process of its own, in turn, over several rounds, medians.

What a benchmark says in the end is one line of JSON:
``{"benchmark", "rows", "equal", "scan_s", "ours": {"s", "peak_mb"}, "peers": {"name version": {"s", "peak_mb"}},
"ratios": {"name": …, "scan": …}}``. A peer's ratio is its time by ours: how many times as fast ours is. That of
the scan is our time by the scan's. Of a peer that isn't installed the line says "absent".
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

HOME = Path(__file__).resolve().parents[1]
#: Where ``make peers`` puts those that need an environment of their own.
PEERS = HOME / ".local" / "peers" / "bin" / "python"

Spent = dict[str, float]
#: What a contender is run with in a folder of its own: the arguments of its command.
Command = Callable[[Path], Sequence[str]]


def module(name: str, *arguments: str, python: Path | str = sys.executable) -> list[str]:
    """The command of a module of this folder."""
    return [str(python), "-m", f"benchmarks.{name}", *arguments]


def rounds(
    contenders: Mapping[str, Command],
    number: int,
    check: Callable[[Mapping[str, Path]], Any] | None = None,
    answers: dict[str, dict[str, Any]] | None = None,
) -> tuple[dict[str, Spent], Any]:
    """The medians of each contender's figures, and what ``check`` says of the results of the last round.

    ``check`` is given the folder of each; ``answers`` gets what each said in the last round besides its figures.
    The order turns by one every round, so that none is always first.
    """
    figures = ("s", "cpu_s", "peak_mb")
    names, said = list(contenders), None
    spent: dict[str, list[Spent]] = {name: [] for name in names}
    for turn in range(number):
        with TemporaryDirectory(prefix="vlekkeloos-bench-") as work:
            folders = {name: Path(work) / name.replace(" ", "-") for name in names}
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                folders[name].mkdir()
                told = said_by(contenders[name](folders[name]))
                spent[name].append({figure: told.pop(figure) for figure in figures})
                if answers is not None:
                    answers[name] = told
                print(f"{name}, round {turn + 1} of {number}: {spent[name][-1]}", file=sys.stderr, flush=True)
            if check is not None and turn == number - 1:
                said = check(folders)
    return {
        name: {f: round(median(one[f] for one in all_), 3) for f in figures} for name, all_ in spent.items()
    }, said


def said_by(command: Sequence[str]) -> dict[str, Any]:
    """The last line that a command prints, as JSON. What it says on its way is shown only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HOME, env=environment())
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


def environment() -> dict[str, str]:
    """The environment of each contender: this tree's modules, and nothing that is measured by where it runs."""
    return os.environ | {"PYTHONPATH": str(HOME)}


def version(package: str, python: Path = PEERS) -> str | None:
    """The version of a peer in an environment of its own, None if it isn't there."""
    if not python.exists():
        return None
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def judged(
    spent: Mapping[str, Spent], absent: Sequence[str] = (), *, ours: str = "ours", scan: str | None = None
) -> dict[str, Any]:
    """The part of the line that says who spent what, and the ratios."""
    mine = spent[ours]
    peers: dict[str, Any] = {name: one for name, one in spent.items() if name not in (ours, "scan")}
    ratios = {name.split()[0]: round(one["s"] / mine["s"], 2) for name, one in peers.items()}
    said: dict[str, Any] = {"ours": mine, "peers": peers | dict.fromkeys(absent, "absent"), "ratios": ratios}
    if scan is not None:
        said["scan_s"] = spent[scan]["s"]
        ratios["scan"] = round(mine["s"] / spent[scan]["s"], 2)
    return said


def tell(line: Mapping[str, Any], out: Path | None) -> None:
    """Prints the line, and writes it to a file if one was asked for."""
    text = json.dumps(line)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    print(text, flush=True)
