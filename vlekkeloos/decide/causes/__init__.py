"""Discrepancies in; groups of them with one probable cause out, so that a person decides on tens, not thousands.

Each module of this package is one kind of cause, and is found by itself. A discrepancy belongs to the first kind,
in their fixed order, whose pattern it has together with enough others; the rest is single (``los``).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import duckdb

from vlekkeloos.decide.causes.kind import LEAST, SHARE, Cause, Kind
from vlekkeloos.decide.texts import Language
from vlekkeloos.lake import literal

__all__ = ["Cause", "Kind", "find", "kinds", "listed", "sentence"]


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of cause by its name, in the order in which they explain."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = sorted((module.KIND for module in modules if hasattr(module, "KIND")), key=lambda kind: kind.order)
    return {kind.name: kind for kind in found}


def sentence(cause: Cause, language: Language) -> str:
    """The cause as its reader is told."""
    return kinds()[cause.kind].sentence(cause, language)


def find(query: duckdb.DuckDBPyConnection, exchange: str, compared: int | None) -> None:
    """Creates ``causes`` (the columns of Cause, id first) and ``caused`` (id of the discrepancy, cause).

    ``query`` has the view ``asked``: the discrepancies of an exchange, with ``open``: does it wait for a person?
    ``compared`` is the number of records that both sides had, if it is known. The id of a cause is a hash of the
    exchange, kind, field, sources and pattern: the same in every run.
    """
    query.execute(f"""
        CREATE TABLE rest AS
        WITH sizes AS (
            SELECT field, left_source, right_source, count(*) AS of_field,
                   count(*) FILTER (kind = 'differs') / {compared or "NULL"} AS differing
            FROM asked GROUP BY field, left_source, right_source)
        SELECT a.id, a.key, a.kind, a.field, a.left_source, a.right_source, a."left", a."right", a.first_seen,
               a.open, s.of_field, s.differing
        FROM asked a JOIN sizes s ON {_same(_GROUP, "a", "s")};
        CREATE TABLE caused (id VARCHAR, cause VARCHAR);
        CREATE TABLE causes (
            id VARCHAR, kind VARCHAR, field VARCHAR, left_source VARCHAR, right_source VARCHAR, pattern VARCHAR,
            count BIGINT, open BIGINT, share DOUBLE, examples VARCHAR[]);
    """)
    for kind in kinds().values():
        _explain(query, exchange, kind)


def listed(query: duckdb.DuckDBPyConnection) -> list[Cause]:
    """The causes that ``find`` made: what most wait for first, then the largest."""
    found = query.execute("FROM causes ORDER BY open DESC, count DESC, id").fetchall()
    return [Cause(*row) for row in found]


_GROUP = ("field", "left_source", "right_source")


def _same(columns: tuple[str, ...], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{column} IS NOT DISTINCT FROM {other}.{column}" for column in columns)


def _explain(query: duckdb.DuckDBPyConnection, exchange: str, kind: Kind) -> None:
    """Gives what one kind explains of ``rest`` its cause, and takes it out of ``rest``."""
    grouped = (*_GROUP, "pattern")
    enough = f"sum(rows) >= {LEAST}"
    if kind.spread:
        # mostly one pair of values: that is the cause then, not what its two texts happen to have between them
        enough += f" AND count(*) >= {LEAST} AND 2 * max(rows) <= sum(rows) AND sum(rows) >= {SHARE} * any_value(of_field)"
    told = ", ".join([literal(exchange), literal(kind.name), *(f"coalesce({column}, '')" for column in grouped)])
    query.execute(f"""
        CREATE OR REPLACE TABLE patterned AS
        SELECT id, key, field, left_source, right_source, open, of_field, hash("left", "right") AS pair,
               {kind.pattern} AS pattern
        FROM rest WHERE pattern IS NOT NULL;
        CREATE OR REPLACE TABLE groups AS
        SELECT {", ".join(grouped)}, md5(concat_ws(chr(31), {told}))[:10] AS cause, any_value(of_field) AS of_field
        FROM (SELECT {", ".join(grouped)}, pair, any_value(of_field) AS of_field, count(*) AS rows
              FROM patterned GROUP BY ALL)
        GROUP BY {", ".join(grouped)} HAVING {enough};
        CREATE OR REPLACE TABLE explained AS
        SELECT p.id, p.key, p.open, g.* FROM patterned p JOIN groups g ON {_same(grouped, "p", "g")};
        INSERT INTO causes
        SELECT cause, {literal(kind.name)}, field, left_source, right_source, pattern, count(*),
               count(*) FILTER (open), count(*) / any_value(of_field), min(key, 3)
        FROM explained GROUP BY cause, field, left_source, right_source, pattern;
        INSERT INTO caused SELECT id, cause FROM explained;
        CREATE OR REPLACE TABLE rest AS SELECT r.* FROM rest r ANTI JOIN explained e ON r.id = e.id;
    """)
