"""What a connector is: the small protocols between the engine and ``connectors/``.

A connector is one module, ``connectors/<name>.py``, found by the name in the contract. It has

* ``Options``: a pydantic class below :class:`SourceOptions`, :class:`PartnerOptions` or :class:`ReportOptions` with
  the words that the connector adds to the contract (``object: nummeraanduiding``), and
* ``pull(options, connection, wanted) -> Pulled`` if records come from there, or
* ``deliver(options, connection, release) -> str`` if releases go there, or
* ``report(options, connection, terugmelding) -> str`` and ``status(options, connection, number) -> Status`` if
  doubts about an authentic registry are reported there, and
* ``history(options) -> History | None`` if its records carry their own history.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from vlekkeloos.errors import NotFound

Role = Literal["pull", "deliver", "report"]


#: A text column beside those that a connector declares: a JSON object of the fields of a record that the declared
#: schema doesn't have, or has with another type. Empty as long as a registry keeps to its contract.
UNEXPECTED = "_unexpected"


class SourceOptions(BaseModel):
    """Base of the words that a source's connector adds to the contract; unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyedOptions(SourceOptions):
    """Base of the words of a registry that is asked for one key, or some keys, at a time.

    ``keys: gemeente.bsn`` asks for every different value that the accepted records of the source ``gemeente``
    have in ``bsn``; that source is pulled and judged first.
    """

    keys: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9_]*\.\S+$",
        description="<source>.<column>: ask for each value that the accepted records of another source have there",
    )


class DeltaOptions(SourceOptions):
    """Base of the words of a registry that can be asked for what changed since the last pull."""

    mode: Literal["full", "delta"] = Field(
        "full", description="read everything each time, or after the first time only what changed"
    )


class PartnerOptions(BaseModel):
    """Base of the words that a partner's connector adds to the contract; unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportOptions(BaseModel):
    """Base of the words that a connector for terugmeldingen adds to the contract; unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Connection:
    """Where a connector goes, and with what credentials. Its representation never shows the secrets.

    ``url`` has no credentials in it: a path for files, ``https://host/base`` for HTTP, a SQLAlchemy URL for
    databases. ``name`` is the contract's ``connection:`` or, for an inline ``url:``, that URL.
    """

    name: str
    url: str
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> Path:
        """The local path this connection names: a plain path or a ``file:`` URL."""
        parts = urlsplit(self.url)
        return Path(parts.path if parts.scheme == "file" else self.url)

    @property
    def is_remote(self) -> bool:
        """True for a URL that has to be fetched over HTTP."""
        return urlsplit(self.url).scheme in ("http", "https")


@dataclass(frozen=True)
class History:
    """The columns that say when a record (a *voorkomen*) held.

    A record is valid on date D if ``begin`` <= D < ``end`` (or ``end`` is empty) and every column in
    ``annulled`` is empty. ``version`` orders the records of one key; together with the key, and with the columns
    in ``per`` where a key has several records at a time, it is unique.
    """

    begin: str
    end: str
    version: str
    annulled: tuple[str, ...] = ()
    per: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What the engine wants of a pull; nothing of it is needed to pull everything anew.

    ``keys`` are the values to ask for, sorted, each once (KeyedOptions). ``since`` is the cursor of the state
    that the lake has, None for a first or a full pull (DeltaOptions). ``after`` is where an earlier try of the
    same pull broke off: the ``after`` of the last Page that was kept.
    """

    keys: Sequence[str] | None = None
    since: str | None = None
    after: str | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Page:
    """One whole page of a registry's answer: what is kept at once, so that a broken-off pull goes on after it.

    ``list`` (from 0) is the question that it answers and ``number`` (from 1) its place among that question's
    pages. ``total`` is how many records the registry says that all of these pages hold, ``size`` how many a full
    page holds, where it says so. ``after`` is the text with which a pull goes on behind this page. ``share`` is
    how much of the whole pull is done with it, from 0 to 1, where that is known.
    """

    rows: pa.RecordBatch
    list: int
    number: int
    after: str
    total: int | None = None
    size: int | None = None
    share: float | None = None


@dataclass(frozen=True)
class Pulled:
    """What a pull hands to the engine: a schema, and batches of it that are read only once, as they come.

    Column names are the registry's own. ``sha256`` is that of the file received, where there is one.
    ``received`` is that file's local copy, which the engine keeps if it has to refuse it. ``cursor`` says how far
    the registry was read, for a next pull that wants only what came since; it is kept with the records.
    A fault met while reading is raised from ``batches`` as BadInput or RegistryFailed.

    ``batches`` gives Pages where the registry is read page by page; then ``reread`` reads given pages
    ``(list, number)`` anew, for the engine to repair pages that changed while they were read.

    ``delta``: the batches hold only what changed since ``wanted.since``, to be laid over the state before.
    Of several records of one identity the last one counts. ``deleted`` is the boolean column, itself not kept,
    that marks a record that the registry removed. ``present`` gives batches of the key column of every record
    that is there now, where a delta can't say what was removed. ``told`` is the text-list column, itself not kept,
    with the names of the columns that a record tells: the others stay as they were; null where it tells them all.
    ``known`` is the boolean column, itself not kept, that says whether the registry takes it that the record was
    there before: where the state says otherwise the record counts all the same, and so does how often it was so.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch] | Iterator[Page]
    sha256: str | None = None
    cursor: str | None = None
    received: Path | None = None
    paged: bool = False
    reread: Callable[[Sequence[tuple[int, int]]], Iterator[Page]] | None = None
    delta: bool = False
    deleted: str | None = None
    present: Iterator[pa.RecordBatch] | None = None
    told: str | None = None
    known: str | None = None

    @property
    def marks(self) -> set[str]:
        """The columns that say something of a record, and are not kept with it."""
        return {name for name in (self.deleted, self.told, self.known) if name is not None}


