"""An OpenAPI file and a registry in; Prism before that registry, which lets pass only what fits the file, out.

Prism (Stoplight, from npm) is a mock server that others made, started from the same file as the sandbox was made
by. As a proxy with ``--errors`` it holds each request against the file, lets the registry answer, and holds the
answer against it too. What doesn't fit becomes an error: 422 or 404 of its own for a request, 500 for an answer.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from jsonschema_path.readers import FilePathReader

from tests.conftest import absent
from tests.connectors.conformance import mended

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".local" / "prism" / "node_modules" / ".bin" / "prism"

#: Seconds until it listens: the files of the ZGW APIs are large, and a machine may be busy.
PATIENCE = 180


@dataclass
class Prism:
    """A Prism that was started; it listens once ``url`` gives an answer."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def before(cls, registry: str, file: Path, log: Path) -> Prism:
        """Starts one before the registry at that URL, from an OpenAPI file; skips the test where there is none."""
        if not PROGRAM.exists():
            absent(f"{PROGRAM.relative_to(ROOT)}: a mock server; `make services` installs it")
        with log.open("wb") as sink:
            command = [PROGRAM, "proxy", "--errors", "--port", "0", file, registry]
            return cls(subprocess.Popen(command, stdout=sink, stderr=sink, cwd=log.parent), log)

    @property
    def url(self) -> str:
        """Where it listens, as soon as it does."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(r"Prism is listening on (http://[\w.:]+)", self.said)):
            assert self.process.poll() is None and time.monotonic() < end, self.said
            time.sleep(0.05)
        return found[1]

    @property
    def said(self) -> str:
        """All it wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def received(self) -> int:
        """How many requests it received."""
        return self.said.count("Request received")

    @property
    def complaints(self) -> list[str]:
        """The lines in which it has something against a request or an answer: an error, or a warning."""
        return [line for line in self.said.splitlines() if re.search("[✖⚠]", line)]

    def stop(self) -> None:
        """Ends it."""
        self.process.terminate()
        self.process.wait()


def corrected(file: Path, folder: Path, misspelled: Collection[str]) -> Path:
    """A copy of an official file without what is wrong with it: see ``conformance.mended``."""
    text, _ = FilePathReader(str(file)).read()
    copy = folder / f"{file.stem}.json"
    copy.write_text(json.dumps(mended(text, misspelled)), encoding="utf-8")
    return copy
