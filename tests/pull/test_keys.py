"""A registry that is asked for the keys that another source holds: in which order, for which keys, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.builder import Exchange, addresses, contract
from tests.end_to_end.driver import vlekkeloos
from vlekkeloos import check, pipeline
from vlekkeloos.errors import BadInput, ContractError
from vlekkeloos.pull import staging
from vlekkeloos.sandbox import cases, registries
from vlekkeloos.sandbox.registries import Serving, Town

TOWN = Town(seed=5, addresses=30)
KNOWN = [cases.zaak(TOWN, number).identificatie for number in (3, 14, 15, 92)]


@pytest.fixture(scope="module")
def registry() -> Iterator[Serving]:
    """A case system."""
    with registries.serve(TOWN, only=["zaken"]) as serving:
        yield serving


def keyed(exchange: Exchange, keys: str = "gemeente.id", **more: Any) -> Exchange:
    """An exchange whose source ``bag`` is the case system, asked for the identificaties in ``keys``."""
    text = contract(validate={"gemeente": {"suite": "demo", "hold_above": "100%"}}, publish=[])
    zaken = {"connector": "zgw_zaken", "connection": "zaken", "resource": "zaken", "key": "identificatie"}
    text["sources"]["bag"] = zaken | {"authentic": True, "keys": keys}
    text["sources"] |= more
    text["reconcile"]["fields"] = {"postcode": {"keep": "gemeente"}}
    exchange.write(text)
    return exchange


def zaken(exchange: Exchange) -> list[str]:
    return sorted(row["identificatie"] for row in exchange.rows("raw/demo/bag"))


@pytest.fixture
def connected(registry: Serving, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """The case system, which this process's pulls know how to reach."""
    for name, value in registries.connections(registry, only=["zaken"]).items():
        monkeypatch.setenv(name, value)
    registry.calm()
    return registry


def test_each_accepted_key_is_asked_for_once_and_a_rerun_asks_nothing(exchange: Exchange, connected: Serving) -> None:
    wrong = ("ZAAK-BESTAAT-NIET", "1234AB", 1)
    quarantined = (cases.zaak(TOWN, 7).identificatie, "fout", 1)
    rows = [(key, "1234AB", 1) for key in [*KNOWN, KNOWN[0], "", "  "]]
    exchange.sides(addresses(*rows, (None, "1234AB", 1), wrong, quarantined), addresses())
    places = ["--exchanges", keyed(exchange).exchanges, "--lake", exchange.lake.url, "--run-id", "r1", "--json"]
    pulled = vlekkeloos("pull", "demo", *places)
    assert pulled.status == 0, pulled.err
    stages = [(stage["stage"], stage["subject"], stage["status"]) for stage in pulled.json["stages"]]
    assert stages == [("pull", "gemeente", "done"), ("validate", "gemeente", "done"), ("pull", "bag", "done")]
    assert zaken(exchange) == sorted(KNOWN)
    asked = connected.seen()["asked"]
    assert asked == len(KNOWN) + 1
    versions = {table: exchange.lake.find(table).version for table in exchange.lake.tables()}
    pipeline.pull(exchange.run(), "bag")
    assert {table: exchange.lake.find(table).version for table in exchange.lake.tables()} == versions
    assert connected.seen()["asked"] == asked


def test_a_source_alone_is_pulled_after_the_one_that_holds_its_keys(exchange: Exchange, connected: Serving) -> None:
    exchange.sides(addresses(*((key, "1234AB", 1) for key in KNOWN[:2])), addresses())
    pipeline.pull(keyed(exchange).run(), "bag")
    assert zaken(exchange) == sorted(KNOWN[:2])
    assert [record.subject for record in exchange.run().records()] == ["gemeente", "gemeente", "bag"]


def test_without_any_key_nothing_is_asked_and_raw_is_empty_also_the_second_time(
    exchange: Exchange, connected: Serving
) -> None:
    exchange.sides(addresses(), addresses())
    for run_id in ("r1", "r2"):
        pipeline.pull(keyed(exchange).run(run_id), "bag")
    assert zaken(exchange) == []
    assert connected.seen()["asked"] == 0
    assert "omschrijving" in exchange.lake.schema(exchange.lake.find("raw/demo/bag")).names
    assert not any(table.startswith("staging") for table in exchange.lake.tables())


def test_a_key_that_is_asked_for_no_more_is_among_what_went(exchange: Exchange, connected: Serving) -> None:
    for run_id, keys in (("r1", KNOWN), ("r2", KNOWN[1:])):
        exchange.sides(addresses(*((key, "1234AB", 1) for key in keys)), addresses())
        pipeline.pull(keyed(exchange).run(run_id), "bag")
    assert [row["key"] for row in exchange.rows("deletions/demo/bag")] == [KNOWN[0]]


def test_a_column_of_keys_that_is_not_there_is_refused_by_name(exchange: Exchange, connected: Serving) -> None:
    with pytest.raises(
        BadInput, match=r"gemeente, field zaaknummer: the column that keys: names is missing .*postcode"
    ):
        pipeline.pull(keyed(exchange, "gemeente.zaaknummer").run(), "bag")


def source(keys: str | None) -> dict[str, Any]:
    plain = {"connector": "zgw_zaken", "connection": "zaken", "resource": "zaken", "key": "identificatie"}
    return plain | ({"keys": keys} if keys else {})


def test_sources_come_in_waves_each_after_the_one_with_its_keys(exchange: Exchange) -> None:
    more = {"derde": source("tweede.id"), "tweede": source("bag.url"), "vrij": source(None)}
    keyed(exchange, **more)
    assert exchange.run().contract.waves == [["gemeente", "vrij"], ["bag"], ["tweede"], ["derde"]]


@pytest.mark.parametrize(
    ("keys", "more", "wrong"),
    [
        ("onbekend.id", {}, {"sources.bag.keys"}),
        ("bag.id", {}, {"sources.bag.keys"}),
        ("een.id", {"een": source("bag.id")}, {"sources.bag.keys", "sources.een.keys"}),
    ],
    ids=["a source that is not there", "itself", "in a circle"],
)
def test_keys_of_no_source_or_in_a_circle_are_refused(
    exchange: Exchange, keys: str, more: dict[str, Any], wrong: set[str]
) -> None:
    with pytest.raises(ContractError) as refused:
        check.judged(keyed(exchange, keys, **more).home / "contract.yaml")
    assert {fault.path for fault in refused.value.faults} == wrong
    assert all("of another source" in fault.expected for fault in refused.value.faults)


def test_a_pull_by_key_that_broke_off_asks_the_rest(
    exchange: Exchange, connected: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.sides(addresses(*((key, "1234AB", 1) for key in KNOWN)), addresses())
    monkeypatch.setattr(staging, "ROWS", 1)
    plain, kept = staging.Staging._write, []

    def twice(self: staging.Staging, *words: Any) -> None:
        if len(kept) == 2:
            raise KeyboardInterrupt
        kept.append(words)
        plain(self, *words)

    with monkeypatch.context() as patched:
        patched.setattr(staging.Staging, "_write", twice)
        with pytest.raises(KeyboardInterrupt):
            pipeline.pull(keyed(exchange).run(), "bag")
    connected.calm()
    pipeline.pull(exchange.run(), "bag")
    assert zaken(exchange) == sorted(KNOWN)
    assert connected.seen()["asked"] == len(KNOWN) - 2
