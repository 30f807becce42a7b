"""The report in a real Chromium, on a desk and on a phone, in the light and in the dark, without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.report.in_chromium import CONTRAST, asked_for, look
from tests.report.runs import Built, broken, difference
from vlekkeloos import report


@pytest.fixture
def opened(browser: Any) -> Callable[..., Any]:
    """Opens a report at a width, in the light or in the dark."""

    def open_(built: Built, width: int = 1200, scheme: str = "light", media: str = "screen") -> Any:
        look(browser, width, scheme, media)
        browser.get_log("performance")
        browser.get(Path(report.write(built.run)["report"]).as_uri())
        return browser

    return open_


def test_the_page_opens_without_an_error_and_asks_for_itself_only(done: Built, opened: Callable[..., Any]) -> None:
    page = opened(done)
    assert page.get_log("browser") == []
    assert [address.rpartition("/")[2] for address in asked_for(page)] == ["report.html"]
    assert page.title.startswith("Gepubliceerd · Rapport van Adressen van de gemeente tegen de BAG")


@pytest.mark.parametrize("width", [320, 375, 768, 1200])
def test_nothing_sticks_out_sideways(start: Callable[..., Built], opened: Callable[..., Any], width: int) -> None:
    built = start()
    built.judged("gemeente", 10, [broken(1, "k" * 300, "veld" * 20, "w" * 300)])
    built.compared([difference("k" * 300, "veld_met_een_lange_naam" * 4, "w" * 300, "w" * 300)])
    page = opened(built, width)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [375, 1200])
def test_both_charts_are_seen_once_each_and_have_a_size(done: Built, opened: Callable[..., Any], width: int) -> None:
    seen = opened(done, width).execute_script(
        "return [...document.querySelectorAll('svg')].filter(s => s.checkVisibility())"
        ".map(s => [s.getBoundingClientRect().width, s.getBoundingClientRect().height])"
    )
    assert len(seen) == 2
    for wide, high in seen:
        assert 250 < wide < width
        assert high > 100


def test_the_bars_have_the_colours_of_the_page(done: Built, opened: Callable[..., Any]) -> None:
    fills = "return [...document.querySelectorAll('.wide svg path')].map(p => getComputedStyle(p).fill)"
    assert "rgb(0, 114, 178)" in opened(done).execute_script(fills)
    assert "rgb(86, 169, 224)" in opened(done, scheme="dark").execute_script(fills)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_a_contrast_of_at_least_four_and_a_half(
    done: Built, opened: Callable[..., Any], scheme: str
) -> None:
    assert opened(done, scheme=scheme).execute_script(CONTRAST) == []


def test_the_sections_stand_in_the_order_of_reading(done: Built, opened: Callable[..., Any]) -> None:
    headings = opened(done).execute_script("return [...document.querySelectorAll('h2')].map(h => h.innerText.trim())")
    assert [heading.removeprefix("✓").strip() for heading in headings] == [
        "Gepubliceerd",
        "Kerncijfers",
        "Wat kwam binnen",
        "Wat is afgekeurd, en waarom",
        "Wat verschilt",
        "Wat is opgelost, en door welke regel",
        "Wat wacht op een mens",
        "Wat is geleverd",
        "De laatste runs",
        "Herkomst van dit rapport",
    ]


def test_on_paper_every_example_is_unfolded(done: Built, opened: Callable[..., Any]) -> None:
    seen = "return [...document.querySelectorAll('details table')].map(table => table.checkVisibility())"
    assert opened(done, media="screen").execute_script(seen) == [False, True, False, False, False, False]
    assert opened(done, media="print").execute_script(seen) == [True] * 6


def test_a_run_that_failed_opens_as_well(start: Callable[..., Built], opened: Callable[..., Any]) -> None:
    built = start()
    built.failed("pull", "bag", "bag.zip, record 2: the zip ends early")
    page = opened(built, 375)
    assert page.get_log("browser") == []
    assert "Mislukt" in page.find_element("id", "verdict").text
    assert page.execute_script("return document.documentElement.scrollWidth") <= 375
