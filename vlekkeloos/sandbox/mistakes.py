"""An address in; what the BAG and the municipal registry have of it out, with every planted error told.

A :class:`Plan` deals a number of errors over the addresses; :meth:`Plan.apply` makes them. The truth that it
tells has one line for each line that reconcile must report, and no key has more than one kind of error.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox.addresses import ISSUED, WITHDRAWN, Address, other_postcode, street

#: The columns of the truth file: the first five are reconcile's, ``error`` is the cause.
TRUTH = ("key", "field", "kind", "left", "right", "error")


class Row(NamedTuple):
    """A row of the municipal registry; the names that the BAG has too are the BAG's."""

    identificatie: str
    huisnummer: int
    huisletter: str | None
    huisnummertoevoeging: str | None
    postcode: str
    status: str
    typeAdresseerbaarObject: str  # noqa: N815 (the BAG's own spelling)
    ligtAan: str  # noqa: N815
    straatnaam: str
    oppervlakte: int
    wijk: str
    afvalroute: str


class Truth(NamedTuple):
    """One line of the truth: what reconcile must report; values as text, empty for none."""

    key: str
    field: str
    kind: str
    left: str
    right: str
    error: str


class Outcome(NamedTuple):
    """What the two registries have of one address: a BAG object or none, municipal rows, and the errors."""

    bag: Address | None
    rows: tuple[Row, ...]
    truth: tuple[Truth, ...] = ()


def right_row(address: Address) -> Row:
    """The municipal row of an address, without a mistake."""
    return Row(
        identificatie=address.identificatie,
        huisnummer=address.huisnummer,
        huisletter=address.huisletter,
        huisnummertoevoeging=address.huisnummertoevoeging,
        postcode=address.postcode,
        status=address.status,
        typeAdresseerbaarObject="Verblijfsobject",
        ligtAan=address.street.identificatie,
        straatnaam=address.street.naam,
        oppervlakte=address.oppervlakte,
        wijk=f"Wijk {address.street.number // 50 + 1:02d}",
        afvalroute=f"route {address.street.number % 20 + 1}",
    )


Change = Callable[[Row, int], Row]


def _postcode(row: Row, seed: int) -> Row:
    return row._replace(postcode=other_postcode(row.postcode))


def _huisnummer(row: Row, seed: int) -> Row:
    return row._replace(huisnummer=row.huisnummer + 1)


def _huisletter(row: Row, seed: int) -> Row:
    return row._replace(huisletter=None if row.huisletter else "A")


def _addition(row: Row, seed: int) -> Row:
    return row._replace(huisnummertoevoeging="1" if row.huisnummertoevoeging is None else "9")


def _status(row: Row, seed: int) -> Row:
    return row._replace(status=WITHDRAWN if row.status == ISSUED else ISSUED)


def _street(row: Row, seed: int) -> Row:
    number = int(row.ligtAan[6:]) - 1
    other = street(seed, number - 1 if number else 1)
    return row._replace(ligtAan=other.identificatie, straatnaam=other.naam)


#: Errors in a municipal row that make it differ from the BAG's; two changes give two lines of truth.
DIFFERS: dict[str, tuple[Change, ...]] = {
    "postcode_typo": (_postcode,),
    "huisnummer_off_by_one": (_huisnummer,),
    "huisletter": (_huisletter,),
    "huisnummertoevoeging": (_addition,),
    "status": (_status,),
    "street": (_street,),
    "street_and_postcode": (_street, _postcode),
}

#: Errors that break the form of a municipal row, so that it must go to quarantine.
BREAKS: dict[str, Change] = {
    "postcode_leading_zero": lambda row, seed: row._replace(postcode="0" + row.postcode[1:]),
    "postcode_without_letters": lambda row, seed: row._replace(postcode=row.postcode[:4] + "5"),
    "huisnummer_zero": lambda row, seed: row._replace(huisnummer=0),
    "huisnummer_negative": lambda row, seed: row._replace(huisnummer=-row.huisnummer),
}

DUPLICATE, ABSENT, UNKNOWN, BAG_POSTCODE = (
    "duplicate",
    "not_registered",
    "unknown_to_bag",
    "bag_postcode_form",
)

#: The order in which errors are dealt; how often one is in it is its share.
_DECK = (
    *DIFFERS,
    ABSENT,
    UNKNOWN,
    *DIFFERS,
    "postcode_leading_zero",
    *DIFFERS,
    ABSENT,
    UNKNOWN,
    "postcode_without_letters",
    *DIFFERS,
    DUPLICATE,
    "huisnummer_zero",
    *DIFFERS,
    ABSENT,
    UNKNOWN,
    "huisnummer_negative",
)


