"""Kennisgevingen in; what each tells of its object, in the order in which they were sent, out as Arrow batches."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from lxml import etree

from connectors._files import Received
from connectors._stuf_columns import Entity
from connectors._stuf_messages import STUF, Message, messages
from connectors._stuf_order import Moment, Order
from connectors._stuf_record import key, told
from vlekkeloos.connector import UNEXPECTED

log = logging.getLogger(__name__)

BATCH = 5_000
DELETED, TOLD, KNOWN = "_deleted", "_told", "_known"
_MARKS = [(DELETED, pa.bool_()), (TOLD, pa.list_(pa.string())), (KNOWN, pa.bool_())]
_OF_MESSAGE = ("referentienummer", "tijdstipBericht")


def schema(entity: Entity) -> pa.Schema:
    """The entity's columns, and the marks that say whether, of which columns and of whom a message tells."""
    return pa.schema([*entity.columns.schema, *_MARKS])


def keep(order: Order, received: Received, name: str, entity: Entity) -> None:
    """Puts the messages of a file in order. Raises BadInput where one breaks the standard's rules."""
    kinds = Counter[str]()
    for message in messages(received, name):
        at = Moment.of(message.moment, message.reference)
        digest = hashlib.sha256(b"".join(map(etree.tostring, message.objects))).hexdigest()
        is_new = order.add(message.sender, at, digest, _content(message, entity))
        if is_new is None:
            raise message.fault("another message was sent under this number", "referentienummer")
        kinds[message.kind if is_new else "sent before"] += 1
    log.info("%s: %s", received.name, ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none")


def _content(message: Message, entity: Entity) -> dict[str, Any]:
    """What the message says, as it waits for its turn."""
    identities = {key(message, one, entity.key) for one in message.objects}
    if len(identities) > 1 or any(one.get(f"{STUF}verwerkingssoort") in ("S", "O") for one in message.objects):
        rule = "the key of an object changes: a sleutelwijziging or ontdubbeling is not laid over a state"
        raise message.fault(rule, entity.key, "ask the sender for the whole object under its new key")
    found = told(message, entity.columns.kinds)
    when = message.moment
    sent = f"{when[:4]}-{when[4:6]}-{when[6:8]}T{when[8:10]}:{when[10:12]}:{when[12:14]}.{when[14:]}"
    values = found.values | {entity.key: identities.pop()}
    values |= dict(zip(_OF_MESSAGE, (message.reference, sent), strict=True))
    return {"kind": message.kind, "values": values, "fields": sorted(found.fields & set(entity.columns.kinds))}


def batches(
    order: Order, reached: Moment | None, entity: Entity, received: Sequence[Received]
) -> Iterator[pa.RecordBatch]:
    """One row a message that was sent after ``reached``; the files are done with behind the last one."""
    with order:
        contents = order.after(reached)
        while some := list(islice(contents, BATCH)):
            rows, _ = entity.columns.batch([_nested(content["values"]) for content in some])
            strange = rows.column(UNEXPECTED).is_valid().to_pylist()
            fields = [
                None
                if content["kind"] == "T"
                else [*content["fields"], *_OF_MESSAGE, *([UNEXPECTED] if more else [])]
                for content, more in zip(some, strange, strict=True)
            ]
            is_gone = [content["kind"] == "V" for content in some]
            is_known = [content["kind"] != "T" for content in some]
            marks = [pa.array(v, kind) for v, (_, kind) in zip((is_gone, fields, is_known), _MARKS, strict=True)]
            yield pa.RecordBatch.from_arrays([*rows.columns, *marks], schema=schema(entity))
    for one in received:
        one.done()


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    """Values by dotted name as objects in each other."""
    record: dict[str, Any] = {}
    for path, value in values.items():
        *above, last = path.split(".")
        inner = record
        for step in above:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return record
