"""Figures in; charts out as SVG text that can stand inside a page: nothing in it is fetched from anywhere.

Colours are CSS variables of the page, so that a chart follows its light and dark. Altair and its renderer are
imported when a chart is drawn: they take a second.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from vlekkeloos.report.figures import Difference, Past
from vlekkeloos.report.texts import Texts

KINDS = ("differs", "missing_left", "missing_right", "quarantined_left", "quarantined_right", "duplicate_left",
         "duplicate_right", "unkeyed_left", "unkeyed_right")  # fmt: skip
FIELDS = 12
_COUNTS: dict[str, Any] = {"format": ",d", "tickMinStep": 1, "labelFlush": False}
_DRAWN = {"svg", "g", "path", "line", "rect", "text", "tspan", "defs", "clipPath", "title", "desc"}
_SVG = "{http://www.w3.org/2000/svg}"


def by_field(differences: list[Difference], sides: tuple[str, str], width: int, texts: Texts) -> str:
    """The fields with most discrepancies as bars, stacked by kind in the order of KINDS; ``width`` in pixels.

    It has no legend: the page has one, in words that wrap and can be read aloud.
    """
    import altair as alt

    names = [_label(name, texts) for name in fields(differences)[:FIELDS]]
    kinds = [kind for kind in KINDS if any(difference.kind == kind for difference in differences)]
    spoken = {kind: texts.kind(kind, *sides) for kind in kinds}
    values: list[dict[str, Any]] = [
        {"field": _label(one.field, texts), "kind": spoken[one.kind], "nth": kinds.index(one.kind), "n": one.count}
        for one in differences
        if one.kind in spoken and _label(one.field, texts) in names
    ]
    colour = alt.Scale(
        domain=list(spoken.values()), range=[f"var(--kind-{kind.replace('_', '-')})" for kind in kinds]
    )
    # the renderer measures with its own font: room for the names is reserved by their length, not left to it
    room = min(max(len(label) for label in names) * 8, 170 if width > 400 else 110)
    most = max(names, key=lambda label: sum(value["n"] for value in values if value["field"] == label))
    count = sum(value["n"] for value in values if value["field"] == most)
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(height={"band": 0.68}, stroke="var(--surface)", strokeWidth=1)
        .encode(
            y=alt.Y("field:N", sort=names, title=None, axis=alt.Axis(labelLimit=room, minExtent=room)),
            x=alt.X("n:Q", title=texts("chart.count"), axis=alt.Axis(**_COUNTS, tickCount=min(5, count))),
            color=alt.Color("kind:N", scale=colour, legend=None),
            order=alt.Order("nth:Q"),
        )
        .properties(width=width, height=alt.Step(26))
    )
    title, about = texts("chart.field_title"), texts("chart.field_desc", field=most, count=count)
    return _inline(chart, f"field-{width}", title, about, texts)


def last_runs(history: list[Past], width: int, texts: Texts) -> str:
    """The discrepancies and the quarantined rows of the last runs, a bar a run, oldest left; this run stands out."""
    import altair as alt

    days = [f"{past.as_of.day}-{past.as_of.month}" for past in history]
    panels = [
        _panel([getattr(past, what) for past in history], days, texts(f"history.{what}"), width)
        for what in ("discrepancies", "quarantined")
    ]
    about = texts("chart.runs_desc", runs=texts.many(len(history), "run"))
    chart = alt.vconcat(*panels, spacing=18)
    return _inline(chart, f"runs-{width}", texts("chart.runs_title"), about, texts)


def _panel(counts: list[int | None], days: list[str], title: str, width: int) -> Any:
    import altair as alt

    last = len(counts) - 1
    values = [{"nth": nth, "n": count, "this": nth == last} for nth, count in enumerate(counts)]
    said = f"{days}[datum.value]"
    axis = alt.Axis(labelExpr=said, labelAngle=0, labelOverlap="greedy", ticks=False, title=None)
    return (
        alt.Chart(alt.InlineData(values=values), title=alt.Title(title, anchor="start", frame="group"))
        .mark_bar(width={"band": 0.66}, cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X("nth:O", axis=axis, scale=alt.Scale(domain=list(range(len(counts))))),
            y=alt.Y("n:Q", title=None, scale=alt.Scale(nice=4), axis=alt.Axis(**_COUNTS, tickCount=4, minExtent=48)),
            color=alt.condition("datum.this", alt.value("var(--accent)"), alt.value("var(--bar)")),
        )
        .properties(width=width, height=110)
    )


def fields(differences: list[Difference]) -> list[str]:
    """The fields that differ, most discrepancies first."""
    counts: dict[str, int] = {}
    for difference in differences:
        counts[difference.field] = counts.get(difference.field, 0) + difference.count
    return sorted(counts, key=lambda name: (-counts[name], name))


def _label(field: str, texts: Texts) -> str:
    return field or texts("differs.whole")


def _inline(chart: Any, name: str, title: str, about: str, texts: Texts) -> str:
    import vl_convert

    styled = (
        chart.configure(background="transparent", font="Helvetica, Arial, sans-serif", padding=2)
        .configure_axis(
            labelColor="var(--ink)", titleColor="var(--muted)", labelFontSize=13, titleFontSize=12,
            titleFontWeight="normal", gridColor="var(--line)", domainColor="var(--line)", tickColor="var(--line)",
        )
        .configure_axisY(domain=False, ticks=False)
        .configure_title(color="var(--ink)", fontSize=13)
        .configure_view(stroke=None)
    )  # fmt: skip
    locale = {"decimal": texts.decimal, "thousands": texts.thousands, "grouping": [3], "currency": ["€ ", ""]}
    drawn = vl_convert.vegalite_to_svg(styled.to_dict(), format_locale=locale, allowed_base_urls=[])
    return inlined(drawn, name, title, about)


def inlined(drawn: str, name: str, title: str, about: str) -> str:
    """The drawing as one image with a title and a description, with no more in it than shapes and words.

    What could fetch or run anything (links, scripts, styles, events) is dropped, whatever drew it.
    """
    root = etree.fromstring(drawn.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag.removeprefix(_SVG) not in _DRAWN:
            element.getparent().remove(element)
            continue
        for attribute in list(element.attrib):
            value = element.attrib[attribute]
            outside = "url(" in value and "url(#" not in value
            if (
                attribute.startswith(("on", "aria-", "{"))
                or attribute in ("role", "href", "style", "class")
                or outside
            ):
                del element.attrib[attribute]
    wide, high = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib.update(
        {"role": "img", "aria-labelledby": f"{name}-title {name}-desc", "viewBox": f"0 0 {wide} {high}"}
    )
    root.set("style", f"max-width:{float(wide) / 16:.1f}rem")
    for nth, (tag, text) in enumerate((("title", title), ("desc", about))):
        said = etree.Element(f"{_SVG}{tag}", id=f"{name}-{tag}")
        said.text = text
        root.insert(nth, said)
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode"))
