"""A source by its name: the table that it was last pulled into, and its exchange's contract if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vlekkeloos import connector
from vlekkeloos import contract as contracts
from vlekkeloos.contract import Contract
from vlekkeloos.errors import NotFound
from vlekkeloos.lake import Lake, Ref


@dataclass(frozen=True)
class PulledSource:
    """A source as it was last pulled."""

    exchange: str
    name: str
    raw: Ref
    contract: Contract | None

    @property
    def personal(self) -> bool:
        """True if its records may be about persons: nobody says that they are not if there is no contract."""
        return self.contract is None or self.contract.personal

    @property
    def identity(self) -> list[str]:
        """The columns that tell its records apart, as the contract has them; [] if there is none."""
        if self.contract is None or self.name not in self.contract.sources:
            return []
        return connector.identity(self.contract.source(self.name))


def find(lake: Lake, exchanges: Path, name: str) -> PulledSource:
    """The source ``exchange/source``, or the only one in the lake that is named ``source``.

    Its contract may be in the making: what is wrong in it beside its words doesn't matter here. Raises NotFound,
    ContractError.
    """
    raw = lake.find(f"raw/{name}")
    _, exchange, source = raw.table.split("/", 2)
    try:
        file = contracts.file_of(exchanges, exchange)
    except NotFound:
        return PulledSource(exchange, source, raw, None)
    return PulledSource(exchange, source, raw, contracts.read(file))
