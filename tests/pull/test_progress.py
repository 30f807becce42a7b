"""A pull that takes long says how far it is; one that doesn't says nothing of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pyarrow as pa
import pytest

from tests.builder import Exchange, contract
from vlekkeloos import pipeline
from vlekkeloos.connector import Page
from vlekkeloos.pull import progress
from vlekkeloos.pull.progress import Progress
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Town

ROWS = pa.record_batch({"id": ["a", "b"]})


def pages(count: int, first: int = 1) -> Iterator[Page]:
    for number in range(first, count + 1):
        yield Page(ROWS, 0, number, "", share=number / count)


def test_a_long_pull_of_a_registry_tells_records_pages_rate_and_expected_end(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TELL_EVERY", 0.0)
    told: list[str] = []
    # at the log itself: Airflow, once it is asked for a connection, takes the handlers of a test away
    monkeypatch.setattr(progress.log, "info", lambda text, *words: told.append(text % words))
    text = contract(validate={}, publish=[])
    zaken = {"connector": "zgw_zaken", "connection": "zaken", "resource": "zaken", "key": "identificatie"}
    text["sources"]["bag"] = zaken | {"authentic": True}
    text["reconcile"]["fields"] = {"postcode": {"keep": "gemeente"}}
    exchange.write(text)
    with registries.serve(Town(addresses=100), only=["zaken"]) as serving:
        for name, value in registries.connections(serving, only=["zaken"]).items():
            monkeypatch.setenv(name, value)
        pipeline.pull(exchange.run(), "bag")
    assert [line.split(", ")[:2] for line in told] == [
        ["pull bag: 100 records", "1 pages"],
        ["pull bag: 200 records", "2 pages"],
        ["pull bag: 300 records", "3 pages"],
        ["pull bag: 400 records", "4 pages"],
    ]
    assert "%" not in told[0], "one page says nothing yet of the rate"
    line = r"pull bag: 300 records, 3 pages, \d+ records a second, 75%, ready about \d\d:\d\d:\d\d"
    assert re.fullmatch(line, told[2])


def test_a_short_pull_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert len(list(Progress("bag").of_pages(pages(3)))) == 3
    assert caplog.records == []


def test_batches_without_pages_are_counted_too() -> None:
    told = Progress("bag")
    assert list(told.of_batches(iter([ROWS, ROWS]))) == [ROWS, ROWS]
    assert str(told).startswith("4 records, ") and "pages" not in str(told)


def test_what_an_earlier_try_read_does_not_count_for_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    told = Progress("bag")
    for _ in told.of_pages(pages(10, first=6)):
        clock[0] += 2.0
        if told.pages == 3:
            # pages 7 and 8 took the time; two tenths of all are left
            assert told._left(4.0) == pytest.approx(4.0)
            break


def test_a_registry_that_does_not_say_how_many_there_are_has_no_expected_end() -> None:
    told = Progress("bag")
    list(told.of_pages(iter([Page(ROWS, 0, 1, ""), Page(ROWS, 0, 2, "")])))
    assert "ready" not in str(told) and "4 records, 2 pages" in str(told)
