"""What a stage works with: one run of one exchange, and the ``runs`` table that says what every run did.

A row of ``runs`` is a stage of a run: on which table versions it ran, which it made, its counts, its seconds
and how it ended. The row is what a restart and the next stage go by.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from vlekkeloos import suite
from vlekkeloos.contract import Contract
from vlekkeloos.errors import NotFound, VlekkeloosError
from vlekkeloos.lake import Lake, Ref

Stage = Literal["pull", "validate", "reconcile", "feed_back", "publish"]
Status = Literal["done", "held", "failed"]

RUNS = "runs"
SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("exchange", pa.string()),
        ("stage", pa.string()),
        ("subject", pa.string()),  # the source or partner; empty for a stage that has one only
        ("status", pa.string()),
        ("as_of", pa.date32()),
        ("rules", pa.string()),  # digest of the contract and its suites
        ("inputs", pa.list_(pa.string())),
        ("outputs", pa.list_(pa.string())),
        ("details", pa.string()),  # JSON: counts, digests, thresholds
        ("message", pa.string()),
        ("recorded_at", pa.timestamp("us", "UTC")),
        ("seconds", pa.float64()),
    ]
)
APPROVALS = pa.schema(
    [
        ("run_id", pa.string()),
        ("stage", pa.string()),
        ("subject", pa.string()),
        ("reason", pa.string()),
        ("who", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
    ]
)


@dataclass(frozen=True)
class Outcome:
    """What a stage made: table versions and counts; and, if the run may not go on from here, why (``stop``)."""

    inputs: list[Ref]
    outputs: list[Ref]
    details: dict[str, Any] = field(default_factory=dict)
    stop: VlekkeloosError | None = None


@dataclass(frozen=True)
class Record:
    """One row of ``runs``."""

    stage: str
    subject: str
    status: Status
    as_of: date
    rules: str
    outputs: list[Ref]
    details: dict[str, Any]
    message: str
    seconds: float


@dataclass(frozen=True)
class Run:
    """One run of one exchange: ``as_of`` is the date whose state is compared."""

    contract: Contract
    lake: Lake
    run_id: str
    as_of: date

    @cached_property
    def rules(self) -> str:
        """A digest of the contract and what it names: a run is of one set of rules from begin to end."""
        files = [self.contract.file]
        for rules in self.contract.validation.values():
            files += suite.files(suite.find(self.contract.folder, rules.suite))
        files += self.contract.normaliser_files
        digest = hashlib.sha256()
        for file in files:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()

    @property
    def exchange(self) -> str:
        """The exchange's name."""
        return self.contract.exchange

    def table(self, room: str, name: str = "") -> str:
        """The table of this exchange in a room of the lake, e.g. ``raw/adressen/bag``."""
        return "/".join(part for part in (room, self.exchange, name) if part)

    def record(
        self, stage: Stage, subject: str, status: Status, outcome: Outcome, seconds: float, message: str
    ) -> None:
        """Appends a row to ``runs``; a stage that is recorded as done is not recorded again."""
        row = {
            "run_id": self.run_id,
            "exchange": self.exchange,
            "stage": stage,
            "subject": subject,
            "status": status,
            "as_of": self.as_of,
            "rules": self.rules,
            "inputs": [str(ref) for ref in outcome.inputs],
            "outputs": [str(ref) for ref in outcome.outputs],
            "details": json.dumps(outcome.details, ensure_ascii=False),
            "message": message,
            "recorded_at": datetime.now(UTC),
            "seconds": seconds,
        }
        attempt = "" if status == "done" else f"/{secrets.token_hex(4)}"
        self.lake.write(
            RUNS,
            pa.Table.from_pylist([row], schema=SCHEMA),
            run_id=f"{self.run_id}/{self.exchange}/{stage}/{subject}/{status}{attempt}",
            mode="append",
        )
        self.lake.tidy(RUNS)

    def records(self) -> list[Record]:
        """What this run did so far: the newest row of ``runs`` for each stage and subject, in order of time."""
        runs = self.lake.latest(RUNS)
        if runs is None:
            return []
        # every stage asks this a few times, and a version of a table never changes
        if runs not in self._read:
            self._read[runs] = self._records(runs)
        return self._read[runs]

    @cached_property
    def _read(self) -> dict[Ref, list[Record]]:
        return {}

    def _records(self, runs: Ref) -> list[Record]:
        with self.lake.query(runs=runs) as query:
            found = query.execute(
                "SELECT stage, subject, status, as_of, rules, outputs, details, message, seconds FROM runs"
                " WHERE run_id = ? AND exchange = ?"
                " QUALIFY row_number() OVER (PARTITION BY stage, subject ORDER BY recorded_at DESC) = 1"
                " ORDER BY recorded_at",
                [self.run_id, self.exchange],
            ).fetchall()
        return [
            Record(stage, subject, status, day, rules, list(map(Ref.parse, refs)), json.loads(details), said, seconds)
            for stage, subject, status, day, rules, refs, details, said, seconds in found
        ]

    def recorded(self, stage: Stage, subject: str = "") -> Record | None:
        """The newest row of ``runs`` for this stage of this run, None if there is none."""
        return next((row for row in self.records() if (row.stage, row.subject) == (stage, subject)), None)

    def outputs(self, stage: Stage, subject: str = "") -> list[Ref]:
        """What this stage of this run made. Raises NotFound if it has not run, or not to its end."""
        record = self.recorded(stage, subject)
        if record is None or record.status == "failed" or not record.outputs:
            what = f"{stage} of {subject}" if subject else stage
            raise NotFound(f"run {self.run_id} of {self.exchange} has no finished {what}; run that stage first")
        return record.outputs

    def passed(self, table: str, stage: Stage, subject: str) -> Ref | None:
        """The newest version of ``table``, before this run's, with which this stage was done, or was approved."""
        done = self._done(stage, subject)
        for commit in self.lake.others(table, self.run_id):
            other = commit.get("run_id")
            if other in done or self._approved_id(f"{other}/{stage}/{subject}"):
                return Ref(table, commit["version"])
        return None

    def _done(self, stage: Stage, subject: str) -> set[str]:
        """The runs of this exchange in which this stage was done."""
        runs = self.lake.latest(RUNS)
        if runs is None:
            return set()
        with self.lake.query(runs=runs) as query:
            found = query.execute(
                "SELECT run_id FROM runs WHERE exchange = ? AND stage = ? AND subject = ? AND status = 'done'",
                [self.exchange, stage, subject],
            ).fetchall()
        return {run_id for (run_id,) in found}

    def approve(self, reason: str, who: str) -> None:
        """Remembers that a person lets this run pass the thresholds that hold it now, and no later ones.

        Raises NotFound if nothing holds it.
        """
        held = [record for record in self.records() if record.status == "held"]
        held = [record for record in held if not self.approved(record.stage, record.subject)]
        if not held:
            raise NotFound(f"run {self.run_id} of {self.exchange} is not held: there is nothing to release")
        for record in held:
            row = {
                "run_id": self.run_id,
                "stage": record.stage,
                "subject": record.subject,
                "reason": reason,
                "who": who,
                "at": datetime.now(UTC),
            }
            self.lake.write(
                self.table("approvals"),
                pa.Table.from_pylist([row], schema=APPROVALS),
                run_id=self._approval(record.stage, record.subject),
                mode="append",
            )

    def approved(self, stage: str, subject: str) -> bool:
        """True if a person let this run pass what held it at this stage."""
        return self._approved_id(self._approval(stage, subject))

    def _approved_id(self, approval: str) -> bool:
        return self.lake.written(self.table("approvals"), approval) is not None

    def _approval(self, stage: str, subject: str) -> str:
        return f"{self.run_id}/{stage}/{subject}"


def today() -> date:
    """Today in the Netherlands: the registries' days are Dutch days."""
    return datetime.now(ZoneInfo("Europe/Amsterdam")).date()


def new_run_id() -> str:
    """A run id that sorts by time: ``20261124T040000Z-1f3a``."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def checked_run_id(text: str) -> str:
    """A run id as given, with what a path can't hold replaced by ``-`` (Airflow's ids hold ``:`` and ``+``)."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)


def last_run(lake: Lake, exchange: str) -> tuple[str, date]:
    """The id and the date of the newest run of an exchange. Raises NotFound if it never ran."""
    runs = lake.latest(RUNS)
    if runs is not None:
        with lake.query(runs=runs) as query:
            found = query.execute(
                "SELECT run_id, as_of FROM runs WHERE exchange = ? ORDER BY recorded_at DESC LIMIT 1", [exchange]
            ).fetchone()
        if found is not None:
            return found[0], found[1]
    raise NotFound(f"exchange {exchange!r} has not run yet in {lake.url}")
