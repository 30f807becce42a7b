"""The DAG file: a DAG a contract, as the contract says, and a wrong contract shown as such."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builder import Exchange, contract

ROOT = Path(__file__).resolve().parents[2]
TELL = """
import json, runpy, sys
from airflow.sdk import DAG
made = runpy.run_path(sys.argv[1])
print(json.dumps({dag.dag_id: {
    "schedule": str(dag.schedule) if dag.schedule else None,
    "max_active_runs": dag.max_active_runs,
    "tasks": {task.task_id: {
        "pool": getattr(task, "pool", None), "retries": task.retries, "downstream": sorted(task.downstream_task_ids),
        "mapped": task.is_mapped, "outlets": [outlet.name for outlet in task.outlets]} for task in dag.tasks},
} for dag in made.values() if isinstance(dag, DAG)}))
"""


def dags(exchange: Exchange) -> dict[str, Any]:
    """What the DAG file makes of a folder of contracts, in a process of its own as Airflow does it."""
    environment = {
        "VLEKKELOOS_EXCHANGES": str(exchange.exchanges),
        "VLEKKELOOS_LAKE": str(exchange.folder / "lake"),
        "AIRFLOW_HOME": str(exchange.folder / "airflow"),
    }
    done = subprocess.run(
        [sys.executable, "-c", TELL, str(ROOT / "dags" / "exchanges.py")],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The DAGs of two contracts: in one, a source is asked by the keys that the other source holds."""
    text = contract(schedule="0 4 * * *", feed_back={"after": "2 runs"})
    text["sources"]["bag"] = {
        "connector": "bag_extract",
        "connection": "bag_levering",
        "object": "nummeraanduiding",
        "key": "identificatie",
        "authentic": True,
    }
    exchange = Exchange(tmp_path_factory.mktemp("dags"), text)
    keyed = contract(exchange="keyed")
    keyed["sources"]["bag"] = {
        "connector": "bag_api",
        "connection": "bag_api",
        "object": "nummeraanduiding",
        "keys": "gemeente.identificatie",
        "key": "identificatie",
        "authentic": True,
    }
    keyed["validate"]["bag"]["refers_to"] = ["gemeente"]
    (exchange.exchanges / "keyed").mkdir()
    # every JSON document is YAML too
    (exchange.exchanges / "keyed" / "contract.yaml").write_text(json.dumps(keyed), encoding="utf-8")
    shutil.copytree(
        exchange.home, exchange.exchanges / "keyed", dirs_exist_ok=True, ignore=lambda *_: ["contract.yaml"]
    )
    return dags(exchange)


@pytest.fixture
def demo(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made["demo"]
    return found


def test_there_is_a_task_for_each_stage_in_the_order_of_the_path(demo: dict[str, Any]) -> None:
    assert {name: task["downstream"] for name, task in demo["tasks"].items()} == {
        "gemeente.pull": ["gemeente.validate"],
        "gemeente.validate": ["reconcile"],
        "bag.pull": ["bag.validate"],
        "bag.validate": ["reconcile"],
        "reconcile": ["feed_back", "publish"],
        "feed_back": ["write_report"],
        "publish": ["write_report"],
        "write_report": [],
    }


def test_each_registry_has_its_pool_and_partners_are_mapped(demo: dict[str, Any]) -> None:
    assert demo["tasks"]["bag.pull"]["pool"] == "registry_bag_levering"
    assert demo["tasks"]["gemeente.pull"]["pool"] == "registry_parquet"
    assert demo["tasks"]["publish"]["mapped"]


def test_runs_do_not_overlap_and_what_may_pass_later_is_tried_again(demo: dict[str, Any]) -> None:
    assert demo["max_active_runs"] == 1
    assert demo["schedule"] == "0 4 * * *"
    assert demo["tasks"]["gemeente.pull"]["retries"] == 3


def test_tables_are_outlets(demo: dict[str, Any]) -> None:
    assert demo["tasks"]["reconcile"]["outlets"] == ["agreed/demo", "discrepancies/demo"]
    assert demo["tasks"]["bag.pull"]["outlets"] == ["raw/demo/bag"]


def test_a_wrong_contract_shows_as_a_dag_that_says_why_and_the_others_stay(exchange: Exchange) -> None:
    other = exchange.exchanges / "kapot"
    other.mkdir()
    (other / "contract.yaml").write_text("exchange: kapot\ntitel: fout\n", encoding="utf-8")
    found = dags(exchange)
    assert found.keys() == {"demo", "kapot.contract.refused"}
    assert list(found["kapot.contract.refused"]["tasks"]) == ["contract_refused"]


def test_a_contract_with_no_more_than_it_needs_has_a_dag_too(exchange: Exchange) -> None:
    exchange.write(contract(publish=[]))
    tasks = dags(exchange)["demo"]["tasks"]
    assert tasks["reconcile"]["downstream"] == ["write_report"]
    assert not {"feed_back", "publish"} & tasks.keys()


def test_a_source_with_keys_waits_until_the_source_that_holds_them_is_judged(made: dict[str, Any]) -> None:
    tasks = made["keyed"]["tasks"]
    assert tasks["gemeente.validate"]["downstream"] == ["bag.pull", "reconcile"]
    assert tasks["bag.pull"]["downstream"] == ["bag.validate"]


def test_a_source_that_a_suite_refers_to_is_pulled_before_that_suite_judges(made: dict[str, Any]) -> None:
    assert made["keyed"]["tasks"]["gemeente.pull"]["downstream"] == ["bag.validate", "gemeente.validate"]
