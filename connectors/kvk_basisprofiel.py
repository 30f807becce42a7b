"""KVK numbers in, the basisprofiel (v1) of each in the KVK Handelsregister out, or one part of it.

The profile of an onderneming holds those of its hoofdvestiging and of its eigenaar, under ``_embedded``. A number
that the register doesn't have gives no record.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from connectors import _kvk
from connectors._columns import Columns, kinds
from connectors.http import Question
from vlekkeloos.connector import EVERYTHING, Connection, KeyedOptions, Pulled, Wanted

HOOFDVESTIGING, EIGENAAR = "_embedded.hoofdvestiging", "_embedded.eigenaar"
LINKS = ["links", "_links"]

#: What of a profile is read: the columns, and where the records are in the answer.
PARTS = {
    "basisprofiel": (
        Columns(
            kinds(f"kvkNummer naam{_kvk.REGISTERED} statutaireNaam totaalWerkzamePersonen:integer handelsnamen:json")
            | kinds("sbiActiviteiten:json")
            | _kvk.addressed(_kvk.VESTIGING, HOOFDVESTIGING)
            | _kvk.addressed(_kvk.EIGENAAR, EIGENAAR),
            [*LINKS, f"{HOOFDVESTIGING}.links", f"{EIGENAAR}.links"],
            _kvk.INSIDE | {f"{HOOFDVESTIGING}.{path}": kind for path, kind in _kvk.INSIDE.items()},
        ),
        "",
    ),
    "eigenaar": (Columns(_kvk.addressed(f"kvkNummer {_kvk.EIGENAAR}"), LINKS), ""),
    "hoofdvestiging": (Columns(_kvk.addressed(_kvk.VESTIGING), LINKS, _kvk.INSIDE), ""),
    "vestigingen": (
        Columns(
            kinds("vestigingsnummer kvkNummer eersteHandelsnaam indHoofdvestiging indAdresAfgeschermd")
            | kinds("indCommercieleVestiging volledigAdres"),
            LINKS,
        ),
        "vestigingen",
    ),
}


class Options(KeyedOptions):
    """``keys`` are KVK numbers. ``deel`` is the part of the profile; vestigingen are a record each."""

    keys: str = Field(pattern=r"^[a-z][a-z0-9_]*\.\S+$", description="<source>.<column> with the KVK numbers")
    deel: Literal["basisprofiel", "eigenaar", "hoofdvestiging", "vestigingen"] = Field(
        "basisprofiel", description="the whole profile, or a part of it"
    )
    geoData: bool = Field(  # noqa: N815 (KVK's own spelling)
        False, description="also where an address is, with its identificatie in the BAG"
    )


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The profiles, in the order of the keys.

    Raises RegistryRefused for a wrong key of the connection, RegistryFailed for an answer that can't be read.
    """
    columns, records = PARTS[options.deel]
    path = "v1/basisprofielen/{}" + ("" if options.deel == "basisprofiel" else f"/{options.deel}")
    api = _kvk.product(columns, _profile, records=records, given=_whose)
    return _kvk.pull(api, path, "kvkNummer", options.geoData, connection, wanted)


def _whose(question: Question) -> dict[str, str]:
    """The number that was asked for: of an eigenaar or a vestiging the register doesn't say it again."""
    return {"kvkNummer": question.path.split("/")[2]}


def _profile(record: dict[str, Any]) -> dict[str, Any]:
    embedded = record.get("_embedded") or {}
    placed = {name: _kvk.by_type(part) for name, part in embedded.items()}
    return _kvk.by_type(record) | ({"_embedded": placed} if embedded else {})
