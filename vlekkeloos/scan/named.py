"""An expectation's arguments in; the columns of a table that they name out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def about(kwargs: Mapping[str, Any]) -> str:
    """The columns that an expectation is about, as people read them."""
    return ", ".join(named(kwargs))


def named(kwargs: Mapping[str, Any]) -> list[str]:
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
