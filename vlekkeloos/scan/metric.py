"""What a translation of a Great Expectations metric is: the small protocol that ``validations/`` stands on too.

GX judges by metrics: a *condition* says of each row whether it meets an expectation, a *value* says one thing of
a whole column or table. A translation says the same in DuckDB's SQL, so that all of a suite's metrics come out of
one scan; GX itself turns them into its results. It is registered under GX's own name for the metric::

    @condition("column_values.bsn")
    def bsn(column: Column, scope: Scope) -> str:
        return f"length({column.sql}) = 9 AND …"
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

import pandas as pd
import pyarrow as pa

from vlekkeloos.lake import quoted

Kind = Literal["text", "whole", "float", "decimal", "boolean", "date", "moment", "bytes", "other"]


class Untranslatable(Exception):
    """Raised by a translation for arguments or a column's type that only GX itself can judge by; says why."""


@dataclass(frozen=True)
class Column:
    """A column of the table that is judged."""

    name: str
    type: pa.DataType

    @property
    def sql(self) -> str:
        """Its name in SQL."""
        return quoted(self.name)

    @property
    def kind(self) -> Kind:
        """What sort of values it holds."""
        return _kind(self.type)

    @property
    def missing(self) -> str:
        """SQL: is there no value? A NaN is none, as in pandas."""
        return f"({self.sql} IS NULL OR isnan({self.sql}))" if self.kind == "float" else f"{self.sql} IS NULL"

    def require(self, *kinds: Kind) -> None:
        """Raises Untranslatable if the column is of another kind than these."""
        if self.kind not in kinds:
            raise Untranslatable(f"{self.name} is {self.type}, not {' or '.join(kinds)}")


class Scope(Protocol):
    """What surrounds one expectation: the rows it considers, and what a translation can ask for."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """Every column of the table, in order, by name."""

    @property
    def row(self) -> str:
        """SQL: the row's number, in the table's order."""

    @property
    def rows(self) -> str:
        """SQL, fit for FROM: the rows considered, after row_condition, ignore_row_if and missing values."""

    @property
    def filter(self) -> str:
        """SQL to put behind an aggregate, so that it considers the same rows: ``FILTER (WHERE …)``."""

    def table(self, select: str) -> str:
        """Makes a temporary table of a SELECT before the scan (once for equal texts); gives its name.

        Raises Untranslatable if DuckDB can't carry the SELECT out.
        """

    def series(self, column: Column) -> pd.Series:
        """The values of a column that are considered, in the table's order, as GX on pandas has them.

        For what has to be pandas' own arithmetic. It keeps one column in memory.
        """

    def repeated(self, columns: Sequence[Column]) -> str:
        """SQL: may another of the rows considered have the same values in these columns? It is wrong of a few.

        For a condition that is the opposite of this and nothing else; among the rows that don't meet it only those
        are kept in the end of which another one has the same values indeed.
        """

    def function(self, work: Callable[..., pd.Series], *columns: Column) -> str:
        """SQL that calls ``work`` on the values of ``columns``, a pandas Series each; it gives a Series of booleans.

        For what SQL can't say. ``work`` sees some thousands of rows at a time, missing values included, in no
        particular order.
        """

    def other(self, name: str) -> str:
        """SQL, fit for FROM: another table that the judge was given, by name. Raises BadInput if it wasn't."""

    def ask(self, select: str) -> list[tuple[Any, ...]]:
        """What a SELECT gives, at once: for the few values that a translation needs to know."""


@dataclass(frozen=True)
class Value:
    """A metric about the whole column or table.

    ``sql`` is an expression for the SELECT list of the scan: aggregates with ``scope.filter``, or a subquery from
    ``scope.rows`` in brackets. ``finish`` makes GX's own form of what comes back.
    """

    sql: str
    finish: Callable[[Any], Any] = lambda found: found


@dataclass(frozen=True)
class Condition:
    """A registered translation of a condition. ``of_missing``: it judges missing values too."""

    translate: Callable[..., str]
    of_missing: bool = False


#: By GX's name of the metric: ``translate(column, scope, **kwargs)``, ``translate(column_a, column_b, scope, …)`` or
#: ``translate([columns], scope, …)`` gives SQL that is true for a row that meets the expectation; NULL is not met.
CONDITIONS: dict[str, Condition] = {}
#: By GX's name of the metric: ``translate(column, scope, **kwargs)``; about a table, ``translate(scope, **kwargs)``.
VALUES: dict[str, Callable[..., Value]] = {}
#: Those of them that see the rows without a value too.
OF_MISSING: set[str] = set()


def condition(metric: str, *, of_missing: bool = False) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Registers a function as the translation of a condition."""

    def register(translate: Callable[..., str]) -> Callable[..., str]:
        CONDITIONS[metric] = Condition(translate, of_missing)
        return translate

    return register


def value(metric: str, *, of_missing: bool = False) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Registers a function as the translation of a value."""

    def register(translate: Callable[..., Value]) -> Callable[..., Value]:
        VALUES[metric] = translate
        if of_missing:
            OF_MISSING.add(metric)
        return translate

    return register


def sql(constant: object) -> str:  # noqa: PLR0911 - one line a type
    """A Python value as an SQL literal. Raises Untranslatable for what has none here."""
    match constant:
        case bool():
            return str(constant).upper()
        case int():
            return str(constant)
        case float():
            return f"'{constant!r}'::DOUBLE"
        case Decimal():
            return str(constant)
        case str():
            if "\0" in constant or any("\ud800" <= sign <= "\udfff" for sign in constant):
                raise Untranslatable("a text that SQL can't hold")
            return "'" + constant.replace("'", "''") + "'"
        case datetime.datetime():
            return f"TIMESTAMP '{constant.isoformat(' ')}'" if constant.tzinfo is None else _with_zone(constant)
        case datetime.date():
            return f"DATE '{constant.isoformat()}'"
    raise Untranslatable(f"a value of the type {type(constant).__name__}")


def _with_zone(moment: Any) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat(' ')}'"


def _kind(kind: pa.DataType) -> Kind:  # noqa: PLR0911 - one line a kind
    types = pa.types
    if types.is_dictionary(kind):
        return _kind(kind.value_type)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    if types.is_integer(kind):
        return "whole"
    if types.is_floating(kind):
        return "float"
    if types.is_decimal(kind):
        return "decimal"
    if types.is_boolean(kind):
        return "boolean"
    if types.is_date(kind):
        return "date"
    if types.is_timestamp(kind):
        return "moment"
    if types.is_binary(kind) or types.is_large_binary(kind):
        return "bytes"
    return "other"
