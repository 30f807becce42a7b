"""Every exchange under exchanges/ runs whole, by the command line and by its DAG, and both come to the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.partner import serving
from vlekkeloos import sandbox
from vlekkeloos.lake import Lake
from vlekkeloos.run import today
from vlekkeloos.sandbox import everything, registries
from vlekkeloos.sandbox.registries import Town

ROOT = Path(__file__).resolve().parents[2]
EXCHANGES = ROOT / "exchanges"
NAMES = sorted(file.parent.name for file in EXCHANGES.glob("*/contract.yaml"))
TOWN = Town(seed=8, addresses=300)
DAY = today().isoformat()

#: Runs the command for each exchange in one process, each in a lake of its own: what it imports is the same for all.
COMMANDS = """
import json, os, sys
from vlekkeloos.cli import main
ended = {}
for exchange in sys.argv[2:]:
    try:
        main(["run", exchange, "--as-of", sys.argv[1], "--lake", f"{os.environ['VLEKKELOOS_LAKE']}/{exchange}"])
    except SystemExit as end:
        ended[exchange] = end.code
print(json.dumps(ended))
"""


@dataclass
class Ran:
    """All exchanges, run in one way: how each ended, what the process said, and where the lake is."""

    ended: dict[str, Any]
    said: str
    lake: Path
    apart: bool = False

    def stages(self, exchange: str) -> dict[tuple[str, str], tuple[str, dict[str, int]]]:
        """Of each stage and subject that made something, by ``runs``: how it ended, and its counts."""
        lake = Lake(str(self.lake / exchange if self.apart else self.lake))
        rows = lake.delta(lake.find("runs")).to_pyarrow_table().to_pylist()
        return {
            (row["stage"], row["subject"]): (row["status"], counts(json.loads(row["details"])))
            for row in sorted(rows, key=lambda row: row["recorded_at"])
            if row["exchange"] == exchange and row["outputs"]
        }


def counts(details: dict[str, Any], above: str = "") -> dict[str, int]:
    """The whole numbers in what a stage tells, also in what is nested, by their path."""
    found: dict[str, int] = {}
    for name, value in details.items():
        if isinstance(value, dict):
            found |= counts(value, f"{above}{name}.")
        elif isinstance(value, int) and not isinstance(value, bool):
            found[above + name] = value
    return found


def run(command: list[str], lake: Path, environment: dict[str, str]) -> Ran:
    places = {"VLEKKELOOS_EXCHANGES": str(EXCHANGES), "VLEKKELOOS_LAKE": str(lake)}
    done = subprocess.run(
        command,
        env=os.environ | environment | places,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return Ran(json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr, lake)


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The connections to one sandbox, twice: each with partners of its own, who never saw a release."""
    folder = tmp_path_factory.mktemp("town")
    made = sandbox.make(folder / "town", addresses=TOWN.addresses, seed=TOWN.seed)
    elsewhere = replace(made, partner_folder=folder / "partner")

    def connections(url: str, partners: Path) -> dict[str, str]:
        places = {"partner_url": url, "exchanges": EXCHANGES, "delivered": partners}
        return everything.environment(made, TOWN, registries_url=served.url, **places)

    with registries.serve_process(TOWN) as served, serving(made) as one, serving(elsewhere) as other:
        yield connections(one, folder / "partners-1"), connections(other, folder / "partners-2")


@pytest.fixture(scope="module")
def ran(
    environments: tuple[dict[str, str], dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Ran, Ran]:
    """Every exchange, by the command line and by Airflow, side by side."""
    folder = tmp_path_factory.mktemp("ran")
    lacking = everything.lacking(EXCHANGES, environments[0])
    assert not lacking, (
        f"no part of the sandbox gives these connections: {lacking}; see vlekkeloos/sandbox/everything"
    )
    by_command, by_airflow = environments
    by_airflow |= {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    with ThreadPoolExecutor() as both:
        commands = both.submit(run, [sys.executable, "-c", COMMANDS, DAY, *NAMES], folder / "lake-1", by_command)
        dags = [sys.executable, "-m", "tests.end_to_end.every_dag", DAY]
        airflow = both.submit(run, dags, folder / "lake-2", by_airflow)
        return replace(commands.result(), apart=True), airflow.result()


def test_each_contract_is_an_exchange_of_its_own_name(ran: tuple[Ran, Ran]) -> None:
    by_command, by_airflow = ran
    assert sorted(by_command.ended) == NAMES
    assert by_airflow.ended.pop("") == {"errors": {}}
    assert sorted(by_airflow.ended) == NAMES


@pytest.mark.parametrize("exchange", NAMES)
def test_the_command_runs_it_to_its_end_and_every_source_gives_records(exchange: str, ran: tuple[Ran, Ran]) -> None:
    by_command, _ = ran
    assert by_command.ended[exchange] == 0, by_command.said[-6000:]
    stages = by_command.stages(exchange)
    pulls = {subject: found for (stage, subject), (_, found) in stages.items() if stage == "pull"}
    assert pulls
    assert all(found["rows"] > 0 for found in pulls.values()), pulls
    assert {status for status, _ in stages.values()} == {"done"}
    assert {stage for stage, _ in stages} >= {"pull", "validate", "reconcile", "publish"}


@pytest.mark.parametrize("exchange", NAMES)
def test_its_dag_comes_to_the_same(exchange: str, ran: tuple[Ran, Ran]) -> None:
    by_command, by_airflow = ran
    ended = by_airflow.ended[exchange]
    assert ended["state"] == "success", ended
    assert set(ended["tasks"].values()) == {"success"}, ended
    assert by_airflow.stages(exchange) == by_command.stages(exchange)
