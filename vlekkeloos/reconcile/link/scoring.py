"""A model and the tables link_left and link_right in; how likely each pair of a blocking rule is one record, out.

Splink makes the pairs and scores them, how frequent a value is included. It works on the connection it is given,
with tables of its own that are gone afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker

from vlekkeloos.contract.linking import Link
from vlekkeloos.reconcile.link.levels import levels, nothing
from vlekkeloos.reconcile.link.records import column
from vlekkeloos.reconcile.link.training import Model

# it tells its SQL and its progress; of a table with records about persons nothing is told
logging.getLogger("splink").setLevel(logging.ERROR)


@contextmanager
def scored(
    query: duckdb.DuckDBPyConnection,
    words: Link,
    model: Model,
    rules: list[str],
    *,
    above: float | None = None,
    why: bool = False,
) -> Iterator[str]:
    """A table of the pairs that at least one of the rules, conditions over l and r, holds for.

    unique_id_l, unique_id_r, match_probability, match_weight (log2 of the odds). ``above``: only pairs with at least
    that probability. ``why``: of field n also f<n>_l, f<n>_r, gamma_f<n> (its level, the highest number for the same;
    -1 without a value), mw_f<n> and, if its frequency counts, mw_tf_adj_f<n> (what both add to the weight).
    """
    api = DuckDBAPI(query)
    # Splink takes the table whose name comes first for the left one
    tables = [api.register(f"link_{side}", dataset_display_name=side) for side in ("left", "right")]
    try:
        # None: it leaves logging alone, and prints nothing
        linker = Linker(tables, _settings(words, model, rules, why), log_level=None)
        pairs = linker.inference.predict(threshold_match_probability=above, warning_mode="never")
        yield pairs.physical_name
    finally:
        api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]


def _settings(words: Link, model: Model, rules: list[str], why: bool) -> dict[str, Any]:
    """The model as Splink reads it."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "source_dataset_column_name": "source_dataset",
        "probability_two_random_records_match": model.prior,
        "retain_matching_columns": why,
        "retain_intermediate_calculation_columns": why,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in rules
        ],
        "comparisons": [_comparison(n, name, words, model) for n, name in enumerate(words.compare)],
    }


def _comparison(number: int, name: str, words: Link, model: Model) -> dict[str, Any]:
    known = zip(levels(number, words.compare[name]), model.fields[name], strict=True)
    said: list[dict[str, Any]] = [
        {"sql_condition": level.condition, "label_for_charts": level.label, "m_probability": figures.m}
        | {"u_probability": figures.u}
        for level, figures in known
    ]
    if words.compare[name].frequency:
        said[0] |= {"tf_adjustment_column": column(number)}
    there = {"sql_condition": nothing(number), "label_for_charts": "no value", "is_null_level": True}
    return {"output_column_name": column(number), "comparison_levels": [there, *said]}
