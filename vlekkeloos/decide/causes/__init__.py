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
        CREATE TEMP TABLE fields AS
        SELECT row_number() OVER () AS part, field, left_source, right_source, count(*) AS of_field,
               count(*) FILTER (kind = 'differs') / {compared or "NULL"} AS differing
        FROM asked GROUP BY field, left_source, right_source;
        CREATE TEMP TABLE numbered AS
        SELECT row_number() OVER () AS row, a.id, a.key, a.kind, a."left", a."right", a.first_seen, a.open,
               f.part, f.differing
        FROM asked a JOIN fields f ON {" AND ".join(f"a.{one} IS NOT DISTINCT FROM f.{one}" for one in _FIELD)};
        CREATE TEMP TABLE explained (row BIGINT, cause VARCHAR);
        CREATE TEMP TABLE causes (
            id VARCHAR, kind VARCHAR, field VARCHAR, left_source VARCHAR, right_source VARCHAR, pattern VARCHAR,
            count BIGINT, open BIGINT, share DOUBLE, examples VARCHAR[]);
    """)
    for kind in kinds().values():
        _explain(query, exchange, kind)
    query.execute("CREATE TEMP VIEW caused AS SELECT id, cause FROM explained JOIN numbered USING (row)")


def listed(query: duckdb.DuckDBPyConnection) -> list[Cause]:
    """The causes that ``find`` made: what most wait for first, then the largest."""
    found = query.execute("FROM causes ORDER BY open DESC, count DESC, id").fetchall()
    return [Cause(*row) for row in found]


#: What a group of discrepancies always has in common.
_FIELD = ("field", "left_source", "right_source")


def _explain(query: duckdb.DuckDBPyConnection, exchange: str, kind: Kind) -> None:
    """Gives what this kind explains, and none before it did, its cause: in ``causes`` and ``explained``."""
    enough = f"sum(rows) >= {LEAST}"
    if kind.spread:
        # mostly one pair of values: that is the cause then, not what its two texts happen to have between them
        spread = f"count(*) >= {LEAST} AND 2 * max(rows) <= sum(rows)"
        enough += f" AND {spread} AND sum(rows) >= {SHARE} * any_value(of_field)"
    told = [literal(exchange), literal(kind.name), *(f"coalesce({one}, '')" for one in (*_FIELD, "pattern"))]
    query.execute(f"""
        CREATE OR REPLACE TEMP TABLE patterned AS
        SELECT row, part, hash("left", "right") AS pair, {kind.pattern} AS pattern
        FROM numbered ANTI JOIN explained USING (row);
        CREATE OR REPLACE TEMP TABLE groups AS
        SELECT part, pattern, md5(concat_ws(chr(31), {", ".join(told)}))[:10] AS cause
        FROM (
            SELECT part, pattern, pair, count(*) AS rows FROM patterned WHERE pattern IS NOT NULL GROUP BY ALL
        ) JOIN fields USING (part)
        GROUP BY part, pattern, {", ".join(_FIELD)} HAVING {enough};
        CREATE OR REPLACE TEMP TABLE now AS SELECT row, cause FROM patterned JOIN groups USING (part, pattern);
        INSERT INTO causes
        SELECT cause, {literal(kind.name)}, {", ".join(_FIELD)}, pattern, count(*), count(*) FILTER (open),
               count(*) / any_value(of_field), min(key, 3)
        FROM now JOIN groups USING (cause) JOIN fields USING (part) JOIN numbered USING (row)
        GROUP BY cause, {", ".join(_FIELD)}, pattern;
        INSERT INTO explained FROM now;
    """)
