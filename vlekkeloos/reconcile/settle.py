"""What the contract says of who wins in; SQL that names the winner out.

The SQL gives the name of a source, ``value`` for a value that was worked out, or NULL where a person must choose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from vlekkeloos.contract import Expression, Settle
from vlekkeloos.lake import literal, quoted

#: The winner where a value was worked out, and is no source's.
VALUE = "value"
#: Words of settle: that are no source's name.
WORDS = ("authentic", "newest", "most complete", "majority", "person")
#: Types of fields that a contract's own expression is tried with.
KINDS = ("VARCHAR", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN")
#: No choice, and the type that says so.
NOBODY = "CAST(NULL AS VARCHAR)"


@dataclass(frozen=True)
class Voice:
    """A source that may have a say: its name, and SQL of whether it has the record, of its value and its moment."""

    name: str
    there: str
    value: str = "NULL"
    moment: str = "NULL"

    @property
    def filled(self) -> str:
        """SQL: the value as text; NULL for a text with nothing in it, and for a record that isn't there."""
        return f"CASE WHEN {self.there} THEN nullif(CAST({self.value} AS VARCHAR), '') END"


def rule(settle: Settle | None, authentic: str | None) -> str | None:
    """What a rule is called where it settled something, None for a person."""
    if isinstance(settle, Expression):
        return "sql"
    if isinstance(settle, list):
        return "list"
    if settle in (None, "person") or (settle == "authentic" and authentic is None):
        return None
    return settle if settle in WORDS else f"settle:{settle}"


def winner(settle: Settle | None, voices: Sequence[Voice], authentic: str | None) -> str:  # noqa: PLR0911 - one a word
    """SQL: who wins where the values of ``voices`` differ."""
    if isinstance(settle, Expression):
        return f"CASE WHEN {worked_out(settle, voices)} IS NOT NULL THEN '{VALUE}' END"
    if isinstance(settle, list):
        return _first([(voice, f"{voice.filled} IS NOT NULL") for voice in _in_order(settle, voices)])
    if settle in (None, "person"):
        return NOBODY
    if settle == "newest":
        blank = " OR ".join(f"({voice.there} AND {voice.moment} IS NULL)" for voice in voices)
        moments = [f"CASE WHEN {voice.there} THEN {voice.moment} END" for voice in voices]
        return f"CASE WHEN NOT ({blank}) THEN {_highest(voices, moments)} END"
    if settle == "most complete":
        return _highest(voices, [f"length({voice.filled})" for voice in voices])
    if settle == "majority":
        return _majority(voices)
    return _first([(voice, voice.there) for voice in voices if voice.name == _named(settle, authentic)])


def existence(settle: Settle | None, voices: Sequence[Voice], authentic: str | None) -> str:
    """SQL: whose word it is whether a record exists: it does if that source has it.

    Of a list, the first that has the record, else the first. What is about values (newest, most complete, sql)
    says nothing of it.
    """
    if isinstance(settle, list):
        chosen = _in_order(settle, voices)
        found = " ".join(f"WHEN {voice.there} THEN {literal(voice.name)}" for voice in chosen)
        return f"CASE {found} ELSE {literal(chosen[0].name)} END"
    if settle == "majority":
        count = " + ".join(_counted(voice.there) for voice in voices)
        there = " ".join(f"WHEN {voice.there} THEN {literal(voice.name)}" for voice in voices)
        absent = " ".join(f"WHEN NOT {voice.there} THEN {literal(voice.name)}" for voice in voices)
        more, fewer = f"2 * ({count}) > {len(voices)}", f"2 * ({count}) < {len(voices)}"
        return f"CASE WHEN {more} THEN CASE {there} END WHEN {fewer} THEN CASE {absent} END END"
    if isinstance(settle, Expression) or settle in (None, "person", "newest", "most complete"):
        return NOBODY
    named = _named(settle, authentic)
    return literal(named) if named in [voice.name for voice in voices] else NOBODY


def worked_out(settle: Expression, voices: Sequence[Voice]) -> str:
    """SQL: the value of a contract's own expression; NULL where it can't be worked out, which is for a person."""
    of = {voice.name: voice.value for voice in voices}
    names = "|".join(map(re.escape, of))
    parts = re.compile(rf"('(?:[^']|'')*')|\b({names})\b|\"({names})\"")
    return f"TRY({parts.sub(lambda part: part[1] or f'({of[part[2] or part[3]]})', settle.sql)})"


def judge(settle: Expression, sources: Sequence[str]) -> str | None:
    """What is wrong with a contract's own expression over the sources' names; None if nothing is."""
    told = ", ".join(sources)
    try:
        duckdb.SQLExpression(settle.sql)
    except duckdb.Error:
        return f"one SQL expression over {told}, e.g. greatest({told})"
    with duckdb.connect() as empty:
        empty.execute("SET enable_external_access = false")
        # of which type the field is, a contract doesn't say: one in which it can be worked out must exist
        if not any(_binds(empty, settle.sql, kind, sources) for kind in KINDS):
            return f"an SQL expression over {told} only"
    return None


def _binds(empty: duckdb.DuckDBPyConnection, sql: str, kind: str, sources: Sequence[str]) -> bool:
    columns = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name in sources)
    try:
        # a name that is no source's can't be bound; an aggregate can't be in WHERE
        empty.execute(f"SELECT 1 FROM (SELECT {columns}) WHERE ({sql}) IS NULL").fetchall()
    except duckdb.Error:
        return False
    return True


def _named(settle: str | None, authentic: str | None) -> str | None:
    return authentic if settle == "authentic" else settle


def _in_order(names: Sequence[str], voices: Sequence[Voice]) -> list[Voice]:
    of = {voice.name: voice for voice in voices}
    return [of[name] for name in names if name in of]


def _first(chosen: Sequence[tuple[Voice, str]]) -> str:
    whens = " ".join(f"WHEN {condition} THEN {literal(voice.name)}" for voice, condition in chosen)
    return f"CASE {whens} END" if whens else NOBODY


def _highest(voices: Sequence[Voice], scores: Sequence[str]) -> str:
    """The source with the highest score; of two with the same one neither, unless they say the same."""
    best = f"greatest({', '.join(scores)})"
    chosen = []
    for number, voice in enumerate(voices):
        rivals = [
            f"({scores[other]} IS NULL OR {scores[other]} < {best}"
            f" OR {voices[other].value} IS NOT DISTINCT FROM {voice.value})"
            for other in range(len(voices))
            if other != number
        ]
        chosen.append((voice, " AND ".join([f"{scores[number]} = {best}", *rivals])))
    return _first(chosen)


def _majority(voices: Sequence[Voice]) -> str:
    """The first of more than half of the sources with a value that say the same."""
    said = " + ".join(_counted(f"{voice.filled} IS NOT NULL") for voice in voices)
    chosen = []
    for voice in voices:
        alike = " + ".join(_counted(f"{other.filled} = {voice.filled}") for other in voices)
        chosen.append((voice, f"2 * ({alike}) > ({said})"))
    return _first(chosen)


def _counted(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"
