"""A collection of an OGC API - Features in; its features, one row each, out.

As PDOK serves them: OGC API - Features part 1 (17-069r4) with the coordinate reference systems of part 2 (18-058r1),
pages of at most 1000 features, and a link in each to the next. A row has the feature's ``id``, its properties under
their own names, and its ``geometry`` as GeoJSON text, in metres of the Rijksdriehoeksstelsel unless ``crs`` says
otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from connectors import rest
from connectors.http import Answer, ApiKey, Session
from connectors.rest import Api, Columns, Linked, Question
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, SourceOptions, Wanted
from vlekkeloos.errors import BadInput

#: The Rijksdriehoeksstelsel (Amersfoort / RD New).
RD = "http://www.opengis.net/def/crs/EPSG/0/28992"

#: What a feature has beside its properties.
OWN = ("id", "geometry")

Kind = Literal["text", "integer", "decimal", "boolean", "date", "timestamp", "json"]


class Options(SourceOptions):
    """Which ``collection``, and what of it: within ``bbox``, and with which ``properties``.

    ``bbox`` is west, south, east, north in the units of ``crs``. ``properties`` declares the columns, as name to
    type; left out, the collection's own schema does (``/collections/{collection}/schema``, part 5, 23-058r2),
    which not every service has.
    """

    collection: str = Field(pattern=r"^[A-Za-z0-9_.:-]+$", description="the collection's id")
    bbox: list[float] | None = Field(None, min_length=4, max_length=4, description="[west, south, east, north]")
    crs: str = Field(RD, description="URI of the coordinate reference system of bbox and geometry")
    properties: dict[str, Kind] = Field(default_factory=dict, description="property to its type")

    @field_validator("properties")
    @classmethod
    def _beside_its_own(cls, properties: dict[str, Kind]) -> dict[str, Kind]:
        if taken := set(properties) & set(OWN):
            raise ValueError(f"{min(taken)} is what every feature has of its own; leave it out")
        return properties


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The features, in the order in which the service gives them.

    Raises BadInput if the columns are neither declared nor told by the service; RegistryFailed, RegistryRefused.
    """
    columns = options.properties or _from_schema(options, connection)
    api = _api(Columns({"id": "text", **columns, "geometry": "json"}))
    params = {"f": "json", "limit": 1000, "crs": options.crs}
    if options.bbox is not None:
        params |= {"bbox": ",".join(map(str, options.bbox)), "bbox-crs": options.crs}
    question = Question(f"collections/{options.collection}/items", params)
    return rest.pull(api, connection, [question], wanted)


def _api(columns: Columns) -> Api:
    return Api(
        columns=columns,
        records="features",
        paging=Linked(_next, total="numberMatched"),
        auth=ApiKey("X-Api-Key"),
        headers={"Accept": "application/geo+json, application/schema+json, application/json"},
        shape=lambda feature: {
            **(feature["properties"] or {}),
            "id": None if feature.get("id") is None else str(feature["id"]),
            "geometry": feature["geometry"],
        },
    )


def _next(answer: Any) -> Any:
    links = answer.get("links", []) if isinstance(answer, dict) else []
    return next((link["href"] for link in links if link.get("rel") == "next"), None)


def _from_schema(options: Options, connection: Connection) -> Mapping[str, Kind]:
    """The types of the properties, from the JSON Schema that the service gives of the collection."""
    question = Question(f"collections/{options.collection}/schema", {"f": "json"}, absent=True)
    with Session(connection, _api(Columns({}))) as session:
        found: Answer = session.ask(question, lambda answer: answer)
    properties = None if found.absent else found.content.get("properties")
    if not properties:
        rule = f"the service tells no schema of the collection {options.collection}"
        raise BadInput(rule, file=connection.name, advice="declare its columns with properties:")
    return {name: _kind(schema) for name, schema in properties.items() if _is_property(name, schema)}


def _is_property(name: str, schema: Mapping[str, Any]) -> bool:
    geometry = str(schema.get("format", "")).startswith("geometry-")
    return name not in OWN and not geometry and schema.get("x-ogc-role") != "id"


def _kind(schema: Mapping[str, Any]) -> Kind:
    kind = schema.get("type")
    # a property that may be null is written as ["string", "null"]
    kinds = [each for each in kind if each != "null"] if isinstance(kind, list) else [kind]
    if kinds == ["string"]:
        formats: dict[Any, Kind] = {"date": "date", "date-time": "timestamp"}
        return formats.get(schema.get("format"), "text")
    simple: dict[Any, Kind] = {"integer": "integer", "number": "decimal", "boolean": "boolean"}
    return simple.get(kinds[0], "json") if len(kinds) == 1 else "json"
