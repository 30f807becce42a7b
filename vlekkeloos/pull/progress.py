"""Batches or pages in, the same out, and lines in the log: how many, how fast, and when it will be done."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa

from vlekkeloos.connector import Page

log = logging.getLogger(__name__)

#: Seconds between two lines.
TELL_EVERY = 5.0


@dataclass
class Progress:
    """How far the pull of one source is."""

    source: str
    rows: int = 0
    pages: int = 0
    share: float | None = None
    _began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)
    _share_before: float | None = None

    def of_batches(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches, counted as they pass."""
        for batch in batches:
            self.rows += batch.num_rows
            self._tell()
            yield batch

    def of_pages(self, pages: Iterator[Page]) -> Iterator[Page]:
        """The pages, counted as they pass."""
        for page in pages:
            self.rows, self.pages, self.share = self.rows + page.rows.num_rows, self.pages + 1, page.share
            if self._share_before is None:
                self._share_before = page.share
            self._tell()
            yield page

    def __str__(self) -> str:
        seconds = time.monotonic() - self._began
        parts = [f"{self.rows} records"]
        if self.pages:
            parts.append(f"{self.pages} pages")
        parts.append(f"{self.rows / seconds if seconds else 0:.0f} records a second")
        if (left := self._left(seconds)) is not None:
            end = datetime.now().astimezone() + timedelta(seconds=left)
            parts.append(f"{self.share:.0%}, ready about {end:%H:%M:%S}")
        return ", ".join(parts)

    def _left(self, seconds: float) -> float | None:
        """The seconds that the rest will take at this rate; what an earlier try read doesn't count for the rate."""
        if self.share is None or self._share_before is None or self.share <= self._share_before:
            return None
        return seconds * (1 - self.share) / (self.share - self._share_before)

    def _tell(self) -> None:
        if time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            log.info("pull %s: %s", self.source, str(self))  # as it is now: a handler may write it later
