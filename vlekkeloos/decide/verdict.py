"""What a person may decide: which choices go with which discrepancy, and what goes with a choice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from vlekkeloos.decisions import CHOICES, SAME_OR_NOT, Choice

#: A record that a side can't show (rejected, double, without a key) is repaired there: no value of it can win.
_NO_WINNER: tuple[Choice, ...] = ("accept", "onderzoek")
#: There is no value in the place of a whole record.
_WHOLE: tuple[Choice, ...] = ("left", "right", "accept", "onderzoek")
#: Of two records that may be one there is nothing else to say than whether they are.
_ONE_OR_TWO: tuple[Choice, ...] = ("value", "onderzoek")


def choices(kind: str) -> tuple[Choice, ...]:
    """What can be decided about a kind of discrepancy."""
    if kind == "differs":
        return CHOICES
    if kind == "doubtful":
        return _ONE_OR_TWO
    return _NO_WINNER if kind.startswith(("quarantined", "duplicate", "unkeyed")) else _WHOLE


@dataclass(frozen=True)
class Verdict:
    """What a person decides. ``until``: its last day; ``never`` is said where it doesn't end, None if nothing is."""

    choice: str
    reason: str
    author: str
    value: str | None = None
    until: date | Literal["never"] | None = None

    @property
    def last(self) -> date | None:
        """Its last day, None if it doesn't end."""
        return None if self.until == "never" else self.until

    def broken(self, kinds: Collection[str], day: date) -> tuple[str, str] | None:
        """The first rule that it breaks for discrepancies of these kinds, taken on that day: column, rule; or None.

        Both are keys of ``texts``. An exception for ever is made on purpose only: ``accept`` says until when.
        """
        rules = (
            (self.choice not in CHOICES, "choice", "choice"),
            (any(self.choice not in choices(kind) for kind in kinds), "choice", "kind"),
            (self.choice == "value" and not self.value, "value", "value"),
            (self.choice == "value" and "doubtful" in kinds and self.value not in SAME_OR_NOT, "value", "one_or_two"),
            (self.choice != "value" and bool(self.value), "value", "no_value"),
            (not self.reason.strip(), "reason", "reason"),
            (self.last is not None and self.last < day, "until", "past"),
            (self.choice == "accept" and self.until is None, "until", "accept_until"),
        )
        return next(((column, rule) for broken, column, rule in rules if broken), None)
