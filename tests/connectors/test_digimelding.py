"""Terugmeldingen over the sandbox's Digimelding, over real HTTP: filed once, whatever goes wrong, and followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors import digimelding
from tests.connectors.terugmeldingen import ONE, Failing, fresh, served
from vlekkeloos.connector import Connection
from vlekkeloos.errors import RegistryFailed, RegistryRefused
from vlekkeloos.sandbox import persons

BSN = persons.numbers()[3]
WORDS: dict[str, Any] = {
    "registratie": "BRP",
    "oin_basisregistratie": "00000004000000001000",
    "oin": "00000001999800000000",
    "naam": "Gegevensbeheer",
    "email": "gegevensbeheer@vlekkerdam.example",
}
OPTIONS = digimelding.Options(**WORDS)


@pytest.fixture
def logius() -> Iterator[Connection]:
    with served("digimelding") as connection:
        yield connection


def filed(connection: Connection) -> int:
    """How many with our kenmerk the registry has."""
    found = digimelding._asked(connection, digimelding._overzicht(OPTIONS, ONE))
    return sum(1 for _ in found.iter("{*}Uuid"))


def test_it_is_filed_once_and_its_status_is_followed_to_the_end(logius: Connection) -> None:
    number = digimelding.report(OPTIONS, logius, fresh(key=BSN))
    assert digimelding.report(OPTIONS, logius, replace(ONE, key=BSN)) == number
    assert filed(logius) == 1
    assert digimelding.status(OPTIONS, logius, number).status == "in onderzoek"
    found = digimelding.status(OPTIONS, logius, number)
    assert (found.status, bool(found.answer), bool(found.changed)) == ("afgehandeld", True, True)


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_not_taken_is_sent_again(logius: Connection, status: int) -> None:
    Failing.ways = [status]
    digimelding.report(OPTIONS, logius, fresh())
    assert filed(logius) == 1


def test_a_connection_that_breaks_gives_no_second_one(logius: Connection) -> None:
    Failing.ways = ["lost"]
    with pytest.raises(RegistryFailed, match="not certain whether it was taken"):
        digimelding.report(OPTIONS, logius, fresh())
    digimelding.report(OPTIONS, logius, ONE)
    assert filed(logius) == 1


def test_a_fault_about_the_message_refuses_it_and_one_about_who_asks_does_not(logius: Connection) -> None:
    with pytest.raises(RegistryRefused, match="DK0050"):
        digimelding.report(OPTIONS, logius, fresh(explanation=""))
    stranger = digimelding.Options(**{**WORDS, "oin": "0" * 20})
    with pytest.raises(RegistryFailed, match="DK0002") as failure:
        digimelding.report(stranger, logius, fresh())
    assert not isinstance(failure.value, RegistryRefused)


def test_no_value_is_in_a_representation_or_a_failure(logius: Connection) -> None:
    one = fresh(key=BSN, registered="Jansen", explanation="")
    with pytest.raises(RegistryRefused) as failure:
        digimelding.report(OPTIONS, logius, one)
    assert not any(text in f"{failure.value}{one}" for text in (BSN, "Jansen"))
