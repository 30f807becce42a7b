"""What the BRP API Personen v2 has of a person, as a tree of its own field names; asked paths in, columns out.

A leaf is a kind of value, a list of one branch is a repeating group. ``datum`` and ``tabel`` are the API's own
composite values: a date that may be partly unknown, and a row of a code table (``titel``: one with a soort).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors._columns import Kind

Tree = dict[str, Any]

NAAM: Tree = {
    "voornamen": "text",
    "adellijkeTitelPredicaat": "titel",
    "voorvoegsel": "text",
    "geslachtsnaam": "text",
    "voorletters": "text",
}
GEBOORTE: Tree = {"datum": "datum", "land": "tabel", "plaats": "tabel"}
VERWANT: Tree = {"burgerservicenummer": "text", "naam": NAAM, "geboorte": GEBOORTE}
NAAR: Tree = {"burgerservicenummer": "text", "naam": {"volledigeNaam": "text"}}
BINNENLAND: Tree = {
    "officieleStraatnaam": "text",
    "korteStraatnaam": "text",
    "huisnummer": "integer",
    "huisletter": "text",
    "huisnummertoevoeging": "text",
    "aanduidingBijHuisnummer": "tabel",
    "postcode": "text",
    "woonplaats": "text",
    "locatiebeschrijving": "text",
}
BUITENLAND: Tree = {"regel1": "text", "regel2": "text", "regel3": "text", "land": "tabel"}
VERBLIJFPLAATS: Tree = {
    "type": "text",
    "datumIngangGeldigheid": "datum",
    "datumVan": "datum",
    "functieAdres": "tabel",
    "adresseerbaarObjectIdentificatie": "text",
    "nummeraanduidingIdentificatie": "text",
    "indicatieVastgesteldVerblijftNietOpAdres": "boolean",
}
ADRESREGELS: Tree = {
    "adresregel1": "text",
    "adresregel2": "text",
    "indicatieVastgesteldVerblijftNietOpAdres": "boolean",
}
ADRESSERING: Tree = ADRESREGELS | {"adresregel3": "text", "land": "tabel"}
BRIEF: Tree = {
    "aanhef": "text",
    "aanschrijfwijze": {"naam": "text", "aanspreekvorm": "text"},
    "gebruikInLopendeTekst": "text",
}
GEZAG: Tree = {
    "type": "text",
    "minderjarige": NAAR | {"leeftijd": "integer"},
    "ouders": [NAAR],
    "ouder": NAAR,
    "derde": NAAR | {"type": "text"},
    "derden": [NAAR | {"type": "text"}],
    "toelichting": "text",
}

#: What a search answers with.
BEPERKT: Tree = {
    "burgerservicenummer": "text",
    "geboorte": {"datum": "datum"},
    "geslacht": "tabel",
    "leeftijd": "integer",
    "naam": NAAM | {"volledigeNaam": "text"},
    "adressering": ADRESSERING,
}
#: What a search by adresseerbaar object answers with.
MET_GEZAG: Tree = BEPERKT | {"gezag": [GEZAG]}
#: What one gets of a person whose burgerservicenummer is known.
PERSOON: Tree = {
    "aNummer": "text",
    "burgerservicenummer": "text",
    "datumEersteInschrijvingGBA": "datum",
    "geslacht": "tabel",
    "uitsluitingKiesrecht": {"uitgeslotenVanKiesrecht": "boolean", "einddatum": "datum"},
    "europeesKiesrecht": {"aanduiding": "tabel", "einddatumUitsluiting": "datum"},
    "leeftijd": "integer",
    "naam": NAAM | {"volledigeNaam": "text", "aanduidingNaamgebruik": "tabel"},
    "nationaliteiten": [
        {"type": "text", "redenOpname": "tabel", "datumIngangGeldigheid": "datum", "nationaliteit": "tabel"}
    ],
    "geboorte": GEBOORTE,
    "overlijden": GEBOORTE,
    "verblijfplaats": VERBLIJFPLAATS | {"verblijfadres": BINNENLAND | BUITENLAND},
    "immigratie": {
        "landVanwaarIngeschreven": "tabel",
        "datumVestigingInNederland": "datum",
        "vanuitVerblijfplaatsOnbekend": "boolean",
        "indicatieVestigingVanuitBuitenland": "boolean",
    },
    "gemeenteVanInschrijving": "tabel",
    "datumInschrijvingInGemeente": "datum",
    "adressering": ADRESSERING | BRIEF,
    "indicatieCurateleRegister": "boolean",
    "indicatieGezagMinderjarige": "tabel",
    "gezag": [GEZAG],
    "verblijfstitel": {"aanduiding": "tabel", "datumEinde": "datum", "datumIngang": "datum"},
    "kinderen": [VERWANT],
    "ouders": [
        VERWANT | {"geslacht": "tabel", "ouderAanduiding": "text", "datumIngangFamilierechtelijkeBetrekking": "datum"}
    ],
    "partners": [
        VERWANT
        | {
            "geslacht": "tabel",
            "soortVerbintenis": "tabel",
            "aangaanHuwelijkPartnerschap": GEBOORTE,
            "ontbindingHuwelijkPartnerschap": {"datum": "datum"},
        }
    ],
}

#: What the API adds by itself, and refuses to be asked for.
AUTOMATIC: Tree = {
    "geheimhoudingPersoonsgegevens": "boolean",
    "opschortingBijhouding": {"reden": "tabel", "datum": "datum"},
    "rni": [{"deelnemer": "tabel", "omschrijvingVerdrag": "text", "categorie": "text"}],
    "verificatie": {"datum": "datum", "omschrijving": "text"},
}
#: … and what it adds to a group of which anything is asked.
WITH_THE_GROUP = ("type", "indicatieVastgesteldVerblijftNietOpAdres")

#: Other names for a part of the tree, for who may see addresses in the Netherlands only.
ALIASES: Mapping[str, tuple[str, Tree]] = {
    "verblijfplaatsBinnenland": ("verblijfplaats", VERBLIJFPLAATS | {"verblijfadres": BINNENLAND}),
    "adresseringBinnenland": ("adressering", ADRESREGELS),
}

#: The values below a composite one; whichever of them is asked, all come.
COMPOSITES: Mapping[str, Mapping[str, Kind]] = {
    "datum": {"type": "text", "langFormaat": "text", "datum": "text", "jaar": "integer", "maand": "integer",
              "onbekend": "boolean"},
    "tabel": {"code": "text", "omschrijving": "text"},
    "titel": {"code": "text", "omschrijving": "text", "soort": "text"},
}  # fmt: skip


def at(tree: Tree, path: str) -> tuple[str, Any] | None:
    """The place that a field path leads to and the branch or leaf there; None if it leads nowhere.

    A path that goes on into a composite value leads to that value, one into a repeating group to the group.
    """
    first, _, rest = path.partition(".")
    names: list[str] = []
    if first in ALIASES and ALIASES[first][0] in tree:
        first, branch = ALIASES[first]
        tree = {first: branch}
    group: tuple[str, Any] | None = None
    found: Any = tree
    for step in filter(None, [first, *rest.split(".")]):
        if isinstance(found, list):
            group, found = group or (".".join(names), found), found[0]
        if isinstance(found, str):
            return group or (".".join(names), found) if step in COMPOSITES.get(found, ()) else None
        if step not in found:
            return None
        names.append(step)
        found = found[step]
    return group or (".".join(names), found)


def places(tree: Tree, path: str) -> Iterator[str]:
    """The places of all values that a field path asks for, down into repeating groups; composite ones whole."""
    first, _, rest = path.partition(".")
    if first in ALIASES and ALIASES[first][0] in tree:
        first, branch = ALIASES[first]
        tree = {first: branch}
    names: list[str] = []
    found: Any = tree
    for step in filter(None, [first, *rest.split(".")]):
        found = found[0] if isinstance(found, list) else found
        if isinstance(found, str):
            break
        names.append(step)
        found = found[step]
    yield from _ends(".".join(names), found)


def _ends(place: str, branch: Any) -> Iterator[str]:
    branch = branch[0] if isinstance(branch, list) else branch
    if isinstance(branch, str):
        yield place
    else:
        for name, below in branch.items():
            yield from _ends(f"{place}.{name}", below)


def columns(tree: Tree, paths: Iterable[str]) -> dict[str, Kind]:
    """The columns of a table that holds what is asked by these paths, and what comes along unasked."""
    asked: dict[str, Kind] = {}
    for path in paths:
        found = at(tree, path)
        assert found is not None, "the paths were checked"
        place, branch = found
        asked |= _leaves(place, branch)
        top = place.partition(".")[0]
        asked |= {f"{top}.{name}": _KINDS[tree[top][name]] for name in WITH_THE_GROUP if name in _named(tree[top])}
    return asked | _leaves("", AUTOMATIC) | {"inOnderzoek": "json"}


def _named(branch: Any) -> Iterable[str]:
    return branch if isinstance(branch, dict) else ()


#: A date is text, as ISO 8601 writes it with what is known of it; a repeating group is JSON.
_KINDS: Mapping[str, Kind] = {"text": "text", "integer": "integer", "boolean": "boolean", "datum": "text"}


def _leaves(place: str, branch: Any) -> dict[str, Kind]:
    return dict(_walk(place, branch))


def _walk(place: str, branch: Any) -> Iterator[tuple[str, Kind]]:
    if isinstance(branch, list):
        yield place, "json"
    elif isinstance(branch, dict):
        for name, below in branch.items():
            yield from _walk(f"{place}.{name}" if place else name, below)
    elif branch in _KINDS:
        yield place, _KINDS[branch]
    else:
        for name, kind in COMPOSITES[branch].items():
            yield f"{place}.{name}", kind
