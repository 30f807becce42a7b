"""The two accepted tables in; one joined table, with each field's columns side by side, out.

This is where a source with history becomes the state that held on one date, and where the quarantined keys
of each side are found, so that a record in quarantine is not called missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from vlekkeloos.connector import UNEXPECTED, History
from vlekkeloos.contract import Contract, FieldRule
from vlekkeloos.lake import ROW, literal, quoted
from vlekkeloos.reconcile.equality import judge
from vlekkeloos.reconcile.kinds import TEXT, is_moment, is_number


@dataclass(frozen=True)
class Field:
    """One field of the agreed record, and the column it comes from on each side (None: not there)."""

    name: str
    left: str | None
    right: str | None
    left_type: str
    right_type: str
    rule: FieldRule
    compared: bool

    def value(self, side: str) -> str:
        """The field's value on a side in the joined table, NULL if the side doesn't have the field.

        Where the sides' types differ and are not both numbers, both are text.
        """
        column = self.left if side == "l" else self.right
        if column is None:
            return "NULL"
        reference = f"{side}.{quoted(column)}"
        both = self.left is not None and self.right is not None
        return f"CAST({reference} AS VARCHAR)" if both and self._differ else reference

    @property
    def kinds(self) -> tuple[str, str]:
        """The types of ``value`` on both sides."""
        return (TEXT, TEXT) if self._differ else (self.left_type, self.right_type)

    @property
    def _differ(self) -> bool:
        kinds = self.left_type, self.right_type
        return kinds[0] != kinds[1] and not all(map(is_number, kinds)) and not all(map(is_moment, kinds))


def fields(contract: Contract, left: dict[str, str], right: dict[str, str]) -> list[Field]:
    """All fields of the agreed record but the key, in the order: compared, then as the sides have them.

    ``left`` and ``right`` map column to DuckDB type. Without ``fields:`` in the contract every field of both
    sides is compared. Names are matched without regard to case, as databases fold it. Raises BadInput for
    a rule that a field's types can't carry.
    """
    rules = contract.reconcile
    sides = (_columns(left, contract, rules.left), _columns(right, contract, rules.right))
    shared = [name for name in sides[0] if name.lower() in {other.lower() for other in sides[1]}]
    compared = list(rules.fields) if rules.fields is not None else shared
    found = [_field(name, rules.rule(name), sides, compared=not rules.rule(name).keep) for name in compared]
    used = {column.lower() for field in found for column in (field.name, field.left, field.right) if column}
    rest = {name.lower(): name for name in [*sides[1], *sides[0]] if name.lower() not in used}
    found += [_field(name, FieldRule(), sides, compared=False) for name in rest.values()]
    key = contract.sources[contract.authentic or rules.left].key
    for number, field in enumerate(found):
        if field.name.lower() == key.lower():
            # one side's ordinary column has the name of the other side's key: it is told apart by its source
            found[number] = replace(field, name=f"{field.name}_{rules.right if field.left is None else rules.left}")
    for field in found:
        judge(field.name, field.rule, (field.left_type, field.right_type), contract.file)
    return found


def _columns(columns: dict[str, str], contract: Contract, side: str) -> dict[str, str]:
    key = contract.sources[side].key.lower()
    return {name: kind for name, kind in columns.items() if name.lower() not in (key, ROW, UNEXPECTED)}


def _field(name: str, rule: FieldRule, sides: tuple[dict[str, str], dict[str, str]], *, compared: bool) -> Field:
    columns: list[str | None] = []
    kinds: list[str] = []
    for said, there in zip((rule.left, rule.right), sides, strict=True):
        match = next((column for column in there if column.lower() == (said or name).lower()), None)
        columns.append(match)
        kinds.append(there[match] if match else "")
    return Field(name, columns[0], columns[1], kinds[0], kinds[1], rule, compared)


def types(query: duckdb.DuckDBPyConnection, view: str) -> dict[str, str]:
    """Column to DuckDB type of a view."""
    return {name: kind for name, kind, *_ in query.execute(f"DESCRIBE {view}").fetchall()}


def valid_on(history: History | None, key: str, accepted: str, quarantine: str, day: date) -> str:
    """Selects the rows of ``accepted`` that held on ``day``: all of them, for a source without history.

    If more than one voorkomen of a key holds, the one with the highest number does; and if that one is in
    ``quarantine``, none does: an older one is not to speak for it.
    """
    if history is None:
        return f"FROM {accepted}"
    version, newer = quoted(history.version), _read(history.version)
    higher = (
        f"coalesce(TRY_CAST({newer} AS BIGINT) > TRY_CAST(a.{version} AS BIGINT),"
        f" {newer} > CAST(a.{version} AS VARCHAR))"
    )
    return f"""
        FROM {accepted} AS a WHERE {_held(history, day, quoted)} AND NOT EXISTS (
            FROM ({_quarantined(history, quarantine, day)}) AS q
            WHERE q.key = CAST(a.{quoted(key)} AS VARCHAR) AND {higher})
        QUALIFY row_number() OVER (PARTITION BY {quoted(key)} ORDER BY {version} DESC) = 1
    """


def quarantined_keys(history: History | None, quarantine: str, day: date) -> str:
    """Selects the keys in quarantine of which a record held on ``day``.

    Repeats are left out: their first row was accepted. A record whose dates can't be read counts as held.
    """
    return f"SELECT DISTINCT key FROM ({_quarantined(history, quarantine, day)})"


def _quarantined(history: History | None, quarantine: str, day: date) -> str:
    """Selects the lines of a quarantine table about records that held on ``day``."""
    held = f"coalesce({_held(history, day, _read)}, TRUE)" if history else "TRUE"
    return f"SELECT key, record FROM {quarantine} WHERE key IS NOT NULL AND severity = 'critical' AND {held}"


def _read(column: str) -> str:
    """A column of a quarantined record, as text."""
    return f"json_extract_string(record, {literal('$.' + quoted(column))})"


def _held(history: History, day: date, read: Callable[[str], str]) -> str:
    """When a voorkomen holds on a day: begun, not ended, not annulled."""
    on = f"DATE '{day.isoformat()}'"
    begin, end = (f"TRY_CAST({read(column)} AS DATE)" for column in (history.begin, history.end))
    annulled = "".join(f" AND {read(column)} IS NULL" for column in history.annulled)
    return f"({begin} <= {on} AND ({read(history.end)} IS NULL OR {end} > {on}){annulled})"
