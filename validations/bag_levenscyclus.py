"""``expect_bag_status_to_follow_life_cycle``: an object's statuses come in an order that its life can have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import MulticolumnMapMetricProvider
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)

from validations._bag import LIFE_CYCLES, ObjectType
from validations._form import InDutch
from validations._history import moments, require_key, require_moment, valid, valid_sql
from vlekkeloos.scan.metric import Column, Scope, condition
from vlekkeloos.scan.metric import sql as literal


class ExpectBagStatusToFollowLifeCycle(InDutch, MulticolumnMapExpectation):  # type: ignore[misc]
    """The status of a voorkomen can come after that of the voorkomen before it, in the life of the object.

    ``column_list``: the columns with, in this order, the identificatie, the status, the begin of validity and the
    number of the voorkomen, and after these any columns that, if they are filled, take a voorkomen out of the
    valid life cycle (``tijdstipInactief`` and the like). ``object_type``: the type of the objects.

    The first voorkomen may have any status: a life is registered from where the registry began. The same status
    may repeat. Voorkomens are ordered by begin, and of those that begin on one day by number. A status that
    objects of this type don't have is passed over: ``expect_column_values_to_be_bag_status`` is about that.

    Source: Catalogus BAG 2018, §3.6 Levenscyclus; see ``validations/_bag.py``.
    """

    object_type: ObjectType

    map_metric = "multicolumn_values.bag_life_cycle"
    success_keys = ("object_type", "mostly")
    args_keys = ("column_list", "object_type")

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "elke status volgt op de vorige zoals de levenscyclus van een $object_type toelaat"


class BagLifeCycle(MulticolumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "multicolumn_values.bag_life_cycle"
    condition_value_keys = ("object_type",)
    condition_domain_keys = (
        "batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if"
    )  # fmt: skip

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, object_type: str, **_: Any) -> pd.Series:
        cycle = LIFE_CYCLES[object_type]
        key, status, begin, number, *annulled = column_list.columns
        records = column_list[valid(column_list, [key, status, begin], annulled)]
        records = records[records[status].isin(list(cycle))]
        ordered = pd.DataFrame(
            {
                "key": records[key].astype(object),
                "status": records[status].astype(object),
                "begin": moments(records[begin]),
                "number": records[number],
            }
        ).sort_values(["begin", "number"], kind="stable", na_position="last")
        before = ordered.groupby("key", sort=False)["status"].shift()
        met = pd.Series(True, index=column_list.index)
        for row, last, now in zip(ordered.index, before, ordered["status"], strict=True):
            met[row] = pd.isna(last) or last == now or now in cycle[last]
        return met


@condition("multicolumn_values.bag_life_cycle")
def bag_life_cycle(columns: list[Column], scope: Scope, object_type: str) -> str:
    """The condition in SQL."""
    cycle = LIFE_CYCLES[object_type]
    key, status, begin, number, *annulled = columns
    require_key(key)
    status.require("text")
    require_moment(begin)
    number.require("whole")
    steps = ", ".join(f"({literal(last)}, {literal(now)})" for last, after in cycle.items() for now in after)
    broken = scope.table(f"""
        SELECT row FROM (
            SELECT {scope.row} AS row, {status.sql} AS now, lag({status.sql}) OVER (
                PARTITION BY {key.sql} ORDER BY {begin.sql}, {number.sql} NULLS LAST, {scope.row}) AS last
            FROM {scope.rows}
            WHERE {valid_sql([key, status, begin], annulled)}
              AND {status.sql} IN ({", ".join(map(literal, cycle))})
        ) WHERE last <> now AND (last, now) NOT IN ({steps})
    """)
    return f"{scope.row} NOT IN (FROM {broken})"
