"""The Data Docs of a run: GX's own pages, whole in themselves, as their reader opens them in Chromium."""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import great_expectations.expectations as gxe
import pytest
from lxml import html

from tests.report import validated
from tests.report.in_chromium import CONTRAST, asked_for, look
from tests.report.runs import Built, contract
from vlekkeloos import report, results
from vlekkeloos import suite as suites
from vlekkeloos.lake import Lake
from vlekkeloos.report import data_docs
from vlekkeloos.run import Run

DAY = date(2026, 11, 24)
FEWER = validated.EXPECTATIONS[:1]


@pytest.fixture
def judged(start: Callable[..., Built]) -> Built:
    """A run that came to validating both sources."""
    built = start()
    built.judged("gemeente", 4, [])
    built.judged("bag", 4, [])
    return built


@pytest.fixture
def docs(judged: Built) -> Built:
    """A run of which both sources were judged by a suite: of gemeente something fails, of bag nothing."""
    validated.keep(judged.run, "gemeente")
    validated.keep(judged.run, "bag", validated.suite("bag.nummeraanduiding", FEWER))
    return judged


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the report of such a run, for who only reads in it."""
    built = Built(Run(contract(), Lake(str(tmp_path_factory.mktemp("lake"))), "20261124T040000Z-1f3a", DAY))
    built.judged("gemeente", 4, [])
    built.judged("bag", 4, [])
    validated.keep(built.run, "gemeente")
    validated.keep(built.run, "bag", validated.suite("bag.nummeraanduiding", FEWER))
    return written(built)


def written(built: Built, **words: Any) -> Path:
    """The folder of the report, with the Data Docs in it."""
    return Path(report.write(built.run, **words)["report"]).parent


def pages(folder: Path) -> dict[str, Path]:
    """Every page of the Data Docs in the folder of a report, by its name."""
    return {page.stem: page for page in (folder / "data_docs").rglob("*.html")}


def words(page: Path) -> str:
    """What a page says, with single spaces."""
    body = html.parse(str(page)).getroot().find(".//body")
    for cell in body.iter("td", "th"):
        cell.tail = f" {cell.tail or ''}"
    return " ".join(body.text_content().split())


@pytest.fixture
def opened(browser: Any, site: Path) -> Callable[..., Any]:
    """Opens a page of the Data Docs at a width, in the light or in the dark."""

    def open_(name: str, width: int = 1200, scheme: str = "light") -> Any:
        look(browser, width, scheme)
        browser.get_log("performance")
        browser.get(pages(site)[name].as_uri())
        return browser

    return open_


def test_the_report_links_to_the_page_of_each_source(docs: Built) -> None:
    places = report.write(docs.run)
    folder = Path(places["report"]).parent
    assert places["data_docs"] == str(folder / "data_docs" / "index.html")
    links = html.parse(places["report"]).getroot().xpath("//section[@aria-labelledby='quarantine']//a")
    assert [link.text for link in links] == ["Data Docs", "gemeente", "bag"]
    for link in links:
        assert (folder / link.get("href")).is_file()
    assert "in het Engels" in words(Path(places["report"]))


def test_every_link_leads_to_a_page_that_is_there(site: Path) -> None:
    for page in pages(site).values():
        tree = html.parse(str(page)).getroot()
        links = [link.get("href") for link in tree.iter("a")]
        assert "report.html" in {link.rpartition("/")[2] for link in links}
        for link in links:
            there, _, section = link.partition("#")
            assert (page.parent / unquote(there)).exists() if there else tree.get_element_by_id(section) is not None


def test_a_run_that_judged_nothing_has_none(judged: Built, start: Callable[..., Built]) -> None:
    for built in (judged, start("20261125T040000Z-0000", 25)):
        places = report.write(built.run)
        assert "data_docs" not in places
        assert "data_docs" not in Path(places["report"]).read_text(encoding="utf-8")
        assert not (Path(places["report"]).parent / "data_docs").exists()


def test_only_what_is_of_this_run_is_shown(docs: Built, start: Callable[..., Built]) -> None:
    later = start("20261125T040000Z-0000", 25)
    later.judged("bag", 4, [])
    validated.keep(later.run, "bag", validated.suite("adressen", FEWER))
    assert pages(written(later)).keys() == {"adressen", "bag", "index"}


def test_a_held_run_shows_what_held_it(start: Callable[..., Built]) -> None:
    built = start()
    built.judged("gemeente", 4, [], held=True)
    validated.keep(built.run, "gemeente")
    assert "Failed" in words(pages(written(built))["gemeente"])


def test_nothing_in_the_pages_comes_from_elsewhere_and_no_value_is_markup(site: Path) -> None:
    for page in pages(site).values():
        tree = html.parse(str(page)).getroot()
        assert not tree.xpath("//script | //link | //img | //iframe | //object | //form | //base")
        for element in tree.iter():
            for name, value in element.attrib.items():
                assert not name.startswith("on")
                assert not re.search(r"https?:|^//|javascript:", value), (name, value)
        assert not re.search(r"@import|url\(", "".join(tree.xpath("//style/text()")))
        assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]


def test_gx_calls_nobody(judged: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **_: called.append(asked))
    shares = {"values": ["1382AA"], "weights": [1.0]}
    by_gx = gxe.ExpectColumnKLDivergenceToBeLessThan(column="postcode", partition_object=shares, threshold=0.1)
    validated.keep(judged.run, "gemeente", validated.suite(expectations=[*validated.EXPECTATIONS, by_gx]))
    assert pages(written(judged))
    assert called == []


def test_the_page_of_a_source_shows_what_came_of_each_expectation(opened: Callable[..., Any]) -> None:
    page = opened("gemeente")
    assert page.get_log("browser") == []
    assert [address.rpartition("/")[2] for address in asked_for(page)] == ["gemeente.html"]
    assert page.title == "Data Docs · gemeente · adressen"
    said = " ".join(page.find_element("tag name", "body").text.split())
    for part in (
        "Keuring van gemeente", "Expectation Suite: adressen", "Data asset: gemeente", "Status: Failed",
        "Evaluated Expectations 7", "Unsuccessful Expectations 5", "values must match this regular expression:",
        "2 unexpected values found. 50% of 4 total rows.", "kapot", validated.HOSTILE, "30987", "null, 1382AB",
    ):  # fmt: skip
        assert part in said, part


def test_the_index_leads_to_the_results_and_the_suites(opened: Callable[..., Any]) -> None:
    page = opened("index")
    assert page.get_log("browser") == []
    rows = [row.text for row in page.find_elements("css selector", "tbody tr")]
    assert len(rows) == 4
    assert any("gemeente" in row and "adressen" in row for row in rows)
    page.find_element("link text", "gemeente").click()
    assert page.title == "Data Docs · gemeente · adressen"
    page.find_element("link text", "adressen").click()
    assert page.title == "Data Docs · adressen"
    assert "maximum value must be less than or equal to" in page.find_element("tag name", "body").text
    page.find_element("link text", "Terug naar het rapport").click()
    assert "Rapport van Adressen" in page.title


def test_what_is_met_can_be_left_out(opened: Callable[..., Any]) -> None:
    page = opened("gemeente")
    assert "values must be unique." in page.find_element("tag name", "main").text
    page.find_element("id", "shown-failed").click()
    said = page.find_element("tag name", "main").text
    assert "values must be unique." not in said
    assert "values must never be null." in said


@pytest.mark.parametrize("name", ["index", "adressen", "gemeente"])
@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_sticks_out_sideways(opened: Callable[..., Any], name: str, width: int) -> None:
    page = opened(name, width)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_a_contrast_of_at_least_four_and_a_half(opened: Callable[..., Any], scheme: str) -> None:
    assert opened("gemeente", scheme=scheme).execute_script(CONTRAST) == []


def test_of_persons_no_value_of_a_record_is_in_any_file(start: Callable[..., Built]) -> None:
    built = start(classification="persoonsgegevens")
    built.judged("gemeente", 4, [])
    validated.keep(built.run, "gemeente")
    folder = written(built)
    files = [file for file in (folder / "data_docs").rglob("*") if file.is_file()]
    said = words(next(file for file in files if file.stem == "gemeente"))
    assert "2 unexpected values found. 50% of 4 total rows." in said
    for file in [*files, folder / "report.html"]:
        text = file.read_text(encoding="utf-8")
        assert not [value for value in ("0457200000000001", "kapot", "30987", "example.org") if value in text]


def test_expectations_without_words_of_gx_show_their_name(judged: Built) -> None:
    one = gxe.ExpectColumnValueZScoresToBeLessThan(column="huisnummer", threshold=1, double_sided=True)
    validated.keep(judged.run, "gemeente", validated.suite(expectations=[one]))
    assert "expect_column_value_z_scores_to_be_less_than" in words(pages(written(judged))["gemeente"])


def test_what_gx_draws_with_a_script_is_a_table(judged: Built) -> None:
    shares = {"values": ["1382AA", "1382AB"], "weights": [0.375, 0.625]}
    one = gxe.ExpectColumnKLDivergenceToBeLessThan(column="postcode", partition_object=shares, threshold=0.1)
    validated.keep(judged.run, "gemeente", validated.suite(expectations=[one]))
    assert "1382AA 0.375" in words(pages(written(judged))["gemeente"])


def test_two_suites_of_one_name_are_told_apart(judged: Built) -> None:
    validated.keep(judged.run, "gemeente")
    validated.keep(judged.run, "bag", validated.suite(expectations=FEWER))
    there = pages(written(judged))
    assert {"adressen (gemeente)", "adressen (bag)"} <= there.keys()
    assert "Evaluated Expectations 1" in words(there["bag"])


@pytest.mark.parametrize("name", ["met / en # en \u00e9", "../../buiten", "a..b.", ".", '"><b>'])
def test_a_suite_may_have_any_name(judged: Built, name: str) -> None:
    validated.keep(judged.run, "gemeente", validated.suite(name, FEWER))
    folder = written(judged)
    assert len(list(folder.rglob("*.html"))) == 4
    for page in (folder / "data_docs").rglob("*.html"):
        for link in html.parse(str(page)).getroot().iter("a"):
            there = unquote(link.get("href").partition("#")[0])
            assert (page.parent / there).exists(), (page, there)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # GX's, of conditions as texts
def test_a_suite_as_gx_keeps_it_has_ids_notes_and_conditions(judged: Built, tmp_path: Path) -> None:
    kept = {
        "name": "eigen",
        "id": "5f4dcc3b-0000-4000-8000-000000000001",
        "expectations": [
            {
                "type": "expect_column_values_to_be_between",
                "id": "5f4dcc3b-0000-4000-8000-000000000002",
                "kwargs": {
                    "column": "huisnummer", "max_value": 3, "condition_parser": "pandas",
                    "row_condition": "huisnummer > 4 and postcode != '<i>'",
                },
                "notes": "Zie **bijlage** <script>a</script>",
            }
        ],
    }  # fmt: skip
    (tmp_path / "eigen.json").write_text(json.dumps(kept), encoding="utf-8")
    validated.keep(judged.run, "gemeente", suites.load(tmp_path / "eigen.json"))
    there = pages(written(judged))
    for page in (there["gemeente"], there["eigen"]):
        assert "<i>" in words(page)
        assert not html.parse(str(page)).getroot().xpath("//i[not(@class)] | //script")
    assert "Zie bijlage <script>" in words(there["eigen"])


def test_one_suite_of_two_sources_is_shown_once(judged: Built) -> None:
    for source in ("gemeente", "bag"):
        validated.keep(judged.run, source)
    assert {"adressen", "gemeente", "bag", "index"} == pages(written(judged)).keys()


def test_what_gx_can_not_make_is_missing_from_the_report_and_nothing_more(
    docs: Built, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Path(docs.run.lake.place(results.place(docs.run, "gemeente"))) / results.RESULT
    kept.write_text('{"geheim": ', encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        places = report.write(docs.run)
    assert "data_docs" not in places
    assert Path(places["report"]).is_file()
    assert "JSONDecodeError" in caplog.text
    assert "geheim" not in caplog.text


def test_a_page_that_gx_can_not_render_has_no_link(
    docs: Built, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    render = ValidationResultsPageRenderer.render

    def but_one(self: Any, result: Any) -> Any:
        if result.asset_name == "bag":
            raise KeyError("geheim")
        return render(self, result)

    monkeypatch.setattr(ValidationResultsPageRenderer, "render", but_one)
    with caplog.at_level(logging.WARNING):
        links = html.parse(str(written(docs) / "report.html")).getroot().xpath("//a[contains(@href, 'data_docs')]")
    assert [link.text for link in links] == ["Data Docs", "gemeente"]
    assert "Data Docs of bag" in caplog.text
    assert "geheim" not in caplog.text


def test_the_words_around_it_are_in_the_language_of_the_report(docs: Built) -> None:
    folder = written(docs, language="en")
    assert "Back to the report" in words(folder / "data_docs" / data_docs.INDEX)


def test_writing_it_again_leaves_the_same_files(docs: Built) -> None:
    first = sorted(written(docs).rglob("*"))
    assert sorted(written(docs).rglob("*")) == first
