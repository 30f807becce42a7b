"""The report of a run, as its reader finds it: what the page says, and what the CSV and Excel files hold."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html
from openpyxl import load_workbook

from tests.report.runs import Built, broken, difference
from vlekkeloos import report
from vlekkeloos.report import reading, workbook

HOSTILE = "<script>alert('x')</script>"


def page(built: Built, language: report.Language = "nl") -> str:
    return Path(report.write(built.run, language=language)["report"]).read_text(encoding="utf-8")


def spaced(text: str) -> str:
    """The page with a space after what a reader sees as apart: cells, terms, lines."""
    return re.sub(r"(</(?:td|th|dt|dd|p|h\d|li|span|code|summary)>|<br>)", r"\1 ", text)


def words(built: Built, language: report.Language = "nl") -> str:
    """The page's text as a reader sees it, with single spaces."""
    tree = html.fromstring(spaced(page(built, language)))
    for unseen in tree.xpath("//style|//title"):
        unseen.drop_tree()
    return " ".join(unescape(tree.text_content()).split())


def section(built: Built, name: str) -> str:
    found = html.fromstring(spaced(page(built))).xpath(f"//section[@aria-labelledby='{name}']")
    assert len(found) == 1
    return " ".join(found[0].text_content().split())


def rows(place: str) -> list[list[str]]:
    with Path(place).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_run_that_came_to_its_end_says_published_and_what_waits(done: Built) -> None:
    said = section(done, "verdict")
    assert "Gepubliceerd" in said
    assert "1 afnemer heeft de nieuwe gegevens gekregen" in said
    assert "1 verschil wacht op een beslissing van een mens" in said
    assert "Ga na wie gelijk heeft" in said


def test_key_figures_are_written_the_dutch_way(done: Built) -> None:
    said = section(done, "key-figures")
    assert "25.010" in said
    assert "< 0,01 % van alle rijen" in said
    assert "Stand van 24 november 2026" in words(done)


def test_english_is_a_setting(done: Built) -> None:
    said = words(done, "en")
    assert "Published" in said
    assert "25,010" in said
    assert "As of 24 November 2026" in said
    assert 'lang="en"' in page(done, "en")
    assert "Gepubliceerd" not in said


def test_what_came_in_shows_each_source_with_its_rows_and_digest(done: Built) -> None:
    said = section(done, "in")
    for part in ("gemeente", "bag_extract", "authentieke bron", "25.000", "ab12cd34 ", "24.998"):
        assert part in said


def test_quarantine_is_counted_by_expectation_and_field_with_examples(done: Built) -> None:
    said = section(done, "quarantine")
    assert "expect_column_values_to_match_regex" in said
    assert "0457200000000007" in said
    assert "1382XX9" in said
    assert "2 van 2" in said
    assert "hele rij" not in said, "the record itself does not belong in the report"


def test_an_expectation_that_sends_no_row_to_quarantine_is_noticed(done: Built, start: Callable[..., Built]) -> None:
    built = start("20261125T040000Z-aaaa", 25)
    unmet = {
        "expectation": "expect_column_values_to_be_in_set", "field": "status", "severity": "warning",
        "success": False, "evaluated": 25_000, "unexpected": 1_234,
    }  # fmt: skip
    built.judged("gemeente", 25_000, [], expectations=[unmet])
    assert "waarschuwing alleen gemeld, rij doet mee 1.234" in section(built, "quarantine")


def test_differences_are_counted_by_field_and_kind_with_both_values(done: Built) -> None:
    said = section(done, "differs")
    for part in ("postcode: verschilt", "hele record: ontbreekt bij gemeente", "1381AA", "1381AB", "Hoogstr."):
        assert part in said


def test_no_more_than_ten_examples_a_field_and_kind(start: Callable[..., Built]) -> None:
    built = start()
    built.compared([difference(f"{n:016}", "postcode", f"links{n}", f"rechts{n}") for n in range(25)])
    said = section(built, "differs")
    assert "10 van 25" in said
    assert len(re.findall(r"links\d+", said)) == 10


def test_what_was_settled_names_the_rule_and_the_source_that_won(done: Built) -> None:
    assert re.search(r"de authentieke bron wint \(bag\) bag .*3$", section(done, "settled"))


def test_what_waits_shows_since_when_and_for_how_many_runs(done: Built) -> None:
    said = section(done, "waiting")
    assert "huisnummer verschilt 1 24 november 2026 3" in said
    assert "postcode" not in said


