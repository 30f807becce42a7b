"""The figures that a report is made of: what ``reading`` takes out of the lake and every other file here shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from vlekkeloos.lake import Ref
from vlekkeloos.run import Run

#: A stage that was held is past its threshold once one of these has run: a person allowed it.
AFTER = {
    "pull": {"reconcile", "feed_back", "publish"},
    "validate": {"reconcile", "feed_back", "publish"},
    "reconcile": {"feed_back", "publish"},
}


@dataclass(frozen=True)
class Step:
    """How a stage of the run ended for one subject; ``absent`` if ``runs`` says nothing of it."""

    stage: str
    subject: str = ""
    status: str = "absent"
    outputs: tuple[Ref, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    at: datetime | None = None

    def ref(self, room: str) -> Ref | None:
        """The table version in that room of the lake that this step made."""
        return next((ref for ref in self.outputs if ref.table.split("/")[0] == room), None)

    def count(self, name: str) -> int | None:
        """A count out of the step's details; None if it isn't there."""
        value = self.details.get(name)
        return int(value) if value is not None else None


@dataclass(frozen=True)
class Broken:
    """A rule that rows of a source broke: in how many rows, with examples (row, key, value).

    ``effect``: the rows are ``quarantined``, the rule was only ``noticed``, or, if it is about the whole table, it
    ``holds`` the run.
    """

    source: str
    expectation: str
    field: str
    severity: str
    rows: int
    examples: list[dict[str, Any]]
    effect: str = "quarantined"


@dataclass(frozen=True)
class Difference:
    """The discrepancies of one kind in one field (empty: the whole record)."""

    field: str
    kind: str
    count: int
    new: int
    waiting: int
    since: date | None  # the first time that the oldest of those waiting was seen
    runs_seen: int | None  # the most runs that one of those waiting was seen in
    examples: list[dict[str, Any]]
    waiting_examples: list[dict[str, Any]]


@dataclass(frozen=True)
class Settled:
    """How many discrepancies a rule settled for a source, and in which fields."""

    rule: str
    choice: str | None
    fields: list[str]
    count: int


@dataclass(frozen=True)
class Delivery:
    """What ``deliveries`` says of a partner in this run; ``earlier``: older releases that were delivered with it."""

    status: str
    version: int
    receipt: str | None
    message: str | None
    at: datetime | None
    earlier: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Past:
    """A run in the history: what it counted, None where it did not come that far."""

    run_id: str
    as_of: date
    status: str
    discrepancies: int | None
    quarantined: int | None


@dataclass(frozen=True)
class Approval:
    """Who let a held run go on, when and why."""

    who: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Figures:
    """Everything that a report of one run is made of."""

    run: Run
    steps: dict[tuple[str, str], Step]
    broken: list[Broken]
    differences: list[Difference]
    settled: list[Settled]
    deliveries: dict[str, Delivery]
    history: list[Past]  # oldest first; the last one is this run
    approval: Approval | None

    def step(self, stage: str, subject: str = "") -> Step:
        """How a stage ended; an ``absent`` step if it did not run."""
        return self.steps.get((stage, subject)) or Step(stage, subject)

    def expected(self) -> list[Step]:
        """The steps that the contract asks for, in the order of the path, run or not."""
        contract = self.run.contract
        return [
            *(self.step("pull", source) for source in contract.sources),
            *(self.step("validate", source) for source in contract.sources),
            self.step("reconcile"),
            *([self.step("feed_back")] if contract.feed_back else []),
            *(self.step("publish", partner.partner) for partner in contract.publish),
        ]

    @property
    def due(self) -> set[str]:
        """The partners who still wait for the delivery of this run."""
        told = {partner for partner, delivery in self.deliveries.items() if delivery.status == "due"}
        return told | {
            step.subject
            for step in self.steps.values()
            if step.stage == "publish"
            and step.subject not in self.deliveries
            and step.details.get("delivered") is False
        }

    @property
    def released(self) -> bool:
        """True if this run made a release for at least one partner."""
        return any(step.ref("releases") for step in self.steps.values())

    @property
    def waiting(self) -> int:
        """How many discrepancies wait for a person."""
        return sum(difference.waiting for difference in self.differences)

    @property
    def refs(self) -> list[Ref]:
        """Every table version that the steps of this run made."""
        return sorted({ref for step in self.steps.values() for ref in step.outputs})

    @property
    def reached(self) -> set[str]:
        """The stages that this run came to, and that were not held there."""
        return {step.stage for step in self.steps.values() if step.status != "held"}


def outcome(steps: Iterable[Step], due: set[str]) -> str:
    """How a run ended: failed, held, due (a partner of ``due`` still waits for its delivery) or done."""
    known = list(steps)
    reached = {step.stage for step in known if step.status != "held"}
    if any(step.status == "failed" and step.subject not in due for step in known):
        return "failed"
    if any(step.status == "held" and not AFTER.get(step.stage, set()) & reached for step in known):
        return "held"
    return "due" if due else "done"
