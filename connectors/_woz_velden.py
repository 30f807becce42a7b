"""What WOZ Bevragen v1 has of a WOZ-object, as columns, and how it is searched."""

from __future__ import annotations

from typing import Any

from connectors._columns import kinds

_WAARDE = "vastgesteldeWaarde:integer waardepeildatum:date ingangsdatum:date beschikkingsStatussen:texts"
_WIE = "burgerservicenummer geheimhoudingPersoonsgegevens:boolean kvkNummer naam rsin type vestigingsnummer"
WIE = ("belanghebbendeEigenaar", "belanghebbendeGebruiker")
COLUMNS = kinds(
    "identificatie aanduiding.straat aanduiding.huisnummer:integer aanduiding.huisletter"
    " aanduiding.huisnummertoevoeging aanduiding.postcode aanduiding.woonplaats aanduiding.locatieomschrijving"
    " aanduiding.nummeraanduidingIdentificatie adresseerbaarObjectIdentificaties:texts grondoppervlakte:integer"
    " pandIdentificaties:texts kadastraalOnroerendeZaken:json verantwoordelijkeGemeente.code"
    " verantwoordelijkeGemeente.omschrijving waarden:json "
    + " ".join(f"{who}.{column}" for who in WIE for column in _WIE.split())
)
WAARDE = kinds(" ".join(f"waarde.{column}" for column in f"{_WAARDE} indicatieBezwaarBeroep:boolean".split()))
#: Asked for where the contract doesn't say: every property but those of persons.
IMPERSONAL = [name for name in dict.fromkeys(path.partition(".")[0] for path in COLUMNS) if name not in WIE]

WRITTEN: dict[str, Any] = {
    "rsin": r"[0-9]{9}",
    "kvkNummer": r"[0-9]{8}",
    "adresseerbaarObjectIdentificatie": r"[0-9]{16}",
    "nummeraanduidingIdentificatie": r"[0-9]{16}",
    "postcode": r"[1-9][0-9]{3}[A-Z]{2}",
    "huisnummer": int,
    "huisletter": r"[a-zA-Z]",
    "huisnummertoevoeging": r"[0-9a-zA-Z]{1,4}",
}
SEARCHES = [
    *(([name], []) for name in list(WRITTEN)[:4]),
    (["postcode", "huisnummer"], ["huisletter", "huisnummertoevoeging"]),
]
