"""Merging what a run found into the ledger of all discrepancies there ever were, against delta-rs's MERGE.

    python benchmarks/ledger.py --rows 10000000 --changes 100000 --out FILE

ends with one line of JSON, as benchmarks/_measure.py has it. ``equal`` is true if the ledger's last events say the
same of every id as the table that delta-rs merged the same changes into, and there is one event for each change.
"""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._ledger.records import LEDGER, PLAIN
from benchmarks._measure import Command, judged, module, rounds, said_by, tell
from vlekkeloos.lake import Lake
from vlekkeloos.reconcile.ledger import current

#: The peer: of the environment itself, for the lake stands on it.
MERGE = f"deltalake {version('deltalake')}"


def contenders(made: str) -> dict[str, Command]:
    """The commands of who takes part."""
    return {
        "ours": lambda folder: module("_ledger.ours", made, str(folder)),
        MERGE: lambda folder: module("_ledger.with_deltalake", made, str(folder)),
        "scan": lambda _: module("_ledger.scan", made),
    }


def digest(folder: Path, table: str, sql: str) -> tuple[int, int]:
    """How many ids there are, and a digest of how each is."""
    lake = Lake(str(folder))
    with lake.query(known=lake.find(table)) as query:
        (said,) = query.execute(
            f'SELECT count(*), bit_xor(hash(id, key, field, kind, state, "left", "right")) FROM ({sql})'
        ).fetchall()
    return said[0], said[1]


def equal(folders: dict[str, Path], events: int) -> bool:
    """Both say the same of every id, and the ledger has an event for each change and no more."""
    ours = Lake(str(folders["ours"]))
    return ours.count(ours.find(LEDGER)) == events and digest(folders["ours"], LEDGER, current("known")) == digest(
        folders[MERGE], PLAIN, "FROM known"
    )


def main() -> None:
    """Measures, and tells."""
    parser = argparse.ArgumentParser(description="Merging into the ledger, side by side with a MERGE.")
    parser.add_argument("--rows", type=int, default=10_000_000, help="discrepancies in the ledger")
    parser.add_argument("--changes", type=int, help="how many change (default: one in a hundred)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a file for the line too")
    wanted = parser.parse_args()
    changes = wanted.changes if wanted.changes is not None else wanted.rows // 100
    with TemporaryDirectory(prefix="vlekkeloos-bench-") as work:
        made = said_by(module("_ledger.records", work, str(wanted.rows), str(changes), str(wanted.seed)))
        spent, same = rounds(
            contenders(work), wanted.rounds, check=lambda folders: equal(folders, wanted.rows + made["changes"])
        )
    line = {"benchmark": "ledger", "rows": wanted.rows, **made, "equal": same, **judged(spent, scan="scan")}
    tell(line, wanted.out)


if __name__ == "__main__":
    main()
