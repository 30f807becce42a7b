"""Figures in; the HTML page out, whole in itself: its style is inside, and it fetches nothing.

Every value may come from a registry, so from anyone: Jinja escapes all of it. Only the charts are markup of our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from vlekkeloos.report import charts
from vlekkeloos.report.figures import Figures
from vlekkeloos.report.texts import Texts
from vlekkeloos.report.verdict import Verdict, name, standing

_LONG = 200
_WIDE, _NARROW = 760, 190
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_STAGES = ("pull", "validate", "reconcile", "feed_back", "publish")
_WORST = ("failed", "held", "absent", "due", "released", "done")


@dataclass(frozen=True)
class Tile:
    """A key figure: what, how many, and a few words more."""

    label: str
    value: str
    more: str = ""


def rendered(figures: Figures, verdict: Verdict, texts: Texts, docs: Mapping[str, str]) -> str:
    """The page as text. ``docs``: the address, in the folder ``data_docs``, of the page of each source."""
    left, right = texts.sides(figures.run.contract.sides)
    return _template().render(
        f=figures,
        run=figures.run,
        contract=figures.run.contract,
        verdict=verdict,
        t=texts,
        docs=docs,
        unjudged=[
            name for name in figures.run.contract.sides if not figures.step("validate", name).ref("quarantine")
        ],
        left=left,
        right=right,
        stages=_stages(figures),
        tiles=tiles(figures, texts),
        fields=charts.fields(figures.differences),
        kinds=[kind for kind in charts.KINDS if any(one.kind == kind for one in figures.differences)],
        counts={(one.field, one.kind): one.count for one in figures.differences},
        charted=charts.FIELDS,
        field_charts=_drawn(figures, texts, "field"),
        run_charts=_drawn(figures, texts, "runs"),
        standing=lambda step: standing(figures, step),
        stepname=lambda step: name(step, texts),
        written=datetime.now(UTC),
    )


def tiles(figures: Figures, texts: Texts) -> list[Tile]:
    """The key figures; a dash where the run did not come that far."""
    contract, compared = figures.run.contract, figures.step("reconcile")
    received = [figures.step("pull", source).count("rows") for source in contract.sources]
    judged = [figures.step("validate", source) for source in contract.sources]
    refused = [count for step in judged if (count := step.count("quarantined")) is not None]
    rows = sum(step.count("rows") or 0 for step in judged)
    share = texts("key.of_rows", share=texts.share(sum(refused) / rows)) if rows else ""
    keys, equal, differing = (compared.count(count) for count in ("keys", "equal", "differing_keys"))
    differs = (
        texts("key.differing", keys=texts.many(differing, "key"), share=texts.share(compared.details.get("share")))
        if differing is not None
        else ""
    )
    found = [
        *(
            Tile(texts("key.received", source=source), texts.number(count), _rows_word(count, texts))
            for source, count in zip(contract.sources, received, strict=True)
        ),
        Tile(texts("key.quarantined"), texts.number(sum(refused) if refused else None), share),
        Tile(texts("key.keys"), texts.number(keys), texts("key.equal", count=equal) if equal is not None else ""),
        Tile(texts("key.discrepancies"), texts.number(compared.count("discrepancies")), differs),
        Tile(texts("key.settled"), texts.number(compared.count("settled"))),
        Tile(texts("key.waiting"), texts.number(compared.count("waiting"))),
    ]
    if contract.feed_back:
        told = figures.step("feed_back")
        new = told.count("new")
        more = texts("key.new", count=new) if new is not None else ""
        found.append(Tile(texts("key.feed_back"), texts.number(told.count("drafts")), more))
    if contract.publish:
        steps = [figures.step("publish", partner.partner) for partner in contract.publish]
        delivered = sum(standing(figures, step) == "done" for step in steps)
        of = texts("key.of_partners", partners=texts.many(len(steps), "partner"))
        found.append(Tile(texts("key.delivered"), texts.number(delivered), of))
    return found


def _rows_word(count: int | None, texts: Texts) -> str:
    return "" if count is None else texts.many(count, "row").split(" ", 1)[1]


def _stages(figures: Figures) -> list[tuple[str, str]]:
    """Each stage that the contract asks for with its worst status."""
    seen: dict[str, list[str]] = {}
    for step in figures.expected():
        seen.setdefault(step.stage, []).append(standing(figures, step))
    return [(stage, min(seen[stage], key=_WORST.index)) for stage in _STAGES if stage in seen]


def _drawn(figures: Figures, texts: Texts, which: str) -> list[Markup]:
    """The chart for a desk and the one for a phone; none where there is nothing to draw."""
    sides = texts.sides(figures.run.contract.sides)
    if which == "field" and figures.differences:
        drawn = [charts.by_field(figures.differences, sides, width, texts) for width in (_WIDE, _NARROW)]
    elif which == "runs" and any(past.discrepancies is not None for past in figures.history):
        drawn = [charts.last_runs(figures.history, width, texts) for width in (_WIDE + 70, _NARROW + 70)]
    else:
        drawn = []
    return [Markup(svg) for svg in drawn]  # noqa: S704 - our own drawing, stripped by charts.inlined


def _shown(value: object) -> str:
    """A value for the eye: not too long, and no control characters."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return text if len(text) <= _LONG else text[:_LONG] + "…"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("vlekkeloos.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    return environment.get_template("page.html")
