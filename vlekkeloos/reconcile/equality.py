"""When two values are equal: a field's rule in, SQL out.

The SQL is DuckDB's, made once; sqlglot carries it over to Spark (see ``normalise`` for what that asks). What SQL has
no word for it calls by name: ``functions`` lists what must be known where it runs, ``register`` makes it known to
DuckDB.

Every answer is true or false, never NULL, and the same with the sides exchanged. Two empties are equal. A value is
empty if it is NULL or, under any rule, a text with nothing in it; only a field without any rule is compared as it was
received, where an empty text is not NULL. NaN equals NaN, and -0.0 equals 0.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from vlekkeloos.contract.rules import FieldRule, KeyPart, OwnNormaliser, Tolerance
from vlekkeloos.errors import BadInput
from vlekkeloos.normalise import normalised, own
from vlekkeloos.reconcile import measures
from vlekkeloos.reconcile.kinds import BINARY, TEXT, common, is_moment, is_number, is_whole
from vlekkeloos.reconcile.measures import Function

#: DuckDB's types of the two sides' columns; "" where a side has no such column.
Kinds = tuple[str, str]
By = Literal["normalise", "tolerance", "similar", "overlap"]
#: A little more than is said, for in binary fractions 0.4 - 0.3 is more than 0.1.
RELATIVE_SLACK, ABSOLUTE_SLACK = 1e-9, 1e-12

_SIMILAR = {"jaro_winkler": measures.JARO_WINKLER, "levenshtein": measures.LEVENSHTEIN}


def equal(left: str, right: str, rule: FieldRule, kinds: Kinds, folder: Path) -> str:
    """The SQL of whether two values, SQL expressions of the types ``kinds``, are equal by a rule.

    ``folder`` is the one that the contract lies in. Both values are normalised first; then they are equal if they are
    the same, or near enough by ``similar``, ``tolerance`` or ``overlap``. Raises BadInput for a list of codes that
    can't be read; ``judge`` tells whether the rule can be applied to these types at all.
    """
    first, second = _prepared(left, kinds[0], rule, kinds, folder), _prepared(right, kinds[1], rule, kinds, folder)
    near = " OR ".join(_near(first, second, rule, kinds))
    if not near and rule.empty == "differs":
        return f"({as_received(first, second)})"
    both = f"{first} IS NULL {'OR' if rule.empty == 'ignore' else 'AND'} {second} IS NULL"
    decided = f"CASE WHEN {first} IS NULL OR {second} IS NULL THEN {both} WHEN {first} = {second} THEN TRUE"
    return f"({decided} ELSE {f'coalesce({near}, FALSE)' if near else 'FALSE'} END)"


def as_received(left: str, right: str) -> str:
    """The SQL of whether two values are equal without any rule."""
    return f"{left} IS NOT DISTINCT FROM {right}"


def by(rule: FieldRule) -> By | None:
    """By which word of a rule values may be equal that were not received alike: the widest; None if by none."""
    words: dict[By, object] = {
        "similar": rule.similar,
        "overlap": rule.overlap,
        "tolerance": rule.tolerance,
        "normalise": rule.normalise or None,
    }
    return next((word for word, said in words.items() if said is not None), None)


def comparable(value: str, rule: FieldRule, kinds: Kinds, folder: Path, side: Literal[0, 1] = 0) -> str | None:
    """The SQL of what stands for a ``value`` of a side: two values are equal exactly if these are, and so are hashes.

    None if the rule can't be decided without both values at hand. Raises BadInput as ``equal`` does.
    """
    if rule.empty == "ignore" or by(rule) not in (None, "normalise"):
        return None
    return _prepared(value, kinds[side], rule, kinds, folder)


def judge(field: str, rule: FieldRule, kinds: Kinds, file: Path) -> None:
    """Raises BadInput, naming contract file, field and what is needed, for a rule that these types can't carry."""
    for needed, carries in _needs(rule):
        if not all(map(carries, kinds)):
            raise BadInput(f"{needed} on both sides", file=str(file), field=field)


