"""Discrepancies in; terugmeldingen to the holder of the authentic source, and what became of them, out.

Who uses an authentic registry and doubts a fact in it must report that, and say why (e.g. Wet BAG, artikel 37,
"gerede twijfel"). The life of a terugmelding is its status::

    concept -> goedgekeurd -> indienen -> ingediend -> in onderzoek -> gehonoreerd | afgewezen | afgehandeld
    concept | goedgekeurd -> vervallen      the discrepancy went away before it was sent
    concept | goedgekeurd -> ingetrokken    a person doesn't want it; not asked again while the values stay

``indienen`` is written before the registry is called, with a kenmerk of our own: one that is still there in a later
run may have arrived, so the registry is asked for that kenmerk first. None is ever removed.
"""

from __future__ import annotations

from vlekkeloos.contract import Report
from vlekkeloos.errors import VlekkeloosError
from vlekkeloos.feed_back import drafts, registry, table
from vlekkeloos.lake import Ref
from vlekkeloos.run import Outcome, Run


def feed_back(run: Run, discrepancies: Ref) -> Outcome:
    """Drafts what is new, sends what is approved, and asks what became of what was sent.

    Outputs: terugmeldingen (see ``table.SCHEMA``). Without ``feed_back:`` in the contract there is none, without a
    connector there are drafts only. Stops with RegistryFailed if the registry failed, and RegistryRefused if it
    refused some: what was done by then is kept, and the next run goes on.
    """
    rules = run.contract.feed_back
    if rules is None:
        return Outcome([discrepancies], [])
    drafts.write(run, rules, discrepancies)
    stop: VlekkeloosError | None = None
    if isinstance(rules, Report):
        sent, stop = registry.send(run, rules)
        stop = stop or registry.follow(run, rules, but=sent)
    return Outcome([discrepancies], [run.lake.find(table.name(run))], table.counts(run), stop)