@dataclass(frozen=True)
class Release:
    """A release on its way to a partner: a folder with the files that ``manifest`` lists, and manifest.json.

    ``manifest["files"]`` is a list of ``{"name", "bytes", "sha256", "rows", "media_type"}``; manifest.json is
    itself in ``folder`` and is sent last, so that who sees it can rely on all the rest.
    """

    exchange: str
    partner: str
    version: int
    folder: Path
    manifest: Mapping[str, Any]

    @property
    def files(self) -> list[Path]:
        """The data files, in the manifest's order; manifest.json is not among them."""
        return [self.folder / entry["name"] for entry in self.manifest["files"]]


@dataclass(frozen=True)
class Terugmelding:
    """A doubt about a record of an authentic registry ("gerede twijfel", e.g. Wet BAG, artikel 37), to be reported.

    ``kenmerk`` is our own reference, 12 letters and digits at most, that no other terugmelding has. ``key`` is the
    record's key and ``attribute`` the registry's own name of the field in doubt; None where the doubt is whether the
    record should be there: ``kind`` is then ``missing_left`` or ``missing_right``, else ``differs``. ``absent``: it
    is the registry that lacks the record. ``registered`` is what the registry has, ``believed`` what another source
    has, ``explanation`` why that is doubted. ``seen_on`` is the day on which it was so, ``at`` when it was approved.
    ``fresh``: certainly never sent before, so there is nothing to look for first.
    """

    kenmerk: str
    key: str = field(repr=False)
    kind: str
    attribute: str | None
    registered: str | None = field(repr=False)
    believed: str | None = field(repr=False)
    explanation: str = field(repr=False)
    seen_on: date
    at: datetime
    absent: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Status:
    """What became of a terugmelding: its status, the registry's answer in words, and since when it is so.

    ``afgehandeld``: it is closed, and the registry does not say how; whether it was honoured, the records show.
    """

    status: Literal["ingediend", "in onderzoek", "gehonoreerd", "afgewezen", "afgehandeld"]
    answer: str | None = field(default=None, repr=False)
    changed: datetime | None = None


@runtime_checkable
class SourceConnector(Protocol):
    """A module that records can be pulled from."""

    Options: type[SourceOptions]

    def pull(self, options: Any, connection: Connection, wanted: Wanted) -> Pulled:
        """Reads what is wanted; raises BadInput or RegistryFailed, here or while the batches are read."""
        ...


@runtime_checkable
class PartnerConnector(Protocol):
    """A module that releases can be delivered through."""

    Options: type[PartnerOptions]

    def deliver(self, options: Any, connection: Connection, release: Release) -> str:
        """Delivers the whole release or nothing that a reader would see.

        Returns the receipt: what the partner said of it, or where it now is. Raises PartnerFailed.
        Delivering the same release twice leaves the partner with the same state as once.
        """
        ...


@runtime_checkable
class ReportConnector(Protocol):
    """A module that terugmeldingen can be filed through."""

    Options: type[ReportOptions]

    def report(self, options: Any, connection: Connection, terugmelding: Terugmelding) -> str:
        """Files one terugmelding; gives the registry's own number of it.

        The same one a second time gives the same number: unless it is ``fresh``, it is looked for by its kenmerk
        first. Raises RegistryRefused if the registry doesn't take this one, RegistryFailed for anything else; after
        that it may have been taken or not.
        """
        ...

    def status(self, options: Any, connection: Connection, number: str) -> Status:
        """What became of the terugmelding with that number. Raises RegistryRefused, RegistryFailed."""
        ...


def history(module: ModuleType, options: Any) -> History | None:
    """The history that a connector declares for this source, None where each key has one record."""
    declared = getattr(module, "history", None)
    found: History | None = declared(options) if declared else None
    return found


def identity(source: Any) -> list[str]:
    """The columns that tell a source's records apart: the key and, where there is history, the voorkomen.

    ``source`` is a contract's source, with its connector's own words.
    """
    declared = history(load(source.connector, "pull"), source)
    return [source.key, *((declared.version, *declared.per) if declared else ())]


@cache  # the shelf stays as it is while a process runs
def names(role: Role) -> list[str]:
    """The names of all connectors on the shelf that play this role, sorted."""
    import connectors

    found = (info.name for info in pkgutil.iter_modules(connectors.__path__) if not info.name.startswith("_"))
    modules = {name: importlib.import_module(f"connectors.{name}") for name in found}
    return sorted(name for name, module in modules.items() if hasattr(module, role) and hasattr(module, "Options"))


def load(name: str, role: Role) -> ModuleType:
    """The connector module of that name. Raises NotFound, naming those that exist, if it can't play the role."""
    if name not in names(role):
        raise NotFound(f"no connector {name!r} that can {role}; there are: {', '.join(names(role))}")
    return importlib.import_module(f"connectors.{name}")
