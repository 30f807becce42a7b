"""The commands ``decide`` and ``causes``, as a person and a script use them."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from tests.builder import Exchange
from tests.decide.planted import identity, plant, row, street
from vlekkeloos.cli import main
from vlekkeloos.decide import texts


@pytest.fixture
def planted(exchange: Exchange) -> Exchange:
    plant(exchange, *street(), row("1", "postcode", "1234AB", "1234AC"), row("2", None, kind="missing_left"))
    return exchange


def say(exchange: Exchange, command: str, *words: str) -> Result:
    places = ["--exchanges", str(exchange.exchanges), "--lake", exchange.lake.url]
    return CliRunner().invoke(main, [command, "demo", *words, *places])


def decided(exchange: Exchange) -> list[dict[str, Any]]:
    return exchange.rows("decisions/demo") if exchange.lake.latest("decisions/demo") else []


def test_one_is_decided(planted: Exchange) -> None:
    words = ["--key", "1", "--field", "postcode", "--choose", "left", "--reason", "gebeld", "--who", "analist"]
    said = say(planted, "decide", *words)
    assert (said.exit_code, said.stdout) == (0, "1 decided, 0 said so already; applied by the next run\n")
    (kept,) = decided(planted)
    assert (kept["choice"], kept["reason"], kept["author"]) == ("left", "gebeld", "analist")


def test_a_value_and_an_end_are_decided(planted: Exchange) -> None:
    words = ["--id", identity("1", "postcode")[:8], "--value", "0012AB", "--reason", "x", "--until", "2999-01-01"]
    said = say(planted, "decide", *words, "--json")
    assert json.loads(said.stdout)["decided"] == 1
    (kept,) = decided(planted)
    assert (kept["choice"], kept["value"], str(kept["until"])) == ("value", "0012AB", "2999-01-01")


def test_many_are_only_shown_until_a_person_says_yes(planted: Exchange) -> None:
    words = ["--where", "\"left\" = 'Kerkstraat'", "--choose", "right", "--reason", "hernoemd"]
    shown = say(planted, "decide", *words)
    assert shown.exit_code == 1
    first, second, *_ = shown.stdout.splitlines()
    assert first.strip() == "40  straatnaam: verschilt"
    assert "S000  straatnaam, gemeente | bag, verschilt: Kerkstraat | Burgemeesterplein" in second
    assert shown.stdout.count("Kerkstraat") == 10
    assert "40 discrepancies would be decided about; --yes does it" in shown.stderr
    assert decided(planted) == []
    assert say(planted, "decide", *words, "--yes").stdout.startswith("40 decided")
    assert len(decided(planted)) == 40


def test_a_preview_as_json_is_one_document(planted: Exchange) -> None:
    said = say(planted, "decide", "--field", "straatnaam", "--choose", "right", "--reason", "x", "--json")
    told = json.loads(said.stdout)
    assert (said.exit_code, told["count"], len(told["first"])) == (1, 40, 10)


def test_causes_are_listed_and_decided_about(planted: Exchange) -> None:
    told = say(planted, "causes")
    cause, single = told.stdout.splitlines()
    assert (told.exit_code, single) == (0, "los, zonder gemeenschappelijke oorzaak: 2")
    assert cause.endswith(
        "40 (100 %), open 40: straatnaam: gemeente heeft steeds “Kerkstraat” en bag “Burgemeesterplein” (40 keer)."
        " Zoals S000, S001, S002."
    )
    assert "Such as S000" in say(planted, "causes", "--language", "en").stdout
    (found,) = json.loads(say(planted, "causes", "--json").stdout)["causes"]
    assert (found["count"], found["id"]) == (40, cause.split()[0])
    words = ["--cause", found["id"], "--choose", "right", "--reason", "hernoemd", "--yes"]
    assert say(planted, "decide", *words).exit_code == 0
    assert len(decided(planted)) == 40


def test_questions_are_listed(planted: Exchange) -> None:
    said = say(planted, "decide", "--list", "--kind", "missing_left")
    assert (
        said.stdout == f"{identity('2', None, 'missing_left')[:8]}  2  hele record, gemeente | bag, ontbreekt links\n"
    )
    assert len(json.loads(say(planted, "decide", "--list", "--json").stdout)) == 42
    assert say(planted, "decide", "--list", "--field", "nergens").exit_code == 0


def test_a_file_goes_out_and_comes_back(planted: Exchange) -> None:
    file = planted.folder / "vragen.xlsx"
    assert say(planted, "decide", "--out", str(file)).stdout == f"{file}: 42 questions\n"
    again = say(planted, "decide", "--out", str(file))
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    book = load_workbook(file)
    assert book.active is not None
    for cells in book.active.iter_rows(min_row=2):
        if cells[2].value == "straatnaam":
            cells[10].value, cells[12].value = "rechts", "hernoemd"
    book.save(file)
    assert say(planted, "decide", "--file", str(file)).stdout.startswith("40 decided")
    assert say(planted, "decide", "--file", str(file)).stdout.startswith("0 decided, 40 said so already")
    book.active["K2"].value = "misschien"
    book.save(file)
    refused = say(planted, "decide", "--file", str(file))
    assert (refused.exit_code, "vragen.xlsx, rij 2, kolom besluit: moet een van" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "one of --choose"),
        (["--key", "1"], "one of --choose"),
        (["--choose", "left", "--list", "--key", "1"], "one of --choose"),
        (["--choose", "left", "--value", "x", "--key", "1", "--reason", "x"], "either --choose or --value"),
        (["--choose", "left", "--reason", "x", "--yes"], "which is meant?"),
        (["--choose", "left", "--reason", "x", "--yes", "--settled"], "which is meant?"),
        (["--choose", "left", "--key", "1"], "needs a --reason"),
        (["--choose", "accept", "--key", "1", "--reason", "x"], "accept needs an end date"),
        (["--choose", "accept", "--key", "1", "--reason", "x", "--until", "morgen"], "a date as"),
        (["--choose", "accept", "--key", "1", "--reason", "x", "--until", "2020-01-01"], "that day has passed"),
        (["--choose", "left", "--key", "zz", "--reason", "x"], "no discrepancy"),
        (["--choose", "left", "--field", "zz", "--reason", "x"], "no open question"),
        (["--choose", "left", "--cause", "zz", "--reason", "x"], "no cause has that id"),
        (["--choose", "left", "--where", "x =", "--reason", "x"], "--where can't be read"),
    ],
)
def test_what_is_not_clear_is_refused(planted: Exchange, words: list[str], said: str) -> None:
    refused = say(planted, "decide", *words)
    assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    assert decided(planted) == []


def test_both_languages_say_the_same() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    dutch, english = (texts._TEXTS[language] for language in ("nl", "en"))  # type: ignore[index]
    assert {key: names(text) for key, text in dutch.items()} == {key: names(text) for key, text in english.items()}
    code = "".join(file.read_text(encoding="utf-8") for file in Path(texts.__file__).parent.parent.rglob("*/*.py"))
    assert not [key for key in dutch if key.split(".")[-1] not in code]
