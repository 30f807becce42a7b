"""A registry's rate in, the leave to ask it out: kept by all threads, tasks and processes that ask it together.

A rate of n requests in s seconds is n slots in a file that all of them share. A request holds a slot while it is
under way, and the slot rests s seconds after it. So whatever the machine does in between, no s seconds hold more
than n requests as the registry sees them come in. (A log of when leave was given, as rate limiting libraries
keep it, can't say that: a thread that is left waiting after it got leave asks later than the log says.)
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import struct
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO
from urllib.parse import urlsplit

from connectors._again import LONGEST_ASKED
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

#: The variable that names the folder of the limits; hosts that share a registry's limit share that folder.
FOLDER = "VLEKKELOOS_LIMITS"

#: Seconds after which the slot of a process that was killed is taken for given back.
LAPSED = 30.0

#: Seconds between two looks at slots that are all in use.
LOOK = 0.01

_NUMBER = struct.Struct("d")

#: A slot says from when it is free, in seconds since 1970; one that is held, this much more than since when.
_HELD = 1e12


@dataclass(frozen=True)
class Rate:
    """At most so many requests in so many seconds, over all tasks that ask this registry."""

    requests: int
    seconds: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Rate | None:
        """A connection's ``rate``: ``10/1`` is ten requests a second, ``none`` no limit."""
        if text == "none":
            return None
        requests, _, seconds = text.partition("/")
        return cls(int(requests), float(seconds))


class Limit:
    """The leave to ask one registry. Without a rate there is none to wait for, and no file."""

    def __init__(self, connection: Connection, rate: Rate | None, stopped: Event) -> None:
        self.name, self.rate, self.stopped = connection.name, rate, stopped
        self._file = _file(connection) if rate else None
        self._silent_until, self._last = 0.0, -1

    @contextmanager
    def one(self) -> Iterator[None]:
        """Holds the leave for one request, as soon as it may be asked.

        Raises RegistryFailed if that is more than LONGEST_ASKED seconds away.
        """
        while not self.stopped.is_set() and (wait := self._silent_until - time.monotonic()) > 0:
            self.stopped.wait(wait)
        if self.rate is None or self._file is None:
            yield
            return
        slot = self._take(self.rate)
        try:
            yield
        finally:
            if slot is not None:
                with self._locked() as file:
                    _put(file, slot, time.time() + self.rate.seconds)

    def silence(self, seconds: float) -> None:
        """Nobody of this session asks anything for so long: the registry asked for it."""
        self._silent_until = max(self._silent_until, time.monotonic() + min(seconds, LONGEST_ASKED))

    def _take(self, rate: Rate) -> int | None:
        while not self.stopped.is_set():
            slot, wait = self._try(rate)
            if wait <= 0:
                return slot
            if wait > LONGEST_ASKED:
                used = f"the {rate.requests} requests that it allows in {rate.seconds:g} seconds are used up"
                raise RegistryFailed(f"{self.name}: {used}; there is room in {wait:.0f} seconds")
            self.stopped.wait(wait)
        return None

    def _try(self, rate: Rate) -> tuple[int, float]:
        """A slot that was free and is held now, and 0; or how long to wait before another look."""
        with self._locked() as file:
            now = time.time()
            # the slot behind the last one is most often free, and then the others need no look
            following = (self._last + 1) % rate.requests
            slot, wait = following, 0.0
            if _read(file, following, 1)[0] > now:
                slot, wait = _soonest(_read(file, 0, rate.requests), now, rate)
            if wait > 0:
                return slot, wait
            self._last = slot
            _put(file, slot, _HELD + now)
        return slot, 0.0

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        assert self._file is not None
        # opened each time: the lock belongs to what was opened, so it holds between threads and after a fork too
        with os.fdopen(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _soonest(slots: array[float], now: float, rate: Rate) -> tuple[int, float]:
    """The slot that is free first, and how long to wait before a look at it."""
    if min(slots) > now:
        slots = array("d", (_true(at, now, rate) for at in slots))
    soonest = min(slots)
    # one that is held may be given back at any moment
    wait = min(soonest - now, LOOK) if max(slots) >= _HELD else soonest - now
    return slots.index(soonest), wait


def _true(at: float, now: float, rate: Rate) -> float:
    """From when a slot is free; 0 where its holder is gone, or the clock was set back since."""
    if at >= _HELD:
        return at if now - LAPSED < at - _HELD <= now + 1 else 0.0
    return at if at - now <= rate.seconds else 0.0


def _read(file: IO[bytes], slot: int, count: int) -> array[float]:
    size = count * _NUMBER.size
    # the file is as long as slots were used
    return array("d", os.pread(file.fileno(), size, slot * _NUMBER.size).ljust(size, b"\0"))


def _put(file: IO[bytes], slot: int, at: float) -> None:
    os.pwrite(file.fileno(), _NUMBER.pack(at), slot * _NUMBER.size)


def _file(connection: Connection) -> Path:
    """The file of a registry's slots, named after its host and the connection."""
    parts = urlsplit(connection.url)
    name = f"{parts.hostname}:{parts.port or parts.scheme} {connection.name}"
    readable = re.sub(r"[^A-Za-z0-9]+", "_", name)[:80]
    return _folder() / f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:12]}.slots"


def _folder() -> Path:
    told = os.environ.get(FOLDER)
    folder = Path(told) if told else Path(tempfile.gettempdir()) / f"vlekkeloos-limits-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not told and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise BadInput("the folder belongs to somebody else", file=str(folder), advice=f"name another in {FOLDER}")
    return folder
