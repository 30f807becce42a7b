"""The valid records of one side in; a table of what is compared of them, written in one way, out."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from vlekkeloos.contract.linking import Kind, Link
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import quoted

#: ``{}`` is the value as text. What says nothing is NULL, which speaks neither for nor against a pair.
WRITTEN: dict[Kind, str] = {
    "exact": "nullif(trim({}), '')",
    "name": r"nullif(trim(regexp_replace(lower(strip_accents({})), '[^a-z0-9]+', ' ', 'g')), '')",
    # the year, month and day of a BRP date may be 00, so that it is no date
    "date": r"nullif(trim(regexp_replace(left(trim({}), 10), '^(\d{{4}})(\d\d)(\d\d)$', '\1-\2-\3')), '')",
    "postcode": r"nullif(upper(regexp_replace({}, '\s+', '', 'g')), '')",
    "house number": r"nullif(upper(regexp_replace({}, '[^A-Za-z0-9]+', '', 'g')), '')",
}


@dataclass(frozen=True)
class Side:
    """One side of a link: the source's name, the view or table with its valid records, and its key column."""

    source: str
    view: str
    key: str


def column(number: int) -> str:
    """The column of field number n of the contract's ``compare:`` in a table of records."""
    return f"f{number}"


def prepare(query: duckdb.DuckDBPyConnection, words: Link, side: Side, table: str) -> int:
    """Creates ``table``: unique_id and a text column a field, of each record with a key; gives their number.

    Raises BadInput if the side has no column for one of the fields.
    """
    # DuckDB takes column names without regard to capitals
    there = {name.lower() for (name, *_) in query.execute(f"DESCRIBE {quoted(side.view)}").fetchall()}
    values = []
    for number, (name, compared) in enumerate(words.compare.items()):
        from_column = compared.columns.get(side.source, name)
        if from_column.lower() not in there:
            raise BadInput(
                f"{side.source} has no such column, which reconcile: link: compare: names",
                field=from_column,
                advice=f"name it in compare: {name}: columns: {side.source}:",
            )
        text = f"CAST({quoted(from_column)} AS VARCHAR)"
        values.append(f"{WRITTEN[compared.by].format(text)} AS {column(number)}")
    key = f"CAST({quoted(side.key)} AS VARCHAR)"
    query.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {key} AS unique_id, {', '.join(values)}"
        f" FROM {quoted(side.view)} WHERE {quoted(side.key)} IS NOT NULL"
    )
    # to the end: Splink can't use a connection on which a result is open
    return int(query.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def condition(words: Link, block: int) -> str:
    """What the records l and r of a pair have in common by one of the contract's blocking rules, as SQL."""
    numbers = {name: number for number, name in enumerate(words.compare)}
    parts = []
    for part in words.block[block]:
        sides = [f"{side}.{column(numbers[part.field])}" for side in "lr"]
        if part.first is not None:
            sides = [f"left({side}, {part.first})" for side in sides]
        parts.append(" = ".join(sides))
    return " AND ".join(parts)


def blocked(words: Link, block: int) -> set[int]:
    """The numbers of the fields that a blocking rule is about: in its pairs these say nothing."""
    names = {part.field for part in words.block[block]}
    return {number for number, name in enumerate(words.compare) if name in names}
