"""What the contract of the LV BAG API Individuele Bevragingen v2 says of each object type, as tables.

The columns of a record, the parameters of a search that go together, and the form of an identificatie. Source:
Kadaster's OpenAPI file, version 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors._columns import Kind

_VOORKOMEN: Mapping[str, Kind] = {
    "geconstateerd": "text",
    "documentdatum": "date",
    "documentnummer": "text",
    "voorkomen.tijdstipRegistratie": "timestamp",
    "voorkomen.versie": "integer",
    "voorkomen.eindRegistratie": "timestamp",
    "voorkomen.beginGeldigheid": "date",
    "voorkomen.eindGeldigheid": "date",
    "voorkomen.tijdstipInactief": "timestamp",
    "voorkomen.tijdstipRegistratieLV": "timestamp",
    "voorkomen.tijdstipNietBAG": "timestamp",
    "inonderzoek": "json",
}
_PLAATS: Mapping[str, Kind] = {
    "identificatie": "text",
    "domein": "text",
    "type": "text",
    "status": "text",
    "geometrie": "geojson",
    "heeftAlsHoofdAdres": "text",
    "heeftAlsNevenAdres": "texts",
    **_VOORKOMEN,
}

#: The columns of each object type. ``inonderzoek``, a list beside the record, is kept with it.
COLUMNS: Mapping[str, Mapping[str, Kind]] = {
    "nummeraanduiding": {
        "identificatie": "text",
        "domein": "text",
        "huisnummer": "integer",
        "huisletter": "text",
        "huisnummertoevoeging": "text",
        "postcode": "text",
        "typeAdresseerbaarObject": "text",
        "status": "text",
        "ligtIn": "text",
        "ligtAan": "text",
        **_VOORKOMEN,
    },
    "verblijfsobject": {
        "identificatie": "text",
        "domein": "text",
        "type": "text",
        "gebruiksdoelen": "texts",
        "oppervlakte": "integer",
        "status": "text",
        "geometrie.punt": "geojson",
        "geometrie.vlak": "geojson",
        "heeftAlsHoofdAdres": "text",
        "heeftAlsNevenAdres": "texts",
        "maaktDeelUitVan": "texts",
        **_VOORKOMEN,
    },
    "pand": {
        "identificatie": "text",
        "domein": "text",
        "oorspronkelijkBouwjaar": "text",
        "status": "text",
        "geometrie": "geojson",
        **_VOORKOMEN,
    },
    "openbareRuimte": {
        "identificatie": "text",
        "domein": "text",
        "naam": "text",
        "korteNaam": "text",
        "type": "text",
        "status": "text",
        "ligtIn": "text",
        **_VOORKOMEN,
    },
    "woonplaats": {
        "identificatie": "text",
        "domein": "text",
        "naam": "text",
        "status": "text",
        "geometrie.vlak": "geojson",
        "geometrie.multivlak": "geojson",
        **_VOORKOMEN,
    },
    "ligplaats": _PLAATS,
    "standplaats": _PLAATS,
    "adres": {
        "nummeraanduidingIdentificatie": "text",
        "openbareRuimteNaam": "text",
        "korteNaam": "text",
        "huisnummer": "integer",
        "huisletter": "text",
        "huisnummertoevoeging": "text",
        "postcode": "text",
        "woonplaatsNaam": "text",
        "openbareRuimteIdentificatie": "text",
        "woonplaatsIdentificatie": "text",
        "adresseerbaarObjectIdentificatie": "text",
        "pandIdentificaties": "texts",
        "indicatieNevenadres": "boolean",
        "geconstateerd": "json",
        "inonderzoek": "json",
    },
}

#: The form of the identificatie that each object type has as its key, and of those that a search may ask for.
FORMS: Mapping[str, str] = {
    "nummeraanduiding": "[0-9]{4}20[0-9]{10}",
    "verblijfsobject": "[0-9]{4}01[0-9]{10}",
    "pand": "[0-9]{4}10[0-9]{10}",
    "openbareRuimte": "[0-9]{4}30[0-9]{10}",
    "woonplaats": "[0-9]{4}",
    "ligplaats": "[0-9]{4}02[0-9]{10}",
    "standplaats": "[0-9]{4}03[0-9]{10}",
    "adres": "[0-9]{4}20[0-9]{10}",
    "openbareRuimteIdentificatie": "[0-9]{4}30[0-9]{10}",
    "woonplaatsIdentificatie": "[0-9]{4}",
    "pandIdentificatie": "[0-9]{4}10[0-9]{10}",
    "adresseerbaarObjectIdentificatie": "[0-9]{4}0[123][0-9]{10}",
}

_ADDITIONS = ("huisletter", "huisnummertoevoeging", "exacteMatch")
_MOMENT = ("geldigOp", "beschikbaarOp")

#: For each object type that can be searched: the parameters that must be there, and those that may be added.
SEARCHES: Mapping[str, Sequence[tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "nummeraanduiding": [
        (("postcode", "huisnummer"), (*_ADDITIONS, "huidig", *_MOMENT)),
        (("woonplaatsNaam", "openbareRuimteNaam", "huisnummer"), (*_ADDITIONS, "huidig", *_MOMENT)),
        (("openbareRuimteIdentificatie",), ("huidig", *_MOMENT)),
    ],
    "verblijfsobject": [(("pandIdentificatie",), ("huidig", *_MOMENT))],
    "openbareRuimte": [
        (("woonplaatsNaam", "openbareRuimteNaam"), _MOMENT),
        (("woonplaatsIdentificatie", "openbareRuimteNaam"), _MOMENT),
        (("woonplaatsIdentificatie",), ("huidig", *_MOMENT)),
    ],
    "woonplaats": [(("naam",), _MOMENT)],
    "adres": [
        (("zoekresultaatIdentificatie",), ()),
        (("postcode", "huisnummer"), _ADDITIONS),
        (("adresseerbaarObjectIdentificatie",), ()),
        (("woonplaatsNaam", "openbareRuimteNaam", "huisnummer"), _ADDITIONS),
        (("pandIdentificatie",), ()),
    ],
}
