"""Expectations in; the SQL of one scan out, and, with what the scan counted, each expectation's metrics.

Every expectation's metrics become expressions of one SELECT. Each expression is there once, however many
expectations ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from vlekkeloos.errors import BadInput
from vlekkeloos.scan import frame, row_conditions
from vlekkeloos.scan.metric import CONDITIONS, OF_MISSING, VALUES, Column, Untranslatable, Value
from vlekkeloos.scan.remembered import remembered
from vlekkeloos.scan.repeated import Search, hashed

#: GX shows no more values than these in a list.
SHOWN = 200
#: Makes one of GX's metrics of what the scan gave (by the text of its expression) and of the failing rows.
Maker = Callable[[Mapping[str, Any], "Found"], Any]


@dataclass(frozen=True)
class Found:
    """The failing rows of one expectation: their numbers in order, and a frame of the first of them."""

    rows: list[int]
    first: pd.DataFrame


class Scan:
    """What all expectations of a suite share: the table, and what is to be made before it is scanned."""

    def __init__(
        self,
        query: duckdb.DuckDBPyConnection,
        view: str,
        row: str,
        columns: Mapping[str, Column],
        others: Mapping[str, str],
    ) -> None:
        self.query, self.view, self.row, self.columns, self.others = query, view, row, columns, others
        self._tables: dict[str, str] = {}
        self._functions: list[str] = []
        self._hashes: dict[str, str] = {}
        self._registered: list[str] = []

    def table(self, select: str) -> str:
        """The name of a temporary table with what a SELECT gives, made once. Raises Untranslatable."""
        if select not in self._tables:
            name = f"scan_table_{len(self._tables)}"
            try:
                self.query.execute(f"CREATE TEMP TABLE {name} AS {select}")
            except duckdb.Error as error:
                # the text of the error may quote a record
                raise Untranslatable(type(error).__name__) from error
            self._tables[select] = name
        return self._tables[select]

    def repeated(self, columns: Sequence[Column], rows: str) -> str:
        """SQL: may another of some rows have the same values in these columns? ``read_hashes`` is to come first."""
        select = f"SELECT {hashed(columns)} AS h FROM {rows}"
        name = self._hashes.setdefault(select, f"scan_suspects_{len(self._hashes)}")
        return f"{hashed(columns)} IN (FROM {name})"

    def read_hashes(self) -> Callable[[], None]:
        """Reads what ``repeated`` rests on; gives what makes the tables of it, once that has been sorted.

        Where a row can't be read there is no table, and DuckDB breaks off the plan that needs it.
        """
        search = Search()
        if self._hashes:
            (number,) = self.query.execute(f"SELECT count(*) FROM {self.view}").fetchall()[0]
            for select, name in self._hashes.items():
                with suppress(duckdb.Error):
                    search.read(self.query, name, select, number)

        def register() -> None:
            for name, suspects in search.found().items():
                self.query.register(name, suspects)
                self._registered.append(name)

        return register

    def function(self, work: Callable[..., pd.Series], *columns: Column) -> str:
        """A call of a Python function, batch by batch, in SQL."""
        name = f"scan_function_{len(self._functions)}"
        self._functions.append(name)
        kinds = [self._type(column) for column in columns]

        def batch(*arrays: pa.ChunkedArray) -> pa.Array:
            answer = work(*(array.to_pandas(types_mapper=frame.pandas_type) for array in arrays))
            return pa.array(answer, pa.bool_(), from_pandas=True)

        arrow: Any = {"type": "arrow", "null_handling": "special"}  # these words are enums to a type checker
        self.query.create_function(name, batch, kinds, "BOOLEAN", **arrow)
        return f"{name}({', '.join(column.sql for column in columns)})"

    def close(self) -> None:
        """Removes what was made for this scan."""
        for name in set(self._tables.values()):
            self.query.execute(f"DROP TABLE {name}")
        for name in self._functions:
            self.query.remove_function(name)
        for name in self._registered:
            self.query.unregister(name)

    def _type(self, column: Column) -> Any:
        return self.query.sql(f"SELECT {column.sql} FROM {self.view} LIMIT 0").types[0]


@dataclass(frozen=True)
class Domain:
    """The rows that one metric considers: a Scope."""

    scan: Scan
    where: tuple[str, ...] = ()
    #: What a row that fails has in common with another, if a translation asked for that.
    shared: list[Column] = field(default_factory=list)

    @property
    def columns(self) -> Mapping[str, Column]:
        """Every column of the table."""
        return self.scan.columns

    @property
    def row(self) -> str:
        """The column with the rows' numbers."""
        return self.scan.row

    @cached_property
    def condition(self) -> str:
        """SQL: is the row considered?"""
        return " AND ".join(f"({part})" for part in self.where) or "TRUE"

    @property
    def rows(self) -> str:
        """SQL, fit for FROM: the rows considered."""
        return f"(FROM {self.scan.view} WHERE {self.condition})" if self.where else self.scan.view

    @property
    def filter(self) -> str:
        """SQL to put behind an aggregate."""
        return f"FILTER (WHERE {self.condition})" if self.where else ""

    @property
    def number(self) -> str:
        """SQL: how many rows are considered."""
        return _number(self.condition) if self.where else "count(*)"

    def table(self, select: str) -> str:
        """A temporary table's name."""
        return self.scan.table(select)

    def series(self, column: Column) -> pd.Series:
        """The values considered, in order."""
        found = self.scan.query.sql(f"SELECT {self.row}, {column.sql} FROM {self.rows} ORDER BY {self.row}")
        schema = pa.schema([(self.row, pa.int64()), (column.name, column.type)])
        return frame.frame(found.to_arrow_table().cast(schema), self.row)[column.name]

    def repeated(self, columns: Sequence[Column]) -> str:
        """SQL of whether other rows may have the same values."""
        self.shared.extend(columns)
        return self.scan.repeated(columns, self.rows)

    def function(self, work: Callable[..., pd.Series], *columns: Column) -> str:
        """SQL that calls a Python function."""
        return self.scan.function(work, *columns)

    def other(self, name: str) -> str:
        """Another table. Raises BadInput."""
        if name not in self.scan.others:
            there = ", ".join(self.scan.others) or "none"
            raise BadInput(f"the suite speaks of a table {name!r} that is not at hand; there are: {there}")
        return self.scan.others[name]

    def ask(self, select: str) -> list[tuple[Any, ...]]:
        """What a SELECT gives."""
        return self.scan.query.execute(select).fetchall()

    def but(self, *more: str) -> Domain:
        """The same rows, narrowed."""
        return Domain(self.scan, self.where + more, self.shared)


