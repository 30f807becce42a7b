"""XML files, local or on a server, in; each element of one name out as a row, its fields under the way to them.

A field is named after the elements around it (``adres.straat``), an attribute after its element (``adres@id``; of the
record itself ``@id``). What may be there more than once in a record is a list of texts, one after the other. Without
``columns`` every field is a text, or a list of texts if it is one anywhere, and the files are read twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field, model_validator

from connectors import _csv_values, _deliveries
from connectors._deliveries import FileOptions
from connectors._files import Received
from connectors._xml_records import Flat, records
from vlekkeloos.connector import EVERYTHING, UNEXPECTED, Connection, Pulled, Wanted
from vlekkeloos.errors import BadInput

BATCH = 10_000

TEXTS = pa.list_(pa.string())
TYPES = {**_csv_values.TYPES, "texts": TEXTS}


class Options(FileOptions):
    """Which element is a record, and which fields of it are columns of which type.

    An element without text is null. With ``columns``, what a record has beside them is kept in ``_unexpected``. A
    delivery of changes can be without records, so ``mode: delta`` needs ``columns``.
    """

    record: str = Field(min_length=1, description="the name of the element that is a record")
    namespace: str | None = Field(None, description="the namespace of that element; left out: any")
    columns: dict[str, _csv_values.Kind | Literal["texts"]] | None = Field(
        None, description="path to type, e.g. {adres.straat: text}; left out: every field there is, as text"
    )

    @model_validator(mode="after")
    def _told_beforehand(self) -> Options:
        if self.mode == "delta" and self.columns is None:
            raise ValueError("mode: delta needs columns:, for a delivery may have no records")
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The records of the file, or of those files of a folder that the contract names, in their order.

    Raises BadInput, with the line, for what is no XML or not in the encoding that it declares, for a value that is
    not of its type, and for a field that is there twice in a record; and where no file has a record, unless it is
    one of changes.
    """
    return _deliveries.pull(options, connection, wanted, partial(_tables, options, wanted.since is None))


def _tables(
    options: Options, must_have: bool, received: Sequence[Received]
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    read = partial(records, name=options.record, namespace=options.namespace)
    if options.columns is None:
        fields = _survey(flat for file in received for _, flat in read(file))
    else:
        fields = {**{path: TYPES[kind] for path, kind in options.columns.items()}, UNEXPECTED: pa.string()}
    if must_have and (not fields or not any(True for file in received for _ in read(file))):
        rule = f"there is no element {options.record}" + f" in {options.namespace}" * bool(options.namespace)
        raise BadInput(rule, file=received[-1].name, advice="record: names the element", kept=received[-1].path)
    schema = pa.schema(list(fields.items()))
    return schema, _batches(received, schema, read)


def _survey(found: Iterable[Flat]) -> dict[str, pa.DataType]:
    """Every field that a record has, in order, as text, or as a list of texts where a record has it twice."""
    fields: dict[str, pa.DataType] = {}
    for flat in found:
        for path, texts in flat.items():
            if len(texts) > 1 or path not in fields:
                fields[path] = TEXTS if len(texts) > 1 else pa.string()
    return fields


def _batches(received: Sequence[Received], schema: pa.Schema, read: Any) -> Iterator[pa.RecordBatch]:
    for file in received:
        rows, done = read(file), 0
        while some := list(islice(rows, BATCH)):
            yield _batch(some, schema, file, done)
            done += len(some)
        file.done()


def _batch(some: list[tuple[int, Flat]], schema: pa.Schema, file: Received, done: int) -> pa.RecordBatch:
    def bad(rule: str, at: int, field: str) -> BadInput:
        where = f"in the record on line {some[at][0]} {rule}"
        return BadInput(where, file=file.name, record=done + at + 1, field=field, kept=file.path)

    columns = []
    for field in schema:
        if field.name == UNEXPECTED:
            columns.append(pa.array([_beside(flat, schema) for _, flat in some], pa.string()))
            continue
        found = [flat.get(field.name) for _, flat in some]
        if field.type == TEXTS:
            columns.append(pa.array(found, TEXTS))
            continue
        for at, texts in enumerate(found):
            if texts is not None and len(texts) > 1:
                raise bad("the field is there twice; its type should be texts", at, field.name)
        column = [texts[0] if texts else None for texts in found]
        try:
            columns.append(_csv_values.array(column, field.type))
        except _csv_values.Misfit as misfit:
            raise bad(f"the value is not {_csv_values.named(field.type)}", misfit.at, field.name) from None
    return pa.record_batch(columns, schema=schema)


def _beside(flat: Flat, schema: pa.Schema) -> str | None:
    """What a record has that no column is for, as JSON."""
    beside = {path: texts if len(texts) > 1 else texts[0] for path, texts in flat.items() if path not in schema.names}
    told = {path: value for path, value in beside.items() if value is not None}
    return json.dumps(told, ensure_ascii=False) if told else None
