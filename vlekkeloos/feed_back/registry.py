"""Approved terugmeldingen in; sent to the registry, and what it says of those that were sent, out.

Whatever happens meanwhile, what the registry said so far is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from vlekkeloos import connection, connector
from vlekkeloos.connector import Status, Terugmelding
from vlekkeloos.contract import Contract, Report
from vlekkeloos.errors import RegistryFailed, RegistryRefused
from vlekkeloos.feed_back import table
from vlekkeloos.run import Run

log = logging.getLogger(__name__)

Row = dict[str, Any]


def send(run: Run, rules: Report) -> tuple[set[str], RegistryFailed | None]:
    """Files what is approved; gives the kenmerken of those that were filed, and why it stopped or refused, if it did.

    That they are on their way is written first (``indienen``). What the registry refuses waits for a person again,
    with its answer. What was not tried after a failure is approved as before.
    """
    uncertain = {row["kenmerk"] for row in table.rows(run, ["indienen"])}
    approved = table.rows(run, ["goedgekeurd"])
    if not (uncertain or approved):
        return set(), None
    report = _Registry(run, rules).report
    table.change(run, [{**row, "was": "goedgekeurd", "status": "indienen"} for row in approved])
    waiting = table.rows(run, ["indienen"])
    tried: set[str] = set()

    def file(row: Row) -> Row:
        tried.add(row["kenmerk"])
        try:
            number = report(_terugmelding(run, row, fresh=row["kenmerk"] not in uncertain))
        except RegistryRefused as error:
            refused.append(error)
            return {"status": "concept", "approved_by": None, "approved_at": None, "answer": str(error)}
        return {"status": "ingediend", "number": number, "sent_at": datetime.now(UTC)}

    refused: list[RegistryRefused] = []
    back = [{**row, "was": "indienen", "status": "goedgekeurd"} for row in waiting if row["kenmerk"] not in uncertain]
    kept, failure = _each(run, waiting, file, lambda: [row for row in back if row["kenmerk"] not in tried])
    filed = {row["kenmerk"] for row in kept if row["status"] == "ingediend"}
    log.info("feed_back: %d terugmeldingen filed, %d refused", len(filed), len(refused))
    return filed, failure or next(iter(refused), None)


def follow(run: Run, rules: Report, *, but: set[str]) -> RegistryFailed | None:
    """Asks what became of those that were sent, ``but`` some; gives why it could not, if so."""
    sent = [row for row in table.rows(run, ["ingediend", "in onderzoek"]) if row["kenmerk"] not in but]
    if not sent:
        return None
    status = _Registry(run, rules).status
    unknown: list[RegistryRefused] = []

    def ask(row: Row) -> Row:
        try:
            found = status(row["number"])
        except RegistryRefused as error:
            unknown.append(error)
            return {}
        return {"status": found.status, "answer": found.answer, "answered_at": found.changed}

    _, failure = _each(run, sent, ask, list)
    return failure or next(iter(unknown), None)


def _each(
    run: Run, rows: list[Row], work: Callable[[Row], Row], untried: Callable[[], list[Row]]
) -> tuple[list[Row], RegistryFailed | None]:
    """What came of each row, and the failure that broke it off; kept in any case, with the changes of ``untried``."""
    changed: list[Row] = []
    try:
        for row in rows:
            changed.append({**row, "was": row["status"], **work(row)})
    except RegistryFailed as error:
        return changed, error
    finally:
        table.change(run, [*changed, *untried()])
    return changed, None


class _Registry:
    """The registry, as the contract's connector plays it with the contract's words and connection."""

    def __init__(self, run: Run, rules: Report) -> None:
        self.module, self.rules = connector.load(rules.connector, "report"), rules
        self.place = connection.resolve(connection=rules.connection, url=rules.url, folder=run.contract.folder)

    def report(self, terugmelding: Terugmelding) -> str:
        number: str = self.module.report(self.rules, self.place, terugmelding)
        return number

    def status(self, number: str) -> Status:
        found: Status = self.module.status(self.rules, self.place, number)
        return found


def _terugmelding(run: Run, row: Row, *, fresh: bool) -> Terugmelding:
    return Terugmelding(
        kenmerk=row["kenmerk"],
        key=row["key"],
        kind=row["kind"],
        attribute=_attribute(run.contract, row["source"], row["field"]),
        registered=row["registered"],
        believed=row["believed"],
        explanation=row["explanation"],
        seen_on=run.as_of,
        at=row["approved_at"],
        absent=row["absent"],
        fresh=fresh,
    )


def _attribute(contract: Contract, source: str, field: str | None) -> str | None:
    """The source's own name of a field."""
    if field is None:
        return None
    rule = contract.reconcile.rule(field)
    by_side = rule.left if source == contract.sides[0] else rule.right if source == contract.sides[1] else None
    return rule.columns.get(source) or by_side or field
