"""A story in the words of its readers: Dutch, or English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal
from zoneinfo import ZoneInfo

from vlekkeloos.explain.event import Event, Story

Language = Literal["nl", "en"]
HERE = ZoneInfo("Europe/Amsterdam")
#: What is shown for what is not known.
UNKNOWN = "\N{EN DASH}"
EMPTY = {"nl": "leeg", "en": "empty"}
WORDS: dict[Language, dict[str, str]] = {
    "nl": {
        "title": "{key} in {exchange}",
        "first": "{about} heeft het record: {fields}",
        "more": "{about} heeft {count} voorkomens; het laatste: {fields}",
        "changed": "{about} heeft gewijzigd: {fields}",
        "gone": "{about} heeft het record niet meer",
        "quarantined": "{about}: in quarantaine, want {rules}",
        "difference": "verschil in {about} is {state}: {left_source} {left}, {right_source} {right}{settled}",
        "decision": "{author} besloot over {about}: {choice}{value}, want {reason}{until}",
        "terugmelding": "terugmelding over {about} is {status}{number}{answer}",
        "agreed": "vastgesteld: {fields}",
        "left out": "niet meer vastgesteld: het record wacht op een besluit of herstel, of is vervallen",
        "released": "uitgegeven aan {about} in versie {version}: {fields}",
        "delivered": "ontvangen door {about}, versie {version}: {receipt}",
        "settled": "; beslist door {rule}, {choice} geldt",
        "until": ", tot en met {until}",
        "hidden": "{name} gepseudonimiseerd",
        "by": "{value} ({source}, {rule})",
    },
    "en": {
        "title": "{key} in {exchange}",
        "first": "{about} has the record: {fields}",
        "more": "{about} has {count} versions of the record; the last: {fields}",
        "changed": "{about} changed: {fields}",
        "gone": "{about} no longer has the record",
        "quarantined": "{about}: in quarantine, for {rules}",
        "difference": "difference in {about} is {state}: {left_source} {left}, {right_source} {right}{settled}",
        "decision": "{author} decided about {about}: {choice}{value}, for {reason}{until}",
        "terugmelding": "terugmelding about {about} is {status}{number}{answer}",
        "agreed": "agreed: {fields}",
        "left out": "no longer agreed: the record waits for a decision or repair, or is gone",
        "released": "released to {about} in version {version}: {fields}",
        "delivered": "received by {about}, version {version}: {receipt}",
        "settled": "; settled by {rule}, {choice} holds",
        "until": ", up to and including {until}",
        "hidden": "{name} pseudonymised",
        "by": "{value} ({source}, {rule})",
    },
}


def told(story: Story, language: Language = "nl") -> Iterator[str]:
    """The story, a line an event: when (on the clock in the Netherlands), what, and the table that says so."""
    yield WORDS[language]["title"].format(key=story.key, exchange=story.exchange)
    for event in story.events:
        run = f", {event.run_id}" if event.run_id else ""
        yield f"{event.at.astimezone(HERE):%Y-%m-%d %H:%M}  {_sentence(event, language)}  [{event.table}{run}]"


def _sentence(event: Event, language: Language) -> str:
    words, found = WORDS[language], dict(event.told)
    values: dict[str, Any] = {
        "about": event.about,
        **{name: _value(value, language) for name, value in found.items()},
    }
    key = str(event.what)
    if event.what == "said" and "changed" in found:
        key = "changed"
        pairs = found["changed"].items()
        values["fields"] = ", ".join(f"{n} {_value(a, language)} → {_value(b, language)}" for n, (a, b) in pairs)
    elif event.what == "said":
        records = found["records"]
        key = "first" if len(records) == 1 else "more"
        values |= {"count": len(records), "fields": _fields(records[-1], language)}
    elif event.what == "quarantined":
        values["rules"] = "; ".join(
            f"{rule['field']} {_value(rule['value'], language)}: {rule['expectation']}" for rule in found["rules"]
        )
    elif event.what == "agreed":
        values["fields"] = ", ".join(f"{name} {_agreed(one, language)}" for name, one in found["fields"].items())
    elif event.what == "released":
        hidden = found["pseudonymised"]
        shown = {name: value for name, value in found["fields"].items() if name not in hidden}
        parts = [_fields(shown, language), *(words["hidden"].format(name=name) for name in hidden)]
        values["fields"] = ", ".join(filter(None, parts))
    return words[key].format_map(_Words(values | _endings(found, words)))


def _endings(found: dict[str, Any], words: dict[str, str]) -> dict[str, str]:
    """The parts of a sentence that are there only if there is something to say."""
    return {
        "settled": words["settled"].format_map(_Words(found)) if found.get("rule") else "",
        "until": words["until"].format(until=found["until"]) if found.get("until") else "",
        "value": f" {found['value']}" if found.get("value") is not None else "",
        "number": f" ({found['number']})" if found.get("number") else "",
        "answer": f": {found['answer']}" if found.get("answer") else "",
    }


class _Words(dict[str, Any]):
    """What a sentence asks for and an event doesn't tell is a dash."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


def _fields(record: dict[str, Any], language: Language) -> str:
    return ", ".join(f"{name} {_value(value, language)}" for name, value in record.items())


def _agreed(one: dict[str, Any], language: Language) -> str:
    value = _value(one["value"], language)
    if not one.get("source"):
        return value
    return WORDS[language]["by"].format(value=value, source=one["source"], rule=one.get("rule") or UNKNOWN)


def _value(value: Any, language: Language) -> str:
    return EMPTY[language] if value in (None, "") else str(value)
