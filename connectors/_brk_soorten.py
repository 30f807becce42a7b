"""What BRK Bevragen v2 gives, as kinds of record with their columns, and how it is searched."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from connectors._columns import Kind, kinds

#: The objects themselves, and the column that says on which of them another record rests.
ZAKEN, OF = "kadastraalonroerendezaken", "kadastraalOnroerendeZaakIdentificatie"

_STUKKEN = "stukIdentificaties:texts isVermeldInStukdeelIdentificaties:texts"
_OP_EEN_RECHT = (
    "identificatie domein aandeelInBetrokkenRecht.teller:integer aandeelInBetrokkenRecht.noemer:integer"
    " gedeeltelijkeBezwaringOudObject:boolean omschrijvingBetrokkenRecht.code omschrijvingBetrokkenRecht.waarde"
    f" toelichtingBewaarder aantekeningen:json isGebaseerdOpStukdeelIdentificatie {_STUKKEN}"
)
_ACCEPT_CRS = {"Accept-Crs": "epsg:28992"}


class Soort(NamedTuple):
    """``records`` is the name of the list in an answer; ``headers`` are those that only this kind has."""

    records: str
    columns: dict[str, Kind]
    headers: Mapping[str, str] = MappingProxyType({})


SOORTEN = {
    ZAKEN: Soort(
        "kadastraalOnroerendeZaken",
        kinds(
            "identificatie domein type kadastraleAanduiding indicatieVervallen:boolean indicatieSluimerend:boolean"
            " kadastraleGrootte.waarde:integer kadastraleGrootte.soortGrootte.code"
            " kadastraleGrootte.soortGrootte.waarde aardCultuurBebouwd.code aardCultuurBebouwd.waarde"
            " aardCultuurOnbebouwd.code aardCultuurOnbebouwd.waarde koopsom.koopsom:integer koopsom.koopjaar:integer"
            " koopsom.indicatieMetMeerObjectenVerkregen:boolean adressen:json gesplitstZakelijkRecht"
            " toelichtingBewaarder begrenzingPerceel:json plaatscoordinaten:json perceelnummerRotatie:decimal"
            " perceelnummerVerschuiving.deltax:decimal perceelnummerVerschuiving.deltay:decimal"
            " zakelijkGerechtigdeIdentificaties:texts privaatrechtelijkeBeperkingIdentificaties:texts"
            " hypotheekIdentificaties:texts beslagIdentificaties:texts isOvergegaanIn:json isOntstaanUit:json"
            f" bijbehorendeGrondpercelen:json bijbehorendeAppartementsrechten:json {_STUKKEN}"
        ),
        _ACCEPT_CRS,
    ),
    "zakelijkgerechtigden": Soort(
        "zakelijkGerechtigden",
        kinds(
            "identificatie type aanvangsdatum:date persoon.identificatie persoon.omschrijving persoon.type"
            " tenaamstelling.aandeel.teller:integer tenaamstelling.aandeel.noemer:integer"
            " tenaamstelling.gezamenlijkAandeel.teller:integer tenaamstelling.gezamenlijkAandeel.noemer:integer"
            " tenaamstelling.burgerlijkeStaatTenTijdeVanVerkrijging.code"
            " tenaamstelling.burgerlijkeStaatTenTijdeVanVerkrijging.waarde"
            " tenaamstelling.verkregenNamensSamenwerkingsverband.code"
            " tenaamstelling.verkregenNamensSamenwerkingsverband.waarde tenaamstelling.aantekeningen:json"
            " tenaamstelling.betrokkenPartner:json tenaamstelling.betrokkenSamenwerkingsverband:json"
            " tenaamstelling.betrokkenGorzenEnAanwassen:json tenaamstelling.isGebaseerdOpStukdeelIdentificaties:texts"
            " tenaamstelling.isVermeldInStukdeelIdentificaties:texts tenaamstelling.stukIdentificaties:texts"
            " zakelijkRecht.isGebaseerdOpStukdeelIdentificaties:texts"
            " zakelijkRecht.isVermeldInStukdeelIdentificaties:texts zakelijkRecht.stukIdentificaties:texts"
            " erfpachtCanon:json"
        ),
        _ACCEPT_CRS,
    ),
    "privaatrechtelijkebeperkingen": Soort(
        "privaatrechtelijkeBeperkingen",
        kinds(
            "identificatie domein aard.code aard.waarde omschrijving einddatum:date einddatumRecht:date"
            f" isGebaseerdOpStukdeelIdentificatie {_STUKKEN}"
        ),
    ),
    "publiekrechtelijkebeperkingen": Soort(
        "publiekrechtelijkeBeperkingen",
        kinds(
            "identificatie domein grondslag.code grondslag.waarde datumInWerking:date datumBeeindiging:date"
            " bevoegdGezag.identificatie bevoegdGezag.omschrijving bevoegdGezag.type"
            f" isGebaseerdOpStukdeelIdentificatie {_STUKKEN}"
        ),
    ),
    "hypotheken": Soort(
        "hypotheken",
        kinds(
            f"{_OP_EEN_RECHT} betreftGedeelteVanPerceel:boolean bedragZekerheidsstelling.som:decimal"
            " bedragZekerheidsstelling.valuta.code bedragZekerheidsstelling.valuta.waarde hypotheekhouders:json"
            " omschrijvingGekozenWoonplaats"
        ),
    ),
    "beslagen": Soort(
        "beslagen",
        kinds(
            f"{_OP_EEN_RECHT} aard.code aard.waarde bedragVordering.som:decimal bedragVordering.valuta.code"
            " bedragVordering.valuta.waarde beslagleggers:json"
        ),
    ),
}

_SPLITSING = "inclusiefKadastraalOnroerendeZakenUitSplitsing"
_NUMMER = r" ([A-IK-Z]{1,2}) ([1-9][0-9]{0,4})( A[1-9][0-9]{0,3})?"
#: How the parameters of a search are written.
WRITTEN: dict[str, Any] = {
    "kadastraleAanduiding": r"([a-zA-Z0-9'][a-zA-Z0-9' ,-]*[a-zA-Z0-9])" + _NUMMER,
    "kadastraleAanduidingMetGemeentecode": r"([A-Z]{3}[0-9]{2})" + _NUMMER,
    "postcode": r"[1-9][0-9]{3}[A-Z]{2}",
    "huisnummer": int,
    "huisletter": r"[a-zA-Z]",
    "huisnummertoevoeging": r"[a-zA-Z0-9,]{1,4}",
    "nummeraanduidingIdentificatie": r"[0-9]{16}",
    _SPLITSING: bool,
}
#: What a search needs, and what it may have; never two of these together.
SEARCHES = [
    (["kadastraleAanduiding"], [_SPLITSING]),
    (["kadastraleAanduidingMetGemeentecode"], [_SPLITSING]),
    (["postcode"], ["huisnummer", "huisletter", "huisnummertoevoeging"]),
    (["nummeraanduidingIdentificatie"], []),
]