def functions(rules: Mapping[str, FieldRule | KeyPart], folder: Path) -> list[Function]:
    """What the SQL of some fields' rules calls by name, each once. Raises BadInput as ``own.function`` does."""
    found: dict[str, Function] = {}
    named: dict[str, list[str]] = {}
    for field, rule in rules.items():
        if isinstance(rule, FieldRule):
            found |= {function.name: function for function in _measures(rule)}
        for word in rule.normalise:
            if isinstance(word, OwnNormaliser) and word.python is not None:
                named.setdefault(word.python, []).append(field)
    return [*found.values(), *(_own(said, fields, folder) for said, fields in named.items())]


def register(connection: duckdb.DuckDBPyConnection, rules: Mapping[str, FieldRule | KeyPart], folder: Path) -> None:
    """Makes the functions of some fields' rules known to a DuckDB connection. Raises BadInput."""
    for function in functions(rules, folder):
        measures.register(connection, function)


@contextmanager
def told(file: Path) -> Iterator[None]:
    """Says what a contract's own normalisers do wrong as BadInput, for DuckDB's words may quote the value."""
    try:
        yield
    except (duckdb.DataError, duckdb.InvalidInputException) as error:
        ours = str(error).partition("BadInput: ")[2]
        wrong = ours.splitlines()[0] if ours else "an SQL expression in it can't be worked out for some value"
        raise BadInput(wrong, file=str(file)) from None


# ── the value that is compared ────────────────────────────────────────────────────────────────────────────


def _prepared(value: str, kind: str, rule: FieldRule, kinds: Kinds, folder: Path) -> str:
    if rule.normalise:
        # 10 and 10.0 are one number, and are to be one text
        if (shared := common(*kinds)) not in (kind, TEXT):
            value = f"CAST({value} AS {shared})"
        return f"nullif({normalised(value, rule.normalise, folder)}, '')"
    if kind == BINARY and _is_spatial(rule):
        return f"hex({value})"
    kind_ = _kind(rule, kinds)
    cast = value if kind == kind_ else f"CAST({value} AS {kind_})"
    return f"nullif({cast}, '')" if kind_ == TEXT and rule != _bare(rule) else cast


def _kind(rule: FieldRule, kinds: Kinds) -> str:
    """The type of both values as they are compared."""
    if rule.normalise or rule.similar is not None or _is_spatial(rule):
        return TEXT
    return common(*kinds)


def _bare(rule: FieldRule) -> FieldRule:
    """The rule without what says when values are equal: where they come from, and who wins."""
    return FieldRule(**rule.model_dump(include={"keep", "settle", "left", "right", "columns"}))


def _is_spatial(rule: FieldRule) -> bool:
    return rule.overlap is not None or (rule.tolerance is not None and rule.tolerance.by == "metres")


# ── values that are near each other ───────────────────────────────────────────────────────────────────────


def _near(first: str, second: str, rule: FieldRule, kinds: Kinds) -> Iterator[str]:
    if rule.similar is not None:
        alike = _measured(_SIMILAR[rule.similar.by], first, second)
        yield f"{alike} >= {_double(rule.similar.above - RELATIVE_SLACK)}"
    if rule.overlap is not None:
        yield f"{_measured(measures.OVERLAP, first, second)} >= {_double(rule.overlap - RELATIVE_SLACK)}"
    if rule.tolerance is not None:
        yield _within(first, second, rule.tolerance, _kind(rule, kinds))


def _within(first: str, second: str, tolerance: Tolerance, kind: str) -> str:
    upto = tolerance.upto * (1 + RELATIVE_SLACK)
    if tolerance.by == "metres":
        return f"{_measured(measures.DISTANCE, first, second)} <= {_double(upto + ABSOLUTE_SLACK)}"
    if tolerance.by == "days":
        return f"abs(date_diff('day', {_date(first, kind)}, {_date(second, kind)})) <= {_double(tolerance.upto)}"
    # as DOUBLE, for the difference of whole numbers may overflow
    one, other = (f"{'TRY_CAST' if kind == TEXT else 'CAST'}({value} AS DOUBLE)" for value in (first, second))
    apart = f"abs({one} - {other})"
    if tolerance.by == "absolute":
        return f"{apart} <= {_double(upto + ABSOLUTE_SLACK)}"
    # nothing is near infinity, of which any share is infinite; and NaN is more than infinity
    within = f"{apart} <= {_double(upto)} * greatest(abs({one}), abs({other})) + {_double(ABSOLUTE_SLACK)}"
    return f"({apart} < CAST('Infinity' AS DOUBLE) AND {within})"


