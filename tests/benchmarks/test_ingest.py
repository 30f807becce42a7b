"""The benchmark of reading, at a tiny size: what it says is in the form of the design, and true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as papq
import pytest

from benchmarks._ingest import same
from benchmarks._ingest.records import page
from benchmarks._measure import HOME, PEERS, judged
from tests.conftest import absent


def ingest(out: Path, *more: str) -> dict[str, Any]:
    """The line that a tiny run ends with, which is also in the file that was asked for."""
    tiny = ["--rows", "250", "--rounds", "1", "--no-flat", "--latency", "0", "--out", str(out)]
    command = [sys.executable, str(HOME / "benchmarks" / "ingest.py"), *tiny, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(out.read_text()) == line
    return line


def test_ours_and_dlt_hold_the_same_records_and_the_line_has_the_designs_form(tmp_path: Path) -> None:
    if not PEERS.exists():
        absent("dlt, by `make peers`")
    line = ingest(tmp_path / "line.json")
    assert (line["benchmark"], line["rows"], line["equal"]) == ("ingest", 250, True)
    (name,) = line["peers"]
    assert name.startswith("dlt 1.")
    for spent in (line["ours"], line["peers"][name]):
        assert spent["s"] > 0 and spent["peak_mb"] > 0
    assert line["ratios"]["dlt"] == pytest.approx(line["peers"][name]["s"] / line["ours"]["s"], abs=0.01)
    assert line["ratios"]["scan"] == pytest.approx(line["ours"]["s"] / line["scan_s"], abs=0.01)
    extract = line["bag_extract"]
    assert extract["equal"] is True and extract["rows"] > 100
    assert next(iter(extract["peers"])).startswith("pyogrio ") and extract["ratios"].keys() == {"pyogrio", "scan"}


def test_a_peer_that_is_not_installed_is_named_as_absent_and_a_real_delivery_is_read_alike(
    tmp_path: Path, weesp: Path
) -> None:
    line = ingest(tmp_path / "line.json", "--peers", str(tmp_path / "none"), "--bag", str(weesp))
    assert line["peers"] == {"dlt": "absent"}
    assert line["equal"] is True  # held against the seed
    assert line["ratios"].keys() == {"scan"}
    extract = line["bag_extract"]
    assert (extract["delivery"], extract["equal"]) == (weesp.name, True)
    assert extract["rows"] == 16_113 + 26_085 + 23_091


def test_one_value_more_or_less_is_no_equal_result(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder, numbers in ((ours, [1, 2, 2]), (theirs, [1, 2])):
        folder.mkdir()
        papq.write_table(pa.table({"huisnummer": numbers}), folder / "nummeraanduiding.parquet")
    assert same.files(str(ours), str(ours)) == (True, 3)
    assert same.files(str(ours), str(theirs)) == (False, 2)


def test_a_ratio_says_how_many_times_as_fast_ours_is() -> None:
    spent = {"ours": {"s": 2.0}, "slow 1.0": {"s": 6.0}, "scan": {"s": 0.5}}
    assert judged(spent, ["none"], scan="scan") == {
        "ours": {"s": 2.0},
        "peers": {"slow 1.0": {"s": 6.0}, "none": "absent"},
        "ratios": {"slow": 3.0, "scan": 4.0},
        "scan_s": 0.5,
    }


def test_the_pages_hold_every_record_once() -> None:
    pages = [json.loads(page(1, number, 4, 10)) for number in (1, 2, 3)]
    kept = [record["identificatie"] for answer in pages for record in answer["records"]]
    assert len(kept) == len(set(kept)) == 10
    assert [answer["next"] for answer in pages] == ["/records?page=2&size=4", "/records?page=3&size=4", None]
    fields = {name for record in pages[0]["records"] for name in record} - {"adres"} | set(
        pages[0]["records"][0]["adres"]
    )
    assert len(fields) == 20
