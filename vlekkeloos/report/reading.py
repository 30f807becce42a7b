"""A run in; its figures out, read from the lake at the table versions that the run itself recorded.

Counting and picking examples is DuckDB's work: what comes back is small, however large the tables are. Where an
exchange is about persons, no key and no value is read at all.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from vlekkeloos.lake import Ref
from vlekkeloos.report.figures import Approval, Broken, Delivery, Difference, Figures, Past, Settled, Step, outcome
from vlekkeloos.run import RUNS, Run

EXAMPLES = 10
LAST_RUNS = 20


def read(run: Run) -> Figures:
    """The figures of a run; of one that never started too, with every step absent."""
    steps = _steps(run)
    discrepancies = steps.get(("reconcile", ""), Step("reconcile")).ref("discrepancies")
    differences, settled = _differences(run, discrepancies) if discrepancies else ([], [])
    return Figures(
        run, steps, _broken(run, steps), differences, settled, _deliveries(run), _history(run), _approval(run)
    )


def _steps(run: Run) -> dict[tuple[str, str], Step]:
    """The newest row of ``runs`` for each stage and subject."""
    runs = run.lake.latest(RUNS)
    if runs is None:
        return {}
    with run.lake.query(runs=runs) as query:
        rows = query.execute(
            "SELECT stage, subject, status, outputs, details, message, recorded_at::TIMESTAMP FROM runs"
            " WHERE run_id = ? AND exchange = ? ORDER BY recorded_at",
            [run.run_id, run.exchange],
        ).fetchall()
    return {
        (stage, subject): Step(
            stage, subject, status, tuple(map(Ref.parse, outputs or ())), json.loads(details or "{}"), message or "",
            _utc(at),
        )
        for stage, subject, status, outputs, details, message, at in rows
    }  # fmt: skip


def _broken(run: Run, steps: dict[tuple[str, str], Step]) -> list[Broken]:
    found: list[Broken] = []
    for source in run.contract.sources:
        step = steps.get(("validate", source), Step("validate"))
        quarantine = step.ref("quarantine")
        quarantined = _quarantined(run, source, quarantine) if quarantine else []
        told = {(broken.expectation, broken.field) for broken in quarantined}
        found += quarantined
        found += [broken for broken in _noticed(source, step) if (broken.expectation, broken.field) not in told]
    return found


def _quarantined(run: Run, source: str, quarantine: Ref) -> list[Broken]:
    picked = f"min_by({{'row': row, 'key': key, 'value': value}}, row, {EXAMPLES})"
    with run.lake.query(quarantine=quarantine) as query:
        rows = query.execute(
            "SELECT expectation, coalesce(field, ''), severity, count(DISTINCT row),"
            f" {'[]' if run.contract.personal else picked}"
            " FROM quarantine GROUP BY ALL ORDER BY 4 DESC, 1, 2, 3"
        ).fetchall()
    return [Broken(source, *row) for row in rows]


def _noticed(source: str, step: Step) -> list[Broken]:
    """The expectations that were not met, as the judge counted them: also those that send no row to quarantine."""
    return [
        Broken(
            source,
            result["expectation"],
            result.get("field") or "",
            result.get("severity") or "critical",
            int(result.get("unexpected") or 0),
            [],
            "holds" if result.get("severity") == "critical" and not result.get("unexpected") else "noticed",
        )
        for result in step.details.get("expectations", [])
        if not result.get("success", True)
    ]


def _differences(run: Run, table: Ref) -> tuple[list[Difference], list[Settled]]:
    waits = "FILTER (rule IS NULL AND kind NOT LIKE 'quarantined%')"
    record = "{'key': key, 'left': \"left\", 'right': \"right\", 'rule': rule, 'choice': choice}"
    picked = f"min_by({record}, key, {EXAMPLES})"
    examples = "[], []" if run.contract.personal else f"{picked}, coalesce({picked} {waits}, [])"
    with run.lake.query(discrepancies=table) as query:
        differences = query.execute(
            "SELECT coalesce(field, '') AS field, kind, count(*), count(*) FILTER (state = 'new'),"
            f" count(*) {waits}, min(first_seen) {waits}, max(runs_seen) {waits}, {examples}"
            " FROM discrepancies GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        ).fetchall()
        settled = query.execute(
            "SELECT rule, choice, list_sort(list(DISTINCT coalesce(field, ''))), count(*)"
            " FROM discrepancies WHERE rule IS NOT NULL GROUP BY rule, choice ORDER BY 4 DESC, 1, 2"
        ).fetchall()
    return [Difference(*row) for row in differences], [Settled(*row) for row in settled]


def _deliveries(run: Run) -> dict[str, Delivery]:
    """For each partner what became of this run's own release, and which older ones went with it."""
    table = run.lake.latest(run.table("deliveries"))
    if table is None:
        return {}
    with run.lake.query(deliveries=table) as query:
        rows = query.execute(
            'SELECT partner, version, arg_max(status, "at"), arg_max(coalesce(receipt, \'\'), "at"),'
            ' arg_max(coalesce(message, \'\'), "at"), max("at")::TIMESTAMP'
            " FROM deliveries WHERE run_id = ? GROUP BY partner, version ORDER BY partner, version",
            [run.run_id],
        ).fetchall()
    found: dict[str, Delivery] = {}
    for partner, version, status, receipt, message, at in rows:
        before = found.get(partner)
        earlier = [*before.earlier, *([before.version] if before.status == "delivered" else [])] if before else []
        found[partner] = Delivery(status, version, receipt, message, _utc(at), earlier)
    return found


