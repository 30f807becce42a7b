"""Figures in; the verdict out: how the run ended, why, and what its reader must do now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vlekkeloos.report.figures import AFTER, Figures, Step, outcome
from vlekkeloos.report.texts import Texts

_TONES = {"published": "good", "compared": "good", "due": "care", "unfinished": "care", "held": "care"}


@dataclass(frozen=True)
class Message:
    """What the system itself said of a step that was held or failed; English, as in its log."""

    step: str
    text: str


@dataclass(frozen=True)
class Action:
    """Something to do, in words, with the command for it if there is one."""

    text: str
    command: str = ""


@dataclass(frozen=True)
class Verdict:
    """The outcome in a word, its tone (good, care, bad), the reasons, the system's messages and what to do."""

    state: str
    tone: str
    headline: str
    why: list[str]
    messages: list[Message]
    actions: list[Action]


def judge(figures: Figures, texts: Texts) -> Verdict:
    """The verdict on a run."""
    state = _state(figures)
    said = [
        step
        for step in figures.steps.values()
        if step.message and standing(figures, step) in ("held", "failed", "due")
    ]
    return Verdict(
        state,
        _TONES.get(state, "bad"),
        texts(f"verdict.{state}"),
        list(_why(figures, state, texts)),
        [Message(name(step, texts), step.message) for step in said],
        list(_actions(figures, state, texts)) or [Action(texts("do.nothing"))],
    )


def standing(figures: Figures, step: Step) -> str:
    """A step's status as a reader must see it: held and then released, or published but due, are no end."""
    if step.status == "held" and AFTER.get(step.stage, set()) & figures.reached:
        return "released"
    if step.stage == "publish" and step.subject in figures.due:
        return "due"
    return step.status


def name(step: Step, texts: Texts) -> str:
    """A step in words: ``Keuren (gemeente)``."""
    stage = texts(f"stage.{step.stage}")
    return texts("step.of", stage=stage, subject=step.subject) if step.subject else stage


def _state(figures: Figures) -> str:
    ended = outcome(figures.steps.values(), figures.due)
    if ended in ("failed", "held"):
        return ended
    if any(step.status == "absent" for step in figures.expected()):
        return "unfinished"
    if ended == "due":
        return "due"
    return "published" if figures.run.contract.publish else "compared"


def _why(figures: Figures, state: str, texts: Texts) -> Iterator[str]:
    stopped = [step for step in figures.expected() if standing(figures, step) == state]
    if state == "published":
        yield texts("why.published", partners=texts.many(len(figures.run.contract.publish), "partner_has"))
    elif state == "compared":
        yield texts("why.compared")
    elif state == "unfinished":
        first = next(step for step in figures.expected() if step.status == "absent")
        yield texts("why.unfinished", stage=name(first, texts))
    for step in stopped if state in ("failed", "held", "due") else []:
        key = {"failed": "why.failed", "held": "why.held", "due": "why.due"}[state]
        yield texts(key, stage=name(step, texts), partner=step.subject)
        if state == "held":
            yield from _threshold(step, texts)
    if state in ("failed", "held", "unfinished") and not figures.released:
        yield texts("why.nothing_published")
    if figures.approval:
        approval = figures.approval
        yield texts("why.approved", who=approval.who, when=texts.moment(approval.at), reason=approval.reason)
    if figures.waiting and state != "held":
        yield texts("why.waiting", records=texts.many(figures.waiting, "wait"))


def _threshold(step: Step, texts: Texts) -> Iterator[str]:
    limit = step.details.get("hold_above")
    share = step.details.get("share")
    if limit is None or share is None or share <= limit:
        return
    said = {"share": texts.share(share), "limit": texts.share(limit)}
    if step.stage == "validate":
        rows = texts.many(step.count("quarantined") or 0, "row")
        yield texts("why.held_share", source=step.subject, rows=rows, **said)
    elif step.stage == "reconcile":
        keys = texts.many(step.count("differing_keys") or 0, "key")
        yield texts("why.held_differs", keys=keys, **said)


def _actions(figures: Figures, state: str, texts: Texts) -> Iterator[Action]:
    again = f"vlekkeloos run {figures.run.exchange} --run-id {figures.run.run_id} --as-of {figures.run.as_of}"
    if state == "failed":
        yield Action(texts("do.read_message"))
    if state in ("failed", "unfinished"):
        yield Action(texts("do.rerun" if state == "failed" else "do.continue"), again)
    if state == "held" and figures.approval:
        yield Action(texts("do.go_on"), again)
    elif state == "held":
        for step in figures.expected():
            if standing(figures, step) == "held" and step.stage == "pull":
                yield Action(texts("do.look_drift", source=step.subject))
            elif standing(figures, step) == "held" and step.stage == "validate":
                yield Action(texts("do.look_quarantine"))
                yield Action(texts("do.repair_source", source=step.subject))
            elif standing(figures, step) == "held":
                yield Action(texts("do.look_differs"))
        release = f"vlekkeloos release {figures.run.exchange} --run-id {figures.run.run_id}"
        yield Action(texts("do.approve"), f'{release} --reason "{texts("do.reason")}"')
    if state == "due":
        for partner in sorted(figures.due):
            yield Action(texts("do.due", partner=partner))
    if state != "held":
        yield from _upkeep(figures, texts)


def _upkeep(figures: Figures, texts: Texts) -> Iterator[Action]:
    """What a run leaves for people to mend, however it ended."""
    if figures.waiting:
        yield Action(texts("do.decide"))
    for source in figures.run.contract.sources:
        if rows := figures.step("validate", source).count("critical"):
            yield Action(texts("do.repair_rows", rows=texts.many(rows, "row"), source=source))
    if drafts := figures.step("feed_back").count("drafts"):
        table = f"terugmeldingen/{figures.run.exchange}"
        command = f"vlekkeloos show {table} --where \"status = 'concept'\""
        yield Action(texts("do.drafts", drafts=texts.number(drafts)), command)
