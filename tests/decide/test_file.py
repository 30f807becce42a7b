"""Questions go to a person in an Excel file and come back as decisions; one wrong row, and nothing is taken over."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.builder import Exchange
from tests.decide.planted import identity, plant, row, street
from vlekkeloos import pipeline
from vlekkeloos.decide import About, Verdict
from vlekkeloos.errors import BadInput, BadRows, NotFound
from vlekkeloos.run import today

HEADERS = [
    "id", "sleutel", "veld", "bron links", "bron rechts", "waarde links", "waarde rechts", "soort", "sinds",
    "oorzaak", "besluit", "waarde", "reden", "tot en met",
]  # fmt: skip
TRICKY = ["0012", "1-2", "=1+1", "+31", "-5", "@SUM(A1)", "12E5", " x ", "a\r\nb", "TRUE", "\x07", "2026-01-01"]
TOMORROW = today() + timedelta(days=1)


@pytest.fixture
def planted(exchange: Exchange) -> Exchange:
    plant(
        exchange,
        row("1", "postcode", "1234AB", "1234AC"),
        row("2", "huisnummer", "0012", None),
        row("3", None, kind="missing_right"),
        row("4", "postcode", "1234AB", "1234AD", rule="authentic"),
    )
    return exchange


def asked(exchange: Exchange, language: Any = "nl", about: About | None = None) -> Path:
    file = exchange.folder / "vragen.xlsx"
    pipeline.ask(exchange.run(), about or About(), file, language)
    return file


def answer(file: Path, **rows: dict[str, Any]) -> Path:
    """Fills in cells as a person would: for a key (``k1``), by the names of the columns."""
    book = load_workbook(file)
    sheet = book.active
    assert sheet is not None
    names = [cell.value for cell in sheet[1]]
    for cells in sheet.iter_rows(min_row=2):
        for name, value in rows.get(f"k{cells[1].value}", {}).items():
            cells[names.index(name)].value = value
    book.save(file)
    return file


def read(exchange: Exchange, file: Path) -> Any:
    return pipeline.answer(exchange.run(), file, "analist")


def kept(exchange: Exchange) -> list[dict[str, Any]]:
    return sorted(exchange.rows("decisions/demo"), key=lambda one: one["key"])


def test_the_file_asks_the_open_questions_in_dutch(planted: Exchange) -> None:
    sheet = load_workbook(asked(planted)).active
    assert sheet is not None
    header, *rows = sheet.iter_rows(values_only=True)
    assert (list(header), sheet.title) == (HEADERS, "Vragen")
    assert sorted(rows, key=str) == sorted(
        [
            (identity("1", "postcode"), "1", "postcode", "gemeente", "bag", "1234AB", "1234AC", "verschilt",
             datetime(2026, 1, 1), *[None] * 5),
            (identity("2", "huisnummer"), "2", "huisnummer", "gemeente", "bag", "0012", None, "verschilt",
             datetime(2026, 1, 1), *[None] * 5),
            (identity("3", None, "missing_right"), "3", None, "gemeente", "bag", None, None, "ontbreekt rechts",
             datetime(2026, 1, 1), *[None] * 5),
        ],
        key=str,
    )  # fmt: skip
    (choices,) = sheet.data_validations.dataValidation
    assert (choices.formula1, str(choices.sqref)) == ('"links,rechts,waarde,accepteren,onderzoek"', "K2:K4")
    assert sheet["L2"].number_format == "@", "a value that a person types stays as typed"


def test_the_file_tells_the_cause_of_each_question(exchange: Exchange) -> None:
    plant(exchange, *street(3))
    (cause,), _ = pipeline.causes(exchange.run())
    sheet = load_workbook(asked(exchange, "en", About(cause=cause.id))).active
    assert sheet is not None
    assert sheet["J1"].value == "cause"
    assert str(sheet["J2"].value).endswith(f"(3 times). [{cause.id}]")
    assert sheet.data_validations.dataValidation[0].formula1 == '"left,right,value,accept,onderzoek"'


def test_no_text_of_a_registry_becomes_a_formula_a_number_or_a_date(exchange: Exchange) -> None:
    plant(exchange, *[row(f"{text}", "naam", text, text[::-1]) for text in TRICKY])
    file = asked(exchange)
    sheet = load_workbook(file).active
    assert sheet is not None
    for cells in sheet.iter_rows(min_row=2):
        for cell in (cells[1], cells[5], cells[6]):
            assert (cell.data_type, cell.number_format) == ("s", "@")
            assert cell.quotePrefix == str(cell.value).startswith(("=", "+", "-", "@"))
    with zipfile.ZipFile(file) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    # what a person saves comes back as it was
    filled = {f"k{key}": {"besluit": "links", "reden": "=A1"} for key in TRICKY}
    answer(file, **filled)
    with pytest.raises(BadRows, match="kolom reden: mag geen formule zijn"):
        read(exchange, file)


def test_tricky_values_come_back_as_they_went(exchange: Exchange) -> None:
    plant(exchange, *[row(f"{n}", "naam", text, text[::-1]) for n, text in enumerate(TRICKY)])
    file = answer(asked(exchange), **{f"k{n}": {"besluit": "links", "reden": "ok"} for n in range(len(TRICKY))})
    assert read(exchange, file).new == len(TRICKY)
    assert {one["left"] for one in exchange.rows("decisions/demo")} == set(TRICKY)


def test_a_file_that_a_person_filled_in_is_taken_over_as_one_batch(planted: Exchange) -> None:
    file = answer(
        asked(planted),
        k1={"besluit": "waarde", "waarde": "0012AB", "reden": " gebeld ", "tot en met": datetime(2999, 1, 31)},
        k3={"besluit": "Accepteren", "reden": "bekend", "tot en met": "nooit"},
    )
    done = read(planted, file)
    first, second = kept(planted)
    assert (done.meant, done.new, first["batch"], second["batch"]) == (2, 2, done.batch, done.batch)
    assert [(one["key"], one["choice"], one["value"], one["reason"], one["until"], one["author"])
            for one in (first, second)] == [
        ("1", "value", "0012AB", "gebeld", date(2999, 1, 31), "analist"),
        ("3", "accept", None, "bekend", None, "analist"),
    ]  # fmt: skip
    assert len(planted.lake.history("decisions/demo")) == 1
    with pytest.raises(NotFound):
        asked(planted, about=About(kind="missing_right"))


def test_reading_a_file_again_adds_nothing(planted: Exchange) -> None:
    file = answer(asked(planted), k1={"besluit": "links", "reden": "gebeld"})
    assert read(planted, file).new == 1
    assert (read(planted, file).new, read(planted, answer(file)).new) == (0, 0), "nor when it was saved again"
    pipeline.decide(planted.run(), About(key="1"), Verdict("right", "toch niet", "chef"))
    assert read(planted, file).new == 0, "what was decided since is not undone"
    assert len(kept(planted)) == 2


def test_a_file_that_is_filled_in_further_adds_the_rest_though_the_first_are_gone(planted: Exchange) -> None:
    file = answer(asked(planted), k1={"besluit": "links", "reden": "gebeld"})
    read(planted, file)
    plant(planted, row("2", "huisnummer", "0012", None), run_id="r2")
    assert read(planted, answer(file, k2={"besluit": "rechts", "reden": "leeg klopt"})).new == 1
    assert [one["key"] for one in kept(planted)] == ["1", "2"]


@pytest.mark.parametrize("until", ["2999-01-31", "31-01-2999", "31/1/2999", date(2999, 1, 31)])
def test_a_date_as_people_write_it(planted: Exchange, until: Any) -> None:
    read(planted, answer(asked(planted), k1={"besluit": "links", "reden": "x", "tot en met": until}))
    assert kept(planted)[0]["until"] == date(2999, 1, 31)


@pytest.mark.parametrize(
    ("filled", "column", "rule"),
    [
        ({"id": "nergens"}, "id", "dit verschil is er niet (meer)"),
        ({"besluit": "beide"}, "besluit", "moet een van deze zijn: links, rechts, waarde, accepteren, onderzoek"),
        ({"besluit": "=A1"}, "besluit", "mag geen formule zijn"),
        ({"besluit": "waarde"}, "waarde", "bij het besluit “waarde” hoort een waarde"),
        ({"waarde": "x"}, "waarde", "een waarde hoort alleen bij het besluit “waarde”"),
        ({"reden": None}, "reden", "een besluit heeft een reden nodig"),
        ({"reden": "  "}, "reden", "een besluit heeft een reden nodig"),
        ({"tot en met": "gauw"}, "tot en met", "moet een datum zijn, zoals 2027-01-31, of “nooit”"),
        ({"tot en met": "2020-01-01"}, "tot en met", "deze dag is al voorbij"),
        ({"besluit": "accepteren"}, "tot en met", "accepteren heeft een einddatum nodig, of “nooit”"),
        ({"waarde links": "1234ZZ"}, "waarde links", "de waarde is intussen anders dan in dit bestand"),
        ({"waarde rechts": None}, "waarde rechts", "de waarde is intussen anders dan in dit bestand"),
    ],
)
def test_a_wrong_row_is_refused_and_nothing_of_its_file_is_taken_over(
    planted: Exchange, filled: dict[str, Any], column: str, rule: str
) -> None:
    right = {"besluit": "links", "reden": "gebeld"}
    file = answer(asked(planted), k1=right | filled, k2=right)
    number = next(n for n, cells in enumerate(load_workbook(file).active.iter_rows(values_only=True), 1)
                  if cells[1] == "1")  # type: ignore[union-attr]  # fmt: skip
    with pytest.raises(BadRows) as refused:
        read(planted, file)
    assert refused.value.rows == [(number, column, rule)]
    assert str(refused.value) == (
        f"vragen.xlsx, rij {number}, kolom {column}: {rule}\nVan vragen.xlsx is niets verwerkt."
    )
    assert refused.value.exit_status == 2
    assert planted.lake.latest("decisions/demo") is None


def test_every_wrong_row_is_told(planted: Exchange) -> None:
    file = answer(asked(planted, "en"), k1={"decision": "both"}, k2={"decision": "left"},
                  k3={"decision": "value", "value": "x", "reason": "y"})  # fmt: skip
    with pytest.raises(BadRows) as refused:
        read(planted, file)
    assert sorted(rule for _, _, rule in refused.value.rows) == [
        "a decision needs a reason",
        "for this kind of difference only: left, right, accept, onderzoek",
        "must be one of: left, right, value, accept, onderzoek",
    ]


def test_a_value_that_changed_since_the_file_was_written_is_told(planted: Exchange) -> None:
    file = answer(asked(planted), k1={"besluit": "links", "reden": "gebeld"})
    plant(planted, row("1", "postcode", "1234AB", "9999ZZ"), run_id="r2")
    with pytest.raises(BadRows, match="kolom waarde rechts: de waarde is intussen anders") as refused:
        read(planted, file)
    assert "9999ZZ" not in str(refused.value)


def test_the_same_row_twice_is_refused(planted: Exchange) -> None:
    file = answer(asked(planted), k1={"besluit": "links", "reden": "gebeld"})
    book = load_workbook(file)
    assert book.active is not None
    book.active.append([cell.value for row in book.active.iter_rows() if row[1].value == "1" for cell in row])
    book.save(file)
    with pytest.raises(BadRows, match="rij 5, kolom id: dit verschil staat al eerder"):
        read(planted, file)


@pytest.mark.parametrize("delimiter", [";", ","])
def test_the_same_as_csv(planted: Exchange, delimiter: str) -> None:
    filled = load_workbook(answer(asked(planted), k1={"besluit": "links", "reden": "één, twee; drie"})).active
    assert filled is not None
    file = planted.folder / "vragen.csv"
    with file.open("w", encoding="utf-8-sig" if delimiter == ";" else "utf-8", newline="") as opened:
        csv.writer(opened, delimiter=delimiter).writerows(filled.iter_rows(values_only=True))
    assert read(planted, file).new == 1
    assert kept(planted)[0]["reason"] == "één, twee; drie"


def test_csv_from_which_leading_zeros_were_eaten_is_refused(planted: Exchange) -> None:
    file = planted.folder / "vragen.csv"
    header = "id;waarde links;waarde rechts;besluit;waarde;reden;tot en met"
    line = f"{identity('2', 'huisnummer')};12;;links;;caf\xe9;"
    file.write_bytes(f"{header}\r\n{line}\r\n".encode("cp1252"))
    with pytest.raises(BadRows, match=re.escape("vragen.csv, rij 2, kolom waarde links")):
        read(planted, file)
    file.write_bytes(f"{header}\r\n{line.replace(';12;', ';0012;')}\r\n".encode("cp1252"))
    read(planted, file)
    assert kept(planted)[0]["reason"] == "café"


def test_a_file_that_cannot_be_read_is_refused(planted: Exchange) -> None:
    torn, other, empty = (planted.folder / name for name in ("torn.xlsx", "other.xlsx", "empty.csv"))
    torn.write_bytes(asked(planted).read_bytes()[:500])
    Workbook().save(other)
    empty.write_text("")
    with pytest.raises(BadInput, match=r"torn\.xlsx: can't be read as an Excel file"):
        read(planted, torn)
    for absent in ("absent.xlsx", "absent.csv"):
        with pytest.raises(BadInput, match=f"{absent}: can't be read"):
            read(planted, planted.folder / absent)
    for file in (other, empty):
        with pytest.raises(BadInput, match="record 1: a column is not there"):
            read(planted, file)
    with pytest.raises(BadInput, match=r"name it \.xlsx"):
        pipeline.ask(planted.run(), About(), planted.folder / "vragen.csv")


def test_a_file_without_decisions_decides_nothing(planted: Exchange) -> None:
    done = read(planted, answer(asked(planted), k1={"reden": "misschien", "waarde": "x"}))
    assert (done.meant, done.new) == (0, 0)
    assert planted.lake.latest("decisions/demo") is None
