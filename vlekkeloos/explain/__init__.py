"""One record's whole story: what each source said of it and when, who or what decided, and where it went.

It is read from the versions of the tables as the runs left them; nothing is worked out anew, and nothing is written.
"""

from __future__ import annotations

from datetime import date

from vlekkeloos.contract import Contract
from vlekkeloos.errors import NotFound
from vlekkeloos.explain import decided, published, said
from vlekkeloos.explain.event import Event, Story
from vlekkeloos.explain.words import told
from vlekkeloos.lake import Lake

__all__ = ["Event", "Story", "story", "told"]


def story(lake: Lake, contract: Contract, key: str, since: date | None = None) -> Story:
    """The story of the record with that key, as discrepancies and agreed records write it, from a day on.

    Raises NotFound if no table of the exchange ever held it.
    """
    found = [*said.events(lake, contract, key), *decided.events(lake, contract, key)]
    found += published.events(lake, contract, key)
    if not found:
        raise NotFound(f"exchange {contract.exchange!r} never had a record with that key")
    recent = [event for event in found if since is None or event.at.date() >= since]
    return Story(contract.exchange, key, sorted(recent, key=lambda event: event.at))
