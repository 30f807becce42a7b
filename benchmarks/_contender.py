"""A contender's work in; one line of JSON with its seconds and its peak memory out."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def told(work: Callable[[], dict[str, Any] | None]) -> None:
    """Does the work and prints ``{"s": …, "cpu_s": …, "peak_mb": …}`` with what the work itself has to say.

    The seconds are those of the work, not of starting Python and importing what it needs. The memory is the
    most that this process had in use, its imports included, or one that it started.
    """
    said = spent(work)
    print(json.dumps(said), flush=True)


def spent(work: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """Does the work; gives what ``told`` prints, for who has more to do that isn't measured so."""
    started, used = time.perf_counter(), _cpu()
    said = work() or {}
    seconds, cpu = time.perf_counter() - started, _cpu() - used
    return {"s": round(seconds, 4), "cpu_s": round(cpu, 4), "peak_mb": round(peak_mb(), 1)} | said


def _cpu() -> float:
    """Seconds that this process and those that it waited for were on a processor."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_mb() -> float:
    """The most memory, in MB, that this process had in use, or one that it started."""
    # not getrusage's own figure for this process: it has the peak of the process that started this one in it
    status = Path("/proc/self/status")
    if status.exists():
        own = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    else:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
