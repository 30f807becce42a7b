"""A pulled table in; a first suite for it, to be edited by who knows the data, out.

What is suggested holds for the table that it was made from, each expectation with a note of what was seen. What a
registry's standard says is critical, and so is the key; what is a guess from what was seen, a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from vlekkeloos import suite
from vlekkeloos.lake import Lake
from vlekkeloos.profile import Profile, profile
from vlekkeloos.source import PulledSource
from vlekkeloos.suggest import keys, known, seen, whole
from vlekkeloos.suggest.expectation import Suggested

__all__ = ["suggest"]


def suggest(lake: Lake, source: PulledSource, name: str) -> dict[str, Any]:
    """The suite, in GX's own form, by the newest raw table of a source.

    Of an exchange about persons no value of a record is in it, other than codes that many records share.
    """
    suite.know_expectations()
    schema = lake.schema(source.raw)
    with lake.query(raw=source.raw) as query:
        found = profile(query, "raw", schema)
        identity = [column for column in source.identity if column in found.columns]
        expectations = [
            *whole.table(found),
            *keys.key(query, "raw", found, identity),
            *_by_column(query, found, known.recognised(query, "raw", schema, found), identity, source.personal),
        ]
        remarks = list(keys.remarks(query, "raw", found, identity))
    return {
        "name": name,
        "meta": {
            "source": f"suggested from {source.raw}: {found.rows:,} rows",
            "advice": "Read every line, and change what you know better: docs/how-to/write-a-suite.md",
            **({"remarks": remarks} if remarks else {}),
        },
        "expectations": expectations,
    }


def _by_column(
    query: duckdb.DuckDBPyConnection,
    found: Profile,
    recognised: dict[str, list[Suggested]],
    identity: list[str],
    personal: bool,
) -> Iterator[Suggested]:
    for column in found.columns.values():
        if column.name not in identity[:1]:
            yield from seen.filled(column, found)
            yield from keys.unique(query, "raw", found, column)
        known_of_it = recognised.get(column.name, [])
        yield from known_of_it
        # what is known of the values themselves says more than a guess
        if not any(column.name in _about(one["kwargs"])[:1] for one in known_of_it):
            yield from seen.values(column, found, personal=personal)


def _about(kwargs: dict[str, Any]) -> list[str]:
    return [kwargs["column"]] if "column" in kwargs else list(kwargs.get("column_list", []))
