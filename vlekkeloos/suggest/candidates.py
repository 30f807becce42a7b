"""Column names and forms of texts in; what may hold for them by what is known of Dutch registries, out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from vlekkeloos.profile import ColumnProfile, Profile
from vlekkeloos.suggest import bag
from vlekkeloos.suggest.candidate import Candidate
from vlekkeloos.suggest.forms import FORMS

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
    (r"heeftalsnevenadres", "bag_identificatie", {"object_type": "nummeraanduiding"}),
    (r"maaktdeeluitvan", "bag_identificatie", {"object_type": "pand"}),
    (r"gebruiksdoel(en)?", "bag_gebruiksdoel", {}),
)
#: The parts of a huisnummer, by the same.
HUISNUMMER = (r"huisnummer", r"huisletter", r"(huisnummer)?toevoeging")
#: The x of a point, as a word of its own or before "coordinaat".
X = re.compile(r"(?P<before>(.*[^A-Za-z])?(rd)?)(?P<x>x)(?P<after>(_?coordinaat)?)", re.IGNORECASE)
#: How much of a sample must have a form before the whole table is asked about it.
LIKELY = 0.95
#: Fewer values have a form by chance.
ENOUGH = 20


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
        if not (column.kind in ("text", "whole") or column.type.startswith("list")) or not found.filled(column):
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
            yield from bag.identificaties(name)
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
        if (named := X.fullmatch(x)) is None:
            continue
        y = f"{named['before']}{'y' if named['x'] == 'x' else 'Y'}{named['after']}"
        if y in columns:
            what, words = "by their names: coordinates in RD New", {"column_A": x, "column_B": y}
            yield Candidate(x, "expect_column_pair_values_to_be_rd_coordinates", what, words, aspect="extent")
