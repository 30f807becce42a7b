"""A suite and a table in; GX's own result objects and every failing row out, for about the price of one scan.

The metrics that GX asks for come out of one DuckDB query; a second one lists the failing rows, if there are any.
GX itself turns the metrics into results, so that they are GX's in every word. What has no translation GX judges
on pandas, over the columns it needs; ``evaluated_by`` in a result's meta says which of the two did.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from vlekkeloos.errors import BadInput
from vlekkeloos.lake import ROW
from vlekkeloos.scan import asked, failures, records, translations  # noqa: F401 - translations register themselves
from vlekkeloos.scan.asked import GX
from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.named import about, columns_of, named
from vlekkeloos.scan.plan import SHOWN, Found, Plan, Scan, plan, tells_every_row
from vlekkeloos.scan.remembered import remembered

__all__ = ["GX", "SCAN", "Judgement", "about", "columns_of", "judge", "severity"]

#: What ``evaluated_by`` says in the meta of a result of the scan's.
SCAN = "scan"
#: Expectations that look at the types of a batch before they say by which metrics they judge.
BY_TYPE = ("expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list")
#: Expectations that a missing column doesn't break off: it is what they are about.
ABOUT_WHETHER_THEY_ARE_THERE = (
    "expect_column_to_exist",
    "expect_table_columns_to_match_set",
    "expect_table_columns_to_match_ordered_list",
)


@dataclass(frozen=True)
class Judgement:
    """What a suite said of a table.

    ``result`` is GX's ExpectationSuiteValidationResult, its results in the suite's order. ``failures`` names a
    table in the connection: a line for each row and each expectation that it breaks, with row, number (the
    expectation's place in the suite, from 0) and value (what it has in the expectation's columns, as text).
    """

    result: Any
    failures: str


def judge(
    suite: Any,
    query: duckdb.DuckDBPyConnection,
    view: str,
    schema: pa.Schema,
    *,
    result_format: str | Mapping[str, Any] = "SUMMARY",
    others: Mapping[str, str] | None = None,
    row: str = ROW,
) -> Judgement:
    """Judges the rows of a view in a DuckDB connection by a GX ExpectationSuite.

    ``row`` is the column with the rows' numbers, which no expectation sees; ``schema`` is the view's. ``others``
    are the other tables that the suite may refer to: the name it uses, and the view. ``result_format`` is GX's.

    Raises BadInput if an expectation names a column that isn't there or can't be evaluated.
    """
    there = {field.name: Column(field.name, field.type) for field in schema if field.name != row}
    _require_columns(suite, there)
    form = _form(result_format, there)
    scan = Scan(query, view, row, there, others or {})
    try:
        plans, unplanned = _planned(suite, scan, form)
        failures.make(query)
        sorted_out = scan.read_hashes()
        scanned = _scanned(scan, plans, unplanned)
        sorted_out()
        scanned |= _listed(scan, plans, unplanned)
        results: dict[int, Any] = {}
        found = _found(scan, plans, form)
        for number, one in plans.items():
            try:
                results[number] = _result(one, scanned, found[number], form)
            except Exception as error:  # GX itself can't do with what it found, whoever counts
                failures.drop(query, number)
                unplanned[number] = one.expectation, type(error).__name__
        results |= asked.answers(suite, scan, unplanned, form)
    finally:
        scan.close()
    return Judgement(_suite_result(suite, [results[number] for number in sorted(results)]), failures.TABLE)


def _form(result_format: str | Mapping[str, Any], there: Mapping[str, Column]) -> dict[str, Any]:
    from great_expectations.expectations.expectation_configuration import parse_result_format

    form = dict(parse_result_format(dict(result_format) if isinstance(result_format, Mapping) else result_format))
    for name in form.get("unexpected_index_column_names") or []:
        if name not in there:
            raise BadInput(f"the result_format names an index column that isn't there: {name}")
    return form


def _planned(suite: Any, scan: Scan, form: dict[str, Any]) -> tuple[dict[int, Plan], dict[int, tuple[Any, str]]]:
    """The plans of the expectations by their number, and those that GX is asked for, with the reason."""
    from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine

    bare = PandasExecutionEngine()
    typed = PandasExecutionEngine(batch_data_dict={"types": records.records(scan, list(scan.columns), [])})
    plans: dict[int, Plan] = {}
    unplanned: dict[int, tuple[Any, str]] = {}
    for number, expectation in enumerate(suite.expectations):
        try:
            by_type = expectation.expectation_type in BY_TYPE
            plans[number] = plan(expectation, scan, form, typed if by_type else bare)
        except Untranslatable as reason:
            unplanned[number] = expectation, str(reason)
        except duckdb.Error as error:
            # the text of the error may quote a record
            unplanned[number] = expectation, type(error).__name__
    return plans, unplanned


def _scanned(scan: Scan, plans: dict[int, Plan], unplanned: dict[int, tuple[Any, str]]) -> dict[str, Any]:
    """What each expression of the plans came to, in one pass, but the numbers of the rows that will be listed.

    A plan that DuckDB can't carry out goes to GX.
    """
    answers: dict[str, Any] = {}
    listed = {one.count for one in plans.values() if one.broken}
    _all_or_each(lambda some: answers.update(_select(scan, some.values(), listed)), plans, plans, unplanned)
    return answers


def _listed(scan: Scan, plans: dict[int, Plan], unplanned: dict[int, tuple[Any, str]]) -> dict[str, int]:
    """Lists the failing rows, in one pass; gives their numbers. A plan that DuckDB can't carry out goes to GX."""
    broken = {number: one for number, one in plans.items() if one.broken}
    _all_or_each(lambda some: failures.add(scan, some), broken, plans, unplanned)
    counts = failures.counts(scan.query)
    return {one.count: counts.get(number, 0) for number, one in plans.items() if one.broken}


