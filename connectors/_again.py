"""A try in, tried again until it comes to something: the one place that decides how often and how long.

Waits grow exponentially and are spread at random (full jitter), or are as long as the other side asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, wait_random_exponential
from tenacity.nap import sleep_using_event

T = TypeVar("T")

#: Seconds for which one waits if asked to (Retry-After). A longer wait is left to the scheduler's next run.
LONGEST_ASKED = 300.0

#: Seconds after which no other try is begun, however few there were.
ENOUGH = 900.0


@dataclass(frozen=True)
class Later:
    """A try that came to nothing, and may come to something: why, and how long the other side asks to wait.

    ``worth`` is after how many tries one may take it for settled; None leaves that to the Patience. ``refused``:
    then it was the other side's will, no failure. ``last`` is what it answered, if it did.
    """

    why: str
    seconds: float = 0.0
    worth: int | None = None
    refused: bool = False
    last: Any = None


@dataclass(frozen=True)
class Patience:
    """At most ``tries``; up to ``first`` seconds between the first two, then up to twice as long each time.

    From the ninth wait on they grow no longer: that is 256 times the first.
    """

    tries: int
    first: float

    def ask(self, attempt: Callable[[], T | Later], stopped: Event | None = None) -> T | Later:
        """What an attempt came to, or the last Later. What it raises is raised at once.

        ``stopped`` ends the waiting: the try after it is the last one.
        """
        stopped = stopped or Event()
        spread = wait_random_exponential(multiplier=self.first, max=256 * self.first)

        def enough(state: RetryCallState) -> bool:
            last = _last(state)
            return (
                stopped.is_set()
                or state.attempt_number >= min(self.tries, last.worth or self.tries)
                or (state.seconds_since_start or 0.0) + last.seconds > ENOUGH
                or last.seconds > LONGEST_ASKED
            )

        retrying = Retrying(
            retry=retry_if_result(lambda result: isinstance(result, Later)),
            stop=enough,
            wait=lambda state: _last(state).seconds + spread(state),
            sleep=sleep_using_event(stopped),
            retry_error_callback=_last,
        )
        return retrying(attempt)


def _last(state: RetryCallState) -> Later:
    assert state.outcome is not None
    later: Later = state.outcome.result()
    return later


def asked_to_wait(headers: Mapping[str, str]) -> float:
    """The seconds that Retry-After says (RFC 9110, 10.2.3), as a number or as a date; 0 without one.

    A date is held against the server's own clock, where it tells that one.
    """
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    until, now = _date(said), _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds()) if until else 0.0


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
