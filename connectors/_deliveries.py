"""A connection that names a file, or a folder in which deliveries arrive, in; their records as one table out.

What the connectors for kinds of files have in common: which files to take, and how several make one table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

import pyarrow as pa
from pydantic import Field, model_validator

from connectors._files import Received, receive, receive_several
from vlekkeloos.connector import Connection, DeltaOptions, Pulled, Wanted
from vlekkeloos.errors import BadInput

#: A connector's reading of the files: the schema of all of them, and their rows, file after file.
Read = Callable[[Sequence[Received]], tuple[pa.Schema, Iterator[pa.RecordBatch]]]


class FileOptions(DeltaOptions):
    """Which files of a folder to read, where the connection names no file but a folder.

    ``newest`` is the last by name, so dates in names should sort: ``adressen-2026-01-31.csv``. With ``mode: delta``
    the files are mutations: those behind the last one that was read are laid over the state before, record by
    record by its key. A file that is changed under an old name is not read again.
    """

    files: str | None = Field(
        None, description="which files of the folder that the connection names, e.g. adressen-*.csv or uit/*.csv"
    )
    which: Literal["newest", "all"] = Field("newest", description="the last of these by name, or all as one table")
    deleted: str | None = Field(
        None, description="with mode delta: the boolean column that is true for a record that was removed"
    )

    @model_validator(mode="after")
    def _go_together(self) -> FileOptions:
        if self.files is None and (self.which == "all" or self.mode == "delta"):
            raise ValueError("give files:, the files of the folder to read")
        if self.files is not None and ("*" in self.folder or ".." in self.folder or not self.pattern):
            raise ValueError("in files: only the last part may have a * or ?, and none may be ..")
        if self.mode == "delta" and self.which == "newest":
            raise ValueError("mode: delta reads each file once: write which: all")
        if self.deleted is not None and self.mode == "full":
            raise ValueError("deleted: is for mode: delta")
        return self

    @property
    def folder(self) -> str:
        """The folder of ``files``, below that of the connection."""
        return (self.files or "").rpartition("/")[0].strip("/")

    @property
    def pattern(self) -> str:
        """What the names of ``files`` are like."""
        return (self.files or "").rpartition("/")[2]


def pull(options: FileOptions, connection: Connection, wanted: Wanted, read: Read) -> Pulled:
    """The records of the files that are wanted.

    ``sha256`` is the file's; of several it is that of the list that ``sha256sum`` prints of them, in order of name.
    ``cursor`` is the name of the last file. Raises RegistryFailed, BadInput.
    """
    since = wanted.since if options.mode == "delta" else None
    if options.files is None:
        received = [receive(connection)]
    else:
        chosen = partial(_chosen, options.which, since)
        received = receive_several(connection, options.folder, options.pattern, chosen)
    schema, batches = read(received)
    if options.deleted is not None:
        _check_mark(options.deleted, schema, received[0])
    cursor = received[-1].name if options.files is not None else None
    if since is not None and cursor is not None and cursor <= since:
        # nothing new: this file was read before
        for file in received:
            file.done()
        return Pulled(schema, iter(()), cursor=since, delta=True, deleted=options.deleted)
    return Pulled(
        schema,
        batches,
        _sha256(received),
        cursor,
        received[0].path,
        delta=options.mode == "delta",
        deleted=options.deleted,
    )


def one_table(
    received: Sequence[Received], schemas: Sequence[pa.Schema], read: Callable[[int], Iterator[pa.RecordBatch]]
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Files of the same columns as one table, in the first one's order; ``read`` gives the rows of a file.

    Raises BadInput, naming the file, if its columns have other names or types than those of the first.
    """
    first = schemas[0]
    for file, schema in zip(received, schemas, strict=True):
        check_names(file, schema.names, received[0], first.names)
        for field in first:
            if schema.field(field.name).type != field.type:
                rule = f"the column is of another type here than in {received[0].name}"
                raise BadInput(rule, file=file.name, field=field.name, kept=file.path)
    return first, _after_each_other(received, first, read)


def check_names(file: Received, names: Sequence[str], first: Received, wanted: Sequence[str]) -> None:
    """Raises BadInput unless the file has columns of the same names as the first one, in any order."""
    for name in (*wanted, *names):
        if (name in names) != (name in wanted):
            rule = f"the column is missing here, and is there in {first.name}"
            if name in names:
                rule = f"the column is here, and is missing in {first.name}"
            raise BadInput(rule, file=file.name, field=name, kept=file.path)


def _after_each_other(
    received: Sequence[Received], schema: pa.Schema, read: Callable[[int], Iterator[pa.RecordBatch]]
) -> Iterator[pa.RecordBatch]:
    for at, file in enumerate(received):
        for batch in read(at):
            yield batch.select(schema.names)
        file.done()


def _chosen(which: str, since: str | None, names: list[str]) -> list[str]:
    if which == "newest":
        return names[-1:]
    # without a new one the last tells which columns there are
    return [name for name in names if since is None or name > since] or names[-1:]


def _check_mark(name: str, schema: pa.Schema, file: Received) -> None:
    if name not in schema.names:
        raise BadInput("there is no such column", file=file.name, field=name, kept=file.path)
    if schema.field(name).type != pa.bool_():
        raise BadInput("the column that marks removed records is not boolean", file=file.name, field=name)


def _sha256(received: Sequence[Received]) -> str:
    if len(received) == 1:
        return received[0].sha256
    listed = "".join(f"{file.sha256}  {file.name}\n" for file in received)
    return hashlib.sha256(listed.encode()).hexdigest()
