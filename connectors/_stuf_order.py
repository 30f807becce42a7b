"""Messages as they come in, the same messages in the order in which they were sent, each once, out.

They wait in a file of this process's own, so memory doesn't grow with their number.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, order=True)
class Moment:
    """A message's place among all: when it was sent (17 digits), and under which number."""

    moment: str
    reference: str

    @classmethod
    def of(cls, moment: str, reference: str) -> Moment:
        """Of a number without letters its value counts, not how it is written."""
        return cls(moment, reference.zfill(40) if reference.isdigit() else reference)


class Order:
    """To be used as a context; the file is gone behind it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vlekkeloos-")
        self._database = sqlite3.connect(Path(self._folder.name) / "messages", check_same_thread=False)
        self._database.execute(
            "CREATE TABLE message (moment TEXT, reference TEXT, sender TEXT, digest TEXT, content TEXT,"
            " PRIMARY KEY (sender, reference)) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Removes the file."""
        self._database.close()
        self._folder.cleanup()

    def add(self, sender: str, at: Moment, digest: str, content: dict[str, Any]) -> bool | None:
        """Keeps a message. False: it is there already; None: another is there under its number."""
        row = (at.moment, at.reference, sender, digest, json.dumps(content))
        if self._database.execute("INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?)", row).rowcount:
            return True
        there = "SELECT digest FROM message WHERE sender = ? AND reference = ?"
        return False if self._database.execute(there, (sender, at.reference)).fetchone()[0] == digest else None

    def until(self, last: Moment | None) -> int:
        """How many messages were sent up to and with that one."""
        if last is None:
            return 0
        counted = "SELECT count(*) FROM message WHERE (moment, reference) <= (?, ?)"
        return int(self._database.execute(counted, (last.moment, last.reference)).fetchone()[0])

    def last(self) -> Moment | None:
        """The one that was sent last."""
        found = self._database.execute(
            "SELECT moment, reference FROM message ORDER BY moment DESC, reference DESC LIMIT 1"
        ).fetchone()
        return Moment(*found) if found else None

    def after(self, last: Moment | None) -> Iterator[dict[str, Any]]:
        """The content of those that were sent after that one, in their order."""
        rows = self._database.execute(
            "SELECT content FROM message WHERE (moment, reference) > (?, ?) ORDER BY moment, reference, sender",
            (last.moment, last.reference) if last else ("", ""),
        )
        for (content,) in rows:
            yield json.loads(content)
