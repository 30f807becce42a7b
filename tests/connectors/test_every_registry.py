"""What holds for every registry over HTTP, also one that is added later: each source that the sandbox lists.

The answers are the sandbox's. What goes wrong with them does so between it and the connector, and nearly without
waits: how long the session waits is a matter of its own tests.
"""

from __future__ import annotations

import inspect
import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from connectors import http, rest
from tests.connectors import between as wrong
from tests.connectors.between import Between, Retyped
from vlekkeloos.connector import UNEXPECTED, Connection, Page, Pulled, Wanted, load, names
from vlekkeloos.errors import RegistryFailed, RegistryRefused
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Sample, Serving, Town

TOWN = Town(seed=3, addresses=60)
#: Records a page, so that a small town has many pages: the fewest that the BAG lets one ask for.
PAGE = 10
#: A secret that opens nothing, as long as one that signs a token has to be.
ANOTHER = "een-ander-wachtwoord-dat-lang-genoeg-is"

SAMPLES = [
    (name, sample) for name, module in registries.registries().items() for sample in getattr(module, "SAMPLES", ())
]


def _named(case: tuple[str, Sample]) -> str:
    _, sample = case
    telling = ("object", "resource", "by", "set", "collection")
    words = [str(word) for name, word in sample.words.items() if name in telling]
    return "-".join([sample.connector, *words, *(["keys"] if sample.keys else [])])


def _stands_on(module: ModuleType, other: ModuleType) -> bool:
    """Does a connector use that module, itself or through the private modules that it is made of?"""
    below = [inspect.getmodule(found) for found in vars(module).values() if not isinstance(found, str | dict)]
    near = {each.__name__: each for each in below if each is not None and each.__name__.startswith("connectors.")}
    near.pop(module.__name__, None)
    return other.__name__ in near or any(_stands_on(each, other) for name, each in near.items() if "._" in name)


def test_every_registry_on_the_shelf_can_be_pulled_from_the_sandbox() -> None:
    shelf = {name for name in names("pull") if _stands_on(load(name, "pull"), rest)}
    assert shelf >= {"bag_api", "kvk_basisprofiel", "zgw_zaken"}
    assert shelf == {sample.connector for _, sample in SAMPLES}


@pytest.mark.parametrize("connector", sorted({sample.connector for _, sample in SAMPLES}))
def test_its_first_sentence_names_the_contract_that_it_keeps_to_with_its_version(connector: str) -> None:
    first = (inspect.getdoc(load(connector, "pull")) or "").splitlines()[0]
    assert re.search(r"\bv?\d+(\.\d+)*\b", first)


# ── a source, and how it is pulled ────────────────────────────────────────────────────────────────────────


@dataclass
class Source:
    """A source of the sandbox, ready to be pulled."""

    module: ModuleType
    sample: Sample
    connection: Connection
    between: Between

    @property
    def keys(self) -> list[str] | None:
        return sorted(set(self.sample.keys(TOWN))) if self.sample.keys else None

    def pull(self, after: str | None = None, connection: Connection | None = None) -> Pulled:
        """As the engine pulls it."""
        words = {**self.sample.words, **({"keys": "gemeente.sleutel"} if self.sample.keys else {})}
        options = self.module.Options.model_validate(words)
        pulled: Pulled = self.module.pull(options, connection or self.connection, Wanted(self.keys, after=after))
        return pulled

    def spoiled(self, spoil: wrong.Spoil) -> Pulled:
        """The same, with every answer spoiled in that way."""
        self.between.reset()
        self.between.spoil = spoil
        return self.pull()

    def ids(self, rows: pa.Table) -> list[Any]:
        found: list[Any] = rows[self.sample.key].to_pylist()
        return found


@pytest.fixture(scope="module")
def between() -> Between:
    return Between()


