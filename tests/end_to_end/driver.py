"""Drives the product as its users do: by its command, in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).parent / "vlekkeloos")

#: What a process of ``python`` is forked from: a server that imported what every command imports first, and what is
#: slow to import and not ours. Ours beyond that a command still imports itself, as it does for its users; nor is
#: Airflow here, which reads its settings when it is imported.
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "vlekkeloos.cli", "great_expectations", "altair", "vl_convert", "deltalake", "sqlalchemy", "psycopg",
        "pyogrio", "oauthlib.oauth2", "cryptography.x509", __name__,
    ]
)  # fmt: skip


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
    return python("from vlekkeloos.cli import main\nmain()", *arguments, environment=environment)


def python(code: str, *arguments: str | Path, environment: dict[str, str] | None = None) -> Answer:
    """Runs code to its end as ``python -c`` does, without the seconds that the imports take."""
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder, name) for name in ("out", "err")]
        words = (code, [str(argument) for argument in arguments], os.environ | (environment or {}), *said)
        process = FORKS.Process(target=_python, args=words)
        process.start()
        process.join()
        assert process.exitcode is not None
        return Answer(process.exitcode, *(file.read_text() for file in said))


def _python(code: str, arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    for file, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["vlekkeloos", *arguments]
    exec(code, {"__name__": "__main__"})


def measured(*arguments: str | Path, environment: dict[str, str] | None = None) -> Answer:
    """Runs the installed command under a small parent that reports the peak memory of it and all it started."""
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