@dataclass
class Plan:
    """One expectation as the scan sees it."""

    expectation: Any
    #: GX's, to which the expectation turns for the metrics it needs.
    engine: Any
    #: By the id of GX's metric.
    makers: dict[Any, Maker] = field(default_factory=dict)
    #: The expressions of the scan that the makers read.
    selected: list[str] = field(default_factory=list)
    #: SQL: does a row break the expectation? None if it is about the whole column or table.
    broken: str | None = None
    #: SQL: how many do.
    count: str = ""
    columns: list[Column] = field(default_factory=list)
    #: What a row that breaks it has in common with another one indeed, if it is about that.
    shared: Sequence[Column] = ()
    #: Is it about values that are not there?
    of_missing: bool = False


def plan(expectation: Any, scan: Scan, result_format: dict[str, Any], engine: Any) -> Plan:
    """The plan of one expectation. Raises Untranslatable if one of its metrics has no translation."""
    try:
        with remembered():
            dependencies = expectation.get_validation_dependencies(engine, {"result_format": result_format})
    except Exception as error:  # some of GX's own look at the rows for it, and there are none here
        raise Untranslatable(f"GX can't say what it needs without the rows: {type(error).__name__}") from error
    made = Plan(expectation, engine)
    for metric in dependencies.get_metric_configurations():
        made.makers[metric.id] = _maker(metric, scan, made)
    return made


def _maker(metric: Any, scan: Scan, made: Plan) -> Maker:
    name, suffix = metric.metric_name, ""
    base = name.rpartition(".")[0]
    if base in CONDITIONS and name not in VALUES:
        name, suffix = base, metric.metric_name.rpartition(".")[2]
    words = {word: given for word, given in metric.metric_value_kwargs.items() if word != "result_format"}
    if other := metric.metric_domain_kwargs.get("table"):
        return _scalar(made, _other_row_count(name, other, scan))
    columns = _domain_columns(metric.metric_domain_kwargs, scan)
    domain = _domain(metric.metric_domain_kwargs, scan, columns)
    if suffix == "filtered_row_count" or (not suffix and name == "table.row_count"):
        return _scalar(made, Value(domain.number))
    if not suffix:
        return _value(name, columns, domain, words, made)
    if suffix != "unexpected_count":  # whatever asks for the rows asks for their number too
        return _rows(suffix, metric, columns)
    broken = _broken(name, columns, domain, words)
    count = _number(broken)
    if name == "column_values.nonnull" and not domain.where and columns[0].kind != "float":
        # the files' own statistics say how many values there are, if there is one in every row
        count = f"count(*) - count({columns[0].sql})"
    if base == getattr(made.expectation, "map_metric", None):
        made.broken, made.count, made.columns = broken, count, columns
        made.of_missing = CONDITIONS[base].of_missing
        made.shared = domain.shared
    return _scalar(made, Value(count))


def _domain_columns(words: Mapping[str, Any], scan: Scan) -> list[Column]:
    names = [words[word] for word in ("column", "column_A", "column_B") if words.get(word)]
    names += list(words.get("column_list") or [])
    return [scan.columns[name] for name in names]


