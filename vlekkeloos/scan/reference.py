"""Every expectation that GX knows in; a page that says which come out of the scan, and which GX judges itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from vlekkeloos.scan.metric import CONDITIONS, VALUES

INTRODUCTION = """# Expectations

A suite is written in the words of Great Expectations. Made from the code by `vlekkeloos expectations --markdown`:
which expectations come out of the one scan of a table, and which Great Expectations judges itself, on pandas. Both
give Great Expectations' own results, and each result's meta says in `evaluated_by` where it came from: a translation
leaves columns and arguments to Great Expectations for which its answer would not be the same.
"""
#: What plan.py counts without a translation of its own.
COUNTED = ("table.row_count",)
#: What GX names no metrics of beforehand: they depend on the arguments.
BY_ARGUMENTS = {
    "expect_column_kl_divergence_to_be_less_than": (
        "the scan, or Great Expectations without a partition",
        "The values' shares are near those of a partition.",
    )
}


def page() -> str:
    """The reference of the expectations as Markdown."""
    ours = [one for one in known() if one.__module__.startswith("validations")]
    theirs = [one for one in known() if one.__module__.startswith("great_expectations")]
    return "\n".join([
        INTRODUCTION,
        *_section("Of Dutch registries", ours),
        *_section("Of Great Expectations", theirs),
    ]).rstrip() + "\n"  # fmt: skip


def known() -> list[Any]:
    """The classes of the expectations that GX knows, by name."""
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    classes = {get_expectation_impl(name) for name in list_registered_expectation_implementations()}
    return sorted((one for one in classes if not inspect.isabstract(one)), key=lambda one: one.expectation_type)


def metrics(expectation: Any) -> list[str]:
    """GX's names of the metrics that decide on an expectation; [] if it works in a way of its own."""
    return (
        [expectation.map_metric]
        if getattr(expectation, "map_metric", None)
        else list(expectation.metric_dependencies)
    )


def translated(expectation: Any) -> bool:
    """Do all of an expectation's metrics have a translation?"""
    needed = metrics(expectation)
    return bool(needed) and all(name in CONDITIONS or name in VALUES or name in COUNTED for name in needed)


def _section(title: str, expectations: list[Any]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| expectation | judged by | met where |\n|---|---|---|"
    for one in expectations:
        by, said = BY_ARGUMENTS.get(
            one.expectation_type,
            ("the scan" if translated(one) else "Great Expectations", " ".join(_said(one))),
        )
        yield f"| `{one.expectation_type}` | {by} | {said.replace('|', chr(92) + '|')} |"
    yield ""


def _said(expectation: Any) -> Iterator[str]:
    """What the translations, or an expectation of our own, say of themselves in their first paragraph."""
    if expectation.__module__.startswith("validations"):
        yield _first(expectation)
    elif translated(expectation):
        for name in metrics(expectation):
            if name in CONDITIONS:
                yield _first(CONDITIONS[name].translate)
            elif name in VALUES:
                yield _first(VALUES[name])


def _first(documented: Any) -> str:
    return inspect.cleandoc(documented.__doc__ or "").split("\n\n")[0].replace("\n", " ")
