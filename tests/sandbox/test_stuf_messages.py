"""The town's StUF messages: fictional persons only, the same each time, and of the kinds that they say."""

from __future__ import annotations

import csv
import re
import zipfile
from itertools import islice
from pathlib import Path

import pytest

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox import stuf_messages
from vlekkeloos.sandbox.stuf_messages import KINDS

TOWN = {"seed": 3, "persons": 60}


def texts(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name).decode() for name in archive.namelist()]


def test_the_first_day_tells_of_everybody_and_one_message_came_twice(tmp_path: Path) -> None:
    path, changes = stuf_messages.write(tmp_path, **TOWN)
    messages = texts(path)
    assert path.name == "kennisgevingen-20260108.zip"
    assert len(changes) == len(set(messages)) == len(messages) - 1 == 60
    sent = [re.search(r"tijdstipBericht>(\d+)<", text)[1] for text in messages]  # type: ignore[index]
    assert sent != sorted(sent)


def test_a_later_day_has_as_many_changes_of_each_kind_as_asked(tmp_path: Path) -> None:
    path, changes = stuf_messages.write(tmp_path, **TOWN, day=1, each=3)
    assert [change.kind for change in changes] == [kind for kind in KINDS for _ in range(3)]
    soorten = [re.search(r"mutatiesoort>(\w)<", text)[1] for text in set(texts(path))]  # type: ignore[index]
    assert {soort: soorten.count(soort) for soort in "TWCV"} == {"T": 3, "W": 9, "C": 3, "V": 3}


def test_nobody_is_touched_on_two_days(tmp_path: Path) -> None:
    days = [stuf_messages.write(tmp_path, **TOWN, day=day)[1] for day in (1, 2, 3)]
    touched = [change.bsn for changes in days for change in changes]
    assert len(touched) == len(set(touched)) == 3 * 2 * len(KINDS)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    def content(seed: int, name: str) -> bytes:
        (tmp_path / name).mkdir()
        return stuf_messages.write(tmp_path / name, seed=seed, persons=60, day=1)[0].read_bytes()

    assert content(3, "a") == content(3, "b") != content(4, "c")


def test_the_municipality_s_own_table_has_everybody_as_on_the_first_day(tmp_path: Path) -> None:
    stuf_messages.write_municipal(tmp_path / "personen.csv", **TOWN)
    with (tmp_path / "personen.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["bsn"] for row in rows] == [one.bsn for one in islice(stuf_messages.people(3), 60)]


def test_a_town_with_too_few_persons_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too few"):
        stuf_messages.write(tmp_path, seed=1, persons=5, day=1)
