"""A contract's own normalisers: in SQL, in Python, as a list of codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.builder import Exchange, addresses, contract
from vlekkeloos import check, pipeline
from vlekkeloos.errors import BadInput, ContractError

CODES = "from,to\nA,actief\n'B',\"begin\"\n"
STREETS = """
def short(text):
    return text.replace("straat", "str") if text != "niets" else None

def wrong(text):
    raise ValueError(text)

def number(text):
    return 1

word = "no function"
"""


@pytest.fixture
def exchange(exchange: Exchange) -> Exchange:
    (exchange.home / "codes.csv").write_text(CODES, encoding="utf-8")
    (exchange.home / "straten.py").write_text(STREETS, encoding="utf-8")
    return exchange


def ruled(exchange: Exchange, normalise: Any, part: str = "fields") -> Path:
    text = contract(publish=[], validate={})
    text["reconcile"][part] = {"straat": {"normalise": normalise}}
    exchange.write(text)
    return exchange.home / "contract.yaml"


def differing(exchange: Exchange, left: list[Any], right: list[Any]) -> list[str]:
    rows = [(str(number), "1234AB", number) for number in range(1, len(left) + 1)]
    exchange.sides(addresses(*rows, straat=left), addresses(*rows, straat=right))
    run = exchange.run()
    for side in run.contract.sides:
        pipeline.pull(run, side)
        pipeline.validate(run, side)
    pipeline.reconcile(run)
    return [row["key"] for row in exchange.rows("discrepancies/demo")]


@pytest.mark.parametrize(
    ("normalise", "left", "right"),
    [
        ({"sql": "replace(VALUE, 'value', '')"}, ["avalue", "b"], ["a", "c"]),
        ({"codes": "codes.csv"}, ["A", "A"], ["actief", "a"]),
        ({"codes": "codes.csv"}, ["'B'", "Z"], ["begin", "z"]),
        ({"python": "straten.short"}, ["Dorpsstraat", "x"], ["Dorpsstr", "y"]),
        (["trim", {"python": "straten.short"}, "casefold"], [" niets", "x"], [None, None]),
    ],
)
def test_own_normalisers_are_applied(exchange: Exchange, normalise: Any, left: list[Any], right: list[Any]) -> None:
    ruled(exchange, normalise)
    assert differing(exchange, left, right) == ["2"]


@pytest.mark.parametrize("part", ["fields", "key"])
@pytest.mark.parametrize(
    ("normaliser", "word", "needed"),
    [
        ({"sql": "replace(value"}, "sql", "one SQL expression over value"),
        ({"sql": "upper(waarde)"}, "sql", "one SQL expression over value.*waarde"),
        ({"sql": "max(value)"}, "sql", "one SQL expression over value"),
        ({"sql": "value), (1"}, "sql", "one SQL expression over value"),
        ({"sql": "value -- so"}, "sql", "one SQL expression over value"),
        ({"codes": "none.csv"}, "codes", "none.csv can't be opened"),
        ({"codes": "straten.py"}, "codes", "with the columns from and to; straten.py has"),
        ({"codes": "twice.csv"}, "codes", "twice.csv gives a code another meaning in line 3"),
        ({"codes": "short.csv"}, "codes", "short.csv has too few values in line 2"),
        ({"python": "straten"}, "python", "<file>.<function>"),
        ({"python": "wegen.kort"}, "python", "there is no wegen.py"),
        ({"python": "straten.word"}, "python", "a function in straten.py, and word is none"),
        ({"python": "fout.kort"}, "python", "fout.py stops with SyntaxError"),
    ],
)
def test_a_wrong_one_is_refused_with_its_place(
    exchange: Exchange, normaliser: dict[str, str], word: str, needed: str, part: str
) -> None:
    (exchange.home / "fout.py").write_text("def", encoding="utf-8")
    (exchange.home / "twice.csv").write_text("from,to\na,b\na,c\n", encoding="utf-8")
    (exchange.home / "short.csv").write_text("from,to\na\n", encoding="utf-8")
    file = ruled(exchange, ["trim", normaliser], part)
    line = next(n for n, said in enumerate(file.read_text().splitlines(), 1) if said.strip("- ").startswith(word))
    with pytest.raises(ContractError, match=needed) as refused:
        check.judged(file)
    (fault,) = refused.value.faults
    assert (fault.line, fault.path) == (line, f"reconcile.{part}.straat.normalise.1.{word}")


def test_an_unknown_word_is_refused_with_those_that_are_known(exchange: Exchange) -> None:
    with pytest.raises(ContractError) as refused:
        check.judged(ruled(exchange, ["trim", "upper"]))
    (fault,) = refused.value.faults
    assert fault.path == "reconcile.fields.straat.normalise.1"
    assert "one of casefold, cijfers," in fault.expected
    assert "upper is none" in fault.expected


@pytest.mark.parametrize(
    ("normalise", "said"),
    [
        ({"python": "straten.wrong"}, "field straat: the normaliser straten.wrong raised ValueError"),
        ({"python": "straten.number"}, "field straat: the normaliser straten.number gave int, not a text or None"),
        ({"sql": "CAST(value AS INTEGER)"}, "an SQL expression in it can't be worked out for some value"),
    ],
)
def test_what_goes_wrong_is_told_without_the_value(exchange: Exchange, normalise: Any, said: str) -> None:
    ruled(exchange, normalise)
    with pytest.raises(BadInput, match=said) as refused:
        differing(exchange, ["Geheim"], ["Geheimer"])
    assert "Geheim" not in str(refused.value)
