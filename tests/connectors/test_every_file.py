"""What holds for every connector of files and databases: the same table, as the sandbox writes it in each form."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from vlekkeloos.connector import EVERYTHING, Connection, Pulled, load
from vlekkeloos.errors import VlekkeloosError
from vlekkeloos.sandbox.registries import municipal

#: A connector to the file that it reads and its words in a contract.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "csv": ("personen.csv", {"delimiter": ";"}),
    "excel": ("personen.xlsx", {}),
    "parquet": ("personen.parquet", {}),
    "sql": ("personen.sqlite", {"table": "personen"}),
    "xml": ("personen.xml", {"record": "rij"}),
}
BSN = "999900018"
ROWS = 5_000
TABLE = pa.table(
    {"bsn": [f"{BSN}-{number:06}" for number in range(ROWS)], "straat": [f"Kerkstraat {n}" for n in range(ROWS)]}
)


@dataclass
class Source:
    """A file or a database of the municipality, and the connector that reads it."""

    module: ModuleType
    words: dict[str, Any]
    path: Path
    connection: Connection

    def pull(self) -> Pulled:
        pulled: Pulled = self.module.pull(self.module.Options(**self.words), self.connection, EVERYTHING)
        return pulled


@pytest.fixture(params=CASES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    file, words = CASES[request.param]
    path = tmp_path / file
    municipal.write(TABLE, path)
    url = f"sqlite:///{path}" if path.suffix == ".sqlite" else str(path)
    return Source(load(request.param, "pull"), words, path, Connection("gemeente_personen", url))


def test_every_record_comes_once_in_batches_of_the_schema_that_was_told(source: Source) -> None:
    pulled = source.pull()
    batches = list(pulled.batches)
    assert all(batch.schema == pulled.schema for batch in batches)  # type: ignore[union-attr]
    assert pa.Table.from_batches(batches, pulled.schema).to_pylist() == TABLE.to_pylist()  # type: ignore[arg-type]


def test_what_is_read_twice_is_the_same(source: Source) -> None:
    first, second = source.pull(), source.pull()
    assert (first.schema, first.sha256) == (second.schema, second.sha256)
    assert list(first.batches) == list(second.batches)


def _open_files(path: Path) -> int:
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += str(link.readlink()).startswith(str(path))
        except FileNotFoundError:
            continue
    return found


def test_a_pull_that_is_given_up_leaves_no_thread_and_no_open_file(source: Source) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system doesn't show which files a process has open")
    list(source.pull().batches)
    before = set(threading.enumerate())
    begun: Any = source.pull().batches
    next(begun)
    begun.close()
    del begun
    assert set(threading.enumerate()) <= before
    assert _open_files(source.path) == 0


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x01" * 100], ids=["empty", "noise"])
def test_what_is_no_such_file_is_refused_with_where_it_came_from(source: Source, content: bytes) -> None:
    source.path.write_bytes(content)
    with pytest.raises(VlekkeloosError) as refused:
        list(source.pull().batches)
    assert source.path.name in str(refused.value) or source.connection.name in str(refused.value)


def test_what_is_not_there_may_come_later(source: Source) -> None:
    source.path.unlink()
    with pytest.raises(VlekkeloosError) as refused:
        list(source.pull().batches)
    assert source.path.name in str(refused.value) or source.connection.name in str(refused.value)


def test_no_log_has_a_value_of_a_record(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    list(source.pull().batches)
    assert not [record for record in caplog.records if BSN in record.getMessage()]
