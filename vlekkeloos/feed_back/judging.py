"""A person's judgement of drafts in; drafts that may be sent, or are withdrawn, out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from vlekkeloos.contract import Report
from vlekkeloos.errors import BadInput, NotFound
from vlekkeloos.feed_back import table
from vlekkeloos.run import Run

Row = dict[str, Any]


def drafts(run: Run, key: str | None = None, field: str | None = None) -> list[Row]:
    """The drafts that wait for a person: all, those about a key, or about a field of it. Raises NotFound if none."""
    found = [
        row for row in table.rows(run, ["concept"]) if key in (None, row["key"]) and field in (None, row["field"])
    ]
    if not found and key is not None:
        raise NotFound(f"exchange {run.exchange!r} has no draft of a terugmelding with that key and field")
    return found


def approve(run: Run, chosen: list[Row], explanation: str | None, who: str) -> None:
    """Lets these drafts be sent by the next run, with another explanation than the drafted one if there is one.

    Raises BadInput if the contract doesn't say where to.
    """
    if not isinstance(run.contract.feed_back, Report):
        raise BadInput(
            "feed_back: names no connector, so an approved draft would go nowhere", file=str(run.contract.file)
        )
    now = datetime.now(UTC)
    approved = {"was": "concept", "status": "goedgekeurd", "approved_by": who, "approved_at": now, "answer": None}
    told = {"explanation": explanation} if explanation else {}
    table.change(run, [{**row, **approved, **told} for row in chosen])


def reject(run: Run, chosen: list[Row], reason: str, who: str) -> None:
    """Withdraws these drafts: what they are about is not drafted again while the values stay."""
    now = datetime.now(UTC)
    rejected = {"was": "concept", "status": "ingetrokken", "rejected_by": who, "rejected_at": now, "reason": reason}
    table.change(run, [{**row, **rejected} for row in chosen])