def _domain(words: Mapping[str, Any], scan: Scan, columns: Sequence[Column]) -> Domain:
    """The rows that GX considers for these domain_kwargs, before missing values are left out."""
    where: list[str] = []
    if condition := words.get("row_condition"):
        where.append(row_conditions.sql(condition, words.get("condition_parser"), scan.columns))
    missing = [column.missing for column in columns]
    match words.get("ignore_row_if"):
        case "both_values_are_missing" | "all_values_are_missing":
            where.append(f"NOT ({' AND '.join(missing)})")
        case "either_value_is_missing" | "any_value_is_missing":
            where.append(f"NOT ({' OR '.join(missing)})")
    return Domain(scan, tuple(where))


def _broken(name: str, columns: Sequence[Column], domain: Domain, words: Mapping[str, Any]) -> str:
    translation = CONDITIONS[name]
    if len(columns) == 1 and "column_list" not in words and not translation.of_missing:
        domain = domain.but(f"NOT {columns[0].missing}")
    meets = _met(translation.translate, name, columns, domain, words)
    return f"{domain.condition} AND NOT coalesce(({meets}), FALSE)"


def _met(
    translate: Callable[..., str], name: str, columns: Sequence[Column], domain: Domain, words: Mapping[str, Any]
) -> str:
    if name.startswith(("column_values.", "column.")):
        return translate(columns[0], domain, **words)
    if name.startswith("column_pair_values."):
        return translate(columns[0], columns[1], domain, **words)
    return translate(list(columns), domain, **words)


def _value(name: str, columns: Sequence[Column], domain: Domain, words: Mapping[str, Any], made: Plan) -> Maker:
    translate = VALUES.get(name)
    if translate is None:
        raise Untranslatable(f"there is no translation of {name}")
    if not columns:
        return _scalar(made, translate(domain, **words))
    if name not in OF_MISSING:
        domain = domain.but(f"NOT {columns[0].missing}")
    return _scalar(made, translate(columns[0], domain, **words))


def _other_row_count(name: str, other: str, scan: Scan) -> Value:
    if name != "table.row_count":
        raise Untranslatable(f"there is no translation of {name} of another table")
    return Value(f"(SELECT count(*) FROM {Domain(scan).other(other)})")


def _number(condition: str) -> str:
    """SQL: of how many rows is it true? ``count(*) FILTER`` says the same, in three times the time."""
    return f"coalesce(count_if({condition}), 0)"


def _scalar(made: Plan, value: Value) -> Maker:
    made.selected.append(value.sql)
    return lambda scanned, _: value.finish(scanned[value.sql])


def _rows(suffix: str, metric: Any, columns: Sequence[Column]) -> Maker:
    """GX's lists of what failed, made of the failing rows as GX makes them."""
    names = [column.name for column in columns]
    form = metric.metric_value_kwargs["result_format"]
    limit = SHOWN if form["result_format"] == "COMPLETE" else min(SHOWN, form["partial_unexpected_count"])
    single = "column" in metric.metric_domain_kwargs
    pair = "column_A" in metric.metric_domain_kwargs

    def values(shown: pd.DataFrame) -> list[Any]:
        if single:
            return list(shown[names[0]])
        if pair:
            return list(zip(*(shown[name].values for name in names), strict=True))
        return list(shown[names].to_dict("records"))

    def make(_: Mapping[str, Any], found: Found) -> Any:
        if suffix == "unexpected_values":
            return values(found.first[:limit])
        if suffix == "unexpected_index_list":
            return _indices(found, form, names)
        if suffix == "unexpected_index_query":
            # GX shows it where it is asked for, and in complete results unless it is refused
            return f"df.filter(items={found.rows}, axis=0)"
        if suffix == "unexpected_rows":
            return found.first[:limit]
        raise Untranslatable(f"there is no translation of {metric.metric_name}")

    return make


def tells_every_row(form: Mapping[str, Any]) -> bool:
    """Does GX's result tell of every failing row, not only of the first?"""
    compact = form.get("unexpected_index_column_names") and form.get("exclude_unexpected_values")
    return bool(form["result_format"] == "COMPLETE" or form.get("return_unexpected_index_query") or compact)


def _indices(found: Found, form: Mapping[str, Any], names: list[str]) -> list[Any]:
    from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
    from great_expectations.expectations.metrics.util import compute_unexpected_pandas_indices

    first = None if form["result_format"] == "COMPLETE" else form["partial_unexpected_count"]
    if not form.get("unexpected_index_column_names"):
        return found.rows[:first]
    rows = found.rows if form.get("exclude_unexpected_values") else found.rows[:first]
    made = compute_unexpected_pandas_indices(
        domain_records_df=found.first.loc[rows],
        expectation_domain_column_list=names,
        result_format=dict(form),
        execution_engine=PandasExecutionEngine(),
        metrics={"table.columns": list(found.first.columns)},
    )
    return list(made)[:first]
