"""Where the stage meets linking: records of two sources that share no key get one, doubtful pairs are asked about.

The model that the pairs were judged by is kept beside the lake's tables, for who wants to know why.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from vlekkeloos import decisions
from vlekkeloos.contract import Contract
from vlekkeloos.lake import literal
from vlekkeloos.reconcile.compare import KEY
from vlekkeloos.reconcile.link import Side, doubtful, labels, link, shared
from vlekkeloos.run import Run

LABELS = "labels"


def share_a_key(run: Run, query: duckdb.DuckDBPyConnection, *, decided: bool) -> None:
    """Gives the records in the views s0 and s1 a key in common where they are linked; makes the table ``links``.

    What persons said of doubtful pairs, in the view ``decisions`` if anything is ``decided``, is what it goes by
    first. A record in quarantine is linked to none: on the right its key has the source's name before it, as any that
    isn't linked.
    """
    contract = run.contract
    words = contract.reconcile.link
    assert words is not None, "asked only of a contract that links"
    left, right = _sides(contract, "s")
    judged = None
    if decided:
        query.execute(f"CREATE VIEW {LABELS} AS {labels(decisions.ROOM, run.as_of.isoformat())}")
        judged = LABELS
    model = link(query, words, left, right, judged)
    for number, sql in enumerate(shared(left, right)):
        query.execute(f"CREATE TABLE linked{number} AS {sql}")
        query.execute(
            f"CREATE OR REPLACE VIEW s{number} AS"
            f" SELECT shared_key AS {KEY}, * EXCLUDE ({KEY}, shared_key) FROM linked{number}"
        )
    mark = literal(f"{right.source}:")
    query.execute("CREATE TABLE quarantined_right AS FROM q1")
    query.execute(f"CREATE OR REPLACE VIEW q1 AS SELECT {mark} || key AS key FROM quarantined_right")
    _keep(run, model.told())


def doubts(query: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Adds the doubtful pairs to ``found``."""
    query.execute(f"INSERT INTO found BY NAME {doubtful(*_sides(contract, 's'))}")


def _sides(contract: Contract, views: str) -> tuple[Side, Side]:
    left, right = (
        Side(name, f"{views}{number}", contract.source(name).key) for number, name in enumerate(contract.sides)
    )
    return left, right


def _keep(run: Run, told: dict[str, Any]) -> None:
    """Keeps the model as ``models/<exchange>/<run>.json``."""
    with TemporaryDirectory(prefix="vlekkeloos-") as scratch:
        draft = Path(scratch) / "model.json"
        draft.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        run.lake.keep(draft, f"models/{run.exchange}/{run.run_id}.json")
