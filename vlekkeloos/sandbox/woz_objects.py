"""A Town and a number in; the WOZ-object at that address, as WOZ Bevragen v1 has it, out.

Each has a waarde for the last three peildata, in euros. Of some the newest was annulled or is contested; the
owner is who has the object according to the BRK, the user who lives there according to the BRP.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any

from vlekkeloos.sandbox import parcels, persons
from vlekkeloos.sandbox.addresses import GEMEENTE, GEMEENTECODE, WOONPLAATS
from vlekkeloos.sandbox.persons import TODAY, tabel
from vlekkeloos.sandbox.registries.town import Town

Record = dict[str, Any]

#: The waardepeildatum is the first of January of the year before that for which the waarde holds.
NEWEST = TODAY.replace(year=TODAY.year - 1)
YEARS = 3


def identificatie(number: int) -> str:
    """The WOZ-objectnummer at the address with that number: the gemeentecode and eight digits."""
    return f"{GEMEENTECODE}{number + 1:08d}"


def number(town: Town, text: str) -> int | None:
    """The number in a WOZ-objectnummer of this town, None for any other text."""
    found = int(text[4:]) - 1 if len(text) == 12 and text.isascii() and text.isdigit() else -1
    return found if 0 <= found < town.addresses and identificatie(found) == text else None


@lru_cache(maxsize=20_000)
def woz_object(town: Town, number: int) -> Record:
    """The object at the address with that number, whole; not to be changed by who asks."""
    home, chance = town.address(number), town.chance("woz", number)
    parts = {"huisletter": home.huisletter, "huisnummertoevoeging": home.huisnummertoevoeging}
    return {
        "identificatie": identificatie(number),
        "aanduiding": {
            "straat": home.street.naam,
            "huisnummer": home.huisnummer,
            **{name: part for name, part in parts.items() if part is not None},
            "postcode": home.postcode,
            "woonplaats": WOONPLAATS,
            "nummeraanduidingIdentificatie": home.identificatie,
        },
        "adresseerbaarObjectIdentificaties": [home.verblijfsobject],
        "grondoppervlakte": 20 + int(chance.random() * 400),
        "pandIdentificaties": [home.pand],
        "kadastraalOnroerendeZaken": [_ground(town, number)],
        "verantwoordelijkeGemeente": tabel(GEMEENTECODE, GEMEENTE),
        "waarden": list(_waarden(home.oppervlakte, chance)),
        **_who(town, number),
    }


def _ground(town: Town, number: int) -> Record:
    letters, place, index = parcels.aanduiding(town, number)
    aanduiding: Record = {"gemeentecode": GEMEENTECODE, "sectie": letters, "perceelnummer": place}
    return {
        "identificatie": parcels.identificatie(number),
        "aanduiding": aanduiding | ({} if index is None else {"appartementsindex": index}),
        "aanduidingMetGemeentenaam": parcels.parcel(town, number)["kadastraleAanduiding"],
    }


def _waarden(size: int, chance: Random) -> list[Record]:
    """The newest first."""
    price = 2_400 + int(chance.random() * 1_800)
    state, found = chance.random(), list[Record]()
    for back in range(YEARS):
        day = NEWEST.replace(year=NEWEST.year - back)
        statuses = ["beschikking_genomen"]
        if not back and state < 0.03:
            statuses = ["beschikking_vernietigd"]
        elif not back and state < 0.08:
            statuses.append("bezwaar_ingediend")
        found.append(
            {
                "vastgesteldeWaarde": round(size * price * 0.95**back / 1_000) * 1_000,
                "waardepeildatum": day.isoformat(),
                "ingangsdatum": day.replace(year=day.year + 1).isoformat(),
                "beschikkingsStatussen": statuses,
                "indicatieBezwaarBeroep": "bezwaar_ingediend" in statuses,
            }
        )
    return found


def _who(town: Town, number: int) -> Record:
    owner = parcels.owners(town, number)[0]
    found: Record = {"belanghebbendeEigenaar": _belanghebbende(town, owner)}
    if (there := persons.at(town, number)) and (user := persons.person(town, there[0])) is not None:
        who = {"type": "ingeschreven_natuurlijk_persoon", "identificatie": user["burgerservicenummer"]}
        found["belanghebbendeGebruiker"] = _belanghebbende(
            town, who | {"omschrijving": user["naam"]["volledigeNaam"]}
        )
    return found


def _belanghebbende(town: Town, who: Record) -> Record:
    if who["type"] != "ingeschreven_natuurlijk_persoon":
        return {"type": "niet_natuurlijk_persoon", "naam": who["omschrijving"], "rsin": who["identificatie"],
                "kvkNummer": "90000019"}  # fmt: skip
    room = persons.number(town, who["identificatie"])
    person = None if room is None else persons.person(town, room)
    return {
        "type": "natuurlijk_persoon",
        "naam": who["omschrijving"],
        "burgerservicenummer": who["identificatie"],
        "geheimhoudingPersoonsgegevens": bool((person or {}).get("geheimhoudingPersoonsgegevens")),
    }
