"""A suite and a table in; GX's own result objects and every failing row out, for about the price of one scan.

The metrics that GX asks for come out of one DuckDB query; a second one lists the failing rows, if there are any.
GX itself turns the metrics into results, so that they are GX's in every word. What has no translation GX judges
on pandas, over the columns it needs; ``evaluated_by`` in a result's meta says which of the two did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from vlekkeloos.errors import BadInput
from vlekkeloos.lake import ROW
from vlekkeloos.scan import frame, translations  # noqa: F401 - the translations register themselves
from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.plan import SHOWN, Found, Plan, Scan, plan, tells_every_row
from vlekkeloos.scan.remembered import remembered
from vlekkeloos.scan.tables_at_hand import at_hand

#: What ``evaluated_by`` says in a result's meta.
SCAN, GX = "scan", "great_expectations"
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
        plans, asked = _planned(suite, scan, form)
        failures = _failures(scan, plans, asked)
        counts = dict(query.execute(f"SELECT number, count(*) FROM {failures} GROUP BY number").fetchall())
        known = {one.count: counts.get(number, 0) for number, one in plans.items() if one.broken}
        scanned = known | _scanned(scan, plans, asked, known)
        results: dict[int, Any] = {}
        found = _found(scan, plans, failures, form)
        for number, one in plans.items():
            try:
                results[number] = _result(one, scanned, found[number], form)
            except Exception as error:  # GX itself can't do with what it found, whoever counts
                query.execute(f"DELETE FROM {failures} WHERE number = {number}")
                asked[number] = one.expectation, type(error).__name__
        results |= _asked(suite, scan, asked, failures, form)
    finally:
        scan.close()
    return Judgement(_suite_result(suite, [results[number] for number in sorted(results)]), failures)


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
    typed = PandasExecutionEngine(batch_data_dict={"types": _records(scan, list(scan.columns), [])})
    plans: dict[int, Plan] = {}
    asked: dict[int, tuple[Any, str]] = {}
    for number, expectation in enumerate(suite.expectations):
        try:
            by_type = expectation.expectation_type in BY_TYPE
            plans[number] = plan(expectation, scan, form, typed if by_type else bare)
        except Untranslatable as reason:
            asked[number] = expectation, str(reason)
        except duckdb.Error as error:
            # the text of the error may quote a record
            asked[number] = expectation, type(error).__name__
    return plans, asked


def _failures(scan: Scan, plans: dict[int, Plan], asked: dict[int, tuple[Any, str]]) -> str:
    """Makes the table of failing rows, in one pass. A plan that DuckDB can't carry out goes to GX."""
    scan.query.execute("CREATE OR REPLACE TEMP TABLE scan_failures (row BIGINT, number INTEGER, value VARCHAR)")
    broken = {number: one for number, one in plans.items() if one.broken}
    _all_or_each(scan, lambda some: _list(scan, some), broken, plans, asked)
    return "scan_failures"


def _scanned(
    scan: Scan, plans: dict[int, Plan], asked: dict[int, tuple[Any, str]], known: Mapping[str, Any]
) -> dict[str, Any]:
    """What each expression of the plans came to but those known. A plan that DuckDB can't carry out goes to GX."""
    answers: dict[str, Any] = {}
    _all_or_each(scan, lambda some: answers.update(_select(scan, some.values(), known)), plans, plans, asked)
    return answers


