"""A folder in; a municipality, a real Airflow run of its exchange ``adressen``, and where to look, out.

This is ``make run``: it makes the sandbox, sets up Airflow on SQLite, plays the partner on loopback, runs the
DAG, and ends by saying how many of the planted errors were found. Everything it makes is in the folder.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from vlekkeloos import pipeline, sandbox
from vlekkeloos.check import find
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run, last_run
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Town
from vlekkeloos.sandbox.score import score

EXCHANGE = "adressen"
HOUSE = Path(__file__).resolve().parents[2]
#: What Airflow writes of the engine's own log, e.g. `… [info ] pull bag: done …  [vlekkeloos.pipeline] loc=…`
OWN_LINE = re.compile(r"^\S+ \[(?P<level>\w+)\s*\] (?P<text>.*?)\s+\[vlekkeloos\.[\w.]+\]")


def main() -> int:
    """Runs the demonstration; gives the exit status of the Airflow run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".local"))
    parser.add_argument("--addresses", type=int, default=25_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = asked.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)

    _say(f"Making a fictional municipality of {asked.addresses} addresses")
    town = sandbox.make(
        folder / f"sandbox-{asked.addresses}-{asked.seed}", addresses=asked.addresses, seed=asked.seed
    )
    partner_url = _partner(town)
    lake_folder = folder / f"lake-{asked.addresses}-{asked.seed}"
    reported = registries.serve(Town(asked.seed, asked.addresses), only=["terugmelding"], kept=town.folder)
    connections = sandbox.environment(town, partner_url) | registries.connections(reported, only=["terugmelding"])
    environment = os.environ | connections | _airflow(folder / "airflow", lake_folder)
    _say("Setting up Airflow on SQLite")
    log = folder / "airflow.log"
    with log.open("w", encoding="utf-8") as sink:
        _quietly([_tool("airflow"), "db", "migrate"], environment, sink)
        pools = subprocess.run([_tool("vlekkeloos"), "pools"], env=environment, check=True, capture_output=True)
        (folder / "pools.json").write_bytes(pools.stdout)
        _quietly([_tool("airflow"), "pools", "import", str(folder / "pools.json")], environment, sink)
        _say(f"Running the exchange {EXCHANGE} through Airflow (its whole log: {log})")
        status = _told([_tool("airflow"), "dags", "test", EXCHANGE], environment, sink)
    _conclude(lake_folder, town, status)
    return status


def _partner(town: sandbox.Sandbox) -> str:
    """Plays the partner in the background until this process ends; gives its URL."""
    listening, urls = threading.Event(), []

    def ready(url: str) -> None:
        urls.append(url)
        listening.set()

    threading.Thread(target=sandbox.serve, args=(town,), kwargs={"ready": ready}, daemon=True).start()
    if not listening.wait(timeout=30):
        raise SystemExit("the sandbox's partner did not start to listen")
    return urls[0]


def _airflow(home: Path, lake: Path) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HOUSE / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "NO_COLOR": "1",
        "VLEKKELOOS_EXCHANGES": str(HOUSE / "exchanges"),
        "VLEKKELOOS_LAKE": str(lake),
    }


def _tool(name: str) -> str:
    """A command of the environment that this Python runs in."""
    return str(Path(sys.executable).parent / name)


def _quietly(command: list[str], environment: dict[str, str], sink: TextIO) -> None:
    if subprocess.run(command, env=environment, check=False, stdout=sink, stderr=sink).returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed; its log says why: {sink.name}")


def _told(command: list[str], environment: dict[str, str], sink: TextIO) -> int:
    """Runs a command, keeps all it says, and passes on what the engine says in it."""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None, "its output is piped"
        for line in process.stdout:
            sink.write(line)
            if own := OWN_LINE.match(line):
                _say(own["text"], indent="  ")
    return process.returncode


def _conclude(lake_folder: Path, town: sandbox.Sandbox, status: int) -> None:
    lake = Lake(str(lake_folder))
    run_id, as_of = last_run(lake, EXCHANGE)
    run = Run(find(HOUSE / "exchanges", EXCHANGE), lake, run_id, as_of)
    found = score(lake, EXCHANGE, town.truth)
    print()
    for name, place in pipeline.summary(run)["places"].items():
        print(f"{name}: {place}")
    print(f"partner received: {town.partner_folder}")
    print(f"look into a table: {_tool('vlekkeloos')} show quarantine/{EXCHANGE}/gemeente --lake {lake_folder}")
    print(
        f"\n{found.right} of {found.planted} planted discrepancies found;"
        f" {found.found - found.right} found that were not planted."
    )
    if status:
        print("The Airflow run did not succeed; the report says why.")


def _say(text: str, indent: str = "") -> None:
    print(f"{time.strftime('%H:%M:%S')} {indent}{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
