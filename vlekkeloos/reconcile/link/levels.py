"""A contract's way to compare a field in; how alike two values can be, from the same to different, as SQL, out."""

from __future__ import annotations

from dataclasses import dataclass

from vlekkeloos.contract.linking import Compared
from vlekkeloos.reconcile.link.records import column

NAME_LEVELS = [0.92, 0.88, 0.7]


@dataclass(frozen=True)
class Level:
    """How alike two values are: what people call it, and its condition over the columns f<n>_l and f<n>_r."""

    label: str
    condition: str


def levels(number: int, compared: Compared) -> list[Level]:
    """From the same value to a different one; of two levels that hold, the first counts. Without a value: none."""
    left, right = f"{column(number)}_l", f"{column(number)}_r"
    return [
        Level("the same", f"{left} = {right}"),
        *_alike(left, right, compared),
        Level("different", "ELSE"),
    ]


def _alike(left: str, right: str, compared: Compared) -> list[Level]:
    one_edit = f"damerau_levenshtein({left}, {right}) <= 1"
    if compared.by == "name":
        words = " = ".join(f"list_sort(string_split({side}, ' '))" for side in (left, right))
        return [
            Level("the same words", words),
            *(
                Level(f"Jaro-Winkler {level} or more", f"jaro_winkler_similarity({left}, {right}) >= {level}")
                for level in compared.levels or NAME_LEVELS
            ),
        ]
    if compared.by == "date":
        # yyyy-mm-dd: day and month changed places, as between a Dutch and an American notation
        swapped = f"{left} = substr({right}, 1, 5) || substr({right}, 9, 2) || '-' || substr({right}, 6, 2)"
        return [
            Level("one digit, or day and month changed places", f"{one_edit} OR {swapped}"),
            Level("the same year", f"left({left}, 4) = left({right}, 4)"),
        ]
    if compared.by == "postcode":
        return [
            Level("one character", one_edit),
            Level("the same four digits", f"left({left}, 4) = left({right}, 4)"),
        ]
    if compared.by == "house number":
        number = " = ".join(f"nullif(regexp_extract({side}, '^[0-9]+'), '')" for side in (left, right))
        return [Level("the same number", number), Level("one character", one_edit)]
    return []


def nothing(number: int) -> str:
    """The condition that one of the two values is not there."""
    return f"{column(number)}_l IS NULL OR {column(number)}_r IS NULL"


def level_of(number: int, compared: Compared) -> str:
    """SQL: the place of the level in the list, from 0; -1 if one of the two values is not there."""
    cases = "".join(
        f" WHEN {level.condition} THEN {place}" for place, level in enumerate(levels(number, compared)[:-1])
    )
    return f"CASE WHEN {nothing(number)} THEN -1{cases} ELSE {len(levels(number, compared)) - 1} END"
