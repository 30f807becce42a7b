"""A person as the BRP API Personen v2 answers in; the same without nested dates and scattered marks out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat(person: Mapping[str, Any]) -> dict[str, Any]:
    """A person as the API has it, with dates as text and the marks of what is in onderzoek in one place."""
    marks: dict[str, Any] = {}
    found = _flat(person, "", marks)
    return found | ({"inOnderzoek": marks} if marks else {})


def _flat(group: Mapping[str, Any], place: str, marks: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in group.items():
        path = f"{place}.{name}" if place else name
        if name == "inOnderzoek":
            marks[path] = _flat(value, path, marks)
        elif isinstance(value, Mapping):
            date = iso(value)
            made[name] = _flat(value, path, marks) if date is None else date
        else:
            made[name] = value
    return made


def iso(value: Mapping[str, Any]) -> str | None:
    """A date of the API as ISO 8601 text with what is known of it, or ``onbekend``; None for what is no such date."""
    year, month = value.get("jaar"), value.get("maand")
    match value.get("type"):
        case "Datum" if isinstance(value.get("datum"), str):
            return str(value["datum"])
        case "JaarMaandDatum" if type(year) is int and type(month) is int:
            return f"{year:04d}-{month:02d}"
        case "JaarDatum" if type(year) is int:
            return f"{year:04d}"
        case "DatumOnbekend":
            return "onbekend"
    return None
