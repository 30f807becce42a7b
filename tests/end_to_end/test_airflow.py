"""Airflow itself runs the exchange: `make run`'s demonstration, and a whole Airflow triggered by its REST API."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.end_to_end.partner import serving
from vlekkeloos import sandbox
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox.score import score

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def test_the_demonstration_finds_every_planted_error_and_says_where_to_look(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vlekkeloos.sandbox.demo", "--folder", str(tmp_path), "--addresses", "1000"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    planted = re.search(r"(\d+) of (\d+) planted discrepancies found; (\d+) found", done.stdout)
    assert planted is not None, done.stdout
    assert planted.groups() == ("20", "20", "0")
    report = re.search(r"^report: (.*)$", done.stdout, re.M)
    assert report is not None and Path(report[1]).is_file()
    assert "reconcile: done" in done.stdout
    assert (tmp_path / "sandbox-1000-1" / "partner").is_dir()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[sandbox.Sandbox, str]]:
    made = sandbox.make(tmp_path / "town", addresses=1000)
    with serving(made) as url:
        yield made, url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def standalone(home: Path, environment: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """A whole Airflow, healthy; its URL, and the headers that let a caller in."""
    port = free_port()
    log = home / "standalone.log"
    home.mkdir()
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW__TRIGGERER__CAPACITY": "10",
        # the worker's log server would take a fixed port that something else may hold
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    with log.open("w") as sink:
        process = subprocess.Popen(
            [BIN / "airflow", "standalone"],
            env=os.environ | environment | settings,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: healthy(url), 240, lambda: log.read_text()[-3000:])
            token = requests.get(f"{url}/auth/token", timeout=30).json()["access_token"]
            pools = subprocess.run(
                [BIN / "vlekkeloos", "pools"], env=os.environ | environment, capture_output=True, check=True
            )
            (home / "pools.json").write_bytes(pools.stdout)
            subprocess.run(
                [BIN / "airflow", "pools", "import", str(home / "pools.json")],
                env=os.environ | environment | settings,
                check=True,
                capture_output=True,
            )
            yield url, {"Authorization": f"Bearer {token}"}
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def healthy(url: str) -> bool:
    try:
        answer = requests.get(f"{url}/api/v2/monitor/health", timeout=5).json()
    except (requests.RequestException, ValueError):
        return False
    return all(answer[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def wait_for(condition: Any, seconds: float, told: Any) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, told()
        time.sleep(0.5)


def test_a_whole_airflow_runs_the_exchange_when_its_rest_api_is_asked_to(
    tmp_path: Path, town: tuple[sandbox.Sandbox, str]
) -> None:
    made, partner = town
    lake = tmp_path / "lake"
    environment = sandbox.environment(made, partner) | {
        "VLEKKELOOS_EXCHANGES": str(ROOT / "exchanges"),
        "VLEKKELOOS_LAKE": str(lake),
    }
    with standalone(tmp_path / "airflow", environment) as (url, headers):
        dag = f"{url}/api/v2/dags/adressen"
        wait_for(
            lambda: requests.get(dag, headers=headers, timeout=30).status_code == 200,
            120,
            lambda: requests.get(f"{url}/api/v2/importErrors", headers=headers, timeout=30).text,
        )
        requests.patch(dag, json={"is_paused": False}, headers=headers, timeout=30).raise_for_status()
        started = requests.post(
            f"{dag}/dagRuns", json={"logical_date": None, "conf": {}}, headers=headers, timeout=30
        )
        assert started.status_code == 200, started.text
        run_id = started.json()["dag_run_id"]

        def state() -> str:
            found: str = requests.get(f"{dag}/dagRuns/{run_id}", headers=headers, timeout=30).json()["state"]
            return found

        def instances() -> dict[str, str]:
            tasks = requests.get(f"{dag}/dagRuns/{run_id}/taskInstances", headers=headers, timeout=30).json()
            return {one["task_id"]: one["state"] for one in tasks["task_instances"]}

        wait_for(lambda: state() in ("success", "failed"), 300, instances)
        assert state() == "success", instances()
        assert set(instances().values()) == {"success"}
    found = score(Lake(str(lake)), "adressen", made.truth)
    assert (found.planted, found.found, found.right) == (20, 20, 20)
