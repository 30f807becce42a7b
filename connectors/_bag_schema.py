"""An object type of the BAG in, the layout of its records out: the registry's own names, as Arrow types.

The names are those of the XML of BAG 2.0 Extract (imbag v20200601). A relation goes by its own name
(``ligtAan``), and holds the identification that it refers to. What a file leaves out is null, so that every
file of a type has the same schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

TEXT, NUMBER, TEXTS = pa.string(), pa.int32(), pa.list_(pa.string())
DATE, MOMENT, SHAPE = pa.date32(), pa.timestamp("us"), pa.binary()

#: The parts of a delivery besides the active records, by the mark in their files' names.
PARTS = {"actief": "", "inactief": "IA", "inOnderzoek": "IO", "nietBag": "NB"}

_OCCURRENCE = {
    "status": TEXT,
    "geconstateerd": TEXT,
    "documentdatum": DATE,
    "documentnummer": TEXT,
    "voorkomenidentificatie": NUMBER,
    "beginGeldigheid": DATE,
    "eindGeldigheid": DATE,
    "tijdstipRegistratie": MOMENT,
    "eindRegistratie": MOMENT,
    "tijdstipInactief": MOMENT,
    "tijdstipRegistratieLV": MOMENT,
    "tijdstipEindRegistratieLV": MOMENT,
    "tijdstipInactiefLV": MOMENT,
    "tijdstipNietBagLV": MOMENT,
}

_ADDRESSES = {"heeftAlsHoofdadres": TEXT, "heeftAlsNevenadres": TEXTS}

_OWN = {
    "nummeraanduiding": {
        "huisnummer": NUMBER,
        "huisletter": TEXT,
        "huisnummertoevoeging": TEXT,
        "postcode": TEXT,
        "typeAdresseerbaarObject": TEXT,
        "ligtAan": TEXT,
        "ligtIn": TEXT,
    },
    "verblijfsobject": {
        "gebruiksdoel": TEXTS,
        "oppervlakte": NUMBER,
        **_ADDRESSES,
        "maaktDeelUitVan": TEXTS,
        "geometrie": SHAPE,
    },
    "pand": {"oorspronkelijkBouwjaar": NUMBER, "geometrie": SHAPE},
    "openbareRuimte": {"naam": TEXT, "verkorteNaam": TEXT, "type": TEXT, "ligtIn": TEXT},
    "woonplaats": {"naam": TEXT, "geometrie": SHAPE},
    "ligplaats": {**_ADDRESSES, "geometrie": SHAPE},
    "standplaats": {**_ADDRESSES, "geometrie": SHAPE},
}

_CODES = {
    "nummeraanduiding": "NUM",
    "verblijfsobject": "VBO",
    "pand": "PND",
    "openbareRuimte": "OPR",
    "woonplaats": "WPL",
    "ligplaats": "LIG",
    "standplaats": "STA",
}

CODES = tuple(_CODES.values())

#: The fields that hold an identification, besides those that begin with that word.
REFERENCES = (
    "ligtAan",
    "ligtIn",
    "heeftAlsHoofdadres",
    "heeftAlsNevenadres",
    "maaktDeelUitVan",
    "gerelateerdeWoonplaats",
    "gerelateerdeGemeente",
)

RELATION = "gemeenteWoonplaatsRelatie"


@dataclass(frozen=True)
class Layout:
    """How the records of one type look: ``code`` as in file names, ``element`` as in the XML, one a record.

    ``types`` has the columns' types by the registry's names, in order.
    """

    code: str
    element: str
    types: dict[str, pa.DataType] = field(repr=False)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema; ``geometrie`` is WKB in RD New (EPSG:28992)."""
        return pa.schema(list(self.types.items()))


def layout(name: str, part: str) -> Layout:
    """The layout of an object type, in one of the PARTS of a delivery."""
    if name == RELATION:
        parts = ("gerelateerdeWoonplaats", "gerelateerdeGemeente", "status")
        period = {"begindatumTijdvakGeldigheid": DATE, "einddatumTijdvakGeldigheid": DATE}
        return Layout("", "GemeenteWoonplaatsRelatie", dict.fromkeys(parts, TEXT) | period)
    code, element = _CODES[name], name[0].upper() + name[1:]
    if part == "inOnderzoek":
        return _under_investigation(code, element.capitalize())
    return Layout(code, element, {"identificatie": TEXT, **_OWN[name], **_OCCURRENCE})


def _under_investigation(code: str, element: str) -> Layout:
    types = {
        f"identificatieVan{element}": TEXT,
        "kenmerk": TEXT,
        "inOnderzoek": TEXT,
        "documentdatum": DATE,
        "documentnummer": TEXT,
        "beginGeldigheid": DATE,
        "eindGeldigheid": DATE,
        "tijdstipRegistratie": MOMENT,
        "eindRegistratie": MOMENT,
        "tijdstipRegistratieLV": MOMENT,
        "tijdstipEindRegistratieLV": MOMENT,
    }
    return Layout(code, f"Kenmerk{element}InOnderzoek", types)