def test_a_quarantined_record_waits_for_repair_not_for_a_person(start: Callable[..., Built]) -> None:
    built = start()
    row = difference("1", None, None, None, kind="quarantined_left", rule=None, choice=None)
    built.compared([row])
    said = section(built, "waiting")
    assert "Er wacht niets op een mens" in said
    assert "Wacht op herstel in de bron (afgekeurd): 1" in said


def test_a_delivery_shows_version_rows_and_receipt(done: Built) -> None:
    said = section(done, "delivered")
    assert "belastingsamenwerking 1 24.900" in said
    assert "ontvangst-7781" in said


def test_a_delivery_that_is_due_is_published_but_not_everywhere(start: Callable[..., Built]) -> None:
    built = start()
    for source in ("gemeente", "bag"):
        built.pulled(source, 10)
        built.judged(source, 10, [])
    built.compared([])
    built.published(version=8, problem="PUT answered 503")
    assert "Gepubliceerd, maar nog niet overal geleverd" in section(built, "verdict")
    said = section(built, "delivered")
    assert "nog te leveren" in said
    assert "PUT answered 503" in said


def test_a_run_held_at_validate_says_why_and_what_to_do(start: Callable[..., Built]) -> None:
    built = start()
    built.pulled("gemeente", 100)
    built.judged("gemeente", 100, [broken(n, str(n), "postcode", "x") for n in range(4)], held=True)
    said = section(built, "verdict")
    assert "Vastgehouden" in said
    assert "Van de rijen van gemeente ging 4 % in quarantaine: 4 rijen" in said
    assert "De grens in het contract is 2 %" in said
    assert "Afnemers houden de vorige levering" in said
    assert "vlekkeloos release adressen --run-id 20261124T040000Z-1f3a --reason" in said
    assert "Deze stap is niet gedraaid: Vergelijken" in section(built, "differs")


def test_a_schema_that_drifted_is_shown_field_by_field_and_what_came_and_went(start: Callable[..., Built]) -> None:
    built = start()
    drift = [
        {"field": "hulpvraag", "change": "new", "before": "", "now": "string"},
        {"field": "huisnummer", "change": "retyped", "before": "int64", "now": "string"},
    ]
    built.pulled("gemeente", 100, held=True, drift=drift, added=3, removed=1)
    assert "welke velden van gemeente anders zijn" in section(built, "verdict")
    said = section(built, "in")
    assert "gemeente: sinds de vorige run 3 records erbij, 1 record verdwenen." in said
    assert "nieuw veld: hulpvraag" in said
    assert "ander soort waarde: huisnummer (int64 → string)" in said


def test_a_run_held_at_reconcile_says_how_much_differs(start: Callable[..., Built]) -> None:
    built = start()
    built.compared([difference(str(n), "postcode", "a", "b") for n in range(9)], keys=100, held=True)
    assert "Van de sleutels verschilt 9 %: 9 sleutels. De grens in het contract is 5 %" in section(built, "verdict")


def test_a_held_run_that_a_person_released_is_published(start: Callable[..., Built]) -> None:
    built = start()
    for source in ("gemeente", "bag"):
        built.pulled(source, 10)
        built.judged(source, 10, [])
    built.compared([difference("1", "postcode", "a", "b")], keys=10, held=True)
    built.run.approve("verhuizing van een hele straat", "A. Analist")
    built.published()
    said = section(built, "verdict")
    assert said.startswith("✓ Gepubliceerd")
    assert "A. Analist heeft deze run vrijgegeven" in said
    assert "verhuizing van een hele straat" in said
    assert "vastgehouden, daarna vrijgegeven" in words(built)


def test_a_failed_pull_is_a_failed_run_with_the_message_and_how_to_go_on(start: Callable[..., Built]) -> None:
    built = start()
    built.pulled("gemeente", 100)
    built.failed("pull", "bag", "bag.zip, record 2: the zip ends early")
    said = section(built, "verdict")
    assert "Mislukt" in said
    assert "De stap Ophalen (bag) is mislukt" in said
    assert "bag.zip, record 2: the zip ends early" in said
    assert "vlekkeloos run adressen --run-id 20261124T040000Z-1f3a --as-of 2026-11-24" in said
    assert rows(report.write(built.run)["discrepancies"])[1:] == []


def test_a_stage_that_failed_and_then_passed_counts_as_passed(done: Built, start: Callable[..., Built]) -> None:
    built = start("20261125T040000Z-bbbb", 25)
    built.failed("pull", "gemeente", "no answer")
    built.pulled("gemeente", 3)
    assert "no answer" not in words(built)
    assert "Nog niet klaar" in section(built, "verdict")


def test_a_run_that_never_started_has_a_report(start: Callable[..., Built]) -> None:
    said = words(start())
    assert "Nog niet klaar" in said
    assert "De eerste stap die nog moet: Ophalen (gemeente)" in said


