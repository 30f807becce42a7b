"""A Great Expectations suite and a table in; which rows broke which expectation out.

A suite is a file beside the contract or, if more exchanges share it, in ``validations/``: ``<name>.json`` as
GX itself writes it, or ``<name>.py`` with a variable ``suite``.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

import validations
from vlekkeloos.errors import BadInput, NotFound
from vlekkeloos.lake import ROW

#: One broken expectation of one row.
FAILURES = pa.schema(
    [
        ("row", pa.int64()),
        ("expectation", pa.string()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("severity", pa.string()),
    ]
)


@dataclass(frozen=True)
class Judgement:
    """What a suite said of a table.

    ``failures`` has the columns of FAILURES: one line an expectation a row. ``expectations`` has a dict an
    expectation: expectation, field, severity, success, evaluated, unexpected. ``broken`` names the critical
    expectations about the table as a whole that failed.
    """

    failures: pa.Table
    expectations: list[dict[str, Any]]
    broken: list[str]


def find(folder: Path, name: str) -> Path:
    """The file of the suite of that name. Raises NotFound, naming the places where it could be."""
    places = [
        place / f"{name}{ending}"
        for place in (folder, *map(Path, validations.__path__))
        for ending in (".json", ".py")
    ]
    for place in places:
        if place.is_file():
            return place
    raise NotFound(f"there is no suite {name!r}: looked for {', '.join(map(str, places))}")


def load(file: Path) -> Any:
    """The ExpectationSuite in a file. Raises BadInput if it isn't one."""
    from great_expectations import ExpectationSuite

    try:
        if file.suffix == ".json":
            written = json.loads(file.read_text(encoding="utf-8"))
            found = ExpectationSuite(name=written["name"], expectations=written["expectations"])
            _require_all(found, written["expectations"])
            return found
        spec = importlib.util.spec_from_file_location(f"suite_{file.stem}", file)
        assert spec is not None and spec.loader is not None, f"{file} ends in .py"
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = module.suite
    except (Exception, SystemExit) as error:  # whatever a suite's author can do wrong, in JSON, GX or Python
        raise BadInput(f"not a suite of expectations: {type(error).__name__}: {error}", file=str(file)) from error
    if not isinstance(found, ExpectationSuite):
        raise BadInput("its variable 'suite' is not a great_expectations.ExpectationSuite", file=str(file))
    return found


def _require_all(found: Any, written: list[dict[str, Any]]) -> None:
    """GX leaves out, with a line in its log, what it can't read; an expectation less is a suite less."""
    if len(found.expectations) != len(written):
        read = [expectation.expectation_type for expectation in found.expectations]
        lost = [one.get("type") for one in written if one.get("type") not in read]
        raise ValueError(f"GX does not know {', '.join(map(str, lost)) or 'each of its expectations apart'}")


def judge(suite: Any, table: pads.Dataset) -> Judgement:
    """Runs GX over the columns of ``table`` that the suite speaks of.

    Raises BadInput if an expectation names a column that isn't there or can't be evaluated.
    """
    columns = _columns(suite, table.schema.names)
    # the rows' own numbers are the index: GX names rows by them, and sees the registry's columns only
    frame = table.to_table(columns=[ROW, *columns]).to_pandas(types_mapper=_pandas_type).set_index(ROW)
    frame.index.name = None  # GX would take a named index for a column
    failures: list[pa.Table] = []
    expectations: list[dict[str, Any]] = []
    broken: list[str] = []
    try:
        results = _validated(suite, frame)
    except Exception as error:  # whatever a suite's author can ask of GX; the text may quote a record
        raise BadInput(f"GX could not judge by it: {type(error).__name__}", file=f"suite {suite.name}") from None
    for result in results:
        config, found = result.expectation_config, result.result or {}
        _require_evaluated(suite, result)
        field = ", ".join(_named(config.kwargs))
        severity = str(getattr(config.severity, "value", config.severity) or "critical")
        rows = found.get("unexpected_index_list")
        expectations.append(
            {
                "expectation": config.type,
                "field": field,
                "severity": severity,
                "success": bool(result.success),
                "evaluated": int(found.get("element_count") or len(frame)),
                "unexpected": int(found.get("unexpected_count") or 0),
            }
        )
        if result.success:
            continue
        if rows:
            failures.append(_failures(frame, rows, config.type, _named(config.kwargs), severity))
        elif severity == "critical":
            broken.append(f"{config.type}({field})")
    return Judgement(pa.concat_tables([FAILURES.empty_table(), *failures]), expectations, broken)


