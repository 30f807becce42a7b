"""WOZ Bevragen v1 (Kadaster) in, WOZ-objecten out, a row an object with the waarde that one compares.

A WOZ-object has a waarde for every waardepeildatum: all of them are in ``waarden``, JSON as received. One of them
is in the columns ``waarde.…``: that of the contract's ``waardepeildatum``, or without that word the newest of
which the beschikking is not vernietigd. Lists of groups are JSON, a column is named after the path to its
property. Who owns or uses an object (``belanghebbendeEigenaar``, ``belanghebbendeGebruiker``) is asked for only
if ``fields`` names it. An object that the registry doesn't have is not in the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from connectors import rest
from connectors._haal_centraal import HEADERS, IGNORED, chosen, faults, listed, unknown
from connectors._keys import askable
from connectors._woz_velden import COLUMNS, IMPERSONAL, SEARCHES, WAARDE, WRITTEN
from connectors.rest import Api, Columns, Numbered, Question
from vlekkeloos.connector import EVERYTHING, Connection, KeyedOptions, Pulled, Wanted

PAGES = Numbered("page", "pageSize", 100, more="_links.next")

Day = Annotated[str, BeforeValidator(str, json_schema_input_type=str), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Options(KeyedOptions):
    """What is asked for, either by ``keys`` or by one search."""

    by: Literal[
        "identificatie", "adresseerbaarObjectIdentificatie", "nummeraanduidingIdentificatie", "kvkNummer", "rsin"
    ] = Field("identificatie", description="what the keys are")
    parameters: dict[str, str | int] = Field(
        default_factory=dict, description="one search instead of keys, e.g. postcode and huisnummer"
    )
    fields: list[str] = Field(
        default=IMPERSONAL, min_length=1, description="the properties to ask for; left out: all but those of persons"
    )
    waardepeildatum: Day | None = Field(None, description="whose waarde to show; left out: the newest")

    @model_validator(mode="after")
    def _askable(self) -> Options:
        for name in unknown(COLUMNS, self.fields):
            raise ValueError(f"fields: a WOZ-object has no {name}")
        if self.waardepeildatum is not None and "waarden" not in self.fields:
            raise ValueError("waardepeildatum: needs waarden among the fields")
        if (self.keys is None) == (not self.parameters):
            raise ValueError("either keys: or parameters:")
        for fault in faults(self.parameters, SEARCHES, WRITTEN) if self.keys is None else ():
            raise ValueError(f"parameters: {fault}")
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The objects, in the order of the keys.

    Raises RegistryRefused for a property that the asker has no right to, RegistryFailed.
    """
    one = options.keys is not None and options.by == "identificatie"
    columns = chosen(COLUMNS, options.fields) | (WAARDE if "waarden" in options.fields else {})
    api = Api(
        columns=Columns(columns, IGNORED),
        records="" if one else listed("wozObjecten"),
        paging=None if one else PAGES,
        headers=HEADERS,
        shape=lambda record: record | {"waarde": _waarde(record.get("waarden") or [], options.waardepeildatum)},
    )
    return rest.pull(api, connection, list(_questions(options, connection, wanted)), wanted)


def _questions(options: Options, connection: Connection, wanted: Wanted) -> Iterator[Question]:
    fields = {"fields": ",".join(options.fields)}
    if options.keys is None:
        yield Question("wozobjecten", options.parameters | fields)
        return
    for key in askable(wanted.keys, options.by, WRITTEN.get(options.by, r"[0-9]{12}"), connection):
        if options.by == "identificatie":
            yield Question(f"wozobjecten/{key}", fields, absent=True)
        else:
            yield Question("wozobjecten", {options.by: key} | fields)


def _waarde(waarden: list[dict[str, Any]], day: str | None) -> dict[str, Any] | None:
    """The waarde of that day; without one, the newest that was not annulled."""
    if day is not None:
        return next((waarde for waarde in waarden if waarde.get("waardepeildatum") == day), None)
    standing = [w for w in waarden if "beschikking_vernietigd" not in w.get("beschikkingsStatussen", ())]
    return max(standing, key=lambda waarde: str(waarde.get("waardepeildatum", "")), default=None)
