"""The lake: every table that a stage writes or reads, as Delta tables below one URL, and the files kept beside.

A write is one atomic Delta commit that carries the run's id. Writing the same table for the same run again
changes nothing and gives the version that is already there, so a stage can be run again at any time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.fs as pafs
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from vlekkeloos.errors import Busy, NotFound

#: Commits looked back through for one of the same run: a run that is older than this many commits is over.
LOOK_BACK = 200
#: Commits of a table that grows by a few rows at a time between two times that its files are laid together.
TIDY_EVERY = 40
#: The column of raw and accepted tables with the number of the record as received, from 1.
ROW = "_row"
#: Rows in a row group: who reads a table holds some row groups whole, so their size is what reading costs.
WRITTEN_AS = WriterProperties(compression="ZSTD", max_row_group_size=65_536)
#: Bytes in a data file, about: the writer holds one whole before it goes to the lake.
FILE = 32 << 20
#: Two tasks that make the same table at once collide; the later one finds it there on its next try.
WHERE_COMMITS_MEET = retry(
    retry=retry_if_exception_type(CommitFailedError),
    wait=wait_random_exponential(multiplier=0.05, max=2),
    stop=stop_after_attempt(20),
    reraise=True,
)


@dataclass(frozen=True, order=True)
class Ref:
    """One version of one table: what stages hand to each other."""

    table: str
    version: int

    def __str__(self) -> str:
        return f"{self.table}@{self.version}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The inverse of ``str``."""
        table, _, version = text.rpartition("@")
        return cls(table, int(version))


