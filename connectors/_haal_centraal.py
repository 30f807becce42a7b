"""What the Haal Centraal APIs of BRK and WOZ have in common: columns as text in, what is asked of them out.

Both answer in HAL, give only the properties that are named in ``fields``, and search by one combination of
parameters out of a few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors._columns import Kind

#: Links, and records of another object beside them.
IGNORED = ("_links", "_embedded")
HEADERS = {"Accept": "application/hal+json"}


def listed(name: str) -> Callable[[Any], Any]:
    """Where an answer has its list; HAL may leave ``_embedded`` out of one in which there is nothing."""

    def found(content: Any) -> Any:
        return content["_embedded"][name] if "_embedded" in content else [] if content["_links"] else None

    return found


def unknown(columns: Mapping[str, Kind], fields: Sequence[str] | None) -> Iterator[str]:
    """The fields that lead to no column."""
    yield from (name for name in fields or () if not _below(columns, name))


def chosen(columns: Mapping[str, Kind], fields: Sequence[str] | None) -> dict[str, Kind]:
    """The columns that these fields lead to; without fields, all."""
    if fields is None:
        return dict(columns)
    wanted = {path for name in fields for path in _below(columns, name)}
    return {path: kind for path, kind in columns.items() if path in wanted}


def faults(
    parameters: Mapping[str, Any],
    combinations: Sequence[tuple[Sequence[str], Sequence[str]]],
    written: Mapping[str, Any],
) -> Iterator[str]:
    """What is wrong with a search: not one combination (what it needs, what it may have), or not so written.

    ``written`` says of each parameter the pattern of its text, or its type. No value is told.
    """
    fitting = [
        (needed, optional)
        for needed, optional in combinations
        if set(needed) <= set(parameters) <= {*needed, *optional}
    ]
    if not fitting:
        ways = " or ".join(
            "+".join([*needed, *(f"({name})" for name in optional)]) for needed, optional in combinations
        )
        yield f"one of the combinations {ways}"
    for name, value in parameters.items():
        how = written.get(name, "")
        if isinstance(how, str):
            fits = isinstance(value, str) and re.fullmatch(how, value) is not None
        else:
            fits = type(value) is how and (how is bool or 1 <= value <= 99999)
        if fitting and not fits:
            yield f"{name} as the API has it"


def _below(columns: Mapping[str, Kind], name: str) -> list[str]:
    """The columns at or below a field; one that lies within a column of JSON leads to that column."""
    return [
        path
        for path, kind in columns.items()
        if path == name or path.startswith(f"{name}.") or (kind == "json" and name.startswith(f"{path}."))
    ]
