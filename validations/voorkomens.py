"""``expect_voorkomens_to_not_overlap``: on any day at most one voorkomen of an object holds."""

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

from validations._form import InDutch
from validations._history import moments, require_key, require_moment, valid, valid_sql
from vlekkeloos.scan.metric import Column, Scope, condition


class ExpectVoorkomensToNotOverlap(InDutch, MulticolumnMapExpectation):  # type: ignore[misc]
    """No other voorkomen of the same object holds on a day on which this one does.

    ``column_list``: the columns with, in this order, the identificatie, the begin and the end of validity, and
    after these any columns that, if they are filled, take a voorkomen out of the valid life cycle
    (``tijdstipInactief`` and the like). A voorkomen holds from its begin until, but not on, its end; without an
    end it still holds; one that ended on the day it began never held. Of two that overlap both break the rule,
    for the data don't say which of them is wrong.

    Source: Catalogus BAG 2018, the attributes begin geldigheid and eind geldigheid; Praktijkhandleiding BAG, "Hoe
    bepaal ik welke gegevens in een levenscyclus van een object geldig zijn?".
    """

    map_metric = "multicolumn_values.voorkomens_apart"
    args_keys = ("column_list",)

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule in Dutch."""
        return "op elke dag geldt hoogstens één voorkomen van een object"


class VoorkomensApart(MulticolumnMapMetricProvider):  # type: ignore[misc]
    """The condition in pandas."""

    condition_metric_name = "multicolumn_values.voorkomens_apart"
    condition_domain_keys = (
        "batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if"
    )  # fmt: skip

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series:
        key, begin, end, *annulled = column_list.columns
        records = column_list[valid(column_list, [key, begin], annulled)]
        held = pd.DataFrame(
            {
                "key": records[key].astype(object),
                "begin": moments(records[begin]).astype("int64"),
                "end": moments(records[end]).fillna(2**63 - 1).astype("int64"),
            }
        )
        held = held[held["begin"] < held["end"]].sort_values("begin", kind="stable")
        per_object = held.groupby("key", sort=False)
        ended = per_object["end"].cummax().groupby(held["key"], sort=False).shift()
        after = per_object["begin"].shift(-1)
        apart = ~((ended > held["begin"]) | (after < held["end"]))
        return apart.reindex(column_list.index, fill_value=True)


@condition("multicolumn_values.voorkomens_apart")
def voorkomens_apart(columns: list[Column], scope: Scope) -> str:
    """The condition in SQL: in the order of begin, an overlap shows in the latest end so far or the next begin."""
    key, begin, end, *annulled = columns
    require_key(key)
    require_moment(begin)
    require_moment(end)
    until = f"coalesce({end.sql}, 'infinity')"
    broken = scope.table(f"""
        SELECT row FROM (
            SELECT {scope.row} AS row, {begin.sql} AS begun, {until} AS ended,
                   max({until}) OVER (held ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended_before,
                   lead({begin.sql}) OVER held AS begun_after
            FROM {scope.rows}
            WHERE {valid_sql([key, begin], annulled)} AND {begin.sql} < {until}
            WINDOW held AS (PARTITION BY {key.sql} ORDER BY {begin.sql}, {scope.row})
        ) WHERE ended_before > begun OR begun_after < ended
    """)
    return f"{scope.row} NOT IN (FROM {broken})"
