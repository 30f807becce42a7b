"""The services of compose.yaml as processes on a real PostgreSQL: healthy by their own checks, and running a task."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import absent
from tests.docker import postgresql
from tests.docker.engines import ROOT
from tests.docker.stack import compose_command, judge, read, values

AIRFLOW = ["api-server", "scheduler", "dag-processor", "triggerer"]
PATIENCE = 150  # seconds

DAG = """
from airflow.sdk import dag, task

@dag(dag_id="one_task", is_paused_upon_creation=False)
def one_task():
    @task
    def done() -> None: ...
    done()

one_task()
"""


@dataclass(frozen=True)
class Stack:
    """The services of compose.yaml, moved from their containers to this machine by replacing what a container has."""

    services: dict[str, Any]
    moved: dict[str, str]
    ours: dict[str, str]

    def environment(self, name: str) -> dict[str, str]:
        theirs = {key: self.move(str(value)) for key, value in self.services[name].get("environment", {}).items()}
        return os.environ | theirs | self.ours

    def command(self, name: str) -> list[str]:
        return [self.move(part) for part in self.services[name]["command"]]

    def healthy(self, name: str) -> bool:
        test = [self.move(part) for part in self.services[name]["healthcheck"]["test"][1:]]
        return subprocess.run(test, env=self.environment(name), capture_output=True, check=False).returncode == 0

    def move(self, text: str) -> str:
        for inside, here in self.moved.items():
            text = text.replace(inside, here)
        return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("services")
    for name in ("auth", "logs", "home", "dags", "lake", "scratch", "sandbox"):
        (folder / name).mkdir()
    (folder / "dags" / "one_task.py").write_text(DAG)
    return folder


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    """The stack on a PostgreSQL with the password of .env, before its init service ran."""
    command, programs = compose_command(), postgresql.find()
    if command is None:
        absent("neither docker compose nor docker-compose is installed")
    if programs is None:
        absent("PostgreSQL is not installed")
    services = read(judge(command, folder / "compose", values()).stdout)["services"]
    api, scheduler, worker_logs, trigger_logs, partner = (postgresql.free_port() for _ in range(5))
    with postgresql.running(programs, "airflow", values()["POSTGRES_PASSWORD"]) as port:
        yield Stack(
            services,
            moved={
                "@postgres/": f"@localhost:{port}/",
                "http://api-server:8080/": f"http://localhost:{api}/",
                "http://localhost:8080/": f"http://localhost:{api}/",
                "http://localhost:8974/": f"http://localhost:{scheduler}/",
                "/var/lib/vlekkeloos/auth": str(folder / "auth"),
                "/var/log/airflow": str(folder / "logs"),
                "/scratch": str(folder / "scratch"),
                "/sandbox": str(folder / "sandbox"),
                "8090": str(partner),
                "vlekkeloos-init": str(ROOT / "docker" / "init.sh"),
                "vlekkeloos-sandbox-connections": str(ROOT / "docker" / "sandbox-connections.sh"),
            },
            ours={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "AIRFLOW_HOME": str(folder / "home"),
                "AIRFLOW__API__PORT": str(api),
                "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
                "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(worker_logs),
                "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(trigger_logs),
                "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(scheduler),
                "VLEKKELOOS_EXCHANGES": str(ROOT / "exchanges"),
                "VLEKKELOOS_LAKE": str(folder / "lake"),
                "VLEKKELOOS_SANDBOX_ADDRESSES": "200",
            },
        )


@pytest.fixture(scope="module")
def initialised(stack: Stack) -> Stack:
    """The stack after its init service, which is run twice because Compose does so at every `up`."""
    for _ in range(2):
        _finish(stack, "init")
    return stack


@pytest.fixture(scope="module")
def started(initialised: Stack, folder: Path) -> Iterator[Stack]:
    """The stack with Airflow's services running, each writing to a log of its name."""
    with ExitStack() as running:
        for name in AIRFLOW:
            running.enter_context(_running(initialised, name, folder))
        yield initialised


@pytest.fixture(scope="module")
def api(started: Stack) -> tuple[str, dict[str, str]]:
    """The address of Airflow's API and the header of someone who logged in with the password of .env."""
    assert _eventually(lambda: started.healthy("api-server"))
    address = started.move("http://api-server:8080/")
    login = {"username": "admin", "password": values()["AIRFLOW_ADMIN_PASSWORD"]}
    answer = requests.post(f"{address}auth/token", json=login, timeout=30)
    assert answer.status_code == 201, answer.text
    return f"{address}api/v2", {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.mark.parametrize("name", AIRFLOW)
def test_a_started_service_becomes_healthy_by_its_own_check(started: Stack, folder: Path, name: str) -> None:
    assert _eventually(lambda: started.healthy(name)), (folder / f"{name}.log").read_text()[-3000:]


def test_init_makes_every_pool_that_the_contracts_ask_for(
    initialised: Stack, api: tuple[str, dict[str, str]]
) -> None:
    asked = subprocess.run(
        ["vlekkeloos", "pools"], env=initialised.environment("init"), capture_output=True, check=True
    )
    address, header = api
    pools = requests.get(f"{address}/pools", headers=header, timeout=30).json()["pools"]
    assert {pool["name"] for pool in pools} == {"default_pool", *json.loads(asked.stdout)}


def test_a_task_runs_and_reports_back_through_the_execution_api(api: tuple[str, dict[str, str]]) -> None:
    address, header = api
    runs = f"{address}/dags/one_task/dagRuns"

    def triggered() -> bool:
        return requests.post(runs, json={"logical_date": None}, headers=header, timeout=30).status_code == 200

    def state() -> str:
        return str(requests.get(runs, headers=header, timeout=30).json()["dag_runs"][0]["state"])

    assert _eventually(triggered), "the DAG processor never found the DAG"
    assert _eventually(lambda: state() in {"success", "failed"})
    assert state() == "success"


def test_airflow_learns_where_the_sandbox_is(started: Stack, folder: Path, api: tuple[str, dict[str, str]]) -> None:
    with _running(started, "sandbox", folder):
        assert _eventually(lambda: started.healthy("sandbox")), (folder / "sandbox.log").read_text()[-3000:]
        _finish(started, "sandbox-connections")
    address, header = api
    answer = requests.get(f"{address}/connections", headers=header, timeout=30).json()["connections"]
    connections = {connection["connection_id"]: connection for connection in answer}
    assert set(connections) == {"gemeente_adressen", "bag_levering", "partner_belasting"}
    assert connections["partner_belasting"]["host"] == f"http://sandbox:{started.move('8090')}"


def _finish(stack: Stack, name: str) -> None:
    """Runs a service that ends by itself."""
    command = ["sh", *stack.command(name)]
    done = subprocess.run(command, env=stack.environment(name), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@contextmanager
def _running(stack: Stack, name: str, folder: Path) -> Iterator[None]:
    """A service in a process group of its own, ended as a container is: politely, then not."""
    command, environment = stack.command(name), stack.environment(name)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(1)
    return False
