"""A BAG 2.0 Extract ("Levering") in, the records of one object type out, each voorkomen a row.

Kadaster delivers zips in a zip, with up to 10,000 objects in each XML file: of one municipality
(``BAGGEM0457L-15102021.zip``) or of the nation (``lvbag-extract-nl.zip``). Files are found by the names that
the product gives them, however deep; one XML file at a time is unpacked, so memory and disk don't grow with
the delivery. A file that was not received whole, or breaks a rule of the registry's own, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field, field_validator

from connectors import _bag_gdal, _bag_xml
from connectors._ahead import ahead
from connectors._bag_census import unpack
from connectors._bag_schema import CODES, PARTS, RELATION, Layout, layout
from connectors._files import Received, receive
from connectors._zips import Member, members
from vlekkeloos.connector import EVERYTHING, Connection, History, Pulled, SourceOptions, Wanted
from vlekkeloos.errors import BadInput

_TYPES = "|".join(CODES)
#: 0457NUM15102021.zip and 0457NUM15102021-000001.xml, with the part's mark before the type's code.
_OBJECTS = re.compile(rf"[0-9]{{4}}(IA|IO|NB|)({_TYPES})[0-9]{{8}}(?:-([0-9]{{6}})\.xml|\.zip)")
_RELATIONS = re.compile(r"GEM-WPL-RELATIE-[0-9]{8}(?:-([0-9]{6})\.xml|\.zip)")
_PART = re.compile(r"[0-9]{4}(Inactief|InOnderzoek|NietBag)[0-9]{8}\.zip")
_MUTATIONS = re.compile(r"[0-9]{4}(?:IO)?MUT[0-9]{8}-[0-9]{8}(?:-[0-9]{6}\.xml|\.zip)")
_DOCUMENT = "Leveringsdocument-BAG-Extract.xml"
_STATE = re.compile(rb"StandTechnischeDatum>([0-9]{4}-[0-9]{2}-[0-9]{2})<")


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
    batches, state = _batches(received, options, wanted), _state(received)
    return Pulled(wanted.schema, batches, received.sha256, state, received=received.path)


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


def _state(received: Received) -> str | None:
    """The date up to which the delivery holds all changes; refuses a delivery that is of changes only."""
    state = None
    for member in members(received.path, received.name, lambda name: not name.endswith(".zip")):
        if _MUTATIONS.fullmatch(member.name):
            raise _is_of_mutations(received)
        if member.name == _DOCUMENT:
            with member.open() as stream:
                document = stream.read(1 << 20)
            if b"Mutatieperiode>" in document:
                raise _is_of_mutations(received)
            found = _STATE.search(document)
            state = found[1].decode() if found else None
    return state


def _is_of_mutations(received: Received) -> BadInput:
    rule = "this is a delivery of mutations, not a whole Levering"
    return BadInput(rule, file=received.name, advice="ask Kadaster for the Extract", kept=received.path)


def _batches(received: Received, options: Options, wanted: Layout) -> Iterator[pa.RecordBatch]:
    files = _files(received, options, wanted)
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


def _files(received: Received, options: Options, wanted: Layout) -> Iterator[Member]:
    """The XML files asked for. Kadaster numbers them from 1, so a gap is a file that got lost."""
    seen = 0
    for member in members(received.path, received.name, partial(_is_wanted, options, wanted)):
        seen += 1
        if int(member.name[-10:-4]) != seen:
            rule = f"file {seen:06d} of {wanted.element} is missing from the delivery"
            raise BadInput(rule, file=member.place, advice="ask for it again", kept=received.path)
        yield member
    if not seen:
        rule = f"the delivery has no {options.object} ({options.deel})"
        raise BadInput(rule, file=received.name, advice="it may be another product", kept=received.path)


def _is_wanted(options: Options, wanted: Layout, name: str) -> bool:
    """True for the XML files asked for, and for zips that may hold them: any of unknown name may."""
    mark = PARTS[options.deel]
    if found := _RELATIONS.fullmatch(name):
        return options.object == RELATION
    if found := _OBJECTS.fullmatch(name):
        return options.object != RELATION and found[1] == mark and found[2] == wanted.code
    if found := _PART.fullmatch(name):
        return options.object != RELATION and found[1].lower() == options.deel.lower()
    if _MUTATIONS.fullmatch(name):
        return False
    return name.lower().endswith(".zip")
