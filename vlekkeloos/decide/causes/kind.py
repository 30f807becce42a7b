"""What one kind of cause is: how it is seen in a discrepancy, and how it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vlekkeloos.decide.texts import Language, number

#: A group smaller than this is no pattern.
LEAST = 3
#: A group that is spread over pairs of values must be this share of its field's discrepancies: in many differences
#: by chance, some are alike by chance.
SHARE = 0.02


@dataclass(frozen=True)
class Cause:
    """A group of discrepancies with one probable cause; ``open`` of its ``count`` wait for a person."""

    id: str
    kind: str
    field: str | None
    left_source: str
    right_source: str
    pattern: str
    count: int
    open: int
    share: float
    examples: list[str]

    def side(self, which: str) -> str:
        """The source on the side that a word ends with: ``missing_left``."""
        return self.left_source if which.endswith("left") else self.right_source


def _no_values(cause: Cause, language: Language) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Kind:
    """A kind of cause; each module of this package has one, as ``KIND``.

    ``pattern`` is SQL over a row of ``rest`` (key, kind, field, left_source, right_source, left, right, first_seen,
    differing: the share of the compared records in which the field differs): what the group has in common, NULL
    where this kind explains nothing. ``spread``: only if the group is spread over different pairs of values.
    ``texts`` is the sentence, with the names of ``values`` and field, left_source, right_source and count in it.
    """

    name: str
    #: The lower one explains first.
    order: int
    pattern: str
    texts: Mapping[Language, str]
    values: Callable[[Cause, Language], dict[str, str]] = _no_values
    spread: bool = False

    def sentence(self, cause: Cause, language: Language) -> str:
        """What a cause of this kind says to its reader."""
        return self.texts[language].format(
            field=cause.field or {"nl": "het record", "en": "the record"}[language],
            left_source=cause.left_source,
            right_source=cause.right_source,
            count=number(cause.count, language),
            **self.values(cause, language),
        )
