"""A collection of an OGC API - Features (1.0) in; its features, one row each, out.

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
from connectors.http import Answer, ApiKey, Session, Unreadable
from connectors.rest import Api, Columns, Linked, Question
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, SourceOptions, Wanted
from vlekkeloos.errors import BadInput

#: The Rijksdriehoeksstelsel (Amersfoort / RD New).
RD = "http://www.opengis.net/def/crs/EPSG/0/28992"

#: What a feature has beside its properties.
OWN = ("id", "geometry")

Kind = Literal["text", "integer", "decimal", "boolean", "date", "timestamp", "json"]

#: JSON Schema's types, and its formats of a text, and what they are as columns.
SIMPLE: Mapping[str, Kind] = {"string": "text", "integer": "integer", "number": "decimal", "boolean": "boolean"}
FORMATS: Mapping[str, Kind] = {"date": "date", "date-time": "timestamp"}


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
    api = _api(Columns({"id": "text", **columns, "geometry": "geojson"}))
    params = {"f": "json", "limit": 1000, "crs": options.crs}
    if options.bbox is not None:
        params |= {"bbox": ",".join(map(str, options.bbox)), "bbox-crs": options.crs}
    question = Question(f"collections/{options.collection}/items", params)
    return rest.pull(api, connection, [question], wanted)


def _api(columns: Columns) -> Api:
    return Api(
        columns=columns,
        records=_features,
        paging=Linked(_next, total="numberMatched"),
        auth=ApiKey("X-Api-Key"),
        headers={"Accept": "application/geo+json, application/schema+json, application/json"},
        shape=lambda feature: {
            **(feature["properties"] or {}),
            "id": None if feature.get("id") is None else str(feature["id"]),
            "geometry": feature["geometry"],
        },
    )


def _features(answer: Any) -> Any:
    """The features of a page; an id may be a number or a text, but not one here and the other there."""
    features = answer["features"]
    if len({type(feature.get("id")) for feature in features} - {type(None)}) > 1:
        raise Unreadable("the ids of the features are not of one type")
    return features


def _next(answer: Any) -> Any:
    links = answer.get("links", ())
    if not all(isinstance(link.get("rel"), str) for link in links):
        # the link to the next page may be among these
        raise Unreadable("a link doesn't say what it links to")
    return next((link["href"] for link in links if link["rel"] == "next"), None)


def _from_schema(options: Options, connection: Connection) -> Mapping[str, Kind]:
    """The types of the properties, from the JSON Schema that the service gives of the collection."""
    question = Question(f"collections/{options.collection}/schema", {"f": "json"}, absent=True)
    with Session(connection, _api(Columns({}))) as session:
        columns = session.ask(question, _kinds)
    if columns is None:
        rule = f"the service tells no schema of the collection {options.collection}"
        raise BadInput(rule, file=connection.name, advice="declare its columns with properties:")
    return columns


def _kinds(answer: Answer) -> dict[str, Kind] | None:
    """Each property's type, None if there is no schema. Raises Unreadable if it is no JSON Schema."""
    if answer.absent:
        return None
    try:
        found = {name: _kind(schema) for name, schema in answer.at("properties").items()}
    except (AttributeError, TypeError):
        raise Unreadable("the schema is no JSON Schema") from None
    return {name: kind for name, kind in found.items() if kind is not None and name not in OWN}


def _kind(schema: Mapping[str, Any]) -> Kind | None:
    """The type of a property, None for what is no property but the geometry or the id. Raises TypeError."""
    form, role, types = schema.get("format", ""), schema.get("x-ogc-role", ""), schema.get("type", [])
    # a property that may be null is written as ["string", "null"]
    types = {*([types] if isinstance(types, str) else types)} - {"null"}
    if not (isinstance(form, str) and isinstance(role, str) and types <= {*SIMPLE, "array", "object"}):
        raise TypeError
    if form.startswith("geometry-") or role == "id":
        return None
    return FORMATS.get(form, SIMPLE.get(types.pop(), "json")) if len(types) == 1 else "json"
