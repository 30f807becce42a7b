"""The parts of a date: written in ISO 8601, whole or less precise, or as the BRP writes it.

The BRP writes zeros for what is not known (Logisch Ontwerp (LO) BRP, the elements that are a date, such as 03.10
geboortedatum): ``19800000`` has a year, and no month or day.
"""

from __future__ import annotations

from vlekkeloos.normalise.word import SPACE, normaliser

_TIME = "(?:[T ].*)?$"


@normaliser
def jaar(value: str) -> str:
    """The year of a date: ``'1980-01-31'`` and ``'19800000'`` are ``'1980'``. Source: ISO 8601; LO BRP."""
    return _part(value, "([0-9]{4})(?:-?[0-9]{2}(?:-?[0-9]{2})?)?", "0000")


@normaliser
def maand(value: str) -> str:
    """The month of a date: ``'1980-01-31'`` and ``'19800100'`` are ``'01'``. Source: ISO 8601; LO BRP."""
    return _part(value, "[0-9]{4}-?([0-9]{2})(?:-?[0-9]{2})?", "00")


@normaliser
def dag(value: str) -> str:
    """The day of a date: ``'1980-01-31'`` is ``'31'``, ``'19800100'`` has none. Source: ISO 8601; LO BRP."""
    return _part(value, "[0-9]{4}-?[0-9]{2}-?([0-9]{2})", "00")


def _part(value: str, form: str, unknown: str) -> str:
    return f"nullif(nullif(regexp_extract({value}, '^{SPACE}*{form}{_TIME}', 1), ''), '{unknown}')"
