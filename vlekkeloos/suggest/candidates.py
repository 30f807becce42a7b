"""Column names and forms of texts in; what may hold for them by what is known of Dutch registries, out.

An expectation of ``validations/`` is named here by the word that its name ends in, ``bsn`` for
``expect_column_values_to_be_bsn``; one that isn't there is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vlekkeloos.forms import FORMS
from vlekkeloos.profile import ColumnProfile, Profile

#: The object types of the BAG whose identificatie tells them apart, the commonest in other registries first.
OBJECT_TYPES = ("nummeraanduiding", "verblijfsobject", "pand", "openbareRuimte", "ligplaats", "standplaats")
#: Voorkomens that are taken out of the valid life cycle have one of these filled (Catalogus BAG 2018, §3.7).
ANNULLED = ("tijdstipInactief", "tijdstipInactiefLV", "tijdstipNietBagLV")
#: The last part of a column's name, in small letters and without separators; the expectation's word, its arguments.
BY_NAME: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    (r"bsn|burgerservicenummer", "bsn", {}),
    (r"rsin|bronorganisatie|verantwoordelijkeorganisatie", "rsin", {}),
    (r"a(dministratie)?nummer", "a_nummer", {}),
    (r"kvknummer", "kvk_nummer", {}),
    (r"vestigingsnummer", "vestigingsnummer", {}),
    (r"postcode", "postcode", {}),
    (r"postcode", "postcode", {"loose": True}),
    (r"gemeentecode", "gemeentecode", {}),
    (r"iban|(bank)?rekeningnummer", "iban", {}),
    (r".*datum.*", "brp_datum", {}),
    (r"ligtin|woonplaats(identificatie)?", "bag_identificatie", {"object_type": "woonplaats"}),
)
#: The parts of a huisnummer, by the same.
HUISNUMMER = (r"huisnummer", r"huisletter", r"(huisnummer)?toevoeging")
#: How much of a sample must have a form before the whole table is asked about it.
LIKELY = 0.95
#: Fewer values have a form by chance.
ENOUGH = 20


@dataclass(frozen=True)
class Candidate:
    """An expectation that may hold: about which column it would be told, GX's type and kwargs, and what it is."""

    column: str
    type: str
    what: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    #: It says what a standard says, rather than what was seen.
    standard: bool = True
    #: Of the candidates about one aspect of a column the first that holds is taken.
    aspect: str = "value"

    @property
    def columns(self) -> list[str]:
        """The columns that it judges."""
        named = [self.kwargs[word] for word in ("column", "column_A", "column_B") if word in self.kwargs]
        return [*named, *self.kwargs.get("column_list", [])]


def plain(name: str) -> str:
    """A name without capitals and separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def of_columns(found: Profile, forms: Mapping[str, Mapping[str, float]]) -> Iterator[Candidate]:
    """About single columns: by their names, then by the forms of their values; the narrowest of a column first."""
    yield from _huisnummers(found.columns)
    yield from _coordinates(found.columns)
    for name, column in found.columns.items():
        if column.kind == "bytes" and re.fullmatch(r"geometr(ie|y)|geom", plain(name.rpartition(".")[2])):
            yield Candidate(name, "valid_geometry", "by its name: a geometry", {"column": name})
            yield Candidate(name, "in_rd_extent", "coordinates in RD New", {"column": name}, aspect="extent")
        if column.kind not in ("text", "whole") or not found.filled(column):
            continue
        last = plain(name.rpartition(".")[2])
        for pattern, word, more in BY_NAME:
            if re.fullmatch(pattern, last):
                called = " ".join(
                    [word.replace("_", " "), *(str(v) if isinstance(v, str) else k for k, v in more.items())]
                )
                yield Candidate(name, word, f"by its name: {called}", {"column": name, **more})
        if column.kind != "text":
            continue
        seen = forms.get(name, {})
        if seen.get("digits", 0) >= LIKELY:
            yield from _bag_identificaties(name)
        if found.filled(column) >= ENOUGH:
            yield from _form(column, seen)


def _form(column: ColumnProfile, seen: Mapping[str, float]) -> Iterator[Candidate]:
    """The narrowest of the well-known forms that the values have."""
    form = next((form for form in FORMS if seen.get(form, 0) >= LIKELY), None)
    if form is None:
        return
    regex, what = FORMS[form], form
    if form == "digits" and column.shortest == column.longest:
        regex, what = f"^[0-9]{{{column.longest}}}$", f"{column.longest} digits"
    words = {"column": column.name, "regex": regex}
    yield Candidate(column.name, "expect_column_values_to_match_regex", what, words, standard=False)


def _huisnummers(columns: Collection[str]) -> Iterator[Candidate]:
    """Number, letter and addition of one address: columns whose names have the same beginning."""
    for number in columns:
        prefix = number[: len(number) - len(number.rpartition(".")[2])]
        beside = [name for name in columns if name.startswith(prefix)]
        parts = [
            next((name for name in beside if re.fullmatch(part, plain(name[len(prefix) :]))), None)
            for part in HUISNUMMER
        ]
        if parts[0] == number and None not in parts:
            yield Candidate(
                number,
                "expect_multicolumn_values_to_be_huisnummer",
                "by their names: huisnummer, letter and addition",
                {"column_list": parts},
                aspect="address",
            )


def _coordinates(columns: Collection[str]) -> Iterator[Candidate]:
    for x in columns:
        end = next((end for end in ("xcoordinaat", "rdx", "x") if plain(x).endswith(end)), None)
        if end is None:
            continue
        y = next((name for name in columns if plain(name) == plain(x)[: -len(end)] + end.replace("x", "y")), None)
        if y is not None:
            what, words = "by their names: coordinates in RD New", {"column_A": x, "column_B": y}
            yield Candidate(x, "expect_column_pair_values_to_be_rd_coordinates", what, words, aspect="extent")


def _bag_identificaties(name: str) -> Iterator[Candidate]:
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
        yield Candidate(status, "bag_status", f"statuses of a {object_type}", words)
    if {begin, end} <= set(columns):
        listed = ["identificatie", begin, end, *annulled]
        yield Candidate(
            end, "expect_voorkomens_to_not_overlap", "voorkomens that don't overlap", {"column_list": listed}
        )
    if {status, begin, number} <= set(columns):
        yield Candidate(
            number,
            "expect_bag_status_to_follow_life_cycle",
            f"statuses in the order of a {object_type}'s life",
            {"column_list": ["identificatie", status, begin, number, *annulled], "object_type": object_type},
        )
