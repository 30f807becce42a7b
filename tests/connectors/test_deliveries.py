"""A folder of files as a source: which are taken, how they make one table, and which are new since the last pull."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from connectors import csv, excel, parquet, xml
from tests.servers import ObjectStore, Sftp
from vlekkeloos.connection import resolve
from vlekkeloos.connector import Connection, Pulled, Wanted
from vlekkeloos.errors import BadInput, RegistryFailed

DAY1, DAY2, DAY3 = (f"containers-2026-01-0{day}.csv" for day in (1, 2, 3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three deliveries, and what lies beside them."""
    made = tmp_path / "uit"
    made.mkdir()
    (made / DAY2).write_text("nummer;liter\n2;240\n")
    (made / DAY1).write_text("nummer;liter\n1;120\n")
    (made / DAY3).write_text("liter;nummer\n660;3\n")
    for beside in (
        f"{DAY3}.part",
        ".containers-2026-01-09.csv",
        "containers-2026-01-09.csv.filepart",
        "lees_mij.txt",
    ):
        (made / beside).write_text("half")
    (made / "containers-2026-01-09.csv").mkdir()
    return made


def pull(folder: Path | Connection, since: str | None = None, **options: Any) -> Pulled:
    connection = folder if isinstance(folder, Connection) else Connection("leverancier", str(folder))
    result: Pulled = csv.pull(csv.Options(**{"files": "containers-*.csv"} | options), connection, Wanted(since=since))
    return result


def rows(pulled: Pulled) -> list[dict[str, Any]]:
    return pa.Table.from_batches(pulled.batches, schema=pulled.schema).to_pylist()


def test_the_newest_is_the_last_by_name_of_those_that_are_whole(folder: Path) -> None:
    result = pull(folder)
    assert rows(result) == [{"liter": "660", "nummer": "3"}]
    assert result.sha256 == hashlib.sha256((folder / DAY3).read_bytes()).hexdigest()
    assert (result.cursor, result.delta) == (DAY3, False)


def test_all_are_one_table_in_order_of_name_and_in_the_columns_order_of_the_first(folder: Path) -> None:
    result = pull(folder, which="all", types={"liter": "integer"})
    assert rows(result) == [
        {"nummer": "1", "liter": 120}, {"nummer": "2", "liter": 240}, {"nummer": "3", "liter": 660},
    ]  # fmt: skip
    assert result.cursor == DAY3


def test_the_digest_of_several_files_is_that_of_the_list_that_sha256sum_prints(folder: Path) -> None:
    listed = subprocess.check_output(["sha256sum", DAY1, DAY2, DAY3], cwd=folder)
    assert pull(folder, which="all").sha256 == hashlib.sha256(listed).hexdigest()


@pytest.mark.parametrize(
    ("header", "field"), [("nummer;liters", "liter"), ("nummer", "liter"), ("nummer;liter;kleur", "kleur")]
)
def test_a_file_with_other_columns_is_refused_and_named(folder: Path, header: str, field: str) -> None:
    (folder / DAY2).write_text(f"{header}\n")
    with pytest.raises(BadInput) as refused:
        pull(folder, which="all")
    assert (refused.value.file, refused.value.field, refused.value.kept) == (DAY2, field, folder / DAY2)


def test_a_fault_in_a_later_file_names_that_file(folder: Path) -> None:
    (folder / DAY2).write_text("nummer;liter\n2;240;\n")
    with pytest.raises(BadInput, match=f"file {DAY2}, record 1: line 2 has 3 fields"):
        rows(pull(folder, which="all"))


def test_a_folder_without_such_a_file_may_have_one_later(folder: Path) -> None:
    for where, files in ((folder, "zakken-*.csv"), (folder / "weg", "*.csv"), (folder.parent, "weg/*.csv")):
        with pytest.raises(RegistryFailed, match=r"there is no file like .*csv"):
            pull(where, files=files)


def test_files_may_name_a_folder_below_the_connection_s(folder: Path) -> None:
    assert len(rows(pull(folder.parent, files="uit/containers-*.csv", which="all"))) == 3
    assert len(rows(pull(folder.parent, files=f"uit/{DAY1}"))) == 1


