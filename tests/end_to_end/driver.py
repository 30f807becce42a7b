"""Drives the product as its users do: the installed command, in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).parent / "vlekkeloos")


@dataclass
class Answer:
    """How a command ended: its exit status, what it printed, and its peak memory."""

    status: int
    out: str
    err: str
    peak_mb: int = 0

    @property
    def json(self) -> Any:
        """What ``--json`` printed."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        """What ``show`` printed as CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))


def vlekkeloos(*arguments: str | Path, environment: dict[str, str] | None = None) -> Answer:
    """Runs the command to its end."""
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def measured(*arguments: str | Path, environment: dict[str, str] | None = None) -> Answer:
    """Runs the command under a small parent that reports the peak memory of it and all it started."""
    watch = (
        "import json, resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024\n"
        "print(json.dumps([done.returncode, done.stdout, done.stderr, peak]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, COMMAND, *map(str, arguments)],
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=True,
    )
    return Answer(*json.loads(done.stdout))