def _all_or_each(
    scan: Scan,
    work: Callable[[Mapping[int, Plan]], object],
    wanted: Mapping[int, Plan],
    plans: dict[int, Plan],
    asked: dict[int, tuple[Any, str]],
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
            asked[number] = plans.pop(number).expectation, type(error).__name__
            scan.query.execute(f"DELETE FROM scan_failures WHERE number = {number}")


def _select(scan: Scan, plans: Iterable[Plan], known: Mapping[str, Any]) -> dict[str, Any]:
    expressions = dict.fromkeys(expression for one in plans for expression in one.selected)
    wanted = [expression for expression in expressions if expression not in known]
    if not wanted:
        return {}
    # the count makes one row of the whole table of it, if all that is wanted are constants and subqueries
    (row,) = scan.query.execute(f"SELECT {', '.join(wanted)}, count(*) FROM {scan.view}").fetchall()
    return dict(zip(wanted, row[:-1], strict=True))


def _list(scan: Scan, broken: Mapping[int, Plan]) -> None:
    """Lists the failing rows in one pass; a pass of its own for those with no value, for these may be very many."""
    others = {number: one for number, one in broken.items() if not one.of_missing}
    parts = [_listing(scan, others)] if others else []
    parts += [
        f"SELECT {scan.row}, {number}, {_shown(one.columns)} FROM {scan.view} WHERE {one.broken}"
        for number, one in broken.items()
        if one.of_missing
    ]
    if parts:
        scan.query.execute(f"INSERT INTO scan_failures {' UNION ALL '.join(parts)}")


def _listing(scan: Scan, broken: Mapping[int, Plan]) -> str:
    lines = ", ".join(
        f"CASE WHEN {one.broken} THEN {{'number': {number}, 'value': {_shown(one.columns)}}} END"
        for number, one in broken.items()
    )
    return f"""
        SELECT row, line.number, line.value FROM (
            SELECT {scan.row} AS row, unnest([{lines}]) AS line FROM {scan.view}
            WHERE {" OR ".join(f"({one.broken})" for one in broken.values())}
        ) WHERE line IS NOT NULL
    """


def _shown(columns: Sequence[Column]) -> str:
    """SQL: the values of some columns as a person reads them; NULL if there is none."""
    parts = [
        f"'<' || octet_length({column.sql}) || ' bytes>'"
        if column.kind == "bytes"
        else f"CAST({column.sql} AS VARCHAR)"
        for column in columns
    ]
    if len(parts) == 1:
        return parts[0]
    each = ", ".join(f"coalesce({part}, '')" for part in parts)
    return f"CASE WHEN coalesce({', '.join(parts)}) IS NOT NULL THEN concat_ws(' | ', {each}) END"


def _found(scan: Scan, plans: Mapping[int, Plan], failures: str, form: Mapping[str, Any]) -> dict[int, Found]:
    """The failing rows of each expectation, as far as its result tells of them."""
    listed = (
        "list(row ORDER BY row)" if tells_every_row(form) else f"min(row, {form['partial_unexpected_count'] or 1})"
    )
    rows = dict(scan.query.execute(f"SELECT number, {listed} FROM {failures} GROUP BY number").fetchall())
    shown = {
        number: some if form.get("unexpected_index_column_names") else some[:SHOWN] for number, some in rows.items()
    }
    needed = {number: _needed(scan, one, form) for number, one in plans.items()}
    wanted = {name for number in shown for name in needed.get(number, [])}
    names = [name for name in scan.columns if name in wanted]
    records = _records(scan, names, sorted({row for some in shown.values() for row in some}))
    none = _records(scan, list(scan.columns), [])
    return {
        number: Found(rows[number], records.loc[shown[number], needed[number]])
        if number in rows
        else Found([], none[needed[number]])
        for number in plans
    }


def _needed(scan: Scan, one: Plan, form: Mapping[str, Any]) -> list[str]:
    if form.get("include_unexpected_rows"):
        return list(scan.columns)
    names = [column.name for column in one.columns]
    return list(dict.fromkeys([*names, *(form.get("unexpected_index_column_names") or [])]))


def _records(scan: Scan, names: Sequence[str], rows: Sequence[int]) -> Any:
    """Some rows of the table, in its order, as GX would see them."""
    if not rows:
        return frame.frame(_schema(scan, names).empty_table(), scan.row)
    return _frame(scan, names, f"{scan.row} IN ({', '.join(map(str, rows))})")


def _frame(scan: Scan, names: Sequence[str], where: str = "TRUE") -> Any:
    selected = ", ".join([scan.row, *(scan.columns[name].sql for name in names)])
    found = scan.query.sql(f"SELECT {selected} FROM {scan.view} WHERE {where} ORDER BY {scan.row}")
    # DuckDB has time zones and categories of its own
    return frame.frame(found.to_arrow_table().cast(_schema(scan, names)), scan.row)


def _schema(scan: Scan, names: Sequence[str]) -> pa.Schema:
    return pa.schema([(scan.row, pa.int64()), *((name, scan.columns[name].type) for name in names)])


def _result(one: Plan, scanned: Mapping[str, Any], found: Found, form: dict[str, Any]) -> Any:
    metrics = {wanted: make(scanned, found) for wanted, make in one.makers.items()}
    with remembered():
        result = one.expectation.metrics_validate(metrics, {"result_format": form}, one.engine)
    result.meta["evaluated_by"] = SCAN
    return result


def _asked(
    suite: Any, scan: Scan, asked: Mapping[int, tuple[Any, str]], failures: str, form: dict[str, Any]
) -> dict[int, Any]:
    """GX's own results of the expectations that only it can judge; their failing rows join the others."""
    if not asked:
        return {}
    expectations = [expectation for expectation, _ in asked.values()]
    names = columns_of(expectations, list(scan.columns))
    batch = frame.batch_of(_frame(scan, names))
    results: dict[int, Any] = {}
    with at_hand({name: frame.Columns(scan.query, view) for name, view in scan.others.items()}):
        answers = [_answer(suite, expectation, batch, form) for expectation in expectations]
    for (number, (_, reason)), (result, rows) in zip(asked.items(), answers, strict=True):
        result.meta |= {"evaluated_by": GX, "because": reason}
        results[number] = result
        if rows:
            named = [scan.columns[name] for name in _named(result.expectation_config.kwargs) if name in scan.columns]
            scan.query.register("scan_rows", pa.table({"row": pa.array(rows, pa.int64())}))
            scan.query.execute(
                f"INSERT INTO {failures} SELECT {scan.row}, {number}, {_shown(named) if named else 'NULL'}"
                f" FROM {scan.view} WHERE {scan.row} IN (SELECT scan_rows.row FROM scan_rows)"
            )
            scan.query.unregister("scan_rows")
    return results


def _answer(suite: Any, expectation: Any, batch: Any, form: dict[str, Any]) -> tuple[Any, list[int]]:
    """GX's answer. Raises BadInput, without the text of GX's error, for that may quote a record."""
    try:
        result, rows = frame.ask_gx(expectation, batch, form)
    except Exception as error:
        raise _not_evaluated(suite, expectation, type(error).__name__) from None
    for kind in _exceptions(result.exception_info or {}):
        raise _not_evaluated(suite, expectation, kind)
    return result, rows


def _not_evaluated(suite: Any, expectation: Any, kind: str) -> BadInput:
    configuration = expectation.configuration
    low, high = (configuration.kwargs.get(word) for word in ("min_value", "max_value"))
    if kind == "ValueError" and configuration.type.endswith("_between") and _greater(low, high):
        kind = "min_value is greater than max_value"
    return BadInput(
        f"{configuration.type} could not be evaluated: {kind}",
        file=f"suite {suite.name}",
        field=about(configuration.kwargs) or None,
    )


def _greater(low: Any, high: Any) -> bool:
    try:
        return bool(low > high)
    except TypeError:  # one is not given, or they are of two kinds
        return False


def _exceptions(info: dict[str, Any]) -> Iterator[str]:
    """The kinds of the exceptions that GX met: one, or a dict of them by metric. Their texts may quote a record."""
    if info.get("raised_exception"):
        yield _kind(str(info.get("exception_traceback") or ""))
    for inner in info.values():
        if isinstance(inner, dict):
            yield from _exceptions(inner)


def _kind(traceback: str) -> str:
    """The class of the exception that GX wrapped in one of its own; GX's if it wrapped none."""
    # the line behind the indented stack; those below it may be an exception's own text
    chain: list[str] = re.findall(
        r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)*([\w.<>]+)(?=:|$)", traceback, re.MULTILINE
    )
    own = [kind for kind in chain if not kind.startswith("great_expectations.")]
    return (own or chain or ["an error"])[-1].rpartition(".")[2]


