"""A BAG 2.0 Extract ("Levering") in, the records of one object type out, each voorkomen a row.

Kadaster delivers zips in a zip, with up to 10,000 objects in each XML file: of one municipality
(``BAGGEM0457L-15102021.zip``) or of the nation (``lvbag-extract-nl.zip``). Files are found by the names that
the product gives them, however deep; one XML file at a time is unpacked, so memory and disk don't grow with
the delivery. A file that was not received whole, or breaks a rule of the registry's own, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field, field_validator

from connectors import _bag_gdal, _bag_xml
from connectors._ahead import ahead
from connectors._bag_census import unpack
from connectors._bag_levering import state, xml_files
from connectors._bag_schema import RELATION, Layout, layout
from connectors._files import Received, receive
from connectors._zips import Member
from vlekkeloos.connector import EVERYTHING, Connection, History, Pulled, SourceOptions, Wanted

ObjectType = Literal[
    "nummeraanduiding",
    "verblijfsobject",
    "pand",
    "openbareRuimte",
    "woonplaats",
    "ligplaats",
    "standplaats",
    "gemeenteWoonplaatsRelatie",
]


class Options(SourceOptions):
    """``object``: the type to read. ``deel``: the active records, or one of the delivery's side files."""

    object: ObjectType = Field(description="the object type to read")
    deel: Literal["actief", "inactief", "nietBag", "inOnderzoek"] = Field(
        "actief", description="the part of the delivery to read"
    )

    @field_validator("object", mode="before")
    @classmethod
    def _as_the_registry_spells_it(cls, name: Any) -> Any:
        return "openbareRuimte" if name == "openbareruimte" else name


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The records of one type, one row a voorkomen, in the order of the delivery.

    ``geometrie`` is WKB in RD New (EPSG:28992), in two dimensions; a woonplaats's is always a multipolygon.
    ``cursor`` is the delivery's StandTechnischeDatum. Raises BadInput, also while the batches are read.
    """
    received = receive(connection)
    wanted = layout(options.object, options.deel)
    batches, cursor = _batches(received, options, wanted), state(received)
    return Pulled(wanted.schema, batches, received.sha256, cursor, received=received.path)


def history(options: Options) -> History | None:
    """When a voorkomen is valid: from begin to eind geldigheid, unless it is inactive or "niet BAG".

    Source: Praktijkhandleiding BAG, "Hoe bepaal ik welke gegevens in een levenscyclus van een object geldig
    zijn?", and Kadaster's "BAG verklarende woordenlijst": only active voorkomens are part of the valid life
    cycle. An object's characteristic under investigation has no voorkomen number: there the moment of
    registration tells the records of one kenmerk apart, and an object has several kenmerken at a time. For a
    relation between gemeente and woonplaats the first day does, with the last: one that was ended on the day
    it began stands beside the one that came for it.
    """
    if options.object == RELATION:
        begin, end = "begindatumTijdvakGeldigheid", "einddatumTijdvakGeldigheid"
        return History(begin, end, version=begin, per=(end,))
    if options.deel == "inOnderzoek":
        return History("beginGeldigheid", "eindGeldigheid", version="tijdstipRegistratie", per=("kenmerk",))
    withdrawn = ("tijdstipInactief", "tijdstipInactiefLV", "tijdstipNietBagLV")
    return History("beginGeldigheid", "eindGeldigheid", version="voorkomenidentificatie", annulled=withdrawn)


def _batches(received: Received, options: Options, wanted: Layout) -> Iterator[pa.RecordBatch]:
    files = xml_files(received, options.object, options.deel, wanted)
    if options.object == RELATION or options.deel == "inOnderzoek":
        for member in files:
            yield from _slowly(member, wanted)
    else:
        for xml in ahead(unpack(member, wanted) for member in files):
            yield from _bag_gdal.batches(xml, wanted)
    received.done()


def _slowly(member: Member, wanted: Layout) -> Iterator[pa.RecordBatch]:
    with member.open() as stream:
        records = _bag_xml.records(stream, wanted, member.place, member.kept)
        while some := list(islice(records, _bag_gdal.BATCH)):
            yield pa.RecordBatch.from_pylist(some, schema=wanted.schema)
