"""Which columns tell the records apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from vlekkeloos.lake import quoted
from vlekkeloos.profile import ColumnProfile, Profile
from vlekkeloos.suggest.expectation import Suggested, expectation

#: Fewer rows say nothing: in a small table every column may happen to have no value twice.
ENOUGH = 100
#: A longer text is a description or a document, no name of a record.
LONGEST = 40
#: An estimate of the different values may be this much too low, and all of them differ nevertheless.
NEARLY = 0.85


def keys(query: duckdb.DuckDBPyConnection, view: str, found: Profile, identity: Sequence[str]) -> Iterator[Suggested]:
    """The contract's key is filled and, with what tells its voorkomens apart, unique; so are others that were."""
    if identity:
        key = found.columns[identity[0]]
        if not key.nulls:
            yield expectation(
                "column_values_to_not_be_null",
                "critical",
                f"the contract's key; 0 of {found.rows:,} empty",
                column=key.name,
            )
        if _unique(query, view, identity):
            yield (
                _one(identity[0], "critical", found, "the contract's key; ")
                if len(identity) == 1
                else expectation(
                    "compound_columns_to_be_unique",
                    "critical",
                    f"what tells the contract's records apart; {found.rows:,} rows, all different",
                    column_list=list(identity),
                )
            )
    for column in found.columns.values():
        if (
            [column.name] != list(identity[:1])
            and _may_be_unique(column, found)
            and _unique(query, view, [column.name])
        ):
            yield _one(column.name, "warning", found, "")


def _one(column: str, severity: str, found: Profile, why: str) -> Suggested:
    filled = found.filled(found.columns[column])
    return expectation(
        "column_values_to_be_unique",
        "critical" if severity == "critical" else "warning",
        f"{why}{filled:,} values, all different",
        column=column,
    )


def _may_be_unique(column: ColumnProfile, found: Profile) -> bool:
    filled = found.filled(column)
    named = column.kind == "whole" or (column.kind == "text" and (column.longest or 0) <= LONGEST)
    return named and filled >= ENOUGH and column.nulls == 0 and (column.distinct or 0) >= NEARLY * filled


def _unique(query: duckdb.DuckDBPyConnection, view: str, columns: Sequence[str]) -> bool:
    """Hashes stand for the values: they take a fraction of the memory, and if two meet, less is said, not more."""
    repeated = query.execute(
        f"SELECT 1 FROM {view} GROUP BY hash({', '.join(map(quoted, columns))}) HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    return repeated is None
