"""A language in; texts, numbers, shares, dates and times as its readers write them out.

The texts themselves are in ``texts_nl`` and ``texts_en``, under the same keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from vlekkeloos.report import texts_en, texts_nl

Language = Literal["nl", "en"]
#: What is shown for what is not known.
UNKNOWN = "\N{EN DASH}"
HERE = ZoneInfo("Europe/Amsterdam")
_OF = {"nl": texts_nl, "en": texts_en}
_MARKS = {"nl": (".", ","), "en": (",", ".")}  # thousands, decimals


class Texts:
    """What the report says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.texts: dict[str, str] = _OF[language].TEXTS
        self.thousands, self.decimal = _MARKS[language]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, its ``{names}`` filled in; numbers are written the language's way."""
        written = {
            name: self.number(value) if isinstance(value, int) else str(value) for name, value in values.items()
        }
        return self.texts[key].format_map(written)

    def many(self, count: int, noun: str) -> str:
        """``1 rij``, ``25.000 rijen``."""
        return self(f"{'one' if count == 1 else 'many'}.{noun}", count=count)

    def number(self, count: int | None) -> str:
        """``25.000``; a dash for what is not known."""
        return UNKNOWN if count is None else f"{count:,}".replace(",", self.thousands)

    def share(self, share: float | None) -> str:
        """0.021 as ``2,1 %``, in at most two decimals."""
        if share is None:
            return UNKNOWN
        space = "\N{NO-BREAK SPACE}" if self.language == "nl" else ""
        if 0 < share < 0.00005:
            return f"< 0{self.decimal}01{space}%"
        text = f"{share * 100:.2f}".rstrip("0").rstrip(".")
        return f"{text.replace('.', self.decimal)}{space}%"

    def measure(self, what: str, found: float | str | None) -> str:
        """A measure of a profile: a share of the rows, a number, or an end of a range as it was written."""
        if what == "empty" and isinstance(found, int | float):
            return self.share(found)
        return self.number(found) if isinstance(found, int) else UNKNOWN if found is None else str(found)

    def date(self, day: date | None) -> str:
        """``24 november 2026``; of a moment, the day in the Netherlands."""
        if day is None:
            return UNKNOWN
        if isinstance(day, datetime):
            day = day.astimezone(HERE)
        return f"{day.day} {_OF[self.language].MONTHS[day.month - 1]} {day.year}"

    def clock(self, at: datetime) -> str:
        """``05:00``, on the clock in the Netherlands."""
        return f"{at.astimezone(HERE):%H:%M}"

    def moment(self, at: datetime) -> str:
        """``24 november 2026, 05:00``."""
        return f"{self.date(at)}, {self.clock(at)}"

    def sides(self, sources: Sequence[str]) -> tuple[str, str]:
        """What the two sides of a difference are called: by name, unless there are more sources than two."""
        return (sources[0], sources[1]) if len(sources) == 2 else (self("side.left"), self("side.right"))

    def kind(self, kind: str, left: str, right: str) -> str:
        """What sort of difference it is, with the names of the sources."""
        return self(f"kind.{kind}", left=left, right=right) if f"kind.{kind}" in self.texts else kind

    def rule(self, rule: str | None, choice: str | None, kind: str = "differs") -> str:
        """By which rule a difference was settled, or for what it waits."""
        if rule is None:
            return self("rule.repair" if kind.startswith("quarantined") else "rule.person")
        if rule == "authentic":
            return self("rule.authentic", choice=choice or "")
        if rule.startswith("settle"):
            return self("rule.settle", choice=choice or rule.partition(":")[2])
        return self("rule.other", rule=rule)

    def expectation(self, name: str) -> str:
        """What an expectation demands; its own name where this language has no words for it."""
        return self.texts.get(name, name)

    def severity(self, name: str) -> str:
        """How bad it is that an expectation was not met."""
        return self.texts.get(f"severity.{name}", name)
