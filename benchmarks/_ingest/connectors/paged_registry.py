"""The benchmark's registry in, its records out: what a connector of a registry with numbered pages is, whole."""

from __future__ import annotations

from pydantic import Field

from benchmarks._ingest.records import FIELDS
from connectors import rest
from connectors._columns import kinds
from connectors.rest import Api, ApiKey, Columns, Numbered, Question
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, SourceOptions, Wanted


class Options(SourceOptions):
    """How many records to ask for at a time."""

    size: int = Field(100, ge=1)


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """All records."""
    api = Api(
        columns=Columns(kinds(FIELDS)),
        records="records",
        paging=Numbered("page", "size", options.size, total="total"),
        auth=ApiKey("X-Api-Key"),
        rate=None,
    )
    return rest.pull(api, connection, [Question("records")], wanted)
