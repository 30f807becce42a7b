"""The table ``terugmeldingen/<exchange>``: a row a terugmelding, as it is now.

A stage of a run and a person at the command line may change it at the same moment. So a change says what status it
found, is laid over the newest version, and is made anew if another was faster.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from vlekkeloos.errors import Busy
from vlekkeloos.lake import literal, quoted
from vlekkeloos.run import Run

BATCH = 50_000
TRIES = 10

#: Not settled yet: a discrepancy has one of these at most.
OPEN = ("concept", "goedgekeurd", "indienen", "ingediend", "in onderzoek")
#: Settled by a registry or a person: the same values are not reported again.
ANSWERED = ("gehonoreerd", "afgewezen", "afgehandeld", "ingetrokken")

#: What changes after a terugmelding was drafted.
LATER = pa.schema(
    [
        ("status", pa.string()),
        ("explanation", pa.string()),
        ("approved_by", pa.string()),
        ("approved_at", pa.timestamp("us", "UTC")),
        ("number", pa.string()),  # the registry's own
        ("sent_at", pa.timestamp("us", "UTC")),
        ("answer", pa.string()),  # the registry's
        ("answered_at", pa.timestamp("us", "UTC")),  # since when its status is as it is, as the registry says
        ("rejected_by", pa.string()),
        ("rejected_at", pa.timestamp("us", "UTC")),
        ("reason", pa.string()),  # why it was rejected
    ]
)
SCHEMA = pa.schema(
    [
        ("kenmerk", pa.string()),  # our own reference of this terugmelding
        ("id", pa.string()),  # the discrepancy's
        ("key", pa.string()),
        ("field", pa.string()),
        ("kind", pa.string()),
        ("absent", pa.bool_()),  # the authentic source lacks the record
        ("source", pa.string()),  # the authentic one
        ("registered", pa.string()),  # its value
        ("believed_by", pa.string()),  # the source that has another value
        ("believed", pa.string()),
        ("first_seen", pa.date32()),
        ("runs_seen", pa.int64()),
        ("drafted", pa.date32()),
        *LATER,
    ]
)
SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.int64(): "BIGINT",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
}


def name(run: Run) -> str:
    """The table's name."""
    return run.table("terugmeldingen")


def rows(run: Run, statuses: Sequence[str]) -> list[dict[str, Any]]:
    """The terugmeldingen that have one of these statuses now, by key and field."""
    ref = run.lake.latest(name(run))
    if ref is None or "kenmerk" not in run.lake.schema(ref).names:
        return []
    with run.lake.query(terugmeldingen=ref) as query:
        listed = ", ".join(map(literal, statuses))
        found = query.sql(f"FROM terugmeldingen WHERE status IN ({listed}) ORDER BY key, field, kenmerk")
        return list(found.to_arrow_table().to_pylist())


def change(run: Run, changes: Iterable[dict[str, Any]]) -> None:
    """Lays changed rows, as ``rows`` gave them but for what is in LATER, over the table.

    Each has ``was``: the status that it was found in. If it has another one now, that stays. Raises Busy.
    """
    fields = [("kenmerk", pa.string()), ("was", pa.string()), *LATER]
    changed = pa.Table.from_pylist(list(changes), schema=pa.schema(fields))
    if changed.num_rows == 0:
        return
    laid = ", ".join(
        f"CASE WHEN c.kenmerk IS NULL THEN t.{quoted(n)} ELSE c.{quoted(n)} END AS {quoted(n)}" for n in LATER.names
    )
    for left in reversed(range(TRIES)):
        ref = run.lake.find(name(run))
        with run.lake.query(terugmeldingen=ref) as query:
            query.register("changed", changed)
            found = query.sql(f"""
                SELECT t.* REPLACE ({laid}) FROM terugmeldingen t
                LEFT JOIN changed c ON c.kenmerk = t.kenmerk AND c.was = t.status
            """)
            try:
                run.lake.write(name(run), found.to_arrow_reader(BATCH), run_id=_commit(run), on=ref)
            except Busy:
                if not left:
                    raise
                continue
        return


def counts(run: Run) -> dict[str, int]:
    """How many there are: drafts that wait for a person, of them those of this day, and of each later status."""
    with run.lake.query(terugmeldingen=run.lake.find(name(run))) as query:
        found = query.execute(
            """
            SELECT count(*) FILTER (status = 'concept'), count(*) FILTER (status = 'concept' AND drafted = ?),
                   count(*) FILTER (status IN ('goedgekeurd', 'indienen')),
                   count(*) FILTER (status IN ('ingediend', 'in onderzoek')),
                   count(*) FILTER (status = 'gehonoreerd'), count(*) FILTER (status = 'afgewezen'),
                   count(*) FILTER (status = 'afgehandeld')
            FROM terugmeldingen
            """,
            [run.as_of],
        ).fetchone()
    assert found is not None, "an aggregate has a row"
    return dict(zip(("drafts", "new", "to_send", "under_way", "honoured", "rejected", "closed"), found, strict=True))


def _commit(run: Run) -> str:
    return f"{run.run_id}/terugmeldingen/{secrets.token_hex(4)}"