def _all_or_each(
    work: Callable[[Mapping[int, Plan]], object],
    wanted: Mapping[int, Plan],
    plans: dict[int, Plan],
    unplanned: dict[int, tuple[Any, str]],
) -> None:
    """Does the work for all plans at once or, if DuckDB breaks it off, for each that it doesn't break off."""
    try:
        work(wanted)
        return
    except duckdb.Error:
        pass
    for number, one in list(wanted.items()):
        try:
            work({number: one})
        except duckdb.Error as error:
            # the text of the error may quote a record
            unplanned[number] = plans.pop(number).expectation, type(error).__name__


def _select(scan: Scan, plans: Iterable[Plan], listed: Container[str]) -> dict[str, Any]:
    expressions = dict.fromkeys(expression for one in plans for expression in one.selected)
    wanted = [expression for expression in expressions if expression not in listed]
    if not wanted:
        return {}
    # the count makes one row of the whole table of it, if all that is wanted are constants and subqueries
    (row,) = scan.query.execute(f"SELECT {', '.join(wanted)}, count(*) FROM {scan.view}").fetchall()
    return dict(zip(wanted, row[:-1], strict=True))


def _found(scan: Scan, plans: Mapping[int, Plan], form: Mapping[str, Any]) -> dict[int, Found]:
    """The failing rows of each expectation, as far as its result tells of them."""
    listed = (
        "list(row ORDER BY row)" if tells_every_row(form) else f"min(row, {form['partial_unexpected_count'] or 1})"
    )
    rows = dict(scan.query.execute(f"SELECT number, {listed} FROM {failures.TABLE} GROUP BY number").fetchall())
    shown = {
        number: some if form.get("unexpected_index_column_names") else some[:SHOWN] for number, some in rows.items()
    }
    needed = {number: _needed(scan, one, form) for number, one in plans.items()}
    wanted = {name for number in shown for name in needed.get(number, [])}
    names = [name for name in scan.columns if name in wanted]
    first = records.records(scan, names, sorted({row for some in shown.values() for row in some}))
    none = records.records(scan, list(scan.columns), [])
    return {
        number: Found(rows[number], first[needed[number]].take(first.index.get_indexer(shown[number])))
        if number in rows
        else Found([], none[needed[number]])
        for number in plans
    }


def _needed(scan: Scan, one: Plan, form: Mapping[str, Any]) -> list[str]:
    if form.get("include_unexpected_rows"):
        return list(scan.columns)
    names = [column.name for column in one.columns]
    return list(dict.fromkeys([*names, *(form.get("unexpected_index_column_names") or [])]))


def _result(one: Plan, scanned: Mapping[str, Any], found: Found, form: dict[str, Any]) -> Any:
    metrics = {wanted: make(scanned, found) for wanted, make in one.makers.items()}
    with remembered():
        result = one.expectation.metrics_validate(metrics, {"result_format": form}, one.engine)
    result.meta["evaluated_by"] = SCAN
    return result


def severity(result: Any) -> str:
    """How bad it is that an expectation isn't met, by its result: GX's word, critical if it has none."""
    said = result.expectation_config.severity
    return str(getattr(said, "value", said) or "critical")


def _require_columns(suite: Any, there: Mapping[str, Column]) -> None:
    for expectation in suite.expectations:
        configuration = expectation.configuration
        if configuration.type in ABOUT_WHETHER_THEY_ARE_THERE:
            continue
        for column in named(configuration.kwargs):
            if column not in there:
                raise BadInput(
                    f"{configuration.type} speaks of a column that isn't there",
                    file=f"suite {suite.name}",
                    field=column,
                    advice=f"there are: {', '.join(there)}",
                )


def _suite_result(suite: Any, results: list[Any]) -> Any:
    from great_expectations.core import ExpectationSuiteValidationResult

    met = sum(bool(result.success) for result in results)
    return ExpectationSuiteValidationResult(
        success=met == len(results),
        results=results,
        suite_name=suite.name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": met,
            "unsuccessful_expectations": len(results) - met,
            "success_percent": met / len(results) * 100 if results else None,
        },
    )
