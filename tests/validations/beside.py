"""The answer of a scan beside GX's own on pandas, for expectations that may refer to other tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import shapely

from tests.scan.equal import ROW, gx_answer, our_answer, plain
from vlekkeloos.scan import SCAN
from vlekkeloos.scan.tables_at_hand import at_hand
from vlekkeloos.suite import know_expectations

know_expectations()


def expectation(kind: str, **kwargs: Any) -> Any:
    """An expectation of ``validations/``, by its name in a suite."""
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(kind)(**kwargs)


def table(**columns: pa.Array) -> pa.Table:
    """A table with rows numbered from 1."""
    rows = len(next(iter(columns.values())))
    return pa.table({ROW: pa.array(range(1, rows + 1), pa.int64()), **columns})


def broken(judged: Any, records: pa.Table, others: Mapping[str, pa.Table] | None = None) -> list[int]:
    """The numbers of the rows that break an expectation: GX has the same, and gives the same result."""
    theirs = _theirs(judged, records, others or {})
    ours, rows = our_answer(judged, records, others=others)
    assert ours.meta["evaluated_by"] == SCAN, ours.meta
    assert theirs.exception_info["raised_exception"] is False
    assert ours.success == theirs.success
    assert plain(ours.result) == plain(theirs.result)
    assert rows == list(theirs.result.get("unexpected_index_list") or [])
    return rows


def _theirs(judged: Any, records: pa.Table, others: Mapping[str, pa.Table]) -> Any:
    with at_hand({name: other.to_pandas() for name, other in others.items()}):
        return gx_answer(judged, records)


def wkb(*texts: str | None) -> pa.Array:
    """A column of geometries, given as WKT."""
    return pa.array([text and shapely.to_wkb(shapely.from_wkt(text)) for text in texts], pa.binary())