def test_a_file_that_changes_while_it_is_read_is_refused(folder: Path) -> None:
    result = pull(folder)
    (folder / DAY3).write_text("liter;nummer\n661;3\n")
    with pytest.raises(RegistryFailed, match=f"{DAY3} was changed while it was read"):
        rows(result)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"files": None, "which": "all"}, "give files"),
        ({"files": None, "mode": "delta"}, "give files"),
        ({"mode": "delta"}, "write which: all"),
        ({"files": "*/a.csv"}, "only the last part"),
        ({"files": "../a.csv"}, "none may be"),
        ({"files": "uit/"}, "only the last part"),
        ({"deleted": "weg"}, "deleted: is for mode: delta"),
    ],
)
def test_words_that_don_t_go_together_are_refused_in_the_contract(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        csv.Options(**{"files": "*.csv"} | options)


# Mutations: only what is new.

DELTA = {"which": "all", "mode": "delta"}


def test_the_first_delta_reads_every_file(folder: Path) -> None:
    result = pull(folder, **DELTA)
    assert [row["nummer"] for row in rows(result)] == ["1", "2", "3"]
    assert (result.cursor, result.delta) == (DAY3, True)


def test_a_delta_reads_the_files_behind_the_last_one_that_was_read(folder: Path) -> None:
    result = pull(folder, since=DAY1, **DELTA)
    assert [row["nummer"] for row in rows(result)] == ["2", "3"]
    assert (result.cursor, result.delta) == (DAY3, True)


def test_a_delta_without_a_new_file_has_no_rows_and_the_columns_of_the_last(folder: Path) -> None:
    result = pull(folder, since=DAY3, **DELTA)
    assert (rows(result), result.schema.names, result.cursor) == ([], ["liter", "nummer"], DAY3)
    assert result.sha256 is None


def test_the_column_that_marks_removed_records_must_be_there_and_boolean(folder: Path) -> None:
    (folder / DAY3).write_text("nummer;liter;vervallen\n1;120;J\n3;660;N\n")
    marked = {"deleted": "vervallen", "since": DAY2, **DELTA}
    result = pull(folder, types={"vervallen": "boolean"}, **marked)
    assert (result.deleted, [row["vervallen"] for row in rows(result)]) == ("vervallen", [True, False])
    with pytest.raises(BadInput, match="not boolean"):
        pull(folder, **marked)
    with pytest.raises(BadInput, match="no such column"):
        pull(folder, **marked | {"deleted": "weg"})


# Other kinds of files.


def workbook(path: Path, *cells: list[Any]) -> None:
    book = openpyxl.Workbook()
    for row in cells:
        book.active.append(row)
    book.save(path)


def test_a_column_of_several_workbooks_has_the_type_of_all_their_cells(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", ["nummer", "liter", "leeg"], ["1", 120, None])
    workbook(tmp_path / "b.xlsx", ["liter", "leeg", "nummer"], [120.5, True, "2"])
    result = excel.pull(excel.Options(files="*.xlsx", which="all"), Connection("bron", str(tmp_path)))
    assert [str(kind) for kind in result.schema.types] == ["string", "double", "bool"]
    assert rows(result) == [
        {"nummer": "1", "liter": 120.0, "leeg": None}, {"nummer": "2", "liter": 120.5, "leeg": True},
    ]  # fmt: skip


def test_parquet_files_of_other_types_are_refused_and_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"nummer": ["1"], "liter": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"liter": ["2"], "nummer": ["2"]}), tmp_path / "b.parquet")
    with pytest.raises(BadInput, match=r"file b\.parquet, field liter: the column is of another type"):
        parquet.pull(parquet.Options(files="*", which="all"), Connection("bron", str(tmp_path)))


def test_xml_files_have_together_the_fields_that_any_of_them_has(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<r><Adres><n>1</n></Adres></r>")
    (tmp_path / "b.xml").write_text("<r/>")
    (tmp_path / "c.xml").write_text("<r><Adres><n>2</n><n>3</n><op>x</op></Adres></r>")
    options = xml.Options(record="Adres", files="*.xml", which="all")
    result = xml.pull(options, Connection("bron", str(tmp_path)))
    assert rows(result) == [{"n": ["1"], "op": None}, {"n": ["2", "3"], "op": "x"}]


def test_a_day_on_which_nothing_changed_may_have_an_xml_file_without_records(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<r><Adres><n>1</n></Adres></r>")
    (tmp_path / "b.xml").write_text("<r/>")
    options = xml.Options(record="Adres", files="*.xml", columns={"n": "text"}, **DELTA)
    connection = Connection("bron", str(tmp_path))
    assert rows(xml.pull(options, connection, Wanted(since="a.xml"))) == []
    (tmp_path / "a.xml").write_text("<r/>")
    with pytest.raises(BadInput, match="there is no element Adres"):
        xml.pull(options, connection)


# The same on servers.


@pytest.fixture(params=["sftp", "s3"])
def remote(
    request: pytest.FixtureRequest, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Connection]:
    """The connection to a server's folder with the same deliveries."""
    import json
    import shutil

    if request.param == "sftp":
        sftp: Sftp = request.getfixturevalue("sftp")
        shutil.copytree(folder, sftp.folder / tmp_path.name)
        airflow = sftp.airflow(tmp_path.name)
    else:
        store: ObjectStore = request.getfixturevalue("store")
        bucket = "b" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]
        store.put(bucket)
        for file in folder.iterdir():
            store.put(
                f"{bucket}/gft/{file.name}" + "/x.csv" * file.is_dir(), b"" if file.is_dir() else file.read_bytes()
            )
        airflow = store.airflow(f"{bucket}/gft/")
    monkeypatch.setenv("AIRFLOW_CONN_LEVERANCIER", json.dumps(airflow))
    return lambda: resolve(connection="leverancier", url=None, folder=tmp_path)


def test_a_folder_on_a_server_is_read_as_one_on_disk(remote: Callable[[], Connection]) -> None:
    assert rows(pull(remote())) == [{"liter": "660", "nummer": "3"}]
    assert [row["nummer"] for row in rows(pull(remote(), which="all"))] == ["1", "2", "3"]
    delta = pull(remote(), since=DAY1, **DELTA)
    assert ([row["nummer"] for row in rows(delta)], delta.cursor) == (["2", "3"], DAY3)
    with pytest.raises(RegistryFailed, match=r"there is no file like .*/zakken-\*\.csv"):
        pull(remote(), files="zakken-*.csv")


def test_the_copies_of_several_files_are_removed_once_read(
    remote: Callable[[], Connection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copies := tmp_path / "kopieen").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    for since in (None, DAY1, DAY3):
        result = pull(remote(), since=since, **DELTA)
        rows(result)
        assert not list(copies.iterdir())
