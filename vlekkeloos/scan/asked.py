"""GX itself, asked for what the scan can't judge, on pandas; what goes wrong there in words that quote no record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from vlekkeloos.errors import BadInput
from vlekkeloos.scan import failures, frame, records
from vlekkeloos.scan.named import about, columns_of, named
from vlekkeloos.scan.plan import Scan
from vlekkeloos.scan.tables_at_hand import at_hand

#: What ``evaluated_by`` says in the meta of such a result.
GX = "great_expectations"


def answers(suite: Any, scan: Scan, asked: Mapping[int, tuple[Any, str]], form: dict[str, Any]) -> dict[int, Any]:
    """GX's own results of the expectations that only it can judge, by number; their failing rows join the others.

    ``asked`` are the expectations, each with the reason why the scan doesn't judge it. Raises BadInput for what GX
    can't evaluate.
    """
    if not asked:
        return {}
    expectations = [expectation for expectation, _ in asked.values()]
    batch = frame.batch_of(records.batch(scan, columns_of(expectations, list(scan.columns))))
    results: dict[int, Any] = {}
    with at_hand({name: frame.Columns(scan.query, view) for name, view in scan.others.items()}):
        given = [_answer(suite, expectation, batch, form) for expectation in expectations]
    for (number, (_, reason)), (result, rows) in zip(asked.items(), given, strict=True):
        result.meta |= {"evaluated_by": GX, "because": reason}
        results[number] = result
        if rows:
            about_it = [name for name in named(result.expectation_config.kwargs) if name in scan.columns]
            scan.query.register("scan_rows", pa.table({"row": pa.array(rows, pa.int64())}))
            failures.add_rows(
                scan, number, "SELECT scan_rows.row FROM scan_rows", [scan.columns[name] for name in about_it]
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
