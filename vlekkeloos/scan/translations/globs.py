"""A regular expression of a fixed form in; patterns of GLOB out, which DuckDB matches in a fraction of the time.

``^[1-9][0-9]{3} ?[A-Z]{2}$`` is a sequence of single ASCII characters, some of them optional. A value that matches
such a pattern as a whole is found by the regex, whichever engine reads that; of one that doesn't, nothing is said.
"""

from __future__ import annotations

import re

#: More patterns, or longer ones, are no gain.
MOST, LONGEST = 8, 64
_PART = re.compile(
    r"""
      (?P<one> [A-Za-z0-9 _/:;,@=&%~<>'"!-] | \\[dD.\-/+*?()\[\]{}|^$\\] | \[[A-Za-z0-9-]+\] )
      (?P<times> \{(?P<least>\d+)(?:,(?P<most>\d+))?\} | \? )?
    """,
    re.VERBOSE,
)
_CLASS = re.compile(r"\[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\]")


def globs(regex: str) -> list[str]:
    """The patterns, any of which is enough; none if the regex has another form."""
    if not (regex.startswith("^") and regex.endswith("$") and not regex.endswith("\\$")):
        return []
    found, place, inside = [""], 1, regex[:-1]
    while place < len(inside):
        part = _PART.match(inside, place)
        one = _glob(part["one"]) if part else None
        if part is None or one is None:
            return []
        place = part.end()
        found = [before + one * times for before in found for times in _times(part)]
        if len(found) > MOST or any(len(pattern) > LONGEST for pattern in found):
            return []
    return found


def _times(part: re.Match[str]) -> range:
    if part["times"] is None:
        return range(1, 2)
    if part["times"] == "?":
        return range(2)
    least = int(part["least"])
    return range(least, int(part["most"] or least) + 1)


def _glob(one: str) -> str | None:
    """One character of a regex as GLOB has it; None if that can't be said."""
    if one == r"\d":
        return "[0-9]"
    if one == r"\D":
        return None
    if one.startswith("["):
        return one if _CLASS.fullmatch(one) else None
    character = one[-1]
    return f"[{character}]" if character in "*?" else None if character in "[]\\" else character
