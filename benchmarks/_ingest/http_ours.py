"""A registry's address in, a Delta lake with all of its records out, as an exchange pulls them."""

from __future__ import annotations

import sys
from pathlib import Path

import connectors
from benchmarks._contender import told
from vlekkeloos import check, pipeline
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run, today

CONTRACT = """
exchange: ingest
title: Panden van het register
classification: openbaar
sources:
  register: {{connector: paged_registry, url: "{url}", size: {size}, key: identificatie, authentic: true}}
  gemeente: {{connector: parquet, url: panden.parquet, key: identificatie}}
reconcile:
  left: gemeente
  right: register
  fields: {{status: {{}}}}
  settle: authentic
"""


def main(url: str, size: str, folder: str) -> None:
    """Pulls the source ``register``."""
    connectors.__path__.append(str(Path(__file__).parent / "connectors"))
    home = Path(folder) / "exchanges" / "ingest"
    home.mkdir(parents=True)
    (home / "contract.yaml").write_text(CONTRACT.format(url=url, size=size))
    told(lambda: _pull(home.parent, Path(folder) / "lake"))


def _pull(exchanges: Path, lake: Path) -> None:
    pipeline.pull(Run(check.find(exchanges, "ingest"), Lake(str(lake)), "benchmark", today()), "register")


if __name__ == "__main__":
    main(*sys.argv[1:])
