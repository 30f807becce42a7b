"""What a suite said of a source, as two files beside each other: ``result.json`` and ``suite.json``, both GX JSON.

They are GX's own objects and stay so: what GX offers for a validation (Data Docs, actions) works with what is read
back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from vlekkeloos import suite as suites
from vlekkeloos.run import Run, checked_run_id

RESULT, SUITE = "result.json", "suite.json"
#: What GX tells of an expectation without telling a value out of a record.
COUNTS = (
    "element_count",
    "missing_count",
    "missing_percent",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_nonmissing",
    "unexpected_percent_total",
)
#: Expectations whose observed value is a count, a share or the names of columns. Elsewhere it is what records hold:
#: a greatest value, a sum, every value there is.
OF_NO_RECORD = (
    "expect_table_row_count_to_be_between",
    "expect_table_row_count_to_equal",
    "expect_table_row_count_to_equal_other_table",
    "expect_table_column_count_to_be_between",
    "expect_table_column_count_to_equal",
    "expect_table_columns_to_match_ordered_list",
    "expect_table_columns_to_match_set",
    "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between",
    "expect_column_unique_value_count_to_be_between",
)


def form(*, personal: bool) -> dict[str, Any]:
    """GX's result_format for what is kept: counts and a few values; where records are of persons, none of these."""
    return {
        "result_format": "SUMMARY",
        "return_unexpected_index_query": False,
        "exclude_unexpected_values": personal,
    }


def place(run: Run, source: str) -> str:
    """The folder in the lake with what the suite of a source said in a run."""
    return f"validations/{run.exchange}/{checked_run_id(run.run_id)}/{source}"


def write(result: Any, suite: Any, folder: Path, *, personal: bool) -> None:
    """Writes an ExpectationSuiteValidationResult and its ExpectationSuite.

    ``personal``: the table is about persons, so of the result only counts are kept, whatever it holds.
    """
    told = result.to_json_dict()
    if personal:
        for one in told["results"]:
            one["result"] = counts(one["expectation_config"]["type"], one["result"])
    _dump(told, folder / RESULT)
    _dump(suite.to_json_dict(), folder / SUITE)


def read(folder: Path) -> tuple[Any, Any]:
    """The ExpectationSuiteValidationResult and the ExpectationSuite of a folder.

    An expectation that a suite's own ``.py`` file defines is unknown here: it is in the result, not in the suite.
    """
    from great_expectations import ExpectationSuite
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    suites.know_expectations()
    result = expectationSuiteValidationResultSchema.load(json.loads((folder / RESULT).read_text(encoding="utf-8")))
    written = json.loads((folder / SUITE).read_text(encoding="utf-8"))
    known = set(list_registered_expectation_implementations())
    written["expectations"] = [one for one in written["expectations"] if one["type"] in known]
    return result, ExpectationSuite(**written)


def checkpoint_result(name: str, run_id: str, results: Mapping[str, Any], at: datetime) -> Any:
    """GX's CheckpointResult of the results of some sources, by source, as its actions take it.

    ``name`` is the checkpoint's, ``at`` the moment at which the sources were judged.
    """
    from great_expectations import Checkpoint
    from great_expectations import __version__ as version
    from great_expectations.checkpoint.checkpoint import CheckpointResult
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    run = RunIdentifier(run_name=run_id, run_time=at)
    run_results = {}
    for source, result in results.items():
        told = ExpectationSuiteValidationResult(
            success=result.success,
            results=result.results,
            suite_name=result.suite_name,
            suite_parameters=result.suite_parameters,
            statistics=result.statistics,
            batch_id=source,
        )
        # what GX writes there itself, as its renderers and actions look for it
        told.meta = {
            **result.meta,
            "great_expectations_version": version,
            "run_id": run,
            "validation_time": at,
            "validation_id": None,
            "checkpoint_id": None,
            "batch_parameters": None,
            "batch_spec": {"data_asset_name": source},
            "active_batch_definition": {"datasource_name": "lake", "data_asset_name": source},
        }
        run_results[ValidationResultIdentifier(ExpectationSuiteIdentifier(result.suite_name), run, source)] = told
    return CheckpointResult(
        run_id=run, run_results=run_results, checkpoint_config=Checkpoint(name=name, validation_definitions=[])
    )


def counts(kind: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """What a result of that type of expectation tells without telling a value out of a record."""
    kept = (*COUNTS, "observed_value") if kind in OF_NO_RECORD else COUNTS
    return {word: result[word] for word in kept if word in result}


def _dump(tree: Any, file: Path) -> None:
    from great_expectations.util import convert_to_json_serializable

    # some of GX's own results still have numpy's booleans in them
    text = json.dumps(convert_to_json_serializable(tree), indent=2, ensure_ascii=False)
    file.write_text(text, encoding="utf-8")
