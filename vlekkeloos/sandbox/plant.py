"""A table in; a copy of it with a known number of errors out, and the truth about them.

For tests of reconcile on real data: the copy is the left (municipal) side, the table itself the right.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox.mistakes import TRUTH

#: The order in which errors are dealt: eight in ten differ in one field.
_DECK = ("differs",) * 4 + ("missing_left",) + ("differs",) * 4 + ("missing_right",)

_TRIES = 20

_Line = tuple[str | None, str, str, str | None, str | None, str]


def plant(table: pa.Table, *, key: str, fields: Sequence[str], errors: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """A copy of ``table`` with exactly so many errors, and the truth (columns of the sandbox's truth file).

    One error a key: one of ``fields`` has another value, that of another row if there is one; or the row is
    left out of the copy (missing_left); or the copy has a row more, with a new key of the same form
    (missing_right). Values are equal in the truth as Arrow casts them to text, null for none.
    Raises BadInput if the keys aren't unique, or there are fewer rows than errors.
    """
    keys = table.column(key)
    if keys.null_count or pc.count_distinct(keys).as_py() != table.num_rows:
        raise BadInput("errors can be planted only in a table whose keys are unique", field=key)
    if not 0 <= errors <= table.num_rows:
        raise BadInput("there must be a row for each error that is planted")
    if key in fields or not fields:
        raise BadInput("errors are planted in fields other than the key", field=key)
    chance = Random(seed)  # noqa: S311 (a sandbox has to be repeatable)
    planting = _Planting(table, key, fields, chance)
    names = itertools.cycle(fields)
    for kind, row in zip(itertools.cycle(_DECK), chance.sample(range(table.num_rows), errors), strict=False):
        planting.add(kind, row, next(names) if kind == "differs" else "")
    return planting.copy(), planting.truth()


@dataclass
class _Planting:
    """The errors so far, of one table."""

    table: pa.Table
    key: str
    fields: Sequence[str]
    chance: Random
    changed: dict[str, dict[int, Any]] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)

    def add(self, kind: str, row: int, name: str) -> None:
        """Plants one error of that kind in that row."""
        key = self._text(self.key, self.table.column(self.key)[row].as_py())
        if kind == "differs":
            right = self.table.column(name)[row].as_py()
            left = self._another(name, right)
            self.changed.setdefault(name, {})[row] = left
            self.lines.append((key, name, kind, self._text(name, left), self._text(name, right), "other_value"))
        elif kind == "missing_left":
            self.removed.append(row)
            self.lines.append((key, "", kind, None, None, "removed"))
        else:
            self.added.append(row)

    def copy(self) -> pa.Table:
        """The table with all errors in it."""
        kept = self.table
        for name, values in self.changed.items():
            kept = _with_values(kept, name, values)
        mask = [True] * kept.num_rows
        for row in self.removed:
            mask[row] = False
        extra = self.table.take(pa.array(self.added, pa.int64()))
        place = extra.schema.get_field_index(self.key)
        extra = extra.set_column(place, extra.schema.field(place), self._new_keys())
        return pa.concat_tables([kept.filter(pa.array(mask, pa.bool_())), extra])

    def truth(self) -> pa.Table:
        """A line for each error, in the order of the keys."""
        extra: list[_Line] = [
            (key, "", "missing_right", None, None, "added") for key in self._new_keys().cast(pa.string()).to_pylist()
        ]
        columns = list(zip(*sorted(self.lines + extra, key=lambda line: line[:2]), strict=True)) or [()] * len(TRUTH)
        return pa.table({name: pa.array(values, pa.string()) for name, values in zip(TRUTH, columns, strict=True)})

    def _new_keys(self) -> pa.Array:
        """As many keys as rows were added, none of them in the table: the greatest, counted on."""
        kind = self.table.schema.field(self.key).type
        greatest = pc.max(self.table.column(self.key)).as_py()
        return pa.array([_counted_on(greatest, step + 1) for step in range(len(self.added))], kind)

    def _another(self, name: str, value: Any) -> Any:
        """Another row's value of that field that differs by more than notation, else one made up."""
        column = self.table.column(name)
        for _ in range(_TRIES):
            other = column[self.chance.randrange(len(column))].as_py()
            if _plain(other) != _plain(value):
                return other
        if value is None:
            known = column.drop_null()
            if len(known):
                return known[0].as_py()
            raise BadInput("a field that is empty in every row can't be given another value", field=name)
        return _made_up(value)

    def _text(self, name: str, value: Any) -> str | None:
        text: str | None = pa.scalar(value, self.table.schema.field(name).type).cast(pa.string()).as_py()
        return text


def _plain(value: Any) -> Any:
    """A value without what normalising may take away."""
    return "".join(value.split()).casefold() if isinstance(value, str) else value


def _made_up(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float | Decimal):
        return value + 1
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, str):
        return value + "x"
    raise BadInput(f"no other value can be made up for a {type(value).__name__}")


def _counted_on(key: Any, steps: int) -> Any:
    """A key so many steps beyond: its number raised, its width kept."""
    if not isinstance(key, str):
        return _stepped(key, steps)
    digits = len(key) - len(key.rstrip("0123456789"))
    if not digits:
        return f"{key}-{steps}"
    return key[:-digits] + f"{int(key[-digits:]) + steps:0{digits}d}"


def _stepped(key: Any, steps: int) -> Any:
    for _ in range(steps):
        key = _made_up(key)
    return key


def _with_values(table: pa.Table, name: str, values: dict[int, Any]) -> pa.Table:
    place = table.schema.get_field_index(name)
    whole = table.column(name).to_pylist()
    for row, value in values.items():
        whole[row] = value
    described = table.schema.field(place)
    return table.set_column(place, described, pa.array(whole, described.type))
