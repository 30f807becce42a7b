"""What a story is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

#: said: a source's record is new, other than before, or gone; quarantined and accepted: what validation made of it;
#: difference: a discrepancy's state or values; decision: a person's; terugmelding: its status; agreed: the settled
#: record; released: it is in a partner's release; delivered: that partner has it.
What = Literal[
    "said", "gone", "quarantined", "difference", "decision", "terugmelding", "agreed", "left out", "released",
    "delivered",
]  # fmt: skip


@dataclass(frozen=True)
class Event:
    """Something that happened to a record: when, in which run, by which table, and what.

    ``about`` is the source, the field or the partner that it is about. ``told`` are plain values: of a record its
    fields, of a change each changed field with [before, after].
    """

    at: datetime
    what: What
    about: str
    table: str
    run_id: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values, moments in ISO 8601."""
        return {
            "at": self.at.isoformat(),
            "what": self.what,
            "about": self.about,
            "table": self.table,
            "run_id": self.run_id,
            "told": dict(self.told),
        }


@dataclass(frozen=True)
class Story:
    """What happened to one record of an exchange, oldest first."""

    exchange: str
    key: str
    events: list[Event]

    def as_json(self) -> dict[str, Any]:
        """Plain values: exchange, key and events."""
        return {"exchange": self.exchange, "key": self.key, "events": [event.as_json() for event in self.events]}
