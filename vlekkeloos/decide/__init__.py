"""Discrepancies and a person's word in; ``decisions/<exchange>`` out: what no rule can settle, and who settled it.

The next run applies what was decided (see ``vlekkeloos.decisions``). A batch is one commit: all of it or nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from vlekkeloos import decisions
from vlekkeloos.decide import answers, causes, questions, sheet
from vlekkeloos.decide.causes import Cause
from vlekkeloos.decide.questions import About
from vlekkeloos.decide.texts import Language
from vlekkeloos.decide.verdict import Verdict
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import Ref, literal
from vlekkeloos.run import Run, today

__all__ = [
    "About", "Cause", "Decided", "Language", "Touched", "Verdict", "ask", "decide", "find_causes",
    "listed", "read", "touched",
]  # fmt: skip

log = logging.getLogger(__name__)

BATCH = 50_000
#: How many questions are shown of those that are meant.
SHOWN = 10
_COLUMNS = ("id", "key", "field", "left_source", "right_source", "kind", "left", "right")


@dataclass(frozen=True)
class Touched:
    """The discrepancies that are meant: how many, how many of each field and kind, and the first ones.

    ``groups`` are (field, kind, count), the largest first; ``first`` are rows of discrepancies, by key.
    """

    count: int
    groups: list[tuple[str | None, str, int]]
    first: list[dict[str, Any]]


@dataclass(frozen=True)
class Decided:
    """What was written: ``meant`` discrepancies, of which ``new`` decisions; the rest said so already.

    ``decisions`` is the version of the table; None if there is no new one.
    """

    batch: str
    meant: int
    new: int
    decisions: Ref | None


def touched(run: Run, about: About) -> Touched:
    """Which discrepancies ``decide`` would decide about, without deciding. Raises as that does for ``about``."""
    with questions.opened(run) as query:
        count = questions.meant(run, query, about)
        groups = query.execute(
            "SELECT field, kind, count(*) FROM chosen GROUP BY ALL ORDER BY count(*) DESC, field, kind"
        ).fetchall()
        return Touched(count, groups, list(_rows(query, f"LIMIT {SHOWN}")))


def listed(run: Run, about: About) -> Iterator[dict[str, Any]]:
    """The rows of discrepancies that are meant (by default every open question), by field and key."""
    with questions.opened(run) as query:
        questions.choose(run, query, about)
        yield from _rows(query)


def _rows(query: duckdb.DuckDBPyConnection, limit: str = "") -> Iterator[dict[str, Any]]:
    found = query.execute(f"SELECT * EXCLUDE (run_id, open) FROM chosen ORDER BY field, key, id {limit}")
    names = [name for name, *_ in found.description or []]
    while batch := found.fetchmany(1_000):
        yield from (dict(zip(names, row, strict=True)) for row in batch)


def decide(run: Run, about: About, verdict: Verdict) -> Decided:
    """Decides the same about every discrepancy that is meant, as one batch in one commit.

    Raises NotFound if there is none; BadInput if one is meant and more are so, if the verdict breaks a rule (see
    Verdict), or can't be given about the kind of one of them: then nothing is written.
    """
    if about.empty:
        raise BadInput("which discrepancies are meant is not said")
    with questions.opened(run) as query:
        meant = questions.meant(run, query, about)
        kinds = [kind for (kind,) in query.execute("SELECT DISTINCT kind FROM chosen ORDER BY 1").fetchall()]
        if (broken := verdict.broken(kinds, today())) is not None:
            column, rule = broken
            raise BadInput(answers.told("en", rule, kinds), field=column)
        query.execute(f"""
            CREATE TABLE answered AS
            SELECT {_columns()}, {literal(verdict.choice)} AS choice, {_text(verdict.value)} AS value,
                   {literal(verdict.reason)} AS reason, CAST({_text(verdict.last)} AS DATE) AS until FROM chosen
        """)
        return _written(run, query, meant, verdict.author, str(uuid.uuid4()))


def read(run: Run, file: Path, author: str) -> Decided:
    """Takes over what a person filled in in a file that ``ask`` wrote (.xlsx, or the same as .csv).

    Rows without a decision are skipped. Raises BadInput for a file that can't be read, and BadRows with every row
    that breaks a rule: then nothing of it is written. Reading what was read before adds nothing.
    """
    with questions.opened(run) as query:
        found = answers.read(file)
        batch = answers.digest(run.exchange, found)
        if questions.count(query, f"decisions WHERE batch = {literal(batch)}"):
            return Decided(batch, len(found.rows), 0, None)
        answers.judge(query, found, file.name, today())
        query.execute(f"""
            CREATE TABLE answered AS
            SELECT {_columns("d.")}, a.choice, a.value, a.reason, a.until
            FROM answers a JOIN discrepancies d ON d.id = a.id
        """)
        return _written(run, query, len(found.rows), author, batch)


def ask(run: Run, about: About, file: Path, language: Language = "nl") -> int:
    """Writes the open questions that are meant (by default all) to an Excel file to be filled in; counts them.

    Raises NotFound if there is none, BadInput if they don't fit in a sheet or the file has another ending.
    """
    if file.suffix.lower() != ".xlsx":
        raise BadInput("questions are written as an Excel file", file=file.name, advice="name it .xlsx")
    with questions.opened(run) as query:
        count = questions.meant(run, query, about)
        if count > sheet.ROWS:
            raise BadInput(
                f"{count} questions don't fit in a sheet", advice="ask about one --cause, --field or --kind"
            )
        if about.cause is None:
            questions.find_causes(run, query)
        sheet.write(query, file, language)
    log.info("decide: %d questions of %s written to a file", count, run.exchange)
    return count


def find_causes(run: Run) -> tuple[list[Cause], int]:
    """The causes that the last discrepancies have in common, what most wait for first; and how many have none."""
    with questions.opened(run) as query:
        questions.find_causes(run, query)
        return causes.listed(query), questions.count(query, "asked ANTI JOIN caused USING (id)")


def _written(run: Run, query: duckdb.DuckDBPyConnection, meant: int, author: str, batch: str) -> Decided:
    """Appends ``answered`` (the columns of a decision up to until) to the table, but for what is said already."""
    table = run.table(decisions.ROOM)
    said = " AND ".join(
        f'n."{column}" IS NOT DISTINCT FROM a."{column}"'
        for column in ("left", "right", "choice", "value", "reason", "until")
    )
    query.execute(f"CREATE TABLE added AS SELECT a.* FROM answered a ANTI JOIN newest n ON n.id = a.id AND {said}")
    new = questions.count(query, "added")
    if new == 0:
        return Decided(batch, meant, 0, None)
    rows = query.sql(f"""
        SELECT CAST(uuid() AS VARCHAR) AS decision, {_columns()}, choice, value, reason, {literal(author)} AS author,
               TIMESTAMPTZ '{datetime.now(UTC).isoformat()}' AS decided_at, until, {literal(batch)} AS batch
        FROM added
    """).to_arrow_reader(BATCH)
    typed = pa.RecordBatchReader.from_batches(decisions.SCHEMA, (one.cast(decisions.SCHEMA) for one in rows))
    written = run.lake.write(table, typed, run_id=batch, mode="append")
    run.lake.tidy(table)
    log.info("decide: %d decisions about discrepancies of %s, batch %s", new, run.exchange, batch)
    return Decided(batch, meant, new, written)


def _columns(of: str = "") -> str:
    return ", ".join(f'{of}"{column}"' for column in _COLUMNS)


def _text(value: object) -> str:
    return "NULL" if value is None else literal(str(value))
