"""A folder with deliveries of BAG Extract in; the state of one object type, kept up with national mutations, out.

The folder that the connection names has the Levering to start from, of the nation (``BAGNLDL-08112021.zip``,
``lvbag-extract-nl.zip``) or of one municipality (``BAGGEM0457L-15102021.zip``), and the mutations since
(``BAGNLDM-13112021-14112021.zip``), a day or a month each; it is on disk, SFTP or S3. A connection may also name
one zip. Columns are those of ``bag_extract``.

A voorkomen takes the place of the one with its number, also of one that was not known: a *wordt* is the whole
record. One that was withdrawn (*inactief*) stays, with the moment. One that was put outside the BAG (*niet BAG*)
goes: a voorkomen in the BAG may have its number.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from connectors import bag_extract
from connectors._bag_deliveries import deliveries
from connectors._bag_schema import RELATION
from connectors._bag_state import State
from vlekkeloos.connector import EVERYTHING, Connection, DeltaOptions, History, Pulled, Wanted
from vlekkeloos.errors import BadInput


class Options(DeltaOptions):
    """``object``: the type to read. ``deel``: its records, or what of them is under investigation."""

    object: bag_extract.ObjectType = Field(description="the object type to read")
    deel: Literal["actief", "inOnderzoek"] = Field("actief", description="the part of the delivery to read")
    mode: Literal["full", "delta"] = Field(
        "delta", description="start anew from the Levering each time, or after the first time only what changed"
    )
    gemeenten: list[str] = Field(
        default_factory=list,
        description="keep only objects of these gemeentecodes, the first four digits of their identificatie: where"
        " municipalities were joined, the old codes too; left out: the whole nation",
    )
    without_levering: bool = Field(
        False, description="let the first pull start without a Levering: it then has only what the mutations hold"
    )

    @field_validator("object", mode="before")
    @classmethod
    def _as_the_registry_spells_it(cls, name: Any) -> Any:
        return "openbareRuimte" if name == "openbareruimte" else name

    @model_validator(mode="after")
    def _of_a_gemeente(self) -> Options:
        if self.gemeenten and self.object == "woonplaats":
            raise ValueError("the identificatie of a woonplaats has no gemeentecode: leave gemeenten out")
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The state of the Levering with the mutations after it; with ``wanted.since`` only what these change.

    ``cursor`` is the day up to which all is known. Raises BadInput, also while the batches are read: where the
    mutations of a day are missing, where there is no Levering to start from unless the contract allows that, and
    where a Levering of a municipality has objects of others than ``gemeenten``.
    """
    since = date.fromisoformat(wanted.since) if wanted.since else None
    levering, mutations = deliveries(connection, since)
    if since is None and levering is None and options.object != RELATION and not options.without_levering:
        advice = "put one beside it, or say without_levering: true in the contract"
        raise BadInput("there is no Levering to start from", file=connection.name, advice=advice)
    if levering is not None and levering.document.gemeenten and not options.gemeenten:
        rule = "this Levering is of one municipality, and the mutations are of the nation"
        raise BadInput(rule, file=levering.received.name, advice="name gemeenten in the contract")
    words = bag_extract.Options(object=options.object, deel=options.deel)
    return State(words, options.gemeenten, levering, mutations).pulled(since)


def history(options: Options) -> History | None:
    """That of bag_extract: the records are the same."""
    return bag_extract.history(bag_extract.Options(object=options.object, deel=options.deel))
