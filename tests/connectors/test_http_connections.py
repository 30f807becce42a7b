"""The page about connections says what the code takes: every word, and examples that work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from connectors import http
from connectors._again import LONGEST_ASKED
from connectors._limit import FOLDER
from connectors._words import Words, words
from vlekkeloos.connection import resolve

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "connections.md").read_text()
SHOWN = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.M | re.S)]
EXAMPLES = [example for example in SHOWN if example["conn_type"] in ("http", "https")]
WAYS = [way for way in get_args(get_args(Words.model_fields["auth"].annotation)[0])]


def test_the_page_has_every_word_as_the_code_describes_it_and_no_other() -> None:
    of_http, _, _ = PAGE.partition("\n## Files on servers")
    told = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", of_http, re.M))
    known = {name: field.description for name, field in Words.model_fields.items()}
    known["auth"] = f"{known['auth']}: {', '.join(f'`{way}`' for way in WAYS)}"
    assert told == known


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["host"])
def test_an_example_is_a_connection_that_the_session_takes(
    example: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_REGISTER", json.dumps(example))
    connection = resolve(connection="register", url=None, folder=tmp_path)
    assert connection.url == example["host"]
    assert words(connection).model_dump(exclude_unset=True) == example.get("extra", {})
    assert isinstance(http.proof(http.ApiKey("X-Api-Key"), connection), http.Proof)


def test_each_way_in_has_an_example() -> None:
    shown = {example.get("extra", {}).get("auth", "api_key") for example in EXAMPLES}
    assert shown == set(WAYS)


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"up to {http.TRIES} times" in text
    assert (http.UNKNOWN_TRIES, LONGEST_ASKED) == (4, 5 * 60)
    assert FOLDER in text
    first, last = ", ".join(str(status) for status in http.TRY_AGAIN[:-1]), http.TRY_AGAIN[-1]
    assert f"{first} and {last}" in text
