"""The table of failing rows, made in one pass: a line for each row and each expectation that it breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from vlekkeloos.scan.metric import Column
from vlekkeloos.scan.plan import Plan, Scan
from vlekkeloos.scan.repeated import value

#: Its name in the connection.
TABLE = "scan_failures"
#: A value that one row of so many misses is missing often, going by a sample of the first rows.
OFTEN, SAMPLE = 50, 10_000


def make(query: duckdb.DuckDBPyConnection) -> None:
    """Makes the table, without a line."""
    query.execute(f"CREATE OR REPLACE TEMP TABLE {TABLE} (row BIGINT, number INTEGER, value VARCHAR)")


def add(scan: Scan, broken: Mapping[int, Plan]) -> None:
    """Lists the failing rows in one pass, but for those that often miss a value, or that share one with others."""
    often = _often_missing(scan, [one for one in broken.values() if one.of_missing])
    apart = {number: one for number, one in broken.items() if one.shared or one.broken in often}
    together = {number: one for number, one in broken.items() if number not in apart}
    parts = [_together(scan, together)] if together else []
    parts += [_apart(scan, number, one) for number, one in apart.items()]
    if parts:
        scan.query.execute(f"INSERT INTO {TABLE} {' UNION ALL '.join(parts)}")


def _often_missing(scan: Scan, plans: Sequence[Plan]) -> set[str]:
    """Which conditions about missing values too many rows break to go through all others with them: of the first."""
    if not plans:
        return set()
    wanted = ", ".join(f"coalesce(count_if({one.broken}), 0) > {SAMPLE // OFTEN}" for one in plans)
    (found,) = scan.query.execute(f"SELECT {wanted} FROM (FROM {scan.view} LIMIT {SAMPLE})").fetchall()
    return {one.broken or "" for one, often in zip(plans, found, strict=True) if often}


def add_rows(scan: Scan, number: int, rows: str, columns: Sequence[Column]) -> None:
    """Lists the rows that a SELECT names as failing one expectation, with what they have in some columns."""
    value = shown(columns) if columns else "NULL"
    scan.query.execute(
        f"INSERT INTO {TABLE} SELECT {scan.row}, {number}, {value} FROM {scan.view} WHERE {scan.row} IN ({rows})"
    )


def drop(query: duckdb.DuckDBPyConnection, number: int) -> None:
    """Takes the lines of one expectation out of the table."""
    query.execute(f"DELETE FROM {TABLE} WHERE number = {number}")


def counts(query: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """The number of failing rows of each expectation that has any."""
    return dict(query.execute(f"SELECT number, count(*) FROM {TABLE} GROUP BY number").fetchall())


def _together(scan: Scan, broken: Mapping[int, Plan]) -> str:
    lines = ", ".join(
        f"CASE WHEN {one.broken} THEN {{'number': {number}, 'value': {shown(one.columns)}}} END"
        for number, one in broken.items()
    )
    return f"""
        SELECT row, line.number, line.value FROM (
            SELECT {scan.row} AS row, unnest([{lines}]) AS line FROM {scan.view}
            WHERE {" OR ".join(f"({one.broken})" for one in broken.values())}
        ) WHERE line IS NOT NULL
    """


def _apart(scan: Scan, number: int, one: Plan) -> str:
    rows = f"SELECT {scan.row}, {number}, {shown(one.columns)} FROM {scan.view} WHERE {one.broken}"
    if not one.shared:
        return rows
    # they were only suspected of it
    return f"({rows} QUALIFY count(*) OVER (PARTITION BY {', '.join(map(value, one.shared))}) > 1)"


def shown(columns: Sequence[Column]) -> str:
    """SQL: the values of some columns as a person reads them; NULL if there is none."""
    parts = [
        f"'<' || octet_length({column.sql}) || ' bytes>'"
        if column.kind == "bytes"
        else f"CAST({column.sql} AS VARCHAR)"
        for column in columns
    ]
    if len(parts) == 1:
        return parts[0]
    each = ", ".join(f"coalesce({part}, '')" for part in parts)
    return f"CASE WHEN coalesce({', '.join(parts)}) IS NOT NULL THEN concat_ws(' | ', {each}) END"
