"""StUF-BG 3.10 kennisgevingen in, as files; the persons, organisations or branches that they tell of, kept up, out.

The connection names an XML file, a zip of them, or a folder (on disk, SFTP or S3) where they arrive; what was read
may be taken away from it, but for the last file. Messages are laid over the state in the order in which they were
sent, each once; one that comes late is refused, which shows only while what was read before it is there. Of a
*wijziging* or *correctie* only the key and the elements that change have to be in it (StUF 03.01, § 5.2.5 and tabel
5.3), so what it doesn't tell stays as it was; a *toevoeging* has all that is known, a *verwijdering* only the key.

Dates are text, as far as they are known: ``1962``, ``1962-05`` or ``1962-05-30``. "No value" and "a value that
nobody knows" are both null. A change of the key itself (*sleutelwijziging*, *ontdubbeling*) is refused.
"""

from __future__ import annotations

import json
from typing import Literal

from pydantic import Field

from connectors._files import Received, receive, receive_several
from connectors._stuf_columns import ENTITIES
from connectors._stuf_order import Moment, Order
from connectors._stuf_state import DELETED, KNOWN, TOLD, batches, keep, schema
from vlekkeloos.connector import EVERYTHING, Connection, DeltaOptions, Pulled, Wanted
from vlekkeloos.errors import BadInput

_FILES = (".xml", ".zip")


class Options(DeltaOptions):
    """``entiteittype``: what the messages are about; those about others are another source's."""

    entiteittype: Literal["NPS", "NNP", "VES"] = Field(
        "NPS", description="natuurlijk persoon, niet-natuurlijk persoon or vestiging"
    )
    mode: Literal["full", "delta"] = Field(
        "delta", description="lay all messages over each other anew each time, or after the first time only new ones"
    )


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """What the messages tell, one row a message, in the order in which they were sent.

    ``cursor`` is the last one's moment and number, with how many there are up to it. Raises BadInput for a message
    that breaks the standard's rules, for two different ones under one number, and for one that came later than
    those that were sent after it; RegistryFailed where there is no file.
    """
    entity, since = ENTITIES[options.entiteittype], json.loads(wanted.since) if wanted.since else None
    received = _received(connection)
    order = Order()
    try:
        for one in received:
            keep(order, one, options.entiteittype, entity)
        reached = Moment(since["tijdstipBericht"], since["referentienummer"]) if since else None
        if since and order.until(reached) > since["berichten"]:
            rule = "a message came later than those that were sent after it"
            raise BadInput(rule, file=connection.name, advice="pull once with mode: full, from all messages")
        last = order.last()
    except BaseException:
        order.close()
        raise
    now = max((one for one in (reached, last) if one), default=None)
    cursor = {"tijdstipBericht": now.moment, "referentienummer": now.reference} if now else None
    return Pulled(
        schema(entity),
        batches(order, reached, entity, received),
        received[0].sha256 if len(received) == 1 else None,
        json.dumps(cursor | {"berichten": order.until(now)}) if cursor else wanted.since,
        received[0].path if received else None,
        delta=True,
        deleted=DELETED,
        told=TOLD,
        known=KNOWN,
    )


def _received(connection: Connection) -> list[Received]:
    if connection.url.partition("?")[0].lower().endswith(_FILES):
        return [receive(connection)]
    return receive_several(connection, "", "*", lambda names: [n for n in names if n.lower().endswith(_FILES)])
