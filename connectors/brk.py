"""BRK Bevragen v2 (Kadaster) in, kadastraal onroerende zaken out, or what rests on one: rights, mortgages, seizures.

A row is flat, each column named after the path to its property; a list of groups is JSON, coordinates are in
metres (EPSG:28992). What rests on an object is asked for by the keys of the objects, and the column
``kadastraalOnroerendeZaakIdentificatie`` says on which. What the registry doesn't have is not in the table.

Objects can be searched by the burgerservicenummer of who has a right to them, which goes in a request's body.
They can't by ``persoon__identificatie``: that points to a person, and would stand in the URL and so in many a log.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from connectors import rest
from connectors._brk_soorten import OF, SEARCHES, SOORTEN, WRITTEN, ZAKEN
from connectors._haal_centraal import HEADERS, IGNORED, chosen, faults, listed, unknown
from connectors._keys import askable
from connectors.rest import Api, Columns, Question
from vlekkeloos.connector import EVERYTHING, Connection, KeyedOptions, Pulled, Wanted

#: How the keys are written that are no parameter; an identificatie is one step of a URL's path.
KEYS = {"identificatie": r"[A-Za-z0-9][A-Za-z0-9.\-]*", "burgerservicenummer": r"[0-9]{9}"}


class Options(KeyedOptions):
    """What is asked for, either by ``keys`` or by one search."""

    object: Literal[tuple(SOORTEN)] = Field(ZAKEN, description="the kind of record")  # type: ignore[valid-type]
    by: Literal[
        "identificatie",
        "kadastraleAanduiding",
        "kadastraleAanduidingMetGemeentecode",
        "nummeraanduidingIdentificatie",
        "burgerservicenummer",
    ] = Field("identificatie", description="what the keys are, of a kadastraal onroerende zaak or of who has it")
    parameters: dict[str, str | int | bool] = Field(
        default_factory=dict, description="one search instead of keys, e.g. postcode and huisnummer"
    )
    fields: list[str] | None = Field(
        None, min_length=1, description="the properties to ask for, e.g. koopsom.koopjaar; left out: all"
    )

    @model_validator(mode="after")
    def _askable(self) -> Options:
        for name in unknown(SOORTEN[self.object].columns, self.fields):
            raise ValueError(f"fields: {self.object} have no {name}")
        if "persoon__identificatie" in self.parameters:
            raise ValueError("parameters: persoon__identificatie points to a person, and may not stand in a URL")
        if self.object != ZAKEN and (self.keys is None or self.by != "identificatie" or self.parameters):
            raise ValueError(f"{self.object} are asked for by keys, the identificaties of {ZAKEN}, and nothing else")
        if (self.keys is None) == (not self.parameters):
            raise ValueError("either keys: or parameters:")
        for fault in faults(self.parameters, SEARCHES, WRITTEN) if self.keys is None else ():
            raise ValueError(f"parameters: {fault}")
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The records, in the order of the keys.

    Raises RegistryRefused for a question that the asker has no right to or that finds more than the registry
    gives at once, RegistryFailed.
    """
    soort = SOORTEN[options.object]
    one = options.object == ZAKEN and options.keys is not None and options.by == "identificatie"
    columns = chosen(soort.columns, options.fields)
    api = Api(
        columns=Columns(columns if options.object == ZAKEN else {OF: "text", **columns}, IGNORED),
        records="" if one else listed(soort.records),
        headers={**HEADERS, **soort.headers},
        given=None if options.object == ZAKEN else _whose,
    )
    return rest.pull(api, connection, list(_questions(options, connection, wanted)), wanted)


def _questions(options: Options, connection: Connection, wanted: Wanted) -> Iterator[Question]:
    fields = {} if options.fields is None else {"fields": ",".join(options.fields)}
    if options.keys is None:
        # a boolean as JSON writes it, which is not as Python does
        plain = {name: str(v).lower() if isinstance(v, bool) else v for name, v in options.parameters.items()}
        yield Question(ZAKEN, plain | fields)
        return
    for key in askable(wanted.keys, options.by, KEYS.get(options.by) or WRITTEN[options.by], connection):
        if options.object == "publiekrechtelijkebeperkingen":
            yield Question(options.object, {OF: key} | fields)
        elif options.by == "burgerservicenummer":
            yield Question(ZAKEN, body={options.by: key} | fields)
        elif options.by != "identificatie":
            yield Question(ZAKEN, {options.by: key} | fields)
        else:
            below = "" if options.object == ZAKEN else f"/{options.object}"
            yield Question(f"{ZAKEN}/{key}{below}", fields, absent=True)


def _whose(question: Question) -> dict[str, str]:
    """On which object rests what this question asks for."""
    return {OF: question.params[OF] if OF in question.params else question.path.split("/")[1]}