def severity(result: Any) -> str:
    """How bad it is that an expectation isn't met, by its result: GX's word, critical if it has none."""
    said = result.expectation_config.severity
    return str(getattr(said, "value", said) or "critical")


def about(kwargs: Mapping[str, Any]) -> str:
    """The columns that an expectation is about, as people read them."""
    return ", ".join(_named(kwargs))


def _named(kwargs: Mapping[str, Any]) -> list[str]:
    """The columns that an expectation's arguments name as what it is about."""
    named: list[str] = [kwargs[word] for word in ("column", "column_A", "column_B") if kwargs.get(word)]
    return named + [column for column in kwargs.get("column_list") or [] if isinstance(column, str)]


def columns_of(expectations: Sequence[Any], there: Sequence[str]) -> list[str]:
    """The columns of a table that some expectations need, in the table's order."""
    needed: set[str] = set()
    for expectation in expectations:
        configuration = expectation.configuration
        # conditions, column sets and the arguments of ``validations`` name columns inside other texts
        said = list(_texts({word: given for word, given in configuration.kwargs.items() if word != "batch_id"}))
        every = configuration.type.startswith("expect_table_column") or not _known(type(expectation))
        needed.update(column for column in there if every or any(_speaks_of(column, text) for text in said))
    return [column for column in there if column in needed]


def _known(kind: type) -> bool:
    """Whether a class of expectations is GX's own or one of ``validations``; any other may look at any column."""
    return kind.__module__.partition(".")[0] in ("great_expectations", "validations")


def _speaks_of(column: str, text: str) -> bool:
    # a condition may be code, which escapes what stands between its quotes
    return column in text or column.replace("\\", "\\\\").replace('"', '\\"') in text


def _texts(given: Any) -> Iterator[str]:
    """Every text in an expectation's arguments."""
    if isinstance(given, Mapping):
        for word, inner in given.items():
            yield str(word)
            yield from _texts(inner)
    elif isinstance(given, (list, tuple, set)):
        for inner in given:
            yield from _texts(inner)
    elif hasattr(given, "dict"):  # a condition as an object of GX
        yield from _texts(given.dict())
    else:
        yield str(given)


def _require_columns(suite: Any, there: Mapping[str, Column]) -> None:
    for expectation in suite.expectations:
        configuration = expectation.configuration
        if configuration.type in ABOUT_WHETHER_THEY_ARE_THERE:
            continue
        for column in _named(configuration.kwargs):
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
