"""Terugmeldingen at the sandbox's Kadaster, over real HTTP: filed once, whatever goes wrong, and followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from connectors import bag_terugmelding
from tests.connectors.terugmeldingen import ONE, Failing, fresh, served
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed, RegistryRefused

OPTIONS = bag_terugmelding.Options(object="nummeraanduiding", punt=[155000, 463000], email="a@b.example")


@pytest.fixture
def kadaster() -> Iterator[Connection]:
    with served("terugmelding") as connection:
        yield connection


def filed(connection: Connection) -> list[str]:
    """The numbers of all that the registry has."""
    asked = {"statusCode": ",".join(bag_terugmelding.STATUSES)}
    answer = requests.get(
        f"{connection.url}/terugmeldingen", params=asked, headers={"apikey": connection.password or ""}, timeout=9
    )
    return [one["properties"]["meldingsNummerVolledig"] for one in answer.json()["features"]]


def test_it_is_filed_once_and_its_status_is_followed_to_the_answer(kadaster: Connection) -> None:
    number = bag_terugmelding.report(OPTIONS, kadaster, fresh())
    assert number == "BAG0000001"
    assert bag_terugmelding.report(OPTIONS, kadaster, ONE) == number
    assert filed(kadaster) == [number]
    assert bag_terugmelding.status(OPTIONS, kadaster, number).status == "in onderzoek"
    found = bag_terugmelding.status(OPTIONS, kadaster, number)
    assert found.status == "afgewezen"
    assert found.answer and "juist" in found.answer and found.changed


def test_what_the_registry_lacks_is_honoured(kadaster: Connection) -> None:
    number = bag_terugmelding.report(OPTIONS, kadaster, fresh(absent=True, kind="missing_right", attribute=None))
    bag_terugmelding.status(OPTIONS, kadaster, number)
    assert bag_terugmelding.status(OPTIONS, kadaster, number).status == "gehonoreerd"


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_not_taken_is_sent_again(kadaster: Connection, status: int) -> None:
    Failing.ways = [status, status]
    number = bag_terugmelding.report(OPTIONS, kadaster, fresh())
    assert filed(kadaster) == [number]
    assert Failing.ways == []


@pytest.mark.parametrize("way", ["lost", 502, 504])
def test_what_may_have_been_taken_is_not_sent_again_before_it_is_looked_for(
    kadaster: Connection, way: str | int
) -> None:
    Failing.ways = [way]
    with pytest.raises(RegistryFailed, match="not certain whether it was taken"):
        bag_terugmelding.report(OPTIONS, kadaster, fresh())
    number = bag_terugmelding.report(OPTIONS, kadaster, ONE)
    assert filed(kadaster) == [number]


def test_without_an_explanation_the_registry_refuses_it_and_says_why(kadaster: Connection) -> None:
    with pytest.raises(RegistryRefused, match="HTTP 400: omschrijving heeft minstens 5 tekens"):
        bag_terugmelding.report(OPTIONS, kadaster, fresh(explanation=""))


def test_who_has_no_key_is_no_fault_of_the_terugmelding(kadaster: Connection) -> None:
    with pytest.raises(RegistryFailed, match="HTTP 401") as failure:
        bag_terugmelding.report(OPTIONS, replace(kadaster, password="fout"), fresh())
    assert not isinstance(failure.value, RegistryRefused)


def test_a_number_that_the_registry_does_not_know_is_told(kadaster: Connection) -> None:
    with pytest.raises(RegistryRefused, match="404"):
        bag_terugmelding.status(OPTIONS, kadaster, "BAG0000009")


def test_a_restarted_registry_knows_what_was_filed(tmp_path: Path) -> None:
    with served("terugmelding", kept=tmp_path) as connection:
        number = bag_terugmelding.report(OPTIONS, connection, fresh())
    with served("terugmelding", kept=tmp_path) as connection:
        assert bag_terugmelding.report(OPTIONS, connection, ONE) == number


def test_nothing_goes_over_a_network_without_tls() -> None:
    with pytest.raises(BadInput, match="https"):
        bag_terugmelding.report(OPTIONS, Connection("terugmelding", "http://api.kadaster.example/tms/v2"), fresh())


def test_no_value_shows_in_a_failure_or_a_representation(kadaster: Connection) -> None:
    one = fresh(registered="Jansen", believed="Pietersen", explanation="Jansen heet Pietersen")
    Failing.ways = [500]
    with pytest.raises(RegistryFailed) as failure:
        bag_terugmelding.report(OPTIONS, kadaster, one)
    assert not any(name in f"{failure.value}{one}" for name in ("Jansen", "Pietersen", one.key))