def test_the_report_is_of_its_own_run_also_when_a_later_one_wrote_the_tables(
    done: Built, start: Callable[..., Built]
) -> None:
    before = section(done, "differs")
    later = start("20261125T040000Z-cccc", 25)
    later.judged("gemeente", 100, [broken(1, "1", "straatnaam", "LATER")])
    later.compared([difference("1", "straatnaam", "LATER", "LATER")])
    assert section(done, "differs") == before
    assert "LATER" not in words(done)
    assert "20261125T040000Z-cccc" not in words(done)


def test_the_last_runs_are_in_the_chart_and_in_its_table(done: Built, start: Callable[..., Built]) -> None:
    for day, count in ((25, 7), (26, 6), (27, 5)):
        built = start(f"202611{day}T040000Z-dddd", day)
        built.judged("gemeente", 100, [])
        built.compared([difference(str(n), "postcode", "a", "b") for n in range(count)])
    figures = reading.read(built.run)
    assert [past.discrepancies for past in figures.history] == [4, 7, 6, 5]
    assert [past.quarantined for past in figures.history] == [2, 0, 0, 0]
    tree = html.fromstring(page(built))
    chart = tree.xpath("//section[@aria-labelledby='runs']//svg")[0]
    days = [text.text for text in chart.xpath(".//*[local-name()='text']") if text.text and "-11" in text.text]
    assert days == ["24-11", "25-11", "26-11", "27-11"] * 2
    assert "20261127T040000Z-dddd deze run" in section(built, "runs")


def test_the_footer_names_every_table_version(done: Built) -> None:
    said = words(done)
    for ref in ("raw/adressen/bag@0", "quarantine/adressen/gemeente@0", "discrepancies/adressen@0"):
        assert ref in said


def test_of_personal_data_no_key_and_no_value_is_shown_or_listed(start: Callable[..., Built]) -> None:
    built = start(classification="persoonsgegevens")
    built.judged("gemeente", 100, [broken(3, "999990019", "naam", "Jansen")])
    built.compared([difference("999990019", "naam", "Jansen", "Janssen", rule=None, choice=None)])
    places = report.write(built.run)
    for name in ("report", "discrepancies", "quarantine"):
        text = Path(places[name]).read_text(encoding="utf-8")
        assert "999990019" not in text
        assert "Jans" not in text
    cells = [str(cell) for sheet in load_workbook(places["workbook"]) for row in sheet.values for cell in row]
    assert not [cell for cell in cells if "99999" in cell or "Jans" in cell]
    assert rows(places["quarantine"]) == [
        ["source", "row", "expectation", "field", "severity"],
        ["gemeente", "3", "expect_column_values_to_match_regex", "naam", "critical"],
    ]
    assert "vlekkeloos show discrepancies/adressen --version 0" in section(built, "differs")


@pytest.mark.parametrize("hostile", [HOSTILE, '"><img src=x onerror=alert(1)>', "</title><b>", "]]><svg onload=x>"])
def test_a_value_is_never_markup(start: Callable[..., Built], hostile: str) -> None:
    built = start()
    built.judged("gemeente", 100, [broken(3, hostile, hostile, hostile, expectation=hostile, severity=hostile)])
    built.compared([difference(hostile, hostile, hostile, None, rule=hostile, choice=hostile)])
    text = page(built)
    tree = html.fromstring(text)
    assert hostile not in text
    assert hostile in unescape(tree.text_content())
    assert not tree.xpath("//script|//img|//b|//*[@onload]|//*[@onerror]")


