"""A regular expression about white space at a text's edges in; SQL out that mostly knows it isn't found without it.

``^\\s|\\s$`` looks at every character of a value, and at a class of characters with every script's spaces. A value
that begins and ends with a visible character of ASCII has none of them there; of any other, nothing is said.
"""

from __future__ import annotations

_AHEAD, _BEHIND = {r"^\s", r"^\s+"}, {r"\s$", r"\s+$"}


def clean(regex: str, value: str) -> str | None:
    """SQL: are the value's edges such that the regex isn't found? None if the regex has another form."""
    sides = set(regex.split("|"))
    if not sides <= _AHEAD | _BEHIND:
        return None
    # texts compare by their bytes, so the first says where a text lies
    begins = [f"{value} >= '!' AND {value} < chr(127)"] if sides & _AHEAD else []
    # from ! to }, in one comparison: DuckDB would look for the last character once for each
    ends = [f"abs(unicode({value}[-1]) - 79) <= 46"] if sides & _BEHIND else []
    return " AND ".join(begins + ends)
