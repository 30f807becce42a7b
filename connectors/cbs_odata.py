"""A table of the CBS (OData 4) in; its observations, or the codes that they are written in, one row each, out.

As the CBS serves its open data: OData 4 (OASIS), ``…/odata/v1/CBS/{table}`` with the entity sets ``Observations``,
``MeasureCodes``, a ``…Codes`` and a ``…Groups`` for each dimension, and ``Properties``. An answer that is too long
for one page has the link to the next in ``@odata.nextLink``. Columns have the registry's own names; an observation
has a column for each dimension of its table. Values are decimals, whatever their ``ValueAttribute``.

A table is only ever renewed as a whole, which ``Properties`` tells by ``Modified``: with ``mode: delta`` a table
that was not renewed since the last pull is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from connectors import rest
from connectors._columns import Kind
from connectors.http import ApiKey, Session, Unreadable
from connectors.rest import Api, Columns, Linked, Question
from vlekkeloos.connector import EVERYTHING, Connection, DeltaOptions, Page, Pulled, Wanted
from vlekkeloos.errors import RegistryFailed

_OBSERVATION: Mapping[str, Kind] = {
    "Id": "integer",
    "Measure": "text",
    "ValueAttribute": "text",
    "Value": "decimal",
    "StringValue": "text",
}
_CODE: Mapping[str, Kind] = {
    "Identifier": "text",
    "Index": "integer",
    "Title": "text",
    "Description": "text",
}
_MEASURE: Mapping[str, Kind] = {
    **_CODE,
    "DataType": "text",
    "Unit": "text",
    "Format": "text",
    "Decimals": "integer",
    "MeasureGroupId": "text",
    "PresentationType": "text",
}
_DIMENSION: Mapping[str, Kind] = {**_CODE, "Status": "text", "DimensionGroupId": "text"}
_GROUP: Mapping[str, Kind] = {
    "Id": "text",
    "Index": "integer",
    "Title": "text",
    "Description": "text",
    "ParentId": "text",
}


class Options(DeltaOptions):
    """Which ``table``, which entity ``set`` of it, and which part of that: an OData ``filter``, some columns."""

    table: str = Field(pattern=r"^[0-9A-Za-z]+$", description="the table's identifier, e.g. 85984NED")
    set: str = Field(
        "Observations",
        pattern=r"^(Observations|\w+Codes|\w+Groups)$",
        description="Observations, MeasureCodes, MeasureGroups, or <dimension>Codes and <dimension>Groups",
    )
    filter: str | None = Field(None, description="an OData $filter, e.g. Perioden eq '2025JJ00'")
    select: list[str] = Field(default_factory=list, description="the columns to read; left out: all")


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The rows of the entity set; no rows, laid over those before, of a table that was not renewed since.

    Raises RegistryFailed, also if the table is renewed while it is read; RegistryRefused.
    """
    modified = _modified(options, connection)
    api = _api(Columns(_columns(options, connection)))
    if wanted.since == modified:
        return Pulled(api.columns.schema, iter(()), cursor=modified, delta=True)
    params = {"$filter": options.filter, "$select": ",".join(options.select) or None}
    question = Question(f"{options.table}/{options.set}", {name: value for name, value in params.items() if value})
    begun = json.loads(wanted.after) if wanted.after else {"modified": modified, "after": None}
    pulled = rest.pull(api, connection, [question], replace(wanted, after=begun["after"]), cursor=modified)
    pages = _of_one_edition(pulled.batches, begun["modified"], lambda: _modified(options, connection))
    return replace(pulled, batches=pages)


def _of_one_edition(pages: Iterator[Any], modified: str, now: Callable[[], str]) -> Iterator[Page]:
    """The pages, held back at the end if they are not all of the same edition of the table."""
    for page in pages:
        yield replace(page, after=json.dumps({"modified": modified, "after": page.after}))
    if now() != modified:
        raise RegistryFailed("the table was renewed while it was read: start a new run")


def _columns(options: Options, connection: Connection) -> Mapping[str, Kind]:
    if options.set == "Observations":
        dimensions = _ask(connection, f"{options.table}/Dimensions", lambda answer: answer["value"])
        columns = {**_OBSERVATION, **{dimension["Identifier"]: "text" for dimension in dimensions}}
    elif options.set == "MeasureCodes":
        columns = {**_MEASURE}
    else:
        columns = {**(_GROUP if options.set.endswith("Groups") else _DIMENSION)}
    return {name: kind for name, kind in columns.items() if not options.select or name in options.select}


def _modified(options: Options, connection: Connection) -> str:
    return str(_ask(connection, f"{options.table}/Properties", lambda answer: answer["Modified"]))


def _ask(connection: Connection, path: str, read: Callable[[Any], Any]) -> Any:
    """One question about the table itself."""

    def readable(answer: Any) -> Any:
        try:
            return read(answer.content)
        except (KeyError, TypeError):
            raise Unreadable("the answer is not built as the CBS's contract says") from None

    with Session(connection, _api(Columns({}))) as session:
        return session.ask(Question(path), readable)


def _api(columns: Columns) -> Api:
    return Api(
        columns=columns,
        records="value",
        paging=Linked(lambda answer: answer.get("@odata.nextLink")),
        auth=ApiKey("X-Api-Key"),
        headers={"Accept": "application/json"},
    )
