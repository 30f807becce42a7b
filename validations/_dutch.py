"""How an expectation of this folder reads in Data Docs: one Dutch sentence, where GX would print its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType
from great_expectations.render.util import num_to_str


class InDutch:
    """Put before GX's base class: ``class ExpectX(InDutch, ColumnMapExpectation)``; it has to say ``rule_for``."""

    @classmethod
    def rule_for(cls, given: Mapping[str, Any]) -> str:
        """The rule for these arguments, to be read behind the column's name; ``$name`` stands for an argument."""
        raise NotImplementedError

    @classmethod
    def _written(cls, kwargs: Mapping[str, Any], include_column_name: Any) -> tuple[str, dict[str, str]]:
        given = {name: _text(one) for name, one in kwargs.items() if one is not None}
        text = cls.rule_for(kwargs)
        if "column_list" in given:
            text = f"$column_list: {text}"
        elif "column" in given and include_column_name is not False:
            text = f"$column {text}"
        mostly = kwargs.get("mostly")
        if isinstance(mostly, int | float) and mostly < 1:
            text += ", in minstens $mostly_pct % van de gevallen"
            given["mostly_pct"] = num_to_str(mostly * 100, no_scientific=True)
        if "row_condition" in given:
            text += ", waar $row_condition"
        return text, given

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration) -> RendererConfiguration:
        text, given = cls._written(renderer_configuration.kwargs, renderer_configuration.include_column_name)
        for name, one in given.items():
            renderer_configuration.add_param(name=name, param_type=RendererValueType.STRING, value=one)
        renderer_configuration.template_str = text
        return renderer_configuration

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> list[RenderedStringTemplateContent]:
        configuration = configuration or result.expectation_config
        shown = (runtime_configuration or {}).get("include_column_name")
        text, given = cls._written(configuration.kwargs, shown)
        styling = (runtime_configuration or {}).get("styling")
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template",
                string_template={"template": text, "params": given, "styling": styling},
            )
        ]


def _text(one: Any) -> str:
    return ", ".join(map(str, one)) if isinstance(one, list | tuple) else str(one)
