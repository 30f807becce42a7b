"""An entiteittype of StUF-BG 3.10 in; what identifies its objects, and the columns of their fields, out.

Names are the elements' own, a group's or relation's before those in it. Whatever else a message has is kept as
``_unexpected``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors._columns import Columns, Kind

_ADDRESS = (
    "aoa.identificatie",
    "wpl.identificatie",
    "wpl.woonplaatsNaam",
    "opr.identificatie",
    "gor.openbareRuimteNaam",
    "gor.straatnaam",
    "aoa.postcode",
    "aoa.huisnummer",
    "aoa.huisletter",
    "aoa.huisnummertoevoeging",
    "inp.locatiebeschrijving",
    "begindatumVerblijf",
)
_ABROAD = (
    "lnd.landcode",
    "lnd.landnaam",
    "sub.adresBuitenland1",
    "sub.adresBuitenland2",
    "sub.adresBuitenland3",
)
_REACHED_AT = ("sub.telefoonnummer", "sub.faxnummer", "sub.emailadres", "sub.rekeningnummerBankGiro")
_HISTORY = ("tijdvakGeldigheid.beginGeldigheid", "tijdvakGeldigheid.eindGeldigheid", "tijdstipRegistratie")
#: Of the message that told of the object last.
_MESSAGE = ("referentienummer", "tijdstipBericht")
_KEYS = ("sleutelVerzendend", "sleutelOntvangend", "sleutelGegevensbeheer")

_PERSON = (
    "inp.bsn",
    "inp.a-nummer",
    "geslachtsnaam",
    "voorvoegselGeslachtsnaam",
    "voorletters",
    "voornamen",
    "adellijkeTitelPredikaat",
    "aanduidingNaamgebruik",
    "geslachtsnaamPartner",
    "voorvoegselGeslachtsnaamPartner",
    "aanhefAanschrijving",
    "voornamenAanschrijving",
    "geslachtsnaamAanschrijving",
    "geslachtsaanduiding",
    "geboortedatum",
    "inp.geboorteplaats",
    "inp.geboorteLand",
    "overlijdensdatum",
    "inp.overlijdenplaats",
    "inp.overlijdenLand",
    "inp.burgerlijkeStaat",
    "inp.gemeenteVanInschrijving",
    "inp.datumInschrijving",
    "inp.indicatieGeheim",
    "inp.datumOpschortingBijhouding",
    "inp.redenOpschortingBijhouding",
    "inp.immigratieLand",
    "inp.datumVestigingInNederland",
    "inp.emigratieLand",
    "inp.datumVertrekUitNederland",
    "inp.verblijftIn.gerelateerde.identificatie",
)
_ORGANISATION = (
    "inn.nnpId",
    "ann.identificatie",
    "statutaireNaam",
    "inn.rechtsvorm",
    "inn.statutaireZetel",
    "datumAanvang",
    "datumEinde",
    "inn.datumVoortzetting",
)
_BRANCH = ("vestigingsNummer", "handelsnaam", "verkorteNaam", "datumAanvang", "datumEinde", "typering")


@dataclass(frozen=True)
class Entity:
    """What identifies the objects of an entiteittype, and their columns."""

    key: str
    columns: Columns


def _entity(own: Iterable[str], **groups: Iterable[str]) -> Entity:
    names = list(own)
    below = [f"{group.replace('__', '.')}.{field}" for group, fields in groups.items() for field in fields]
    texts = [*names, *below, *_REACHED_AT, *_HISTORY, *_KEYS, *_MESSAGE]
    kinds: dict[str, Kind] = dict.fromkeys(texts, "text")
    return Entity(names[0], Columns(kinds | {"inOnderzoek": "json", "extraElementen": "json"}))


ENTITIES = {
    "NPS": _entity(_PERSON, verblijfsadres=_ADDRESS, sub__verblijfBuitenland=_ABROAD),
    "NNP": _entity(_ORGANISATION, bezoekadres=_ADDRESS, sub__verblijfBuitenland=_ABROAD),
    "VES": _entity(_BRANCH, verblijfsadres=_ADDRESS),
}
