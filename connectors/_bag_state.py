"""A Levering and the mutations after it in; the records of one type, of the one and then of the others, out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors import bag_extract
from connectors._bag_deliveries import Delivery
from connectors._bag_mutations import Wish, changes, relations
from connectors._bag_schema import RELATION, layout
from vlekkeloos.connector import Connection, Pulled
from vlekkeloos.errors import BadInput

#: Records in a batch: one has its geometry with it.
BATCH = 10_000
DELETED, KNOWN = "_deleted", "_known"


class State:
    """What is to be read, and how it becomes one table. ``gemeenten``: only objects of these, if any."""

    def __init__(
        self,
        options: bag_extract.Options,
        gemeenten: Sequence[str],
        levering: Delivery | None,
        mutations: Sequence[Delivery],
    ) -> None:
        self.options, self.gemeenten = options, gemeenten
        self.levering, self.mutations = levering, mutations
        self.layout = layout(options.object, options.deel)
        self.of = "gerelateerdeGemeente" if options.object == RELATION else next(iter(self.layout.types))
        marks = [pa.field(name, pa.bool_()) for name in (DELETED, KNOWN)]
        self.schema = pa.schema([*self.layout.schema, *marks])

    def pulled(self, since: date | None) -> Pulled:
        """All of it; a delta if there are mutations, or nothing new."""
        read = [*([self.levering] if self.levering else []), *self.mutations]
        until = read[-1].document.until if read else since
        cursor = until.isoformat() if until else None
        if not read:
            return Pulled(self.schema, iter(()), cursor=cursor, delta=True, deleted=DELETED, known=KNOWN)
        told, newest = _sha256(read), read[-1].received
        if self.options.object == RELATION:
            # each delivery has all of them, so the newest one is enough
            return Pulled(self.layout.schema, self._relations(read), told, cursor, newest.path)
        if not self.mutations:
            return Pulled(self.layout.schema, self._from_levering(), told, cursor, newest.path)
        batches = chain(map(self._kept, self._from_levering()), self._changes())
        return Pulled(self.schema, batches, told, cursor, newest.path, delta=True, deleted=DELETED, known=KNOWN)

    def _from_levering(self) -> Iterator[pa.RecordBatch]:
        if self.levering is None:
            return
        received, is_national = self.levering.received, not self.levering.document.gemeenten
        for batch in bag_extract.pull(self.options, Connection(received.name, str(received.path))).batches:
            if not self.gemeenten:
                yield batch
                continue
            code = pc.utf8_slice_codeunits(batch.column(self.of), 0, 4)
            here = pc.is_in(code, pa.array(self.gemeenten, pa.string()))
            if not is_national and not pc.all(here).as_py():
                rule = f"the Levering has an object of gemeente {pc.filter(code, pc.invert(here))[0]}"
                advice = "its mutations would be missed: name that code in gemeenten too"
                raise BadInput(rule, file=received.name, field=self.of, advice=advice, kept=received.path)
            yield batch.filter(here)
        received.done()

    def _changes(self) -> Iterator[pa.RecordBatch]:
        declared = bag_extract.history(self.options)
        assert declared is not None, "every record but a relation has a history"
        identity = [self.of, declared.version, *declared.per]
        for one in self.mutations:
            found = changes(one.received, one.document, Wish(self.layout, identity, self._is_wanted))
            while some := list(islice(found, BATCH)):
                rows = [record | {DELETED: is_gone, KNOWN: is_known} for record, is_gone, is_known in some]
                yield pa.RecordBatch.from_pylist(rows, schema=self.schema)
            one.received.done()

    def _relations(self, read: Sequence[Delivery]) -> Iterator[pa.RecordBatch]:
        found = relations(read[-1].received, self.layout)
        while some := list(islice(found, BATCH)):
            rows = [record for record in some if self._is_wanted(record)]
            yield pa.RecordBatch.from_pylist(rows, schema=self.layout.schema)
        for one in read:
            one.received.done()

    def _is_wanted(self, record: dict[str, Any]) -> bool:
        if record.get("tijdstipNietBagLV") is not None:
            return False
        return not self.gemeenten or (record.get(self.of) or "")[:4] in self.gemeenten

    def _kept(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        nothing = pa.nulls(batch.num_rows, pa.bool_())
        return pa.RecordBatch.from_arrays([*batch.columns, nothing, nothing], schema=self.schema)


def _sha256(read: Sequence[Delivery]) -> str:
    """The file's; of several that of the list that ``sha256sum`` prints of them."""
    if len(read) == 1:
        return read[0].received.sha256
    listed = "".join(f"{one.received.sha256}  {one.received.name}\n" for one in read)
    return hashlib.sha256(listed.encode()).hexdigest()
