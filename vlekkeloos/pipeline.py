"""The stages in order: what both the command line and the DAGs call.

A stage of a run that is recorded as done is not done again, so a run that was broken off goes on where it
was. A stage that stops (held, or a partner that failed) is recorded with what it made before it raises.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from vlekkeloos import decide as deciding
from vlekkeloos import report
from vlekkeloos.contract import Contract, Report, Source
from vlekkeloos.decide import About, Cause, Decided, Language, Touched, Verdict
from vlekkeloos.errors import BadInput, Held, VlekkeloosError
from vlekkeloos.feed_back import feed_back as _feed_back
from vlekkeloos.lake import Ref
from vlekkeloos.publish import packages
from vlekkeloos.publish import publish as _publish
from vlekkeloos.pull import pull as _pull
from vlekkeloos.reconcile import reconcile as _reconcile
from vlekkeloos.run import Outcome, Run, Stage
from vlekkeloos.validate import validate as _validate
from vlekkeloos.validate import waivers

log = logging.getLogger(__name__)

T = TypeVar("T")


def pull(run: Run, source: str) -> list[Ref]:
    """Pulls one source; gives [raw]. A source that holds its keys is pulled and judged first, if it isn't yet.

    Raises NotFound for a source that the contract doesn't have, Held if the schema drifted.
    """
    keys_of = run.contract.source(source).keys_of
    keys_in = None
    if keys_of is not None:
        pull(run, keys_of)
        keys_in = validate(run, keys_of)[0]
    return _stage(run, "pull", source, lambda: _pull(run, source, keys_in))


def validate(run: Run, source: str) -> list[Ref]:
    """Judges what this run pulled from one source; gives [accepted, quarantine]. Raises Held, BadInput.

    A source that its suite refers to is pulled first, if it isn't yet.
    """
    run.contract.source(source)
    raw = _passed(run, "pull", source)[0]
    rules = run.contract.validation.get(source)
    others = {other: pull(run, other)[0] for other in (rules.refers_to if rules else [])}
    return _stage(run, "validate", source, lambda: _validate(run, source, raw, others))


def waive(run: Run, source: str, key: str, reason: str, who: str, row: int | None = None) -> list[str]:
    """Lets a quarantined record pass from the next run on; gives the rules that are waived. See validate.waivers."""
    run.contract.source(source)
    return waivers.waive(run, source, key, reason, who, row=row)


def reconcile(run: Run) -> list[Ref]:
    """Compares the sources as this run judged them; gives [agreed, discrepancies, notations, ledger]. Raises Held."""
    judged = {side: _passed(run, "validate", side) for side in run.contract.sides}
    return _stage(run, "reconcile", "", lambda: _reconcile(run, judged))


def questions(run: Run, about: About) -> Iterator[dict[str, Any]]:
    """The discrepancies that are meant, by default all that wait for a person. See decide.listed."""
    return deciding.listed(run, about)


def causes(run: Run) -> tuple[list[Cause], int]:
    """The causes that the last discrepancies have in common, and how many have none. See decide.find_causes."""
    return deciding.find_causes(run)


def touched(run: Run, about: About) -> Touched:
    """What ``decide`` would decide about. See decide.touched."""
    return deciding.touched(run, about)


def decide(run: Run, about: About, verdict: Verdict) -> Decided:
    """Remembers what a person decides about the discrepancies that are meant, for the next run. See decide.decide."""
    return deciding.decide(run, about, verdict)


def ask(run: Run, about: About, file: Path, language: Language = "nl") -> int:
    """Writes questions to an Excel file for a person to fill in; counts them. See decide.ask."""
    return deciding.ask(run, about, file, language)


def answer(run: Run, file: Path, author: str) -> Decided:
    """Takes over what a person filled in in such a file. See decide.read."""
    return deciding.read(run, file, author)


def feed_back(run: Run) -> list[Ref]:
    """Drafts terugmeldingen of what stayed different, sends what is approved, and follows it.

    Gives [terugmeldingen], or [] without feed_back:. Raises RegistryFailed, RegistryRefused.
    """
    discrepancies = _passed(run, "reconcile", "")[1]
    return _stage(run, "feed_back", "", lambda: _feed_back(run, discrepancies))


def publish(run: Run, partner: str) -> list[Ref]:
    """Releases to one partner and delivers; gives [releases].

    Raises PartnerFailed, Superseded, and Held before approval.
    """
    run.contract.partner(partner)
    agreed = _passed(run, "reconcile", "")[0]
    return _stage(run, "publish", partner, lambda: _publish(run, partner, agreed, _quality(run)))


def run_all(run: Run) -> None:
    """The whole path, and its report whatever happens. Raises the first failure, once the report is written."""
    failure: Exception | None = None
    try:
        _stages(run)
    except Exception as error:
        failure = error
    try:
        report.write(run)
    except Exception as error:
        if failure is None:
            raise
        log.error("the report could not be written: %s", type(error).__name__)
    if failure is not None:
        raise failure


def _stages(run: Run) -> None:
    """Every stage in order; every source and every partner is tried before the first failure is raised."""
    for wave in run.contract.waves:
        _each(lambda source: pull(run, source), wave)
        _each(lambda source: validate(run, source), wave)
    reconcile(run)
    # what a registry can't be told now is no reason to keep anything from a partner
    steps = [partial(publish, run, partner.partner) for partner in run.contract.publish]
    _each(lambda step: step(), [partial(feed_back, run), *steps])


def _each(work: Callable[[T], object], subjects: Iterable[T]) -> None:
    failures: list[VlekkeloosError] = []
    for subject in subjects:
        try:
            work(subject)
        except VlekkeloosError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def summary(run: Run) -> dict[str, Any]:
    """What a run did so far, and where a person finds it: for the command line's last lines and its JSON."""
    records = run.records()
    places = {
        f"quarantine {r.subject}": run.lake.place(r.outputs[1].table)
        for r in records
        if r.stage == "validate" and r.outputs
    }
    for record in records:
        if record.stage == "publish" and "version" in record.details:
            kept = packages.folder(run.exchange, record.subject, record.details["version"])
            places[f"release {record.subject}"] = run.lake.place(kept)
    page = f"reports/{run.exchange}/{run.run_id}/report.html"
    if run.lake.exists(page):
        places["report"] = run.lake.place(page)
    return {
        "run_id": run.run_id,
        "exchange": run.exchange,
        "as_of": run.as_of.isoformat(),
        "stages": [
            {
                "stage": record.stage,
                "subject": record.subject,
                "status": record.status,
                "seconds": record.seconds,
                "outputs": [str(ref) for ref in record.outputs],
                "details": record.details,
                "message": record.message,
            }
            for record in records
        ],
        "places": places,
    }