@pytest.fixture(scope="module")
def serving(between: Between) -> Iterator[Serving]:
    with registries.serve(TOWN, around=[between.middleware], page=PAGE) as started:
        yield started


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Next to no waits, and pages as small as the registry lets one ask for."""
    real = rest.pull

    def pull(api: rest.Api, *others: Any, **more: Any) -> Pulled:
        if isinstance(api.paging, rest.Numbered) and api.paging.size:
            api = replace(api, paging=replace(api.paging, records=PAGE))
        return real(api, *others, **more)

    monkeypatch.setattr(rest, "pull", pull)
    monkeypatch.setattr(http, "BACKOFF", 0.001)


@pytest.fixture(params=SAMPLES, ids=_named, scope="module")
def case(request: pytest.FixtureRequest, serving: Serving, between: Between) -> Source:
    registry, sample = request.param
    module = registries.registries()[registry]
    name, told = next(iter(module.connections(serving.url + module.PREFIX).items()))
    extra = {**told.get("extra", {}), "rate": "none"}
    connection = Connection(name, told["host"], told.get("login"), told.get("password"), extra)
    return Source(load(sample.connector, "pull"), sample, connection, between)


@pytest.fixture
def source(case: Source) -> Iterator[Source]:
    case.between.reset()
    yield case
    case.between.reset()


def _pages(pulled: Pulled) -> list[Page]:
    assert pulled.paged
    return list(pulled.batches)  # type: ignore[arg-type]


def _rows(pages: list[Page], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches([page.rows for page in pages], schema)


@pytest.fixture
def whole(source: Source) -> pa.Table:
    """What it is without any trouble."""
    pulled = source.pull()
    rows = _rows(_pages(pulled), pulled.schema)
    source.between.reset()
    return rows


def _texts_of(source: Source) -> list[str]:
    """The columns that hold a text as the registry has it."""
    schema = source.pull().schema
    source.between.reset()
    return [f.name for f in schema if f.type == pa.string() and f.name not in (UNEXPECTED, source.sample.key)]


# ── what it gives ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_record_comes_once_and_nothing_in_it_is_unexpected(source: Source) -> None:
    pulled = source.pull()
    pages = _pages(pulled)
    rows = _rows(pages, pulled.schema)
    assert Counter(source.ids(rows)) == Counter(list(source.sample.there(TOWN)))
    assert len(rows) > 1 or len(pages) > 1
    assert len({json.dumps(row, default=str) for row in rows.to_pylist()}) == len(rows)
    assert rows[UNEXPECTED].null_count == len(rows)


def test_pages_are_told_in_their_order_and_how_far_the_pull_is(source: Source) -> None:
    pages = _pages(source.pull())
    places = [(page.list, page.number) for page in pages]
    assert places == sorted(set(places))
    assert all(isinstance(page.after, str) for page in pages)
    shares = [page.share for page in pages if page.share is not None]
    assert shares == sorted(shares)
    assert all(0 < share <= 1 for share in shares)


def test_a_page_that_is_read_anew_is_the_same_page(source: Source) -> None:
    pulled = source.pull()
    pages = _pages(pulled)
    if pulled.reread is not None:
        again = list(pulled.reread([(page.list, page.number) for page in pages]))
        assert [page.rows for page in again] == [page.rows for page in pages]
        (beyond,) = pulled.reread([(pages[-1].list, pages[-1].number + 5)])
        assert beyond.rows.num_rows == 0


def test_a_pull_that_broke_off_after_any_page_goes_on_with_the_next(source: Source) -> None:
    pulled = source.pull()
    pages = _pages(pulled)
    for kept in range(1, len(pages) + 1):
        others = _pages(source.pull(after=pages[kept - 1].after))
        assert [page.rows for page in pages[:kept] + others] == [page.rows for page in pages]


# ── what goes wrong and passes ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("spoiled", [wrong.too_many, wrong.unavailable, wrong.cut_off, wrong.no_json])
def test_an_answer_that_is_spoiled_the_first_time_is_asked_for_again(
    source: Source, whole: pa.Table, spoiled: wrong.Spoil
) -> None:
    pulled = source.spoiled(lambda reply: reply.at_first(spoiled(reply)))
    assert _rows(_pages(pulled), pulled.schema) == whole
    assert min(source.between.asked.values()) > 1


def test_a_value_of_another_type_is_asked_for_again(source: Source, whole: pa.Table) -> None:
    retyped = Retyped(_texts_of(source))
    pulled = source.spoiled(lambda reply: reply.at_first(retyped(reply)))
    assert _rows(_pages(pulled), pulled.schema) == whole
    assert retyped.column is not None
    assert max(source.between.asked.values()) > 1


# ── what goes wrong and stays so ──────────────────────────────────────────────────────────────────────────


def test_a_field_of_another_type_for_good_is_kept_beside_the_columns(source: Source, whole: pa.Table) -> None:
    retyped = Retyped(_texts_of(source))
    pulled = source.spoiled(retyped)
    rows = _rows(_pages(pulled), pulled.schema)
    assert source.ids(rows) == source.ids(whole)
    column = str(retyped.column)
    assert [row[column] is None for row in rows.to_pylist()] == [True] * len(rows)
    was_there = [value is not None for value in whole[column].to_pylist()]
    kept = [json.loads(row[UNEXPECTED] or "{}") for row in rows.to_pylist()]
    assert [column in each for each in kept] == was_there
    assert all(each[column] == 7 for each in kept if each)


def test_a_field_that_the_contract_does_not_have_is_kept_beside_the_columns(source: Source, whole: pa.Table) -> None:
    strange = Retyped(_texts_of(source), strange=True)
    pulled = source.spoiled(strange)
    rows = _rows(_pages(pulled), pulled.schema)
    assert rows.drop_columns(UNEXPECTED) == whole.drop_columns(UNEXPECTED)
    was_there = [value is not None for value in whole[str(strange.column)].to_pylist()]
    kept = [json.loads(text or "{}") for text in rows[UNEXPECTED].to_pylist()]
    assert [any(name.endswith(wrong.STRANGER) for name in each) for each in kept] == was_there


@pytest.mark.parametrize("spoiled", [wrong.unavailable, wrong.no_json, wrong.no_records])
def test_an_answer_that_stays_spoiled_ends_the_pull_with_where_and_why(
    source: Source, spoiled: wrong.Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TRIES", 3)
    with pytest.raises(RegistryFailed) as refused:
        _pages(source.spoiled(spoiled))
    assert str(refused.value).startswith(f"{source.connection.name}: ")
    assert not isinstance(refused.value, RegistryRefused)


def _refused(source: Source) -> pytest.ExceptionInfo[RegistryRefused]:
    """What a client with another secret meets."""
    other = replace(source.connection, password=ANOTHER)
    source.between.reset()
    # a registry that is open to all has a gateway before it that isn't
    source.between.spoil = wrong.not_let_in if not source.connection.password else None
    with pytest.raises(RegistryRefused) as refused:
        _pages(source.pull(connection=other))
    return refused


def test_who_is_not_let_in_is_refused_and_the_secret_stays_one(source: Source) -> None:
    refused = _refused(source)
    # the ZGW APIs say 403 to a token that they don't trust
    assert re.search("HTTP 40[13]", str(refused.value))
    assert ANOTHER not in str(refused.getrepr(style="short", chain=True))
    assert "?" not in str(refused.value)
    assert not [key for key in source.keys or [] if key in str(refused.value) and "/" + key not in str(refused.value)]


# ── what it leaves behind ─────────────────────────────────────────────────────────────────────────────────


def test_no_log_has_a_key_a_query_or_a_secret(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _pages(source.spoiled(lambda reply: reply.at_first(wrong.unavailable(reply))))
    asked = list(source.between.asked)
    _refused(source)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("connectors", "vlekkeloos"))]
    everybodys = [record.getMessage() for record in caplog.records]
    queries = [query for _, _, query, _ in asked if query]
    for text in filter(None, (source.connection.password, ANOTHER, *queries)):
        assert not [line for line in everybodys if text in line]
    for text in source.keys or ():
        assert not [line for line in ours if text in line]
    # a burgerservicenummer of the sandbox
    assert not [line for line in everybodys if re.search(r"(?<!\d)9999\d{5}(?!\d)", line)]


def test_a_pull_that_is_given_up_leaves_no_thread_behind(source: Source, whole: pa.Table) -> None:
    before = set(threading.enumerate())
    begun: Any = source.pull().batches
    next(begun)
    begun.close()
    assert set(threading.enumerate()) <= before
