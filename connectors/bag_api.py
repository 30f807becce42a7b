"""The LV BAG API Individuele Bevragingen v2 (Kadaster) in, the BAG's objects, one record each as it is now, out.

They are asked for by identificatie or by a search. What is asked and how it is answered is the API's contract: HAL,
an API key in X-Api-Key, coordinates in the Rijksdriehoeksstelsel (EPSG:28992), at most 100 records a page. Columns
have the contract's names, in a nested part with the path to it (``voorkomen.versie``). A geometry is GeoJSON text.

There is no history to choose from: without ``geldigOp`` the registry gives of each object the voorkomen that is
valid when it is asked.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from connectors import rest
from connectors._bag_api_schema import COLUMNS, FORMS, SEARCHES
from connectors.rest import Api, ApiKey, Columns, Numbered, Question
from vlekkeloos.connector import EVERYTHING, Connection, KeyedOptions, Pulled, Wanted

#: Each object type with its part of the path, which is also the name of its list in an answer.
PATHS = {
    "nummeraanduiding": "nummeraanduidingen",
    "verblijfsobject": "verblijfsobjecten",
    "pand": "panden",
    "openbareRuimte": "openbareruimten",
    "woonplaats": "woonplaatsen",
    "ligplaats": "ligplaatsen",
    "standplaats": "standplaatsen",
    "adres": "adressen",
}

#: Types with a geometry, for which the coordinate reference system is asked.
PLACED = ("verblijfsobject", "pand", "woonplaats", "ligplaats", "standplaats")

#: A woonplaats has its geometry only if that is asked for.
EXPANDED = {"woonplaatsen": {"expand": "geometrie"}}

#: A search for woonplaatsen has no pages.
PAGES = Numbered(number="page", size="pageSize", records=100, more="_links.next")


class Options(KeyedOptions):
    """Which ``object`` type to read, and of it the objects with given ``keys``, or those that ``zoek`` finds.

    A key is the identificatie of the object, for an adres of its nummeraanduiding. With ``by`` it is what a search
    asks for instead: ``object: nummeraanduiding``, ``keys: straten.identificatie`` and
    ``by: openbareRuimteIdentificatie`` give the nummeraanduidingen along each street. ``zoek`` are a search's
    parameters, as the registry's contract names them.
    """

    object: Literal[
        "nummeraanduiding",
        "verblijfsobject",
        "pand",
        "openbareRuimte",
        "woonplaats",
        "ligplaats",
        "standplaats",
        "adres",
    ] = Field(description="the BAG object type to read")
    zoek: dict[str, str | int | bool] = Field(default_factory=dict, description="parameter of a search to its value")
    by: (
        Literal[
            "openbareRuimteIdentificatie",
            "woonplaatsIdentificatie",
            "pandIdentificatie",
            "adresseerbaarObjectIdentificatie",
        ]
        | None
    ) = Field(None, description="the parameter of a search that each of the keys fills")

    @field_validator("object", mode="before")
    @classmethod
    def _as_the_registry_spells_it(cls, name: Any) -> Any:
        return "openbareRuimte" if name == "openbareruimte" else name

    @model_validator(mode="after")
    def _can_be_asked(self) -> Options:
        asked = {*self.zoek, *filter(None, [self.by])}
        if self.by and not self.keys:
            raise ValueError("by: says what the keys are for, so there must be keys:")
        if bool(self.keys) is bool(asked) and not self.by:
            raise ValueError("give either keys: or zoek:; the registry has no list of everything")
        searches = SEARCHES.get(self.object, ())
        if asked and not any(set(needed) <= asked <= {*needed, *added} for needed, added in searches):
            possible = "; or ".join(" + ".join(needed) for needed, _ in searches) or "only keys:, without by:"
            raise ValueError(f"the registry's contract has no such search; for {self.object} there is {possible}")
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The records of the objects asked for; an object that the registry doesn't know is not there.

    Raises RegistryFailed, RegistryRefused as it is read.
    """
    path = PATHS[options.object]
    if wanted.keys is None:
        return rest.pull(_api(options, search=True), connection, [_search(path, options.zoek)], wanted)
    # what hasn't the form of an identificatie isn't in the registry, which would refuse to be asked for it
    form = re.compile(FORMS[options.by or options.object])
    keys = [key for key in wanted.keys if form.fullmatch(key)]
    if options.by is not None:
        questions = [_search(path, {**options.zoek, options.by: key}) for key in keys]
    else:
        questions = [Question(f"{path}/{key}", EXPANDED.get(path, {}), absent=True) for key in keys]
    return rest.pull(_api(options, search=options.by is not None), connection, questions, wanted)


def _search(path: str, params: dict[str, Any]) -> Question:
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in params.items()}
    return Question(path, texts | EXPANDED.get(path, {}))


def _api(options: Options, *, search: bool) -> Api:
    kind, listed = options.object, PATHS[options.object]

    def shape(record: dict[str, Any]) -> dict[str, Any]:
        beside = {name: value for name, value in record.items() if name != kind}
        geometry = {"geometrie": record["_embedded"]["geometrie"]} if kind == "woonplaats" else {}
        return beside | record[kind] | geometry

    def found(answer: Any) -> Any:
        return answer.get("_embedded", {}).get(listed, [])

    return Api(
        columns=Columns(COLUMNS[kind], ignored=["_links", "_embedded"]),
        records=found if search else "",
        paging=PAGES if search and kind != "woonplaats" else None,
        auth=ApiKey("X-Api-Key"),
        headers={"Accept": "application/hal+json"} | ({"Accept-Crs": "epsg:28992"} if kind in PLACED else {}),
        shape=None if kind == "adres" else shape,
    )
