"""The command line: its grammar, its exit statuses, and nothing on stdout but what was asked for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyarrow.parquet as papq
import pytest

from tests.builder import Exchange, addresses, contract
from tests.end_to_end.driver import COMMAND, Answer, vlekkeloos


def command(exchange: Exchange, *words: str) -> Answer:
    places = ["--exchanges", str(exchange.exchanges)] if words[0] != "show" else []
    lake = ["--lake", str(exchange.folder / "lake")] if words[0] not in ("check", "pools") else []
    return vlekkeloos(*words, *places, *lake)


def test_each_stage_alone_makes_what_the_whole_path_makes(exchange: Exchange) -> None:
    exchange.sides(
        addresses(("1", "1234AB", 1), ("2", "9999ZZ", 2)), addresses(("1", "1234AB", 1), ("2", "1234AB", 2))
    )
    for stage in ("pull", "validate", "reconcile", "feed-back", "publish", "report"):
        answer = command(exchange, stage, "demo", "--as-of", "2026-01-01")
        assert answer.status == 0, answer.err
    shown = command(exchange, "show", "discrepancies/demo", "--format", "csv")
    assert [(row["key"], row["field"], row["left"], row["right"], row["kind"]) for row in shown.rows] == [
        ("2", "postcode", "9999ZZ", "1234AB", "differs")
    ]
    assert command(exchange, "run", "demo").status == 0


def test_json_is_all_there_is_on_stdout_also_of_a_run_that_fails(exchange: Exchange) -> None:
    done = command(exchange, "run", "demo", "--json")
    assert done.json["stages"][-1]["status"] == "done"
    assert Path(done.json["places"]["report"]).is_file()
    exchange.sides(addresses(("1", "fout", 1)), addresses(("1", "1234AB", 1)))
    held = command(exchange, "run", "demo", "--json")
    assert held.status == 1
    assert [stage["status"] for stage in held.json["stages"]].count("held") == 1


def test_a_held_run_goes_on_by_release_and_says_who_and_why(exchange: Exchange) -> None:
    right = addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("3", "1234AB", 3))
    exchange.sides(addresses(("1", "fout", 1), ("2", "fout", 2), ("3", "1234AB", 3)), right)
    assert command(exchange, "run", "demo").status == 1
    released = command(exchange, "release", "demo", "--reason", "klopt", "--who", "analist")
    assert released.status == 0, released.err
    (approval,) = exchange.rows("approvals/demo")
    assert (approval["reason"], approval["who"]) == ("klopt", "analist")


def test_show_prints_csv_json_and_parquet_and_past_versions(exchange: Exchange, tmp_path: Path) -> None:
    assert command(exchange, "run", "demo").status == 0
    exchange.sides(addresses(("1", "1234AB", 1)), addresses(("1", "1234AB", 1)))
    assert command(exchange, "run", "demo").status == 0
    assert [row["id"] for row in command(exchange, "show", "raw/demo/bag").rows] == ["1"]
    past = command(exchange, "show", "raw/demo/bag", "--version", "0", "--format", "json")
    assert [row["id"] for row in json.loads(past.out)] == ["1", "2"]
    some = command(exchange, "show", "raw/demo/bag", "--version", "0", "--where", "huisnummer > 1")
    assert [row["id"] for row in some.rows] == ["2"]
    file = tmp_path / "shown.parquet"

    with file.open("wb") as sink:
        lake = str(exchange.folder / "lake")
        subprocess.run(
            [COMMAND, "show", "agreed/demo", "--format", "parquet", "--lake", lake], stdout=sink, check=True
        )
    assert papq.read_table(file).num_rows == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("run", "nergens"), 2),
        (("show", "raw/nergens"), 2),
        (("show", "raw/demo/bag", "--version", "9"), 2),
        (("show", "raw/demo/bag", "--where", "nergens = 1"), 2),
        (("show", "raw/demo/bag", "--where", "TRUE) FROM read_csv('/etc/passwd'); --"), 2),
        (("validate", "demo", "--run-id", "onbekend"), 2),
        (("publish", "demo", "--partner", "onbekend"), 2),
        (("pull", "demo", "--source", "onbekend"), 2),
        (("report", "demo", "--run-id", "onbekend"), 2),
        (("release", "demo", "--reason", "niet vastgehouden"), 2),
        (("verzin", "demo"), 2),
    ],
)
def test_what_is_not_there_is_an_error_in_a_line_and_status_2(
    exchange: Exchange, words: tuple[str, ...], status: int
) -> None:
    assert command(exchange, "run", "demo").status == 0
    answer = command(exchange, *words)
    assert answer.status == status
    assert "Traceback" not in answer.err
    assert {row["status"] for row in exchange.rows("runs")} == {"done"}


def test_check_says_which_contracts_are_in_order(exchange: Exchange) -> None:
    assert "demo: in order" in command(exchange, "check").out
    exchange.write(contract(classification="geheim"))
    answer = command(exchange, "check")
    assert answer.status == 2
    assert "contract.yaml:3: classification:" in answer.err


def test_pools_names_one_pool_a_registry(exchange: Exchange) -> None:
    assert command(exchange, "pools").json.keys() == {"registry_parquet"}


def test_an_error_before_a_run_is_json_too(exchange: Exchange) -> None:
    answer = command(exchange, "run", "nergens", "--json")
    assert answer.status == answer.json["exit_status"] == 2
    assert "no exchange 'nergens'" in answer.json["error"]


def test_who_has_seen_enough_of_a_table_may_stop_reading(exchange: Exchange) -> None:
    many = addresses(*((str(number), "1234AB", number) for number in range(1, 60_000)))
    exchange.sides(many, many)
    assert command(exchange, "pull", "demo").status == 0
    shown = subprocess.run(
        f"{COMMAND} show raw/demo/bag --lake {exchange.folder / 'lake'} | head -n 2",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.stdout.count("\n"), shown.stderr) == (2, "")
