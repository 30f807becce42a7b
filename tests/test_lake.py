"""The lake: atomic, versioned, once a run; on a folder and on an object store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from vlekkeloos.errors import BadInput, NotFound
from vlekkeloos.lake import TIDY_EVERY, Lake, Ref

ROWS = pa.table({"id": [1, 2]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def test_a_run_that_writes_a_table_twice_leaves_one_version(lake: Lake) -> None:
    first = lake.write("raw/a/b", ROWS, run_id="r1")
    again = lake.write("raw/a/b", pa.table({"id": [9]}), run_id="r1")
    assert first == again == lake.latest("raw/a/b")
    assert lake.count(again) == 2


def test_a_past_version_stays_readable(lake: Lake) -> None:
    old = lake.write("t", ROWS, run_id="r1")
    lake.write("t", pa.table({"other": ["x"]}), run_id="r2")
    assert lake.delta(old).to_pyarrow_table() == ROWS


def test_a_fault_in_mid_stream_passes_through_and_leaves_the_table_as_it_was(lake: Lake) -> None:
    lake.write("t", ROWS, run_id="r1")

    def breaks_off() -> Iterator[pa.RecordBatch]:
        yield from ROWS.to_batches()
        raise BadInput("the file ends early", file="x.zip", record=3)

    with pytest.raises(BadInput, match=r"file x.zip, record 3: the file ends early"):
        lake.write("t", pa.RecordBatchReader.from_batches(ROWS.schema, breaks_off()), run_id="r2")
    assert lake.latest("t") == Ref("t", 0)


def test_a_table_that_is_not_there_is_named_with_those_that_are(lake: Lake) -> None:
    lake.write("raw/adressen/bag", ROWS, run_id="r1")
    with pytest.raises(NotFound, match=r"no table raw/adressen/gemeente .* raw/adressen/bag"):
        lake.find("raw/adressen/gemeente")


def test_a_short_name_will_do_where_only_one_table_ends_so(lake: Lake) -> None:
    lake.write("raw/adressen/bag", ROWS, run_id="r1")
    assert lake.find("raw/bag").table == "raw/adressen/bag"
    lake.write("raw/personen/bag", ROWS, run_id="r1")
    with pytest.raises(NotFound, match="raw/adressen/bag, raw/personen/bag"):
        lake.find("raw/bag")


def test_a_query_cannot_reach_files_outside_the_lake(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    other = lake.write("other", ROWS, run_id="r1")
    (hidden,) = lake.delta(other).file_uris()
    with lake.query(t=lake.write("t", ROWS, run_id="r1")) as query:
        for reading in (f"read_csv('{tmp_path}/secret.csv')", f"read_parquet('{hidden}')"):
            with pytest.raises(duckdb.PermissionException):
                query.execute(f"FROM {reading}").fetchall()
        with pytest.raises(duckdb.Error):
            query.execute("SET enable_external_access = true")


def test_a_table_of_many_commits_and_changed_columns_reads_as_one(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "a lake with 'odd' characters=1"))
    lake.write("t", ROWS, run_id="r1", mode="append")
    ref = lake.write("t", pa.table({"id": [3], "more": ["x"]}), run_id="r2", mode="append")
    with lake.query(t=ref) as query:
        assert query.execute("SELECT id, more FROM t ORDER BY id").fetchall() == [(1, None), (2, None), (3, "x")]


def test_a_table_without_rows_keeps_its_columns(lake: Lake) -> None:
    with lake.query(t=lake.write("t", ROWS.slice(0, 0), run_id="r1")) as query:
        assert query.execute("DESCRIBE t").fetchall()[0][:2] == ("id", "BIGINT")


def test_a_kept_folder_is_whole_and_replaces_the_one_before(lake: Lake, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "a.csv").write_text("1", encoding="utf-8")
    lake.keep(package, "packages/v1")
    (package / "a.csv").rename(package / "b.csv")
    lake.keep(package, "packages/v1")
    with lake.fetched("packages/v1") as local:
        assert [path.name for path in local.iterdir()] == ["b.csv"]


def _append(url: str, number: int) -> None:
    Lake(url).write("runs", pa.table({"id": [number]}), run_id=f"r{number}", mode="append")


def test_tasks_that_append_at_once_lose_nothing(lake: Lake) -> None:
    with ProcessPoolExecutor(4, get_context("spawn")) as pool:
        list(pool.map(_append, [lake.url] * 12, range(12)))
    rows = lake.delta(lake.find("runs")).to_pyarrow_table()["id"].to_pylist()
    assert sorted(rows) == list(range(12))


def test_a_table_that_grows_by_a_row_at_a_time_stays_of_few_files_and_keeps_every_row(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    for number in range(TIDY_EVERY + 5):
        lake.write("runs", pa.table({"n": [number]}), run_id=str(number), mode="append")
        lake.tidy("runs")
    ref = lake.latest("runs")
    assert ref is not None and len(lake.delta(ref).file_uris()) < 10
    with lake.query(runs=ref) as query:
        assert query.sql("SELECT count(DISTINCT n), count(*) FROM runs").fetchall() == [(TIDY_EVERY + 5,) * 2]
    assert lake.written("runs", "0") is not None
