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


def key(query: duckdb.DuckDBPyConnection, view: str, found: Profile, identity: Sequence[str]) -> Iterator[Suggested]:
    """The contract's key is filled and, with what tells its voorkomens apart, unique; [] for ``identity``: none."""
    if not identity:
        return
    column = found.columns[identity[0]]
    if not column.nulls:
        note = f"the contract's key; 0 of {found.rows:,} empty"
        yield expectation("column_values_to_not_be_null", "critical", note, column=column.name)
    if not _unique(query, view, identity):
        return
    if len(identity) == 1:
        note = f"the contract's key; {found.filled(column):,} values, all different"
        yield expectation("column_values_to_be_unique", "critical", note, column=column.name)
    else:
        note = f"what tells the contract's records apart; {found.rows:,} rows, all different"
        yield expectation("compound_columns_to_be_unique", "critical", note, column_list=list(identity))


def remarks(query: duckdb.DuckDBPyConnection, view: str, found: Profile, identity: Sequence[str]) -> Iterator[str]:
    """What is to be told of the contract's key, because it can't be expected: a run will tell it, row by row."""
    if identity and (nulls := found.columns[identity[0]].nulls):
        yield f"the contract's key, {identity[0]}, is empty in {nulls:,} of {found.rows:,} rows"
    if identity and not _unique(query, view, identity):
        yield f"the contract's key, {', '.join(identity)}, has values that are there more than once"


def unique(query: duckdb.DuckDBPyConnection, view: str, found: Profile, column: ColumnProfile) -> Iterator[Suggested]:
    """Another column that names records, if no value was there twice."""
    if _may_be_unique(column, found) and _unique(query, view, [column.name]):
        note = f"{found.filled(column):,} values, all different"
        yield expectation("column_values_to_be_unique", "warning", note, column=column.name)


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
