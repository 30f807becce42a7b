"""A connection to deliveries of BAG Extract in; the Levering to start from and the mutations after it, in order, out.

In a folder they are told by the names that Kadaster gives them; what each holds, its Leveringsdocument says.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connectors._bag_document import Document, document
from connectors._files import Received, receive, receive_several
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput

log = logging.getLogger(__name__)

_LEVERING = re.compile(r"BAG(?:NLD|GEM[0-9]{4})L-([0-9]{8})\.zip|lvbag-extract-nl\.zip", re.IGNORECASE)
_MUTATIONS = re.compile(r"BAG(?:NLD|GEM[0-9]{4})M-[0-9]{8}-([0-9]{8})\.zip", re.IGNORECASE)


@dataclass(frozen=True)
class Delivery:
    """A delivery as received, and what it says of itself."""

    received: Received
    document: Document


def deliveries(connection: Connection, since: date | None) -> tuple[Delivery | None, list[Delivery]]:
    """The Levering to start from, None if none is there or needed, and what is to be laid over it, in order.

    ``since``: the day up to which all is known already. Raises BadInput where a period is missing, RegistryFailed
    where nothing can be found.
    """
    found = [Delivery(received, document(received)) for received in _received(connection, since)]
    leveringen = [one for one in found if one.document.since is None]
    if len(leveringen) > 1:
        rule = "there are two Leveringen of the same day"
        raise BadInput(rule, file=leveringen[1].received.name, advice="keep one of them in the folder")
    levering = leveringen[0] if leveringen else None
    if levering is not None and since is not None and levering.document.until <= since:
        levering = None
    mutations = [one for one in found if one.document.since is not None]
    for one in mutations:
        if one.document.gemeenten:
            rule = "these are mutations of a municipality; only those of the nation are read"
            raise BadInput(rule, file=one.received.name, kept=one.received.path)
    return levering, list(_in_order(mutations, levering.document.until if levering else since))


def _received(connection: Connection, since: date | None) -> list[Received]:
    if connection.url.partition("?")[0].lower().endswith(".zip"):
        return [receive(connection)]
    return receive_several(connection, "", "*.zip", lambda names: _chosen(names, since))


def _chosen(names: Sequence[str], since: date | None) -> list[str]:
    """The mutations that end after ``since``; without it the newest Levering, and the mutations after that."""
    leveringen: dict[str, date] = {}
    mutations: dict[str, date] = {}
    for name in names:
        if found := _LEVERING.fullmatch(name):
            leveringen[name] = _day(found[1], name) if found[1] else date.min
        elif found := _MUTATIONS.fullmatch(name):
            mutations[name] = _day(found[1], name)
        else:
            log.warning("%s has not the name of a delivery of BAG Extract, and is not read", name)
    if since is None and leveringen:
        since = max(leveringen.values())
        starts = [name for name, state in leveringen.items() if state == since]
    else:
        starts = []
    return starts + [name for name, until in mutations.items() if since is None or until > since]


def _day(digits: str, name: str) -> date:
    try:
        return datetime.strptime(digits, "%d%m%Y").date()
    except ValueError:
        raise BadInput("there is no date (ddmmyyyy) in its name", file=name) from None


def _in_order(mutations: Sequence[Delivery], reached: date | None) -> Iterator[Delivery]:
    """Those that go on where all is known, each from its day on; what is known already is left out.

    One that begins earlier joins on too: it gives the same records again. Raises BadInput at a gap.
    """
    ahead = list(mutations)
    while ahead := [one for one in ahead if reached is None or one.document.until > reached]:
        first = min(ahead, key=_begin)
        if reached is not None and _begin(first) > reached:
            rule = f"the mutations from {reached} to {_begin(first)} are missing"
            advice = "get that delivery, or start anew from a newer Levering with mode: full"
            raise BadInput(rule, file=first.received.name, advice=advice)
        joining = [one for one in ahead if _begin(one) <= (_begin(first) if reached is None else reached)]
        nearest = min(joining, key=lambda one: one.document.until)
        yield nearest
        reached = nearest.document.until


def _begin(one: Delivery) -> date:
    assert one.document.since is not None, "mutations have a period"
    return one.document.since