def test_the_page_fetches_nothing(done: Built) -> None:
    text = page(done)
    tree = html.fromstring(text)
    assert tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content") == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    ]
    assert not tree.xpath("//link|//script|//iframe|//*[@src]|//*[local-name()='image' or local-name()='use']")
    assert {link for link in tree.xpath("//@href")} == {"#content"}
    assert "@import" not in text
    assert text.count("url(") == text.count("url(#")
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_what_a_screen_reader_leans_on_is_there(done: Built) -> None:
    tree = html.fromstring(page(done))
    levels = [int(heading.tag[1]) for heading in tree.xpath("//h1|//h2|//h3|//h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    for table in tree.xpath("//table"):
        assert table.xpath("./caption//text()")
        assert table.xpath("./thead//th") == table.xpath("./thead//th[@scope='col']")
        assert all(row.xpath("./th[@scope='row']") for row in table.xpath("./tbody/tr"))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for svg in tree.xpath("//svg"):
        assert svg.get("role") == "img"
        assert set(svg.get("aria-labelledby").split()) <= set(ids)
        assert all(svg.xpath("./title/text()") + svg.xpath("./desc/text()"))


@pytest.mark.parametrize("start_of", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_takes_for_a_formula_is_made_harmless(
    start: Callable[..., Built], start_of: str
) -> None:
    built = start()
    formula = f"{start_of}HYPERLINK(1)"
    built.judged("gemeente", 100, [broken(3, formula, "naam", formula)])
    built.compared([difference(formula, "naam", formula, "goed")])
    places = report.write(built.run)
    assert rows(places["discrepancies"])[1][:4] == [f"'{formula}", "naam", f"'{formula}", "goed"]
    assert rows(places["quarantine"])[1][2] == f"'{formula}"
    cells = [cell for sheet in load_workbook(places["workbook"]) for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell for cell in cells if str(cell.value).startswith(f"'{start_of.strip()}")]


def test_the_csv_keeps_quotes_line_ends_and_the_difference_of_empty_and_nothing(start: Callable[..., Built]) -> None:
    built = start()
    built.compared([difference("1", "naam", 'een "naam",\nover regels', None), difference("2", "naam", "", "b")])
    place = report.write(built.run)["discrepancies"]
    assert rows(place)[1][2] == 'een "naam",\nover regels'
    assert ',"","b",' in Path(place).read_text(encoding="utf-8")


def test_the_workbook_has_a_summary_and_every_row(done: Built) -> None:
    book = load_workbook(report.write(done.run)["workbook"])
    assert book.sheetnames == ["Overzicht", "Verschillen", "Afgekeurd"]
    summary = [row[:2] for row in book["Overzicht"].values]
    assert ("Uitkomst", "Gepubliceerd") in summary
    assert ("Verschillen", "4") in summary
    assert [row[0] for row in book["Verschillen"].values][1:] == [f"045720000000000{n}" for n in range(1, 5)]
    assert book["Verschillen"]["H2"].value == datetime(2026, 11, 24)
    assert [row[1] for row in book["Afgekeurd"].values][1:] == [7, 9]


def test_a_sheet_that_is_full_says_so_in_its_last_row(done: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 3)
    sheet = load_workbook(report.write(done.run)["workbook"])["Verschillen"]
    shown = list(sheet.values)
    assert len(shown) == 4
    assert shown[-1][0] == (
        "Let op: hier staan 2 van 4 rijen. Meer past niet in een Excel-blad. Alles staat in discrepancies.csv."
    )


def test_a_control_character_does_not_break_the_workbook_or_the_page(start: Callable[..., Built]) -> None:
    built = start()
    built.compared([difference("1", "naam", "a\x00\x0bb", "\ud7ff\x1b[31m")])
    sheet = load_workbook(report.write(built.run)["workbook"])["Verschillen"]
    assert sheet["C2"].value == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"
    assert "\x1b" not in page(built)


def test_writing_the_report_again_replaces_it(done: Built) -> None:
    first = report.write(done.run, language="en")
    assert report.write(done.run) == first
    assert "Gepubliceerd" in Path(first["report"]).read_text(encoding="utf-8")
    assert sorted(file.name for file in Path(first["report"]).parent.iterdir()) == sorted(report.FILES.values())


def test_an_earlier_release_that_went_along_is_told(start: Callable[..., Built]) -> None:
    built = start()
    late = {
        "partner": "belastingsamenwerking", "version": 3, "status": "delivered", "receipt": "r3", "message": None,
        "at": datetime.now(UTC),
    }  # fmt: skip
    mine = {**late, "version": 4, "receipt": "r4"}
    built.deliveries([late, mine])
    built.published(version=4, delivery=False)
    said = section(built, "delivered")
    assert "levering 3 uit een eerdere run is nu ook geleverd" in said
    assert "r4" in said


def test_what_jumped_since_the_last_runs_is_told(start: Callable[..., Built]) -> None:
    found = [
        {"column": "", "what": "rows", "before": 1000, "now": 2500},
        {"column": "huisletter", "what": "empty", "before": 0.0, "now": 0.305},
        {"column": "ingangsdatum", "what": "high", "before": "2026-01-01", "now": "2206-01-01"},
    ]
    built = start("20261125T040000Z-dddd", 25)
    built.judged("gemeente", 2500, [], jumps=found)
    said = section(built, "in")
    assert "gemeente wijkt af van de vorige runs" in said
    assert "aantal rijen (1.000 → 2.500)" in said
    assert "aandeel leeg: huisletter (0 % → 30,5 %)" in said
    assert "hoogste waarde: ingangsdatum (2026-01-01 → 2206-01-01)" in said
