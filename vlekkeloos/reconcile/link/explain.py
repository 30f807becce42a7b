"""One pair in; what its weight is made of, field by field, out: for who must judge it, and who asks why."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

import duckdb

from vlekkeloos.contract.linking import Link
from vlekkeloos.reconcile.link.records import Side, column, prepare
from vlekkeloos.reconcile.link.scoring import scored
from vlekkeloos.reconcile.link.training import Model


@dataclass(frozen=True)
class Explained:
    """What one field says of a pair: both values as compared, how alike they are, and what that adds to the weight.

    ``field`` is None for what is known before looking: how rare it is that two records are one. ``frequency`` is the
    part of the weight that comes from how rare the value is.
    """

    field: str | None
    left: str | None
    right: str | None
    level: str
    weight: float
    frequency: float = 0.0


def explained(
    query: duckdb.DuckDBPyConnection,
    words: Link,
    left: Side,
    right: Side,
    model: Model,
    left_key: str,
    right_key: str,
) -> list[Explained]:
    """What the weight of one pair is made of: the prior first, then each field; the sum is the pair's weight.

    ``left`` and ``right`` name views or tables with all valid records, for how rare a value is, and ``model`` is what
    ``link`` gave. Any pair can be asked, also one that no blocking rule holds for. Empty if one of the two keys isn't
    there. Raises BadInput if a side lacks a field.
    """
    prepare(query, words, left, "link_left")
    prepare(query, words, right, "link_right")
    for table, key in (("link_left", left_key), ("link_right", right_key)):
        # the key is a parameter and no part of the rule, for it is a value, and Splink may tell its SQL
        query.execute(f"ALTER TABLE {table} ADD COLUMN asked BOOLEAN")
        query.execute(f"UPDATE {table} SET asked = (unique_id = ?)", [key])
    found = [_prior(model)]
    with scored(query, words, model, ["l.asked AND r.asked"], why=True) as pairs:
        for number, name in enumerate(words.compare):
            field = column(number)
            adjusted = f"mw_tf_adj_{field}" if words.compare[name].frequency else "0"
            rows = query.execute(
                f"SELECT {field}_l, {field}_r, gamma_{field}, mw_{field}::DOUBLE, ({adjusted})::DOUBLE FROM {pairs}"
            ).fetchall()
            if not rows:
                found = []
                break
            ((here, there, gamma, weight, frequency),) = rows
            # Splink numbers from different (0) to the same
            level = "no value" if gamma < 0 else model.fields[name][-1 - gamma].label
            found.append(Explained(name, here, there, level, weight + frequency, frequency))
    for table in ("link_left", "link_right"):
        query.execute(f"DROP TABLE {table}")
    return found


def _prior(model: Model) -> Explained:
    return Explained(None, None, None, "any two records", log2(model.prior / (1 - model.prior)))
