"""Candidates in; those that nearly every value meets, by their own condition on the data, out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from vlekkeloos import scan
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import ROW, quoted
from vlekkeloos.profile import Profile
from vlekkeloos.scan.metric import Column
from vlekkeloos.suggest import bag, candidates, forms
from vlekkeloos.suggest.candidate import Candidate
from vlekkeloos.suggest.candidates import LIKELY
from vlekkeloos.suggest.expectation import Suggested, expectation

#: From this share of the values on, the others are mistakes.
MET = 0.99
#: Only counts: no value of a record comes back.
COUNTS = {"result_format": "BASIC", "partial_unexpected_count": 0}


def recognised(
    query: duckdb.DuckDBPyConnection, view: str, schema: pa.Schema, found: Profile
) -> dict[str, list[Suggested]]:
    """By column: what is known of such columns and holds for the table in the view.

    A sample says first what is worth asking, so that what doesn't hold at all costs nothing.
    """
    columns = [Column(field.name, field.type) for field in schema if field.name != ROW]
    likely = list(candidates.of_columns(found, forms.shares(query, view, columns)))
    about = {name for one in likely for name in one.columns}
    wanted = [ROW, *(column.name for column in columns if column.name in about)]
    sample = "suggest_sample"
    query.execute(
        f"CREATE OR REPLACE TEMP TABLE {sample} AS SELECT {', '.join(map(quoted, wanted))}"
        f" FROM {view} USING SAMPLE reservoir({forms.SAMPLE} ROWS) REPEATABLE (1)"
    )
    sampled = pa.schema([schema.field(name) for name in wanted])
    asked = [one for one, _ in _met(query, sample, sampled, likely, LIKELY)]
    met = _first(_met(query, view, schema, asked, MET))
    of_type = next((one.kwargs.get("object_type") for one, _ in met if one.column == "identificatie"), None)
    if of_type:
        met += _met(query, view, schema, bag.of_objects(found.columns, of_type), MET)
    made: dict[str, list[Suggested]] = {}
    for one, counts in met:
        made.setdefault(one.column, []).append(_suggested(one, counts))
    return made


def _first(met: Iterable[tuple[Candidate, dict[str, Any]]]) -> list[tuple[Candidate, dict[str, Any]]]:
    """The first of each aspect of a column."""
    made: dict[tuple[str, str], tuple[Candidate, dict[str, Any]]] = {}
    for one, counts in met:
        made.setdefault((one.column, one.aspect), (one, counts))
    return list(made.values())


def _met(
    query: duckdb.DuckDBPyConnection, view: str, schema: pa.Schema, wanted: Iterable[Candidate], share: float
) -> list[tuple[Candidate, dict[str, Any]]]:
    """The candidates that at least this share of the values meets, with GX's counts."""
    there = [(one, made) for one in wanted if (made := _made(one)) is not None]
    judged = zip(there, _judged(query, view, schema, [made for _, made in there]), strict=True)
    return [(one, counts) for (one, _), counts in judged if counts and _share(counts) >= share]


def _share(counts: Mapping[str, Any]) -> float:
    values = counts["element_count"] - counts.get("missing_count", 0)
    return 1 - counts["unexpected_count"] / values if values else 0.0


def _judged(
    query: duckdb.DuckDBPyConnection, view: str, schema: pa.Schema, expectations: list[Any]
) -> Iterator[dict[str, Any] | None]:
    """GX's counts for each; None for one that can't be evaluated on such a column."""
    from great_expectations import ExpectationSuite

    try:
        suite = ExpectationSuite(name="candidates", expectations=expectations)
        results = scan.judge(suite, query, view, schema, result_format=COUNTS).result.results if expectations else []
        yield from (result.result for result in results)
    except BadInput:
        for one in expectations if len(expectations) > 1 else []:
            yield from _judged(query, view, schema, [one])
        if len(expectations) == 1:
            yield None


def _made(one: Candidate) -> Any:
    """GX's expectation; None if there is none of that name, or it wants other arguments."""
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        return get_expectation_impl(one.full_type)(**one.kwargs)
    except (ExpectationNotFoundError, ValueError):
        return None


def _suggested(one: Candidate, counts: Mapping[str, Any]) -> Suggested:
    values = counts["element_count"] - counts.get("missing_count", 0)
    not_met, share = counts["unexpected_count"], _share(counts)
    kind, note = one.full_type.removeprefix("expect_"), f"{one.what}; {not_met:,} of {values:,} are not"
    if not_met:
        return expectation(kind, "warning", note, **one.kwargs, mostly=math.floor(share * 1000) / 1000)
    return expectation(kind, "critical" if one.standard else "warning", note, **one.kwargs)
