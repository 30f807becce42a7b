"""What the expectations of this room share: numbers of a fixed length, on pandas and in SQL, and Dutch Data Docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar

import pandas as pd
from great_expectations.expectations.expectation import _style_row_condition, render_suite_parameter_string
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.render.renderer_configuration import RendererConfiguration
from great_expectations.render.util import num_to_str, parse_row_condition_string

from vlekkeloos.scan.metric import Column


class InDutch:
    """Says an expectation in Dutch in Data Docs: analysts read them. Goes before GX's class among the bases."""

    #: What the column's values are, to be read behind the column's name: ``is een bsn: …``.
    rule: ClassVar[str]

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule as it is for these arguments; ``$name`` stands for an argument."""
        return cls.rule

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> list[RenderedStringTemplateContent]:
        asked = RendererConfiguration(
            configuration=configuration, result=result, runtime_configuration=runtime_configuration
        )
        params = dict(asked.kwargs)
        text = cls.rule_for(params)
        if params.get("column_list"):
            params["columns"] = ", ".join(params["column_list"])
            text = f"$columns: {text}"
        elif asked.include_column_name:
            text = f"$column {text}"
        mostly = params.get("mostly")
        if isinstance(mostly, int | float) and mostly < 1:
            params["mostly_pct"] = num_to_str(mostly * 100, no_scientific=True)
            text += ", in minstens $mostly_pct % van de gevallen"
        styling = (runtime_configuration or {}).get("styling", {})
        if params.get("row_condition"):
            condition = parse_row_condition_string(params["row_condition"])
            _, styling = _style_row_condition(condition, text, params, styling)
            text = f"als $condition_content: {text}"
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template",
                string_template={"template": text + ".", "params": params, "styling": styling},
            )
        ]


def each(column: pd.Series, meets: Callable[[Any], bool]) -> pd.Series:
    """Which values meet a rule, as GX wants it."""
    return pd.Series([meets(value) for value in column], index=column.index, dtype=bool)


def digits(value: object, length: int) -> str:
    """A value as so many ASCII digits; empty if it isn't a text of just those, or a whole number that fits.

    A registry's table that holds such a number as a whole number has lost its leading zeros: they are put back.
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0:
        value = str(int(value)).zfill(length)
    fits = isinstance(value, str) and len(value) == length and value.isascii() and value.isdigit()
    return str(value) if fits else ""


def number(column: Column, length: int) -> str:
    """SQL: the number that a value's digits make, by the same rule as ``digits``; NULL if they don't.

    Raises Untranslatable for a column that holds neither texts nor whole numbers.
    """
    column.require("text", "whole")
    if column.kind == "whole":
        return f"CASE WHEN {column.sql} BETWEEN 0 AND {10**length - 1} THEN CAST({column.sql} AS BIGINT) END"
    text = f"CAST({column.sql} AS VARCHAR)"
    return f"CASE WHEN regexp_full_match({text}, '[0-9]{{{length}}}') THEN TRY_CAST({text} AS BIGINT) END"


def weighted(number: str, weights: Sequence[int]) -> str:
    """SQL: the sum of a number's digits, each times its weight, the leftmost digit's first."""
    digits = [f"{number} // {10**place} % 10" for place in reversed(range(len(weights)))]
    return " + ".join(f"{weight} * ({digit})" for weight, digit in zip(weights, digits, strict=True))
