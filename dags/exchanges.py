"""Every contract below ``exchanges/`` in; a DAG an exchange out. No logic: the tasks call the pipeline.

A task a stage; sources side by side, each in the pool of its registry; partners mapped. Between tasks go
references to table versions, never rows. What a person must look at first (held, bad input) is not retried;
what may pass later (a registry or partner that failed) is, with growing pauses.
"""

from __future__ import annotations

import os
import re
import traceback
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, AssetAlias, Param, TaskGroup, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from vlekkeloos import check, pipeline, report
from vlekkeloos.contract import Contract, Report
from vlekkeloos.errors import Busy, ContractError, PartnerFailed, RegistryFailed, RegistryRefused, VlekkeloosError
from vlekkeloos.lake import Lake, Ref
from vlekkeloos.run import Run, checked_run_id

EXCHANGES = Path(os.environ.get("VLEKKELOOS_EXCHANGES", "exchanges"))
LAKE = os.environ.get("VLEKKELOOS_LAKE", "lake")
NETHERLANDS = pendulum.timezone("Europe/Amsterdam")
LANGUAGE = os.environ.get("VLEKKELOOS_LANGUAGE", "nl")


def asset(table: str) -> Asset:
    """A table of the lake as an Airflow asset, named after the table."""
    return Asset(name=table, uri=f"{LAKE if '://' in LAKE else Path(LAKE).absolute().as_uri()}/{table}")


def this_run(exchange: str) -> Run:
    """The run of the exchange that the current task belongs to; its contract is read and judged anew."""
    context = get_current_context()
    dag_run, params = context["dag_run"], context["params"]
    moment = (dag_run.logical_date or dag_run.run_after).astimezone(NETHERLANDS)
    as_of = date.fromisoformat(params["as_of"]) if params.get("as_of") else moment.date()
    return Run(check.find(EXCHANGES, exchange), Lake(LAKE), checked_run_id(dag_run.run_id), as_of)


def attempt(work: Any, *arguments: Any) -> list[str]:
    """Runs a stage and gives its table versions; only what may pass on a later try stays retryable."""
    try:
        outputs: list[Ref] = work(*arguments)
    except RegistryRefused as error:
        raise AirflowFailException(str(error)) from None
    except (RegistryFailed, PartnerFailed, Busy):
        raise
    except VlekkeloosError as error:
        raise AirflowFailException(str(error)) from None
    except Exception as error:
        # the text of an error that nobody foresaw may quote a record, and Airflow keeps what it is told
        raise RuntimeError(f"{type(error).__name__} at {traceback.extract_tb(error.__traceback__)[-1]}") from None
    return [str(ref) for ref in outputs]


def build(contract: Contract) -> DAG:
    """The DAG of one exchange."""
    exchange = contract.exchange
    with DAG(
        exchange,
        description=contract.title,
        schedule=contract.schedule,
        start_date=datetime(2026, 1, 1, tzinfo=NETHERLANDS),
        catchup=False,
        max_active_runs=1,
        tags=["vlekkeloos", contract.classification],
        doc_md=f"# {contract.title}\n\nMade from `{contract.file.name}`; run by Vlekkeloos.",
        params={
            "as_of": Param(
                None,
                type=["null", "string"],
                format="date",
                description="compare the state that held on this date; empty: the date of the run",
            )
        },
        default_args={
            "retries": 3,
            "retry_delay": timedelta(seconds=30),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=15),
        },
    ) as dag:

        @task
        def pull(source: str) -> list[str]:
            return attempt(pipeline.pull, this_run(exchange), source)

        @task
        def validate(source: str) -> list[str]:
            return attempt(pipeline.validate, this_run(exchange), source)

        @task(outlets=[asset(f"agreed/{exchange}"), asset(f"discrepancies/{exchange}")])
        def reconcile() -> list[str]:
            return attempt(pipeline.reconcile, this_run(exchange))

        @task
        def feed_back() -> list[str]:
            return attempt(pipeline.feed_back, this_run(exchange))

        @task(outlets=[AssetAlias(f"releases/{exchange}")], map_index_template="{{ partner }}")
        def publish(partner: str, *, outlet_events: Any = None) -> list[str]:
            get_current_context()["partner"] = partner
            released = attempt(pipeline.publish, this_run(exchange), partner)
            outlet_events[AssetAlias(f"releases/{exchange}")].add(asset(f"releases/{exchange}/{partner}"))
            return released

        @task(retries=0)
        def write_report() -> dict[str, str]:
            return report.write(this_run(exchange), language=LANGUAGE)

        compared, stages = reconcile(), {}
        for name, source in contract.sources.items():
            with TaskGroup(name):
                pulled = pull.override(pool=pipeline.pool(source), outlets=[asset(f"raw/{exchange}/{name}")])(name)
                judged = validate.override(
                    outlets=[asset(f"{room}/{exchange}/{name}") for room in ("accepted", "quarantine")]
                )(name)
                pulled >> judged >> compared
                stages[name] = pulled, judged
        for name, source in contract.sources.items():
            if source.keys_of:
                stages[source.keys_of][1] >> stages[name][0]
        for name, rules in contract.validation.items():
            for other in rules.refers_to:
                stages[other][0] >> stages[name][1]
        last = []
        if contract.feed_back:
            asked = pipeline.pool(contract.feed_back) if isinstance(contract.feed_back, Report) else None
            last.append(feed_back.override(**({"pool": asked} if asked else {}))())
        if contract.publish:
            last.append(publish.expand(partner=[partner.partner for partner in contract.publish]))
        if last:
            compared >> last
        (last or [compared]) >> write_report().as_teardown()
    return dag


def refused(file: Path, error: ContractError) -> DAG:
    """A DAG for a contract that is wrong: it says why, and fails when it is run."""
    name = re.sub(r"[^\w.-]", "_", f"{file.parent.name}.{file.stem}.refused", flags=re.ASCII)
    with DAG(name, schedule=None, tags=["vlekkeloos", "contract refused"], doc_md=f"```\n{error}\n```") as dag:

        @task(retries=0)
        def contract_refused() -> None:
            raise AirflowFailException(str(error))

        contract_refused()
    return dag


for number, (file, found) in enumerate(check.every(EXCHANGES)):
    globals()[f"dag_{number}"] = refused(file, found) if isinstance(found, ContractError) else build(found)
