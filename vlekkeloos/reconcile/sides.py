"""The accepted tables in; the fields that they have between them, and who speaks for a key on a day, out.

This is where a source with history becomes the state that held on one date, and where the quarantined keys
of each source are found, so that a record in quarantine is not called missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

import duckdb

from vlekkeloos.connector import UNEXPECTED, History
from vlekkeloos.contract import Contract, FieldRule
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import ROW, literal, quoted
from vlekkeloos.reconcile import keys
from vlekkeloos.reconcile.equality import judge
from vlekkeloos.reconcile.kinds import TEXT, common

#: Column to DuckDB type.
Types = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One field of the agreed record: its column and that column's type in each source that has it."""

    name: str
    columns: Mapping[str, str]
    types: Types
    rule: FieldRule
    compared: bool = False
    part: bool = False  # of the key that records are matched by

    @property
    def kind(self) -> str:
        """The type of the agreed value: one that every source's value can be cast to."""
        return reduce(common, self.types.values()) if self.types else TEXT

    def kinds(self, pair: tuple[str, str]) -> tuple[str, str]:
        """The types in the sources of a pair."""
        return self.types[pair[0]], self.types[pair[1]]

    def shared(self, pair: tuple[str, str]) -> bool:
        """Is it compared between the sources of a pair?"""
        return self.compared and all(source in self.columns for source in pair)


def fields(contract: Contract, types: Mapping[str, Types]) -> list[Field]:
    """All fields of the agreed record, in the order: the parts of the key, compared, then as the sources have them.

    ``types`` are the columns of each compared source, in the contract's order. The sources' own key is no field,
    unless records are matched by another one. Without ``fields:`` in the contract every field that the sources
    of a pair share is compared. Names are matched without regard to case, as databases fold it. Raises BadInput for
    a key's part that a source doesn't have, a field that no two sources of a pair have, and a rule that a field's
    types can't carry.
    """
    parts = _parts(contract, types)
    columns = {source: _columns(contract, source, there, parts) for source, there in types.items()}
    rules = contract.reconcile
    names = list(rules.fields) if rules.fields is not None else _shared(contract, columns)
    found = [_field(name, rules.rule(name), contract, columns) for name in names]
    for field in found:
        pairs = [pair for pair in contract.pairs if field.shared(pair)]
        if field.compared and not pairs:
            raise BadInput("no two compared sources have it", file=str(contract.file), field=field.name)
        for pair in pairs:
            judge(field.name, field.rule, field.kinds(pair), contract.file)
    used = {name.lower() for field in found for name in (field.name, *field.columns.values())}
    rest = {name.lower(): name for source in reversed(list(columns)) for name in columns[source]}
    found += [
        replace(_field(name, FieldRule(), contract, columns), compared=False)
        for fold, name in rest.items()
        if fold not in used
    ]
    return [*parts, *_apart(contract, found, parts), *_own_keys(contract, types, parts)]


def _parts(contract: Contract, types: Mapping[str, Types]) -> list[Field]:
    """The key's parts, where records are matched by other fields than their own key."""
    found = []
    for name, part in (contract.reconcile.key or {}).items():
        columns = {}
        for source, there in types.items():
            said = keys.column(name, part, source)
            match = _match(said, there)
            if match is None:
                raise BadInput(f"{source} has no column {said}", file=str(contract.file), field=name)
            columns[source] = match
        found.append(
            Field(
                name, columns, {source: types[source][columns[source]] for source in columns}, FieldRule(), part=True
            )
        )
    return found


def _columns(contract: Contract, source: str, there: Types, parts: list[Field]) -> dict[str, str]:
    """The columns of a source that hold neither its key nor what is the engine's own."""
    left_out = {contract.sources[source].key.lower(), ROW, UNEXPECTED}
    left_out |= {part.columns[source].lower() for part in parts}
    return {name: kind for name, kind in there.items() if name.lower() not in left_out}


def _shared(contract: Contract, columns: Mapping[str, Types]) -> list[str]:
    """The fields that both sources of a pair have, as the first source that has them writes them."""
    folded = {source: {name.lower() for name in there} for source, there in columns.items()}
    both = {name for left, right in contract.pairs for name in folded[left] & folded[right]}
    found = {
        name.lower(): name for there in reversed(list(columns.values())) for name in there if name.lower() in both
    }
    order = {name.lower(): None for there in columns.values() for name in there}
    return [found[name] for name in order if name in found]


def _field(name: str, rule: FieldRule, contract: Contract, there: Mapping[str, Types]) -> Field:
    sides = {contract.reconcile.left: rule.left, contract.reconcile.right: rule.right}
    columns = {}
    for source, types in there.items():
        match = _match(rule.columns.get(source) or sides.get(source) or name, types)
        if match is not None:
            columns[source] = match
    kinds = {source: there[source][column] for source, column in columns.items()}
    return Field(name, columns, kinds, rule, compared=not rule.keep)


def _match(name: str, types: Types) -> str | None:
    return next((column for column in types if column.lower() == name.lower()), None)


def _apart(contract: Contract, found: list[Field], parts: list[Field]) -> list[Field]:
    """A source's ordinary column that has the name of the agreed record's key is told apart by its source."""
    taken = {part.name.lower() for part in parts} or {
        contract.sources[contract.authentic or contract.sides[0]].key.lower()
    }
    return [
        replace(field, name=f"{field.name}_{next(iter(field.columns))}") if field.name.lower() in taken else field
        for field in found
    ]


def _own_keys(contract: Contract, types: Mapping[str, Types], parts: list[Field]) -> list[Field]:
    """Where records are matched by other fields, or linked: the sources' own keys, each by its source."""
    if not parts and contract.reconcile.link is None:
        return []
    found = []
    for source, there in types.items():
        column = _match(contract.sources[source].key, there)
        if column is not None and column not in [part.columns[source] for part in parts]:
            name = f"{column}_{source}"
            found.append(Field(name, {source: column}, {source: there[column]}, FieldRule()))
    return found


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
    version, newer = quoted(history.version), received(history.version)
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


def quarantined_keys(history: History | None, quarantine: str, day: date, key: str = "key") -> str:
    """Selects the keys in quarantine of which a record held on ``day``; ``key`` is the SQL of a record's key.

    Repeats are left out: their first row was accepted. A record whose dates can't be read counts as held, and one
    whose key can't be read is none.
    """
    return f"SELECT DISTINCT {key} AS key FROM ({_quarantined(history, quarantine, day)}) WHERE {key} IS NOT NULL"


def _quarantined(history: History | None, quarantine: str, day: date) -> str:
    """Selects the lines of a quarantine table about records that held on ``day``."""
    held = f"coalesce({_held(history, day, received)}, TRUE)" if history else "TRUE"
    return f"SELECT key, record FROM {quarantine} WHERE severity = 'critical' AND {held}"


def received(column: str) -> str:
    """SQL: a column of a quarantined record, as text."""
    return f"json_extract_string(record, {literal('$.' + quoted(column))})"


def _held(history: History, day: date, read: Callable[[str], str]) -> str:
    """When a voorkomen holds on a day: begun, not ended, not annulled."""
    on = f"DATE '{day.isoformat()}'"
    begin, end = (f"TRY_CAST({read(column)} AS DATE)" for column in (history.begin, history.end))
    annulled = "".join(f" AND {read(column)} IS NULL" for column in history.annulled)
    return f"({begin} <= {on} AND ({read(history.end)} IS NULL OR {end} > {on}){annulled})"
