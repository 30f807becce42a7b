"""A registry's right table in; what the municipality keeps of it, and every difference planted, out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from vlekkeloos.sandbox.plant import plant
from vlekkeloos.sandbox.registries.town import Town


class Kept(NamedTuple):
    """The municipality's ``table``, and the ``truth`` (columns of the sandbox's truth file) about it."""

    table: pa.Table
    truth: pa.Table


def planted(town: Town, table: pa.Table, *, key: str, fields: Sequence[str], asked_by_key: bool = False) -> Kept:
    """A copy of the table with an error in one of fifty rows; in a small one in ten rows, or one of five.

    ``asked_by_key``: the registry is asked for the keys that the municipality has, so what the municipality lacks
    is not found out, and is not planted.
    """
    errors = max(table.num_rows // 50, min(10, table.num_rows // 5))
    copy, truth = plant(table, key=key, fields=fields, errors=errors, seed=town.seed)
    if not asked_by_key:
        return Kept(copy, truth)
    lacking = pc.equal(truth["kind"], "missing_left")
    back = table.filter(pc.is_in(table[key], truth.filter(lacking)["key"].combine_chunks()))
    return Kept(pa.concat_tables([copy, back]).sort_by(key), truth.filter(pc.invert(lacking)))
