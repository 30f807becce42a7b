"""How the two registers are linked: what a contract would say under ``reconcile: link:``."""

from __future__ import annotations

from vlekkeloos.contract import Link
from vlekkeloos.reconcile.link import Side

WORDS = Link.model_validate(
    {
        "block": [
            ["postcode", "huisnummer"],
            ["geboortedatum", {"field": "achternaam", "first": 3}],
            ["geboortedatum", {"field": "voornaam", "first": 1}],
            ["achternaam", "voornaam"],
            ["postcode", "geboortedatum"],
        ],
        "compare": {
            "voornaam": "name",
            "achternaam": {"by": "name", "frequency": True},
            "geboortedatum": "date",
            "postcode": "postcode",
            "huisnummer": "house number",
        },
    }
)
LEFT, RIGHT = Side("links", "left_records", "id"), Side("rechts", "right_records", "id")
