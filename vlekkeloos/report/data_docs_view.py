"""What GX's renderers made of a validation; a page of HTML out, whole in itself.

GX's own pages fetch their style, fonts and scripts from the internet, and put values as they are into the page. A
value may come from a registry, so from anyone: here Jinja escapes all of it, as it does in the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from great_expectations.render.components import RenderedContent
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader, pass_context
from markupsafe import Markup

from vlekkeloos.report.texts import Language, Texts

HERE = Path(__file__).parent
#: How many folders a page lies below the index, by who rendered its content.
DEPTH = {"SiteIndexPageRenderer": 0, "ExpectationSuitePageRenderer": 1, "ValidationResultsPageRenderer": 4}


class PageView(DefaultJinjaPageView):
    """GX's page, with the templates of ``pages/`` before its own.

    GX makes it from its name and this configuration: ``language`` of the words that are not GX's, and ``run_id``.
    """

    def __init__(self, language: Language, run_id: str) -> None:
        super().__init__()
        assert self.env.loader is not None, "GX has templates"
        self.env.loader = ChoiceLoader([FileSystemLoader([HERE / "pages", HERE]), self.env.loader])
        self.env.autoescape = True
        self.env.globals |= {"t": Texts(language), "run_id": run_id}
        self.env.filters["up"] = _up

    def render_string_template(self, template: Any) -> Any:
        """GX escapes the values that it puts into a template; the rest is its own markup."""
        made = super().render_string_template(template)  # type: ignore[no-untyped-call]
        return Markup(made) if isinstance(template, Mapping) else made  # noqa: S704

    def render_styling(self, styling: Mapping[str, Any]) -> Markup:
        """Classes, attributes and styles: GX's own, or a suite author's."""
        return Markup(super().render_styling(styling))  # noqa: S704

    def render_markdown(self, markdown: str) -> Markup:
        """The notes of a suite's author."""
        return Markup(super().render_markdown(markdown))  # type: ignore[no-untyped-call] # noqa: S704

    def attributes_dict_to_html_string(self, attributes_dict: Mapping[str, Any], prefix: str = "") -> Markup:
        """What GX's scripts would go by; there are none."""
        return Markup()

    @pass_context
    def render_content_block(
        self, context: Any, block: Any, index: Any = None, content_block_id: Any = None, **_: Any
    ) -> Any:
        """A block as markup; a plain value as it is, for Jinja to escape."""
        if isinstance(block, list):
            between = "" if any(map(_is_block, block)) else ", "
            return Markup(between).join(  # noqa: S704 - a comma; what it joins is escaped
                self.render_content_block(context, one, number, content_block_id and f"{content_block_id}-{number}")
                if _is_block(one)
                else str("null" if one is None else one)
                for number, one in enumerate(block)
            )
        made = super().render_content_block(context, block, index, content_block_id)
        return Markup(made) if _is_block(block) else made  # noqa: S704 - its template has escaped what is in it


def _is_block(one: Any) -> bool:
    return isinstance(one, RenderedContent) or (isinstance(one, dict) and "content_block_type" in one)


def _up(renderer: str, suite: str | None) -> str:
    """The way from a page to the index's folder; a dot in a suite's name makes a folder of what is before it."""
    return "../" * (DEPTH[renderer] + (suite or "").count(".")) if DEPTH[renderer] else ""
