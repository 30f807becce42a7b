"""What may hold for columns with identificaties of the BAG, and for the voorkomens of its objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from vlekkeloos.suggest.candidate import Candidate

#: The object types of the BAG whose identificatie tells them apart, the commonest in other registries first.
OBJECT_TYPES = ("nummeraanduiding", "verblijfsobject", "pand", "openbareRuimte", "ligplaats", "standplaats")
#: Voorkomens that are taken out of the valid life cycle have one of these filled (Catalogus BAG 2018, §3.7).
ANNULLED = ("tijdstipInactief", "tijdstipInactiefLV", "tijdstipNietBagLV")


def identificaties(name: str) -> Iterator[Candidate]:
    """Of a column of digits, the narrowest first."""
    for object_type in OBJECT_TYPES:
        yield Candidate(
            name,
            "bag_identificatie",
            f"identificaties of the BAG, object type {object_type}",
            {"column": name, "object_type": object_type},
        )
    yield Candidate(name, "bag_identificatie", "identificaties of the BAG, of more object types", {"column": name})


def of_objects(columns: Collection[str], object_type: str) -> Iterator[Candidate]:
    """About the voorkomens of BAG objects of one type, as the registry names its attributes."""
    begin, end, status, number = "beginGeldigheid", "eindGeldigheid", "status", "voorkomenidentificatie"
    annulled = [name for name in ANNULLED if name in columns]
    if status in columns:
        words = {"column": status, "object_type": object_type}
        yield Candidate(status, "bag_status", f"statuses of the object type {object_type}", words)
    if {begin, end} <= set(columns):
        listed = ["identificatie", begin, end, *annulled]
        yield Candidate(
            end, "expect_voorkomens_to_not_overlap", "voorkomens that don't overlap", {"column_list": listed}
        )
    if {status, begin, number} <= set(columns):
        yield Candidate(
            number,
            "expect_bag_status_to_follow_life_cycle",
            f"statuses in an order that the object type {object_type} can have",
            {"column_list": ["identificatie", status, begin, number, *annulled], "object_type": object_type},
        )
