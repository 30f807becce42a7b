"""GX's own answer on pandas beside ours, over tables that hypothesis draws."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from great_expectations import ExpectationSuite
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.validator.validator import Validator
from hypothesis import settings
from hypothesis import strategies as st

from vlekkeloos.errors import BadInput
from vlekkeloos.scan import SCAN, judge
from vlekkeloos.scan.frame import frame

ROW = "_row"
#: The same examples each time, so that a build is never red by chance; VLEKKELOOS_EXAMPLES=1000 hunts for new ones.
HUNT = os.environ.get("VLEKKELOOS_EXAMPLES")
examples = settings(max_examples=int(HUNT or 8), derandomize=not HUNT, deadline=None)

#: Values of each kind, with what goes wrong more often than by chance: empties, unicode, wide, tiny, repeated.
TEXTS = st.one_of(
    st.sampled_from(["", " ", "a", "A", "ab", "aa", "é", "e\u0301", "ß", "Ĳ", "10", "9", "%", "_", "a\nb"]),
    st.sampled_from(["'", '"', "\\", "🏠"]),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=6),
)
WHOLE = st.one_of(st.integers(-3, 3), st.integers(-(2**53), 2**53), st.sampled_from([2**63 - 1, -(2**63)]))
SMALL = st.integers(-1000, 1000)
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.5, 0.1, 1e-300, 1e300, math.nan]), st.floats(allow_infinity=False, width=64)
)
DATES = st.dates(datetime.date(1000, 1, 1), datetime.date(2200, 12, 31))
MOMENTS = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 12, 31))
DECIMALS = st.decimals(-999_999, 999_999, places=2)
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), TEXTS),
    "whole": (pa.int64(), WHOLE),
    "small": (pa.int32(), SMALL),
    "float": (pa.float64(), FLOATS),
    "date": (pa.date32(), DATES),
    "moment": (pa.timestamp("us"), MOMENTS),
    "decimal": (pa.decimal128(12, 2), DECIMALS),
    "boolean": (pa.bool_(), st.booleans()),
}


@st.composite
def tables(draw: st.DrawFn, *kinds: str, max_rows: int = 12) -> pa.Table:
    """A table with a column for each kind, named ``a``, ``b``, …, with nulls and duplicates; rows numbered from 1."""
    rows = draw(st.integers(0, max_rows))
    made: dict[str, pa.Array] = {ROW: pa.array(range(1, rows + 1), pa.int64())}
    for name, kind in zip("abcdefgh", kinds, strict=False):
        type_, values = KINDS[kind]
        few = draw(st.lists(values, min_size=1, max_size=6))
        cells = st.one_of(st.none(), st.sampled_from(few), values)
        made[name] = pa.array(draw(st.lists(cells, min_size=rows, max_size=rows)), type_)
    return pa.table(made)


def gx_answer(expectation: Any, table: pa.Table, result_format: Mapping[str, Any] | str = "COMPLETE") -> Any:
    """GX's ExpectationValidationResult on pandas."""
    engine = PandasExecutionEngine(batch_data_dict={"batch": frame(table, ROW)})
    validator = Validator(execution_engine=engine)
    form = {"result_format": result_format} if isinstance(result_format, str) else dict(result_format)
    (result,) = validator.graph_validate(
        configurations=[expectation.configuration], runtime_configuration={"result_format": form}
    )
    return result


def our_answer(
    expectation: Any,
    table: pa.Table,
    result_format: Mapping[str, Any] | str = "COMPLETE",
    others: Mapping[str, pa.Table] | None = None,
) -> tuple[Any, list[int]]:
    """Our ExpectationValidationResult, and the numbers of the failing rows."""
    with duckdb.connect() as query:
        query.register("raw", table)
        for name, other in (others or {}).items():
            query.register(f"other_{name}", other)
        views = {name: f"other_{name}" for name in others or {}}
        suite = ExpectationSuite(name="equal", expectations=[expectation])
        judged = judge(suite, query, "raw", table.schema, result_format=result_format, others=views, row=ROW)
        rows = query.execute(f"SELECT row FROM {judged.failures} ORDER BY row").fetchall()
    return judged.result.results[0], [row for (row,) in rows]


def assert_equal(
    expectation: Any,
    table: pa.Table,
    *,
    result_format: Mapping[str, Any] | str = "COMPLETE",
    translated: bool | None = True,
) -> None:
    """Ours is GX's answer in every word. ``translated``: ours must come from the scan (None: either will do)."""
    theirs = gx_answer(expectation, table, result_format)
    if _raised(theirs):
        with pytest.raises(BadInput):
            our_answer(expectation, table, result_format)
        return
    ours, rows = our_answer(expectation, table, result_format)
    if translated is not None:
        assert (ours.meta["evaluated_by"] == SCAN) is translated, ours.meta
    assert ours.success == theirs.success, (ours.result, theirs.result)
    assert plain(ours.result) == plain(theirs.result)
    if "unexpected_index_list" in theirs.result and "unexpected_index_column_names" not in theirs.result:
        assert rows == list(theirs.result["unexpected_index_list"])


def _raised(result: Any) -> bool:
    info = result.exception_info or {}
    return bool(info.get("raised_exception")) or any(
        isinstance(inner, dict) and inner.get("raised_exception") for inner in info.values()
    )


def plain(value: Any) -> Any:  # noqa: PLR0911 - one line a type
    """A result in a form that can be compared: NaN, NaT and NA are one, numpy's numbers Python's, floats rounded."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value), key=repr)
    if isinstance(value, pd.DataFrame):
        return plain(value.to_dict("records"))
    if value is None or (not isinstance(value, str | bytes) and pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, bool | str | bytes | Decimal | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, datetime.datetime):
        return pd.Timestamp(value).isoformat()
    return value
