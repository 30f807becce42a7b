"""What a person who decides reads, in Dutch and in English: the same keys, the same ``{names}``."""

from __future__ import annotations

from datetime import date
from typing import Literal

Language = Literal["nl", "en"]

_TEXTS: dict[Language, dict[str, str]] = {
    "nl": {
        # the columns of a file with questions; the rule about what is in them below
        "column.id": "id",
        "column.key": "sleutel",
        "column.field": "veld",
        "column.left_source": "bron links",
        "column.right_source": "bron rechts",
        "column.left": "waarde links",
        "column.right": "waarde rechts",
        "column.kind": "soort",
        "column.since": "sinds",
        "column.cause": "oorzaak",
        "column.choice": "besluit",
        "column.value": "waarde",
        "column.reason": "reden",
        "column.until": "tot en met",
        "sheet": "Vragen",
        "choice.left": "links",
        "choice.right": "rechts",
        "choice.value": "waarde",
        "choice.accept": "accepteren",
        "choice.onderzoek": "onderzoek",
        "never": "nooit",
        "kind.differs": "verschilt",
        "kind.missing_left": "ontbreekt links",
        "kind.missing_right": "ontbreekt rechts",
        "kind.quarantined_left": "afgekeurd links",
        "kind.quarantined_right": "afgekeurd rechts",
        "kind.duplicate_left": "dubbel links",
        "kind.duplicate_right": "dubbel rechts",
        "kind.unkeyed_left": "zonder sleutel links",
        "kind.unkeyed_right": "zonder sleutel rechts",
        "kind.doubtful": "twijfel of het bij elkaar hoort",
        "rule.choice": "moet een van deze zijn: {choices}",
        "rule.kind": "bij deze soort verschil kan alleen: {choices}",
        "rule.value": "bij het besluit “waarde” hoort een waarde",
        "rule.no_value": "een waarde hoort alleen bij het besluit “waarde”",
        "rule.one_or_two": "bij twijfel of twee records bij elkaar horen is de waarde zelfde of ander",
        "rule.reason": "een besluit heeft een reden nodig",
        "rule.until": "moet een datum zijn, zoals 2027-01-31, of “nooit”",
        "rule.past": "deze dag is al voorbij",
        "rule.accept_until": "accepteren heeft een einddatum nodig, of “nooit”",
        "rule.unknown": "dit verschil is er niet (meer)",
        "rule.twice": "dit verschil staat al eerder in dit bestand",
        "rule.changed": "de waarde is intussen anders dan in dit bestand",
        "rule.formula": "mag geen formule zijn",
        "refused": "{file}, rij {row}, kolom {column}: {rule}",
        "nothing": "Van {file} is niets verwerkt.",
        "single": "los, zonder gemeenschappelijke oorzaak: {count}",
        "whole": "hele record",
        "cause": "{id}  {count} ({share} %), open {open}: {sentence} Zoals {examples}.",
    },
    "en": {
        "column.id": "id",
        "column.key": "key",
        "column.field": "field",
        "column.left_source": "left source",
        "column.right_source": "right source",
        "column.left": "left value",
        "column.right": "right value",
        "column.kind": "kind",
        "column.since": "since",
        "column.cause": "cause",
        "column.choice": "decision",
        "column.value": "value",
        "column.reason": "reason",
        "column.until": "until",
        "sheet": "Questions",
        "choice.left": "left",
        "choice.right": "right",
        "choice.value": "value",
        "choice.accept": "accept",
        "choice.onderzoek": "onderzoek",
        "never": "never",
        "kind.differs": "differs",
        "kind.missing_left": "missing left",
        "kind.missing_right": "missing right",
        "kind.quarantined_left": "rejected left",
        "kind.quarantined_right": "rejected right",
        "kind.duplicate_left": "duplicate left",
        "kind.duplicate_right": "duplicate right",
        "kind.unkeyed_left": "without a key left",
        "kind.unkeyed_right": "without a key right",
        "kind.doubtful": "in doubt whether they belong together",
        "rule.choice": "must be one of: {choices}",
        "rule.kind": "for this kind of difference only: {choices}",
        "rule.value": "the decision “value” needs a value",
        "rule.no_value": "a value belongs to the decision “value” only",
        "rule.one_or_two": "of two records that may be one the value is zelfde (one) or ander (two)",
        "rule.reason": "a decision needs a reason",
        "rule.until": "must be a date, such as 2027-01-31, or “never”",
        "rule.past": "that day has passed",
        "rule.accept_until": "accept needs an end date, or “never”",
        "rule.unknown": "there is no such difference (any more)",
        "rule.twice": "this difference is in this file already",
        "rule.changed": "the value is another now than in this file",
        "rule.formula": "must not be a formula",
        "refused": "{file}, row {row}, column {column}: {rule}",
        "nothing": "Nothing of {file} was taken over.",
        "single": "single, without a cause in common: {count}",
        "whole": "whole record",
        "cause": "{id}  {count} ({share} %), open {open}: {sentence} Such as {examples}.",
    },
}
_MONTHS: dict[Language, list[str]] = {
    "nl": [
        "januari", "februari", "maart", "april", "mei", "juni",
        "juli", "augustus", "september", "oktober", "november", "december",
    ],
    "en": [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ],
}  # fmt: skip


def text(language: Language, key: str, **values: object) -> str:
    """The text of a key, its names filled in. Raises KeyError for a key that isn't there."""
    return _TEXTS[language][key].format_map(values)


def kind(language: Language, name: str) -> str:
    """What sort of difference it is; its own name where there are no words for it."""
    return _TEXTS[language].get(f"kind.{name}", name)


def number(count: int, language: Language) -> str:
    """``25.000`` in Dutch."""
    return f"{count:,}".replace(",", "." if language == "nl" else ",")


def plain(amount: str, language: Language) -> str:
    """A signed decimal without zeros at its end: ``+1``, ``-0,5``."""
    short = amount.rstrip("0").rstrip(".") if "." in amount else amount
    return short.replace(".", "," if language == "nl" else ".")


def day(of: date, language: Language) -> str:
    """``24 november 2026``."""
    return f"{of.day} {_MONTHS[language][of.month - 1]} {of.year}"


def quote(said: str, language: Language) -> str:
    """A value between quotation marks."""
    return f"“{said}”"