def _history(run: Run) -> list[Past]:
    """This run and those before it, oldest first; never one that came later, so that a report stays the same."""
    runs = run.lake.latest(RUNS)
    if runs is None:
        return []
    with run.lake.query(runs=runs) as query:
        rows = query.execute(
            "WITH mine AS (SELECT *, min(recorded_at) OVER (PARTITION BY run_id) AS began FROM runs"
            "   WHERE exchange = ?),"
            " last AS (SELECT run_id, min(began) AS began FROM mine WHERE began <="
            "   coalesce((SELECT min(began) FROM mine WHERE run_id = ?), now()::TIMESTAMPTZ)"
            "   GROUP BY run_id ORDER BY began DESC LIMIT ?)"
            " SELECT run_id, as_of, stage, subject, status, details FROM mine"
            " WHERE run_id IN (SELECT run_id FROM last) ORDER BY began, run_id, recorded_at",
            [run.exchange, run.run_id, LAST_RUNS],
        ).fetchall()
    due = _due(run)
    days = {run_id: as_of for run_id, as_of, *_ in rows}
    told: dict[str, dict[tuple[str, str], Step]] = {}
    for run_id, _, stage, subject, status, details in rows:
        told.setdefault(run_id, {})[stage, subject] = Step(
            stage, subject, status, details=json.loads(details or "{}")
        )
    return [_past(run_id, days[run_id], steps, due.get(run_id, set())) for run_id, steps in told.items()]


def _past(run_id: str, as_of: date, steps: dict[tuple[str, str], Step], due: set[str]) -> Past:
    counts = [step.count("quarantined") for step in steps.values() if step.stage == "validate"]
    quarantined = [count for count in counts if count is not None]
    compared = steps.get(("reconcile", ""), Step("reconcile")).count("discrepancies")
    return Past(run_id, as_of, outcome(steps.values(), due), compared, sum(quarantined) if quarantined else None)


def _due(run: Run) -> dict[str, set[str]]:
    """For each run, the partners whose delivery is still due."""
    table = run.lake.latest(run.table("deliveries"))
    if table is None:
        return {}
    with run.lake.query(deliveries=table) as query:
        rows = query.execute(
            "SELECT run_id, partner FROM deliveries GROUP BY run_id, partner"
            " HAVING arg_max(status, row(version, \"at\")) = 'due'"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for run_id, partner in rows:
        found.setdefault(run_id, set()).add(partner)
    return found


def _approval(run: Run) -> Approval | None:
    """The newest approval of the run, None if something holds it that no approval is of."""
    table = run.lake.latest(run.table("approvals"))
    held = [record for record in run.records() if record.status == "held"]
    if table is None or not all(run.approved(record.stage, record.subject) for record in held):
        return None
    with run.lake.query(approvals=table) as query:
        found = query.execute(
            'SELECT who, reason, "at"::TIMESTAMP FROM approvals WHERE run_id = ? ORDER BY "at" DESC LIMIT 1',
            [run.run_id],
        ).fetchone()
    return Approval(found[0], found[1], _utc(found[2])) if found else None


def _utc(at: datetime) -> datetime:
    """A moment out of DuckDB, which gives those without a zone; the lake's are in UTC."""
    return at.replace(tzinfo=UTC)