def _validated(suite: Any, frame: pd.DataFrame) -> list[Any]:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # GX tells of a folder of its own that nobody looks into
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("lake").add_dataframe_asset("raw")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    return list(batch.validate(suite, result_format={"result_format": "COMPLETE"}).results)


def _named(kwargs: Any) -> list[str]:
    """The columns that an expectation's arguments name."""
    named: list[str] = [kwargs[word] for word in ("column", "column_A", "column_B") if kwargs.get(word)]
    return named + [column for column in kwargs.get("column_list") or [] if isinstance(column, str)]


def _columns(suite: Any, there: list[str]) -> list[str]:
    """The columns of a table that a suite needs, in the table's order."""
    needed: set[str] = set()
    for expectation in suite.expectations:
        kwargs = expectation.configuration.kwargs
        for column in _named(kwargs):
            if column not in there:
                raise BadInput(
                    f"{expectation.configuration.type} speaks of a column that isn't there",
                    file=f"suite {suite.name}",
                    field=column,
                    advice=f"there are: {', '.join(there)}",
                )
        # conditions, column sets and a suite author's own arguments name columns inside other texts
        rest = {word: kwargs[word] for word in kwargs if word != "batch_id"}
        said = json.dumps(rest, default=str, ensure_ascii=False)
        about_columns = expectation.configuration.type.startswith("expect_table_column")
        needed.update(column for column in there if about_columns or column in said)
    return [column for column in there if column in needed and column != ROW]


def _pandas_type(kind: pa.DataType) -> Any:
    """Whole numbers and booleans with nulls stay what they are, where pandas' default would make them floats."""
    return pd.ArrowDtype(kind) if pa.types.is_integer(kind) or pa.types.is_boolean(kind) else None


def _require_evaluated(suite: Any, result: Any) -> None:
    for kind in _exceptions(result.exception_info or {}):
        raise BadInput(
            f"{result.expectation_config.type} could not be evaluated: {kind}",
            file=f"suite {suite.name}",
            field=", ".join(_named(result.expectation_config.kwargs)) or None,
        )


def _exceptions(info: dict[str, Any]) -> Iterator[str]:
    """The kinds of the exceptions that GX met: one, or a dict of them by metric. Their texts may quote a record."""
    if info.get("raised_exception"):
        last = str(info.get("exception_traceback") or "").strip().rpartition("\n")[2]
        yield last.partition(":")[0] or "an error"
    for inner in info.values():
        if isinstance(inner, dict):
            yield from _exceptions(inner)


def _failures(frame: pd.DataFrame, rows: list[int], expectation: str, columns: list[str], severity: str) -> pa.Table:
    broken = frame.loc[rows]
    values = [
        None if all(pd.isna(part) is True for part in parts) else " | ".join(map(str, parts))
        for parts in zip(*(broken[column] for column in columns), strict=True)
    ] or [None] * len(rows)
    return pa.table(
        [
            pa.array(broken.index, pa.int64()),
            pa.array([expectation] * len(rows), pa.string()),
            pa.array([", ".join(columns)] * len(rows), pa.string()),
            pa.array(values, pa.string()),
            pa.array([severity] * len(rows), pa.string()),
        ],
        schema=FAILURES,
    )
