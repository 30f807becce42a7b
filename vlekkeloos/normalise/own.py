"""A contract's own normalisers: an SQL expression, a Python function, or a list of codes, beside the contract.

They are as trusted as the contract itself, whose author writes suites in Python too.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import duckdb

from vlekkeloos.errors import BadInput
from vlekkeloos.normalise.word import literal


class Own(Protocol):
    """The words of the contract; exactly one of them is there."""

    @property
    def sql(self) -> str | None:
        """An SQL expression over ``value``."""

    @property
    def python(self) -> str | None:
        """``<file>.<function>``."""

    @property
    def codes(self) -> str | None:
        """A CSV file with the columns ``from`` and ``to``."""


def expression(own: Own, value: str, folder: Path) -> str:
    """The SQL of the normalised text; ``value`` is the SQL of a text. Raises BadInput."""
    if own.sql is not None:
        return f"CAST(({_over(own.sql, value)}) AS VARCHAR)"
    if own.python is not None:
        return f"{name(own.python)}({value})"
    assert own.codes is not None, "one of the three is there"
    pairs = dict(_codes(folder / own.codes))
    if not pairs:
        return value
    whens = " ".join(f"WHEN {literal(code)} THEN {literal(to)}" for code, to in pairs.items())
    return f"CASE {value} {whens} ELSE {value} END"


def name(said: str) -> str:
    """What a Python function is called in SQL."""
    return "own__" + said.replace(".", "__")


def function(said: str, folder: Path) -> Callable[[str], str | None]:
    """The Python function that ``python:`` names. Raises BadInput if it isn't there, or its file can't be run."""
    match = re.fullmatch(r"(\w+)\.(\w+)", said)
    if match is None:
        raise BadInput("<file>.<function>, e.g. straten.kort for the function kort in straten.py")
    file = folder / f"{match[1]}.py"
    if not file.is_file():
        raise BadInput(f"a function in a file beside the contract, and there is no {file.name}")
    spec = importlib.util.spec_from_file_location(f"normalise_{match[1]}", file)
    assert spec is not None and spec.loader is not None, f"{file} ends in .py"
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever its author can do wrong
        raise BadInput(f"a file that can be run; {file.name} stops with {type(error).__name__}: {error}") from error
    found: Any = getattr(module, match[2], None)
    if not callable(found):
        raise BadInput(f"a function in {file.name}, and {match[2]} is none")
    return found  # type: ignore[no-any-return]


def judge(own: Own, folder: Path) -> None:
    """Raises BadInput, saying what is needed, for a normaliser that can't be meant."""
    if own.python is not None:
        function(own.python, folder)
    elif own.codes is not None:
        dict(_codes(folder / own.codes))
    elif own.sql is not None:
        try:
            # one expression and not more, and one over a single value: an aggregate is none, for it can't be in WHERE
            duckdb.SQLExpression(own.sql)
            with duckdb.connect() as empty:
                empty.execute(
                    f"SELECT 1 FROM (SELECT CAST(NULL AS VARCHAR) AS v) WHERE {expression(own, 'v', folder)} = ''"
                )
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise BadInput(f"one SQL expression over value, e.g. replace(value, '.', ''); {first}") from None


def _over(sql: str, value: str) -> str:
    """The expression with ``value`` filled in, except inside its texts."""
    parts = re.compile(r"('(?:[^']|'')*')|\bvalue\b|\"value\"", re.IGNORECASE)
    return parts.sub(lambda part: part[1] or f"({value})", sql)


def _codes(file: Path) -> Iterator[tuple[str, str]]:
    """The pairs in a list of codes. Raises BadInput if it can't be read, or gives one code two meanings."""
    needed = f"a CSV file in UTF-8 with the columns from and to; {file.name}"
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, strict=True)
            if not {"from", "to"} <= set(rows.fieldnames or ()):
                raise BadInput(f"{needed} has {', '.join(rows.fieldnames or ()) or 'none'}")
            seen: dict[str, str] = {}
            for row in rows:
                code, to = row["from"], row["to"]
                if code is None or to is None:
                    raise BadInput(f"{needed} has too few values in line {rows.line_num}")
                if seen.setdefault(code, to) != to:
                    raise BadInput(f"{needed} gives a code another meaning in line {rows.line_num}")
                yield code, to
    except OSError:
        raise BadInput(f"{needed} can't be opened") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{needed} can't be read: {type(error).__name__}") from None