class Lake:
    """Tables and files below one URL: a local folder, or ``s3://``, ``abfss://``, ``gs://``.

    ``memory`` bounds what one query holds (DuckDB spills the rest to disk), e.g. ``512MB``. Credentials for
    object stores come from the environment, as delta-rs and Arrow document.
    """

    def __init__(self, url: str, *, memory: str = "512MB") -> None:
        self.memory = memory
        if "://" in url:
            self.url = url.rstrip("/")
            self._files, self._root = pafs.FileSystem.from_uri(self.url)
        else:
            Path(url).mkdir(parents=True, exist_ok=True)
            self.url = str(Path(url).absolute())
            self._files, self._root = pafs.LocalFileSystem(), self.url

    # ── tables ────────────────────────────────────────────────────────────────────────────────────────────

    def write(
        self,
        table: str,
        data: pa.Table | pa.RecordBatchReader,
        *,
        run_id: str,
        mode: Literal["overwrite", "append"] = "overwrite",
        notes: Mapping[str, str] | None = None,
        on: Ref | None = None,
    ) -> Ref:
        """Commits ``data`` as the table's next version, streaming; ``notes`` go into the commit with the run id.

        If this run has written the table before, nothing is written and that version is returned. An error
        raised while ``data`` is read passes through, and leaves the table as it was. ``on`` is the version that an
        overwrite was made from: if another wrote the table since, it is not overwritten. Raises Busy.
        """
        if (done := self.written(table, run_id)) is not None:
            return done
        failure: list[Exception] = []
        try:
            # a stream can be read only once; a table in memory can be tried again
            again = isinstance(data, pa.Table) and on is None
            commit = WHERE_COMMITS_MEET(self._commit) if again else self._commit
            commit(table, data, failure, mode, {"run_id": run_id, **(notes or {})}, on)
        except CommitFailedError:
            if (done := self.written(table, run_id)) is not None:
                return done
            raise Busy(f"{table} is being written by another run; run again when that one has ended") from None
        except Exception:
            if failure:
                # delta-rs turns a Python error into text on its way; give the caller the error itself
                raise failure[0] from None
            raise
        committed = self.written(table, run_id)
        assert committed is not None, f"{table} was committed without its run id"
        return committed

    def tidy(self, table: str) -> None:
        """Lays the files of a table that grows by some rows at a time together, once in TIDY_EVERY commits.

        Who reads it opens every file and every commit, so both would slow down with each run.
        """
        delta = self._open(table)
        if delta is None or delta.version() == 0 or delta.version() % TIDY_EVERY:
            return
        # another process does the same at this moment: once is enough
        with suppress(CommitFailedError):
            delta.optimize.compact()
            delta.create_checkpoint()

    def written(self, table: str, run_id: str) -> Ref | None:
        """The version of ``table`` that this run committed, if it did."""
        for commit in self.history(table, limit=LOOK_BACK):
            if commit.get("run_id") == run_id:
                return Ref(table, commit["version"])
        return None

    def before(self, table: str, run_id: str) -> Ref | None:
        """The newest version that another run left before this run wrote its own; None if there is none."""
        return next((Ref(table, commit["version"]) for commit in self.others(table, run_id)), None)

    def others(self, table: str, run_id: str) -> list[dict[str, Any]]:
        """The commits of other runs before this run's own, newest first; all of them if it has none yet."""
        commits = self.history(table)
        own = [commit["version"] for commit in commits if commit.get("run_id") == run_id]
        return [
            commit
            for commit in commits
            if commit.get("run_id") != run_id and (not own or commit["version"] < min(own))
        ]

    def history(self, table: str, limit: int | None = None) -> list[dict[str, Any]]:
        """The commits of ``table``, newest first, each with version, timestamp (ms) and its notes; [] if none."""
        delta = self._open(table)
        return delta.history(limit) if delta else []

    def latest(self, table: str) -> Ref | None:
        """The newest version of ``table``, None if there is no such table."""
        delta = self._open(table)
        return Ref(table, delta.version()) if delta else None

    def delta(self, ref: Ref) -> DeltaTable:
        """The table at that version. Raises NotFound, with the versions there are."""
        try:
            return DeltaTable(self._url(ref.table), version=ref.version)
        except Exception as error:
            newest = self.latest(ref.table)
            if newest is None:
                raise NotFound(f"there is no table {ref.table} in {self.url}") from None
            if ref.version > newest.version:
                raise NotFound(f"{ref.table} has versions 0 to {newest.version}, not {ref.version}") from error
            raise

    def schema(self, ref: Ref) -> pa.Schema:
        """The Arrow schema of a table at a version."""
        return pa.schema(self.delta(ref).to_pyarrow_dataset().schema)

    def count(self, ref: Ref) -> int:
        """The number of rows of a table at a version."""
        return int(self.delta(ref).count())

    def tables(self) -> list[str]:
        """The names of all tables in the lake, sorted."""
        found = self._files.get_file_info(pafs.FileSelector(self._root, recursive=True, allow_not_found=True))
        return sorted(
            info.path.removesuffix("/_delta_log")[len(self._root) :].strip("/")
            for info in found
            if info.path.endswith("/_delta_log")
        )

    def find(self, name: str) -> Ref:
        """The newest version of the table of that name, or of the only one whose name ends so.

        ``quarantine/bag`` is ``quarantine/adressen/bag`` if no other exchange has such a table. Raises NotFound.
        """
        if (exact := self.latest(name)) is not None:
            return exact
        room, _, rest = name.partition("/")
        there = self.tables()
        alike = [table for table in there if rest and table.startswith(f"{room}/") and table.endswith(f"/{rest}")]
        if len(alike) == 1 and (found := self.latest(alike[0])) is not None:
            return found
        raise NotFound(f"no table {name} in {self.url}; there are: {', '.join(alike or there) or 'none'}")

    def remove(self, table: str) -> None:
        """Removes a table and all its versions, if it is there: for what is of use to one run only."""
        if self.exists(table):
            self._files.delete_dir(f"{self._root}/{table}")

    @contextmanager
    def query(self, **tables: Ref) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection in which each named table is a view; its memory is bounded, its spill is removed.

        What a query creates lives in a temporary database on disk, not in memory.
        """
        with TemporaryDirectory(prefix="vlekkeloos-") as scratch:
            connection = duckdb.connect(
                f"{scratch}/work.duckdb",
                config={"memory_limit": self.memory, "temp_directory": f"{scratch}/spill"},
            )
            # order is not kept: results are sets, and keeping it would hold whole tables in memory
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET TimeZone = 'UTC'")
            try:
                files = [path for name, ref in tables.items() for path in self._view(connection, name, ref)]
                # a condition out of a contract sees these views and nothing else
                connection.execute(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
                connection.execute("SET enable_external_access = false")
                yield connection
            finally:
                connection.close()

    def _view(self, connection: duckdb.DuckDBPyConnection, name: str, ref: Ref) -> list[str]:
        """Makes the view; gives the local files that it reads.

        DuckDB reads local files itself, in a fraction of the memory that Arrow's reading ahead takes. It has no
        reader for object stores in its package, so there Arrow reads.
        """
        delta = self.delta(ref)
        files: list[str] = []
        if isinstance(self._files, pafs.LocalFileSystem):
            # delta-rs gives percent-encoded addresses; a table here has no partitions, so a file's name is enough
            files = [f"{self._url(ref.table)}/{uri.rsplit('/', 1)[1]}" for uri in delta.file_uris()]
        if not files:
            connection.register(name, delta.to_pyarrow_dataset())
            return []
        listed = ", ".join(map(literal, files))
        connection.execute(
            f"CREATE VIEW {quoted(name)} AS"
            f" FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        )
        return files

    def _commit(
        self,
        table: str,
        data: pa.Table | pa.RecordBatchReader,
        failure: list[Exception],
        mode: Literal["overwrite", "append"],
        notes: dict[str, str],
        on: Ref | None,
    ) -> None:
        """One Delta commit."""
        write_deltalake(
            self.delta(on) if on else self._url(table),
            _remembering(data, failure),
            mode=mode,
            schema_mode="overwrite" if mode == "overwrite" else "merge",
            commit_properties=CommitProperties(custom_metadata=notes),
            writer_properties=WRITTEN_AS,
            target_file_size=FILE,
        )

    def _url(self, table: str) -> str:
        return f"{self.url}/{table}"

    def _open(self, table: str) -> DeltaTable | None:
        try:
            return DeltaTable(self._url(table))
        except TableNotFoundError:
            return None

    # ── files ─────────────────────────────────────────────────────────────────────────────────────────────

    def keep(self, local: Path, name: str) -> str:
        """Copies a local file or folder to ``name`` below the lake; gives back its full place.

        A folder is complete or absent: on a local lake by a rename; on an object store its last file
        (sorted by name, manifest.json after all others) is the sign that it is whole.
        """
        target = f"{self._root}/{name}"
        if isinstance(self._files, pafs.LocalFileSystem):
            _copy_whole(local, Path(target))
            return target
        listed = (
            sorted(local.rglob("*"), key=lambda path: (path.name == "manifest.json", path))
            if local.is_dir()
            else [local]
        )
        for path in (path for path in listed if path.is_file()):
            place = target if path is local else f"{target}/{path.relative_to(local).as_posix()}"
            pafs.copy_files(str(path), place, destination_filesystem=self._files)
        return f"{self.url}/{name}"

    @contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        """A kept file or folder as a local path: itself on a local lake, else a temporary copy."""
        place = f"{self._root}/{name}"
        if isinstance(self._files, pafs.LocalFileSystem):
            yield Path(place)
            return
        with TemporaryDirectory(prefix="vlekkeloos-") as scratch:
            pafs.copy_files(place, scratch, source_filesystem=self._files)
            yield Path(scratch)

    def exists(self, name: str) -> bool:
        """True if a kept file or folder of that name is there."""
        return bool(self._files.get_file_info(f"{self._root}/{name}").type != pafs.FileType.NotFound)

    def place(self, name: str) -> str:
        """Where a table or a kept file of that name is, for people."""
        return f"{self.url}/{name}"


def quoted(name: str) -> str:
    """A column or table name as SQL takes it literally."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _remembering(data: pa.Table | pa.RecordBatchReader, failure: list[Exception]) -> pa.RecordBatchReader:
    """The same batches; an error raised while they are read is put in ``failure`` on its way."""

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from data.to_batches() if isinstance(data, pa.Table) else data
        except Exception as error:  # not GeneratorExit: that is the writer's own failure, closing what it reads
            failure.append(error)
            raise

    return pa.RecordBatchReader.from_batches(data.schema, batches())


def _copy_whole(local: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".partial-", dir=target.parent) as scratch:
        draft = Path(scratch) / target.name
        if local.is_dir():
            shutil.copytree(local, draft)
            if target.exists():
                shutil.rmtree(target)
        else:
            shutil.copy2(local, draft)
        draft.replace(target)