def pool(registry: Source | Report) -> str:
    """The Airflow pool that caps the calls to a registry that is read or reported to, over all exchanges."""
    return f"registry_{registry.connection or registry.connector}"


def registries(contract: Contract) -> list[Source | Report]:
    """The registries that a contract's runs call."""
    return [*contract.sources.values(), *([contract.feed_back] if isinstance(contract.feed_back, Report) else [])]


def _stage(run: Run, stage: Stage, subject: str, work: Callable[[], Outcome]) -> list[Ref]:
    label = f"{stage} {subject}".strip()
    records = run.records()
    if any(record.rules != run.rules for record in records):
        raise BadInput(
            f"the contract or a suite changed since run {run.run_id} began, and a run is of one set of rules",
            file=str(run.contract.file),
            advice="start a new run",
        )
    known = next((record for record in records if (record.stage, record.subject) == (stage, subject)), None)
    if known is not None and (known.status == "done" or (known.status == "held" and run.approved(stage, subject))):
        log.info("%s: already %s in run %s", label, known.status, run.run_id)
        return known.outputs
    started = time.monotonic()
    log.info("%s: started", label)
    try:
        outcome = work()
    except Exception as error:
        # an unforeseen error's text may quote a record; only its kind is written down
        said = str(error) if isinstance(error, VlekkeloosError) else type(error).__name__
        run.record(stage, subject, "failed", Outcome([], []), time.monotonic() - started, said)
        raise
    seconds, stop = time.monotonic() - started, outcome.stop
    status = "done" if stop is None else "held" if isinstance(stop, Held) else "failed"
    run.record(stage, subject, status, outcome, seconds, str(stop or ""))  # type: ignore[arg-type]
    log.info("%s: %s in %.1f s, %s", label, status, seconds, _told(outcome.details))
    if stop is not None:
        raise stop
    return outcome.outputs


def _passed(run: Run, stage: Stage, subject: str) -> list[Ref]:
    """The outputs of an earlier stage, if the run may go on from there. Raises Held, NotFound."""
    known = run.recorded(stage, subject)
    if known is not None and known.status == "held" and not run.approved(stage, subject):
        raise Held(known.message)
    return run.outputs(stage, subject)


def _quality(run: Run) -> dict[str, Any]:
    """What a manifest says of the run behind a release: counts only."""
    compared = run.recorded("reconcile")
    assert compared is not None, "a release follows a comparison"
    judged = {side: run.recorded("validate", side) for side in run.contract.sides}
    return {
        "validated": {side: found.details["rows"] for side, found in judged.items() if found},
        "quarantined": {side: found.details["quarantined"] for side, found in judged.items() if found},
        "discrepancies": compared.details["discrepancies"],
        "waiting": compared.details["waiting"],
        "left_out": compared.details["left_out"],
    }


def _told(details: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in details.items() if isinstance(value, int))
