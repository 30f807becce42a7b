"""The ways in which the BRP API Personen v2 can be asked: what each needs, may have, and how that is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

Type = Literal[
    "RaadpleegMetBurgerservicenummer",
    "ZoekMetGeslachtsnaamEnGeboortedatum",
    "ZoekMetNaamEnGemeenteVanInschrijving",
    "ZoekMetPostcodeEnHuisnummer",
    "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving",
    "ZoekMetNummeraanduidingIdentificatie",
    "ZoekMetAdresseerbaarObjectIdentificatie",
]

BSN: Type = "RaadpleegMetBurgerservicenummer"

_NAAM = r"[a-zA-Z0-9À-ž .\-']"
_STRAAT = r"[a-zA-Z0-9À-ž \-'.]"
_BAG = r"(?!0{16})[0-9]{16}"

#: A parameter to how its value is written; ``int`` and ``bool`` for those that are no text.
PARAMETERS: Mapping[str, str | type] = {
    "burgerservicenummer": r"[0-9]{9}",
    "nummeraanduidingIdentificatie": _BAG,
    "adresseerbaarObjectIdentificatie": _BAG,
    "geslachtsnaam": rf"{_NAAM}{{1,200}}|{_NAAM}{{3,199}}\*",
    "voornamen": rf"{_NAAM}{{1,200}}|{_NAAM}{{3,199}}\*",
    "voorvoegsel": r"[a-zA-Z ']{1,10}",
    "geslacht": r"[MmVvOo]",
    "geboortedatum": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "straat": rf"{_STRAAT}{{1,80}}|{_STRAAT}{{7,79}}\*|\*{_STRAAT}{{7,79}}",
    "postcode": r"[1-9][0-9]{3} ?[A-Za-z]{2}",
    "huisnummer": int,
    "huisletter": r"[a-zA-Z]",
    "huisnummertoevoeging": r"[a-zA-Z0-9 \-]{1,4}",
    "gemeenteVanInschrijving": r"[0-9]{4}",
    "inclusiefOverledenPersonen": bool,
}

_OVERLEDEN = ("gemeenteVanInschrijving", "inclusiefOverledenPersonen")
_HUIS = ("huisletter", "huisnummertoevoeging")

#: What each way needs, and what it may have beside it.
WAYS: Mapping[Type, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "RaadpleegMetBurgerservicenummer": (("burgerservicenummer",), ("gemeenteVanInschrijving",)),
    "ZoekMetGeslachtsnaamEnGeboortedatum": (
        ("geslachtsnaam", "geboortedatum"),
        ("geslacht", "voorvoegsel", "voornamen", *_OVERLEDEN),
    ),
    "ZoekMetNaamEnGemeenteVanInschrijving": (
        ("geslachtsnaam", "voornamen", "gemeenteVanInschrijving"),
        ("geslacht", "voorvoegsel", "inclusiefOverledenPersonen"),
    ),
    "ZoekMetPostcodeEnHuisnummer": (
        ("postcode", "huisnummer"),
        (*_HUIS, "geboortedatum", "geslachtsnaam", *_OVERLEDEN),
    ),
    "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving": (
        ("straat", "huisnummer", "gemeenteVanInschrijving"),
        (*_HUIS, "inclusiefOverledenPersonen"),
    ),
    "ZoekMetNummeraanduidingIdentificatie": (("nummeraanduidingIdentificatie",), _OVERLEDEN),
    "ZoekMetAdresseerbaarObjectIdentificatie": (("adresseerbaarObjectIdentificatie",), _OVERLEDEN),
}

#: The ways that ask by key, and how many keys one request may have; None: one, and not in a list.
BY_KEY: Mapping[Type, int | None] = {
    "RaadpleegMetBurgerservicenummer": 20,
    "ZoekMetNummeraanduidingIdentificatie": None,
    "ZoekMetAdresseerbaarObjectIdentificatie": None,
}


def fits(parameter: str, value: Any) -> bool:
    """Is the value written as the API wants that parameter?"""
    written = PARAMETERS[parameter]
    if isinstance(written, str):
        return isinstance(value, str) and re.fullmatch(written, value) is not None
    if written is int:
        return type(value) is int and 1 <= value <= 99999
    return type(value) is bool


def faults(way: Type, parameters: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the parameters that a contract gives for this way, its keys left out; never a value."""
    needed, optional = WAYS[way]
    keys = needed if way in BY_KEY else ()
    known = [name for name in (*needed, *optional) if name not in keys]
    for name, value in parameters.items():
        if name in keys:
            yield f"{name} comes from keys:, and is no parameter"
        elif name not in known:
            yield f"{way} has no parameter {name}; it has: {', '.join(known)}"
        elif not fits(name, value):
            yield f"{name} is not written as the API wants it"
    for name in needed:
        if name not in (*keys, *parameters):
            yield f"{way} needs the parameter {name}"
