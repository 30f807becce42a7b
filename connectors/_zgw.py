"""A resource of a ZGW API and the words of a contract in, its records out: what the ZGW connectors share.

The APIs of the standard "API's voor Zaakgericht werken" (VNG Realisatie) are alike: an answer is a page with
``count``, ``next``, ``previous`` and ``results``, its size is the server's choice, a client shows a JWT that it
signed itself, and records name each other by URL. None can be asked what changed since a moment: their filters are
on dates that a record is about, not on when it was written. So these connectors read everything each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from uuid import UUID

from pydantic import Field

from connectors import rest
from connectors._columns import Columns, Kind, kinds
from connectors.http import Question, Zgw
from vlekkeloos.connector import Connection, KeyedOptions, Pulled, Wanted
from vlekkeloos.errors import BadInput

#: The records of a page where the server says nothing else.
PAGE = 100

Value = str | bool | int | date | list[str]


class Options(KeyedOptions):
    """What is read of the API, and which part of it."""

    filters: dict[str, Value] = Field(
        default_factory=dict, description="only what passes: a query parameter of the resource, and its value"
    )


@dataclass(frozen=True)
class Resource:
    """One kind of record, as the API's OpenAPI file gives it.

    ``fields`` are its fields in their order, each ``name`` (text) or ``name:kind``, ``inside`` those in its json
    fields, as far as they are certain. ``filters`` are the query
    parameters that it can be asked with; those that name a person are left out, a BSN doesn't belong in a URL.
    ``key`` is the one that a contract's ``keys:`` fill, or ``{uuid}`` where the path needs the last part of the
    key, the URL of a zaak. ``paged``: the answer is a page, otherwise it is the whole list.
    """

    fields: str
    filters: str = ""
    key: str | None = None
    path: str | None = None
    inside: Mapping[str, Kind] = field(default_factory=dict)
    paged: bool = True
    always: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> Columns:
        """Its columns; what ``expand`` would add is not asked for, and not missed."""
        return Columns(kinds(self.fields), ["_expand"], self.inside)

    def check(self, name: str, options: Options) -> None:
        """Raises ValueError for words that the API has no answer to."""
        known = self.filters.split()
        for word in options.filters:
            if word not in known:
                raise ValueError(f"{name} have no filter {word}; there are: {', '.join(known) or 'none'}")
        if options.keys and self.key is None:
            raise ValueError(f"{name} can't be asked for by key")
        if options.keys and self.key in options.filters:
            raise ValueError(f"the keys are the values of the filter {self.key}: it can't be given as well")
        if not options.keys and self.key == "{uuid}":
            raise ValueError(f"{name} are asked for by zaak: give keys, e.g. keys: zaken.url")


def pull(name: str, resource: Resource, options: Options, connection: Connection, wanted: Wanted) -> Pulled:
    """The records of the resource that pass the filters; with keys, those of each key.

    Raises RegistryFailed, RegistryRefused; BadInput for a key that is no URL of a zaak where it has to be.
    """
    api = rest.Api(
        columns=resource.columns,
        records="results" if resource.paged else "",
        paging=rest.Numbered("page", None, PAGE, total="count") if resource.paged else None,
        auth=Zgw(),
        headers={"Accept": "application/json", **resource.headers},
    )
    filters = {word: _written(value) for word, value in options.filters.items()} | dict(resource.always)
    questions = list(_questions(resource, resource.path or name, filters, wanted))
    return rest.pull(api, connection, questions, wanted)


def _questions(resource: Resource, path: str, filters: dict[str, str], wanted: Wanted) -> Iterator[Question]:
    if wanted.keys is None:
        yield Question(path, filters)
        return
    for key in wanted.keys:
        if resource.key == "{uuid}":
            # the zaak may be gone since its URL was read
            yield Question(path.format(uuid=_uuid(key)), filters, absent=True)
        else:
            yield Question(path, {cast(str, resource.key): key, **filters})


def _uuid(url: str) -> UUID:
    try:
        return UUID(url.rstrip("/").rsplit("/", 1)[-1])
    except ValueError:
        raise BadInput("a key is no URL of a zaak: it doesn't end in a UUID") from None


def _written(value: Any) -> str:
    """As a query has it: true and false in small letters, a list with commas between (style form, not exploded)."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)
