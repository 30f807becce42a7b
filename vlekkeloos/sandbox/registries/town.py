"""A seed and a number of addresses in; any part of the fictional municipality of Vlekkerdam out, by its number.

Nothing is kept in memory but where each street begins: a registry of 100,000 records costs nothing until it is
asked, and gives the same answer every time. Other modules make their persons, parcels and cases from a Town, as
pure functions of it and a number, so that what refers to an address refers to one that exists.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random

from vlekkeloos.sandbox import addresses
from vlekkeloos.sandbox.addresses import Address, Street


@dataclass(frozen=True)
class Town:
    """The municipality with so many ``addresses``, made from ``seed``."""

    seed: int = 1
    addresses: int = 1000

    def address(self, number: int) -> Address:
        """The address with that number, counted from 0. Raises IndexError if there are not so many."""
        if not 0 <= number < self.addresses:
            raise IndexError(f"the town has {self.addresses} addresses")
        street = bisect_right(self._starts, number) - 1
        first = self._starts[street]
        return _along(self.seed, street, first)[number - first]

    def all(self) -> Iterator[Address]:
        """Every address, in the order of its number, which is that of its identificatie."""
        return addresses.generate(self.seed, self.addresses)

    def street(self, number: int) -> Street:
        """The street with that number, counted from 0; ``streets`` of them have addresses."""
        if not 0 <= number < self.streets:
            raise IndexError(f"the town has {self.streets} streets")
        return addresses.street(self.seed, number)

    @property
    def streets(self) -> int:
        """How many streets have addresses."""
        return len(self._starts)

    def on_street(self, number: int) -> list[Address]:
        """The addresses of the street with that number."""
        first = self._starts[number]
        return list(_along(self.seed, number, first)[: self.addresses - first])

    def number(self, identificatie: str, object_type: str = "20") -> int | None:
        """The number in a BAG identificatie of this town, None for any other text.

        It is that of the address for a nummeraanduiding ("20") and a verblijfsobject ("01"), that of the first
        address in it for a pand ("10") and that of the street for an openbare ruimte ("30").
        """
        digits = identificatie[6:]
        if len(identificatie) != 16 or not (digits.isascii() and digits.isdigit()):
            return None
        number = int(digits) - 1
        most = self.streets if object_type == "30" else self.addresses
        fits = identificatie == addresses.identificatie(object_type, number + 1) and 0 <= number < most
        return number if fits else None

    def chance(self, *what: object) -> Random:
        """A source of chance that is always the same for the same ``what``, e.g. ``chance("person", 12)``."""
        return Random("/".join(map(str, (self.seed, *what))))  # noqa: S311 (a sandbox has to be repeatable)

    @cached_property
    def _starts(self) -> list[int]:
        """The number of the first address of each street."""
        starts, first = list[int](), 0
        while first < self.addresses:
            starts.append(first)
            first += addresses.length(self.seed, len(starts) - 1)
        return starts


@lru_cache(maxsize=4096)
def _along(seed: int, street: int, first: int) -> tuple[Address, ...]:
    return tuple(addresses.along(seed, street, first))
