"""What two records are matched by: their sources' own keys, or fields that they share; as one text in SQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vlekkeloos.contract import Contract, KeyPart
from vlekkeloos.normalise import normalised

Read = Callable[[str], str]


def column(name: str, part: KeyPart, source: str) -> str:
    """The column of a key's part in a source, as the contract says it."""
    return part.columns.get(source, name)


def matching(contract: Contract, source: str, read: Read) -> str:
    """SQL: the key of a record of ``source``, NULL if there is nothing in it.

    ``read`` gives the SQL of a column's value. One part is its value itself; more are joined with ``|``, where a
    ``|`` or ``\\`` within a part has a ``\\`` before it, and an empty part is an empty text.
    """
    parts = contract.reconcile.key
    if parts is None:
        return f"CAST({read(contract.sources[source].key)} AS VARCHAR)"
    return _joined([_part(read(column(name, part, source)), part, contract.folder) for name, part in parts.items()])


def agreed(contract: Contract, read: Read) -> str:
    """SQL: the key of an agreed record, which has the key's parts as its columns."""
    return _joined(
        [_part(read(name), part, contract.folder) for name, part in (contract.reconcile.key or {}).items()]
    )


def _joined(values: list[str]) -> str:
    if len(values) == 1:
        return f"nullif({values[0]}, '')"
    told = [rf"replace(replace({value}, '\', '\\'), '|', '\|')" for value in values]
    blank = " AND ".join(f"{value} = ''" for value in values)
    joined = " || '|' || ".join(told)
    return f"CASE WHEN NOT ({blank}) THEN {joined} END"


def _part(value: str, part: KeyPart, folder: Path) -> str:
    return f"coalesce({normalised(f'CAST({value} AS VARCHAR)', part.normalise, folder)}, '')"
