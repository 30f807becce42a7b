"""A person's word that a quarantined record may pass: kept with reason and name, and applied by the next run.

A waiver is of one record as it is, and of the rules that it broke: if either changes, the record is judged anew.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pyarrow as pa

from vlekkeloos.errors import BadInput, NotFound
from vlekkeloos.run import Run
from vlekkeloos.validate.keys import SEVERITY

#: One broken rule of one record that a person lets pass. ``digest`` and ``rule`` are as validate writes them.
SCHEMA = pa.schema(
    [
        ("digest", pa.string()),
        ("rule", pa.string()),
        ("key", pa.string()),
        ("reason", pa.string()),
        ("who", pa.string()),
        ("run_id", pa.string()),  # in whose quarantine the record was found
        ("at", pa.timestamp("us", "UTC")),
    ]
)


def table(run: Run, source: str) -> pa.Table:
    """The waivers for one source, in the columns of SCHEMA."""
    latest = run.lake.latest(run.table("waivers", source))
    return run.lake.delta(latest).to_pyarrow_table() if latest else SCHEMA.empty_table()


def waive(run: Run, source: str, key: str, reason: str, who: str, *, row: int | None = None) -> list[str]:
    """Lets the record with that key, in this run's quarantine of the source, pass from the next run on.

    ``row`` tells records with the same key apart. Gives the rules that are waived. Raises NotFound if no such
    record is in quarantine; BadInput if there are more of them, or if what it broke is a rule about its key:
    two records with one key can't both pass.
    """
    quarantine = run.outputs("validate", source)[1]
    with run.lake.query(quarantine=quarantine) as query:
        found = query.execute(
            "SELECT row, digest, expectation, coalesce(field, '') FROM quarantine"
            " WHERE key = ? AND severity = 'critical' AND (? IS NULL OR row = ?) ORDER BY ALL",
            [key, row, row],
        ).fetchall()
    rows = sorted({number for number, *_ in found})
    if not rows:
        raise NotFound(f"no record with that key is in the quarantine of {source} in run {run.run_id}")
    if len(rows) > 1:
        raise BadInput(
            "more records than one with that key are in quarantine",
            file=quarantine.table,
            record=" and ".join(map(str, rows)),
            advice="say which with --row",
        )
    if of_keys := sorted({expectation for _, _, expectation, _ in found} & SEVERITY.keys()):
        raise BadInput(
            f"{', '.join(of_keys)} can't be waived: a record without a key of its own can't be compared",
            file=quarantine.table,
            record=str(rows[0]),
        )
    lines = [
        {
            "digest": digest,
            "rule": f"{expectation}({field})",
            "key": key,
            "reason": reason,
            "who": who,
            "run_id": run.run_id,
            "at": datetime.now(UTC),
        }
        for _, digest, expectation, field in found
    ]
    run.lake.write(
        run.table("waivers", source),
        pa.Table.from_pylist(lines, schema=SCHEMA),
        run_id=f"{run.run_id}/{source}/{rows[0]}/{secrets.token_hex(4)}",
        mode="append",
    )
    return [line["rule"] for line in lines]
