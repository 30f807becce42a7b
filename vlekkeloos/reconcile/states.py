"""What is so of a discrepancy in; its next state out, by one table that the SQL and the documents are made from.

The states are those of the work on a discrepancy. That a rule settled it is none of them: its rule and choice
tell that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["new", "open", "reported", "in onderzoek", "accepted", "resolved", "reopened"]
STATES: tuple[State, ...] = get_args(State)
#: What the holder of a registry says of a terugmelding; of more of them about one discrepancy the first counts.
REPORTS = ("in onderzoek", "ingediend", "gehonoreerd", "gecorrigeerd", "afgewezen")
#: … and that which is its last word.
ANSWERS = REPORTS[2:]

#: Every state before, with None for a discrepancy that was never seen.
_ANY: tuple[State | None, ...] = (None, *STATES)


@dataclass(frozen=True)
class Transition:
    """Where a discrepancy goes from each of the states ``before`` (None: never seen), if ``fact`` is so.

    ``condition`` is the fact as SQL over the columns of ``following``; ``after`` is None where it stays as it is.
    """

    fact: str
    condition: str
    before: tuple[State | None, ...]
    after: State | None


#: The first one that is so applies.
TRANSITIONS = (
    Transition("not found, but its key can't be compared now", "NOT found AND hidden", STATES, None),
    Transition("not found", "NOT found", STATES, "resolved"),
    Transition("a decision accepts it", "choice = 'accept'", _ANY, "accepted"),
    Transition(
        "a decision or the holder has it in onderzoek",
        "(choice = 'onderzoek' OR report = 'in onderzoek')",
        _ANY,
        "in onderzoek",
    ),
    Transition("its terugmelding is ingediend", "report = 'ingediend'", _ANY, "reported"),
    Transition(
        "its terugmelding is gehonoreerd or gecorrigeerd, and the data don't say so yet",
        "report IN ('gehonoreerd', 'gecorrigeerd')",
        tuple(state for state in _ANY if state != "resolved"),
        "reported",
    ),
    Transition("its terugmelding is afgewezen", "report = 'afgewezen'", ("reported", "in onderzoek"), "reopened"),
    Transition("found for the first time", "found", (None,), "new"),
    Transition("found again", "found", ("resolved",), "reopened"),
    Transition("found", "found", ("new", "open", "reported", "in onderzoek", "accepted", "reopened"), "open"),
)


def following() -> str:
    """SQL: the next state, over the columns of what is so.

    These are before (the state, NULL if it was never seen), found and hidden (BOOLEAN: found now; its key can't
    be compared now), choice (of the decision that applies, or NULL) and report (the status of its terugmelding,
    or NULL).
    """
    return f"CASE {' '.join(map(_when, TRANSITIONS))} ELSE before END"


def _when(transition: Transition) -> str:
    before = ", ".join(f"'{state or ''}'" for state in transition.before)
    after = f"'{transition.after}'" if transition.after else "before"
    return f"WHEN {transition.condition} AND coalesce(before, '') IN ({before}) THEN {after}"


def page() -> str:
    """The table as Markdown: what is so, and for each state before the one after."""
    shown = ["never seen", *STATES]
    lines = [f"| | {' | '.join(shown)} |", "|---" * (len(shown) + 1) + "|"]
    facts = dict.fromkeys(transition.condition for transition in TRANSITIONS)
    for condition in facts:
        same = [transition for transition in TRANSITIONS if transition.condition == condition]
        after = {state: each.after or state for each in same for state in each.before}
        lines.append(f"| {same[-1].fact} | {' | '.join(after.get(state) or '' for state in _ANY)} |")
    return "\n".join(lines) + "\n"
