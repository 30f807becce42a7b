"""The BRP API Personen v2 (RvIG) in, persons out: only the fields that the contract asks for, one row a person.

A row is flat, each column named after the path to its field. Nothing of an answer is lost in it:

* a date is ISO 8601 text with as much of it as the BRP knows: ``1970-03-12``, ``1970-03``, ``1970``, or
  ``onbekend`` for one of which nothing is known; empty means that there is none;
* a row of a code table has a column ``.code`` and a column ``.omschrijving``;
* ``verblijfplaats.type`` tells an address from a place abroad, and comes along with every field of it;
* a repeating group (``partners``, ``ouders``, ``kinderen``, ``nationaliteiten``, ``gezag``) is JSON as received;
* what the API adds unasked has its own columns: ``geheimhoudingPersoonsgegevens`` (true, or empty),
  ``opschortingBijhouding`` (with its reason: O for who died), ``rni`` and ``verificatie``; and ``inOnderzoek``,
  JSON of every such mark by its place: ``{"naam.inOnderzoek": {"geslachtsnaam": true, …}}``;
* a search by key has that key in a column of the parameter's name.

A burgerservicenummer goes in a request's body and nowhere else. A person who is not in the BRP is not in the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from connectors import _brp_velden as velden
from connectors import _brp_vragen as vragen
from connectors import rest
from connectors._brp_plat import flat
from connectors._keys import askable
from connectors.rest import Api, ApiKey, Columns, Question
from vlekkeloos.connector import EVERYTHING, Connection, KeyedOptions, Pulled, Wanted

HEADERS = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8"}

#: What a search answers with; asked by burgerservicenummer, everything.
TREES = {"ZoekMetAdresseerbaarObjectIdentificatie": velden.MET_GEZAG, vragen.BSN: velden.PERSOON}

#: Words for a request's header value, as HTTP allows them.
Header = Annotated[str, Field(pattern=r"^[!-~](?:[ -~]*[!-~])?$")]


class Options(KeyedOptions):
    """How the BRP is asked, for which fields, and for what purpose.

    ``doelbinding``, ``verwerking`` and ``gebruiker`` go in the headers ``x-doelbinding``, ``x-verwerking`` and
    ``x-gebruiker``, by which a municipality's gateway to the BRP checks and records every question; they are the
    exchange's. Whose question it is (``x-origin-oin``, ``x-afnemer-oin``, or another gateway's own names) is the
    connection's ``headers``. The API itself has none of them. Source: Maykin, Open Formulieren, "Configuration of
    protocollering headers", and Open Inwoner, "Configuratie Haal Centraal" (I Connect, Centric).
    """

    type: vragen.Type = Field(vragen.BSN, description="the way to ask; the API's own name")
    fields: list[str] = Field(
        min_length=1,
        max_length=130,
        description="the API's field paths, whole: naam.geslachtsnaam; nothing else comes",
    )
    parameters: dict[str, str | int | bool] = Field(
        default_factory=dict, description="what else the way of asking needs or may have, e.g. huisnummer: 1"
    )
    doelbinding: Header | None = Field(None, description="header x-doelbinding, for the gateway to the BRP")
    verwerking: Header | None = Field(None, description="header x-verwerking, for the gateway to the BRP")
    gebruiker: Header | None = Field(None, description="header x-gebruiker, for the gateway to the BRP")

    @model_validator(mode="after")
    def _askable(self) -> Options:
        tree = TREES.get(self.type, velden.BEPERKT)
        for path in self.fields:
            if path.partition(".")[0] in velden.AUTOMATIC or "inOnderzoek" in path.split("."):
                raise ValueError(f"fields: {path} comes by itself, and may not be asked for")
            if velden.at(tree, path) is None:
                raise ValueError(f"fields: {self.type} has no field {path}")
        if self.type == vragen.BSN and "burgerservicenummer" not in self.fields:
            raise ValueError("fields: burgerservicenummer must be among them, to know whose the others are")
        if (self.keys is None) == (self.type in vragen.BY_KEY):
            raise ValueError(f"{self.type} asks {'by' if self.keys is None else 'without'} keys: <source>.<column>")
        for fault in vragen.faults(self.type, self.parameters):
            raise ValueError(f"parameters: {fault}")
        return self

    @property
    def parameter(self) -> str | None:
        """The parameter that the keys are values of."""
        return vragen.WAYS[self.type][0][0] if self.type in vragen.BY_KEY else None


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The persons that were asked for and that the BRP has, in the order of the keys.

    Raises RegistryRefused for a field or a purpose that the asker has no right to, RegistryFailed.
    """
    purpose = {
        "x-doelbinding": options.doelbinding,
        "x-verwerking": options.verwerking,
        "x-gebruiker": options.gebruiker,
    }
    kinds = velden.columns(TREES.get(options.type, velden.BEPERKT), options.fields)
    searched = {options.parameter: "text"} if options.parameter and options.type != vragen.BSN else {}
    api = Api(
        columns=Columns(searched | kinds),
        records="personen",
        auth=ApiKey("X-API-KEY"),
        headers=HEADERS | {name: value for name, value in purpose.items() if value is not None},
        shape=flat,
        given=(lambda question: {name: (question.body or {})[name] for name in searched}) if searched else None,
    )
    return rest.pull(api, connection, list(_questions(options, connection, wanted.keys)), wanted)


def _questions(options: Options, connection: Connection, keys: Sequence[str] | None) -> Iterator[Question]:
    """A question for so many keys as may go together; without keys, the one question."""
    asked = {"type": options.type, "fields": options.fields, **options.parameters}
    if options.parameter is None:
        yield Question("personen", body=asked)
        return
    found = askable(keys, options.parameter, str(vragen.PARAMETERS[options.parameter]), connection)
    most = vragen.BY_KEY[options.type]
    for first in range(0, len(found), most or 1):
        some = found[first : first + (most or 1)]
        yield Question("personen", body=asked | {options.parameter: some if most else some[0]})
