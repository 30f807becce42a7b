"""A person's word that a quarantined record may pass: kept with reason and name, and applied by the next run.

A waiver is of one record as it is, and of the rules that it broke: if either changes, the record is judged anew.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pyarrow as pa

from vlekkeloos.errors import BadInput, NotFound
from vlekkeloos.lake import LOOK_BACK, Ref
from vlekkeloos.run import Run
from vlekkeloos.validate.keys import SEVERITY

#: The word in a quarantine's commit for the waivers that it was made with.
NOTE = "waivers"
#: One broken rule of one record that a person lets pass. ``digest`` and ``rule`` are as validate writes them.
SCHEMA = pa.schema(
    [
        ("digest", pa.string()),
        ("rule", pa.string()),
        ("expectation", pa.string()),
        ("field", pa.string()),
        ("key", pa.string()),
        ("reason", pa.string()),
        ("who", pa.string()),
        ("run_id", pa.string()),  # in whose quarantine the record was found
        ("at", pa.timestamp("us", "UTC")),
    ]
)


def pinned(run: Run, source: str) -> Ref | None:
    """The waivers by which this run judges a source: those there were when it first did; None if there were none."""
    for commit in run.lake.history(run.table("quarantine", source), limit=LOOK_BACK):
        if commit.get("run_id") == run.run_id:
            return Ref.parse(commit[NOTE]) if NOTE in commit else None
    return run.lake.latest(run.table("waivers", source))


def note(waivers: Ref | None) -> dict[str, str]:
    """What the quarantine's commit says of them, for ``pinned``."""
    return {NOTE: str(waivers)} if waivers else {}


def table(run: Run, waivers: Ref | None) -> pa.Table:
    """The waivers themselves, in the columns of SCHEMA."""
    return run.lake.delta(waivers).to_pyarrow_table() if waivers else SCHEMA.empty_table()


def waive(run: Run, source: str, key: str, reason: str, who: str, *, row: int | None = None) -> list[str]:
    """Lets the record with that key, in this run's quarantine of the source, pass from the next run on.

    ``row`` tells records with the same key apart. Gives the rules that are waived. Raises NotFound if no such
    record is in quarantine; BadInput if there are more of them, or if what it broke is a rule about its key:
    two records with one key can't both pass.
    """
    quarantine = run.outputs("validate", source)[1]
    with run.lake.query(quarantine=quarantine) as query:
        found = query.execute(
            "SELECT row, digest, rule, expectation, coalesce(field, '') FROM quarantine"
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
    if of_keys := sorted({rule for _, _, rule, _, _ in found} & SEVERITY.keys()):
        raise BadInput(
            f"{', '.join(of_keys)} can't be waived: a record without a key of its own can't be compared",
            file=quarantine.table,
            record=str(rows[0]),
        )
    lines = [
        {
            "digest": digest,
            "rule": rule,
            "expectation": expectation,
            "field": field,
            "key": key,
            "reason": reason,
            "who": who,
            "run_id": run.run_id,
            "at": datetime.now(UTC),
        }
        for _, digest, rule, expectation, field in found
    ]
    run.lake.write(
        run.table("waivers", source),
        pa.Table.from_pylist(lines, schema=SCHEMA),
        run_id=f"{run.run_id}/{source}/{rows[0]}/{secrets.token_hex(4)}",
        mode="append",
    )
    return sorted(f"{line['expectation']}({line['field']})" for line in lines)