@dataclass(frozen=True)
class Plan:
    """Which address carries which error: ``causes`` by the address's number.

    ``addresses`` is how many the BAG has; ``total`` counts those that only the municipality has as well.
    Those numbered in ``notation`` are right, but with the postcode written otherwise.
    """

    seed: int
    addresses: int
    total: int
    causes: dict[int, str] = field(repr=False)
    notation: frozenset[int] = field(repr=False)

    def apply(self, address: Address) -> Outcome:
        """Both registries' view of one address."""
        cause = self.causes.get(address.number)
        row = right_row(address)
        if cause is None:
            return Outcome(address, (self._written_otherwise(row),))
        if cause in DIFFERS:
            wrong = row
            for change in DIFFERS[cause]:
                wrong = change(wrong, self.seed)
            return Outcome(address, (wrong,), tuple(_differences(wrong, row, cause)))
        bag, rows, kind = self._unlike(address, row, cause)
        return Outcome(bag, rows, (Truth(row.identificatie, "", kind, "", "", cause),))

    def _unlike(self, address: Address, row: Row, cause: str) -> tuple[Address | None, tuple[Row, ...], str]:
        """Both views where they can't be compared field by field, and the kind of line for it."""
        if cause in BREAKS:
            return address, (BREAKS[cause](row, self.seed),), "quarantined_left"
        if cause == DUPLICATE:
            return address, (row, _huisnummer(row, self.seed)), "quarantined_left"
        if cause == ABSENT:
            return address, (), "missing_left"
        if cause == UNKNOWN:
            return None, (row,), "missing_right"
        return address._replace(postcode="0" + address.postcode[1:]), (row,), "quarantined_right"

    def _written_otherwise(self, row: Row) -> Row:
        if int(row.identificatie[6:]) - 1 not in self.notation:
            return row
        return row._replace(postcode=f"{row.postcode[:4]} {row.postcode[4:].lower()}")


def make_plan(seed: int, addresses: int, errors: int) -> Plan:
    """Deals exactly so many lines of truth over a BAG of so many addresses.

    Less than 1 % of the municipal rows break their form, and 1 in 10,000 of the BAG's (none in a smaller
    one): a registry with more would be held, not reconciled. Raises BadInput for more errors than addresses.
    """
    if not 0 <= errors <= addresses:
        raise BadInput("the sandbox can't plant more errors than it has addresses, or fewer than none")
    causes = _deal(addresses, errors)
    total = addresses + causes.count(UNKNOWN)
    chance = Random(f"{seed}/mistakes")  # noqa: S311 (a sandbox has to be repeatable)
    rewritten = min(addresses // 100, total - len(causes))
    numbers = chance.sample(range(total), len(causes) + rewritten)
    return Plan(
        seed=seed,
        addresses=addresses,
        total=total,
        causes=dict(zip(numbers, causes, strict=False)),
        notation=frozenset(numbers[len(causes) :]),
    )


def write_truth(path: Path, truth: Iterable[Truth]) -> None:
    """Writes the truth file: CSV in UTF-8 with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TRUTH)
        writer.writerows(truth)


def _deal(addresses: int, errors: int) -> list[str]:
    causes = [BAG_POSTCODE] * min(addresses // 10_000, errors)
    lines, may_break = len(causes), addresses // 200
    for cause in itertools.cycle(_DECK):
        if lines == errors:
            return causes
        size = len(DIFFERS.get(cause, ("",)))
        breaks = cause in BREAKS or cause == DUPLICATE
        if lines + size > errors or (breaks and not may_break):
            continue
        causes.append(cause)
        lines, may_break = lines + size, may_break - breaks
    raise AssertionError("a cycle doesn't end")


def _differences(left: Row, right: Row, cause: str) -> Iterable[Truth]:
    """One line for each of the BAG's fields that a municipal row has otherwise."""
    for name in ("huisnummer", "huisletter", "huisnummertoevoeging", "postcode", "status", "ligtAan"):
        ours, theirs = getattr(left, name), getattr(right, name)
        if ours != theirs:
            yield Truth(left.identificatie, name, "differs", _text(ours), _text(theirs), cause)


def _text(value: object) -> str:
    return "" if value is None else str(value)