def _measured(function: Function, first: str, second: str) -> str:
    """A measure of two texts, always in the same order: its last digit may depend on that."""
    return f"{function.name}(least({first}, {second}), greatest({first}, {second}))"


def _date(value: str, kind: str) -> str:
    """The SQL of a value's date: of a text in ISO 8601, with a time or without, or yyyymmdd; else NULL."""
    if is_moment(kind):
        return f"CAST({value} AS DATE)"
    text = value if kind == TEXT else f"CAST({value} AS VARCHAR)"
    return (
        f"TRY_CAST(CASE WHEN regexp_matches({text}, '^[0-9]{{8}}$')"
        f" THEN substr({text}, 1, 4) || '-' || substr({text}, 5, 2) || '-' || substr({text}, 7, 2)"
        f" WHEN regexp_matches({text}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ].*)?$')"
        f" THEN substr({text}, 1, 10) END AS DATE)"
    )


def _double(number: float) -> str:
    return f"CAST('{number!r}' AS DOUBLE)"


# ── what a rule needs ─────────────────────────────────────────────────────────────────────────────────────


def _needs(rule: FieldRule) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """What a rule needs of the values' types, in words and as a test."""
    if rule.similar is not None:
        yield "similar: needs texts, or whole numbers", lambda kind: kind == TEXT or is_whole(kind)
    if rule.overlap is not None:
        yield "overlap: needs geometries, as WKB, WKT or GeoJSON", _is_spatial_kind
    if rule.tolerance is None:
        return
    if rule.tolerance.by == "metres":
        yield "a tolerance in metres needs geometries, as WKB, WKT, GeoJSON or x y", _is_spatial_kind
    elif rule.tolerance.by == "days":
        yield "a tolerance in days needs dates, texts or whole numbers such as 20200131", _may_be_date
    elif rule.normalise:
        yield "a tolerance needs numbers or texts", lambda kind: is_number(kind) or kind == TEXT
    else:
        yield "a tolerance needs numbers", is_number


def _is_spatial_kind(kind: str) -> bool:
    return kind in (TEXT, BINARY)


def _may_be_date(kind: str) -> bool:
    return is_moment(kind) or is_whole(kind) or kind == TEXT


def _measures(rule: FieldRule) -> Iterator[Function]:
    if rule.similar is not None:
        yield _SIMILAR[rule.similar.by]
    if rule.overlap is not None:
        yield measures.OVERLAP
    if rule.tolerance is not None and rule.tolerance.by == "metres":
        yield measures.DISTANCE


def _own(said: str, fields: list[str], folder: Path) -> Function:
    """A normaliser in Python, over batches. What goes wrong names the function and its fields, never a value."""
    work = own.function(said, folder)

    def each(texts: pa.Array) -> pa.Array:
        known: dict[str | None, str | None] = {None: None}
        for text in texts.to_pylist():
            if text not in known:
                known[text] = _text(text)
        return pa.array([known[text] for text in texts.to_pylist()], pa.string())

    def _text(text: str) -> str | None:
        try:
            result = work(text)
        except Exception as error:  # whatever its author can do wrong
            raise wrong(f"raised {type(error).__name__}") from None
        if result is not None and not isinstance(result, str):
            raise wrong(f"gave {type(result).__name__}, not a text or None")
        return result

    def wrong(what: str) -> BadInput:
        return BadInput(f"the normaliser {said} {what}", field=", ".join(fields))

    return Function(own.name(said), each, (TEXT,), TEXT)
