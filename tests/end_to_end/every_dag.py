"""Airflow itself, in one process with a database of its own: every DAG of the folder is run, one after the other.

    python -m tests.end_to_end.every_dag <as-of>

Prints, as its last line, how each DAG's run and each of its tasks ended, as JSON. What Airflow is to go by
(``AIRFLOW_HOME``, the connections, where exchanges and lake are) is in the environment.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from airflow.dag_processing import dagbag
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.utils.db import initdb


def main(as_of: str) -> None:
    initdb()
    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    (bundle,) = manager.get_all_dag_bundles()
    bundle.initialize()
    found = dagbag.BundleDagBag(bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
    # dag.test() reads the whole folder again for each DAG, which is as it was
    dagbag.BundleDagBag = lambda **_: found  # type: ignore[misc,assignment]
    told: dict[str, Any] = {"": {"errors": {str(file): error for file, error in found.import_errors.items()}}}
    for name, dag in sorted(found.dags.items()):
        run = dag.test(run_conf={"as_of": as_of})
        tasks = {f"{one.task_id}[{one.map_index}]": str(one.state) for one in run.get_task_instances()}
        told[name] = {"state": str(run.state), "tasks": tasks}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
