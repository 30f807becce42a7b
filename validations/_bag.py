"""The object types of the BAG: the codes in their identificaties, and their statuses in the order of a life.

Sources: Catalogus BAG 2018 (bijlage I bij de Regeling basisregistratie adressen en gebouwen), the attributes
identificatie and status of each object type and §3.6, Levenscyclus; where the catalogue only draws that cycle,
the Praktijkhandleiding BAG in words:

* a pand or verblijfsobject is rebuilt ("Verbouwing") only after it was in use ("Wanneer worden de statussen
  'Verbouwing pand' en 'Verbouwing verblijfsobject' toegepast?"), and in BAG 1.0 was "in gebruik (niet ingemeten)"
  meanwhile (kwaliteitsrapport VPY);
* where a geometry was measured in time, "in gebruik (niet ingemeten)" is skipped ("Indien ingemeten geometrie
  beschikbaar komt voordat de bouw of verbouw gereed gemeld is"), and so is "Bouw gestart" where only the end of
  the work was reported (kwaliteitsrapport BDI);
* an object that was ended by mistake lives again, in use, with a new voorkomen ("Een pand dat deels gesloopt is,
  heeft ten onrechte de status Pand gesloopt gekregen").
"""

from __future__ import annotations

from typing import Literal

ObjectType = Literal[
    "woonplaats", "openbareRuimte", "nummeraanduiding", "pand", "verblijfsobject", "ligplaats", "standplaats"
]

#: The two digits after the gemeentecode; a woonplaats has four digits and no such code.
CODES: dict[str, str] = {
    "verblijfsobject": "01",
    "ligplaats": "02",
    "standplaats": "03",
    "pand": "10",
    "nummeraanduiding": "20",
    "openbareRuimte": "30",
}

_WOONPLAATS = {"Woonplaats aangewezen": ["Woonplaats ingetrokken"], "Woonplaats ingetrokken": []}
_NAMING = {"Naamgeving uitgegeven": ["Naamgeving ingetrokken"], "Naamgeving ingetrokken": ["Naamgeving uitgegeven"]}
_PLACE = {"Plaats aangewezen": ["Plaats ingetrokken"], "Plaats ingetrokken": []}

_PAND_IN_USE = ["Pand in gebruik (niet ingemeten)", "Pand in gebruik"]
_PAND_END = ["Sloopvergunning verleend", "Pand buiten gebruik", "Pand gesloopt", "Pand ten onrechte opgevoerd"]
_PAND_NEVER = ["Niet gerealiseerd pand", "Pand ten onrechte opgevoerd"]
_PAND = {
    "Bouwvergunning verleend": ["Bouw gestart", *_PAND_IN_USE, *_PAND_NEVER],
    "Bouw gestart": [*_PAND_IN_USE, *_PAND_NEVER],
    "Pand in gebruik (niet ingemeten)": ["Pand in gebruik", "Verbouwing pand", *_PAND_END],
    "Pand in gebruik": ["Pand in gebruik (niet ingemeten)", "Verbouwing pand", *_PAND_END],
    "Verbouwing pand": [*_PAND_IN_USE, *_PAND_END],
    # a permit to demolish can be withdrawn
    "Sloopvergunning verleend": [*_PAND_IN_USE, *_PAND_END],
    "Pand buiten gebruik": [*_PAND_IN_USE, "Verbouwing pand", *_PAND_END],
    "Pand gesloopt": ["Pand in gebruik"],
    "Niet gerealiseerd pand": [],
    "Pand ten onrechte opgevoerd": [],
}

_VBO_IN_USE = ["Verblijfsobject in gebruik (niet ingemeten)", "Verblijfsobject in gebruik"]
_VBO_END = [
    "Verblijfsobject buiten gebruik", "Verblijfsobject ingetrokken", "Verblijfsobject ten onrechte opgevoerd"
]  # fmt: skip
_VERBLIJFSOBJECT = {
    "Verblijfsobject gevormd": [
        *_VBO_IN_USE, "Niet gerealiseerd verblijfsobject", "Verblijfsobject ten onrechte opgevoerd"
    ],
    "Verblijfsobject in gebruik (niet ingemeten)": [
        "Verblijfsobject in gebruik", "Verbouwing verblijfsobject", *_VBO_END
    ],
    "Verblijfsobject in gebruik": [
        "Verblijfsobject in gebruik (niet ingemeten)", "Verbouwing verblijfsobject", *_VBO_END
    ],
    "Verbouwing verblijfsobject": [*_VBO_IN_USE, *_VBO_END],
    "Verblijfsobject buiten gebruik": [*_VBO_IN_USE, "Verbouwing verblijfsobject", *_VBO_END],
    "Verblijfsobject ingetrokken": ["Verblijfsobject in gebruik"],
    "Niet gerealiseerd verblijfsobject": [],
    "Verblijfsobject ten onrechte opgevoerd": [],
}  # fmt: skip

#: By object type, by status: the other statuses that may come next.
LIFE_CYCLES: dict[str, dict[str, list[str]]] = {
    "woonplaats": _WOONPLAATS,
    "openbareRuimte": _NAMING,
    "nummeraanduiding": _NAMING,
    "pand": _PAND,
    "verblijfsobject": _VERBLIJFSOBJECT,
    "ligplaats": _PLACE,
    "standplaats": _PLACE,
}
