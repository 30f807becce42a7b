"""The fictional persons, parcels and WOZ-objecten: who and what there is, and that they refer to each other."""

from __future__ import annotations

from random import Random

import pytest

from vlekkeloos.sandbox import parcels, persons, woz_objects
from vlekkeloos.sandbox.registries import Town, brk, brp, woz

TOWN = Town(seed=11, addresses=500)
EVERYBODY = {room: who for room in range(persons.rooms(TOWN)) if (who := persons.person(TOWN, room)) is not None}
BY_NUMBER = {who["burgerservicenummer"]: who for who in EVERYBODY.values()}


def _passes_the_elfproef(bsn: str) -> bool:
    return sum(int(digit) * weight for digit, weight in zip(bsn, [9, 8, 7, 6, 5, 4, 3, 2, -1], strict=True)) % 11 == 0


def test_every_burgerservicenummer_is_a_test_number() -> None:
    assert len(BY_NUMBER) == len(EVERYBODY)
    assert all(bsn.startswith("9999") and _passes_the_elfproef(bsn) for bsn in persons.numbers())
    assert set(BY_NUMBER) <= set(persons.numbers())


def test_a_person_is_the_same_in_whatever_order_persons_are_asked_for() -> None:
    town = Town(seed=11, addresses=501)  # another town by name: nothing of it was asked for yet
    rooms = list(EVERYBODY)
    Random(3).shuffle(rooms)
    assert all(persons.person(town, room) == EVERYBODY[room] for room in rooms)


@pytest.mark.parametrize(
    "some",
    [
        lambda who: who["verblijfplaats"]["type"] == "Locatie",
        lambda who: who["verblijfplaats"]["type"] == "VerblijfplaatsBuitenland",
        lambda who: who["verblijfplaats"]["type"] == "VerblijfplaatsOnbekend",
        lambda who: who["verblijfplaats"].get("indicatieVastgesteldVerblijftNietOpAdres"),
        lambda who: who["geboorte"]["datum"]["type"] == "JaarDatum",
        lambda who: who["geboorte"]["datum"]["type"] == "JaarMaandDatum",
        lambda who: who["geboorte"]["datum"]["type"] == "DatumOnbekend",
        lambda who: "overlijden" in who,
        lambda who: who.get("geheimhoudingPersoonsgegevens"),
        lambda who: "inOnderzoek" in who["naam"],
        lambda who: "partners" in who,
        lambda who: "kinderen" in who,
        lambda who: "gezag" in who,
    ],
)
def test_there_are_persons_of_every_kind_but_most_are_plain(some: object) -> None:
    found = [who for who in EVERYBODY.values() if some(who)]  # type: ignore[operator]
    assert found
    assert len(found) < len(EVERYBODY) * 0.8


def test_relatives_are_persons_of_the_same_town_who_know_each_other() -> None:
    for who in EVERYBODY.values():
        for child in who.get("kinderen", ()):
            parents = BY_NUMBER[child["burgerservicenummer"]]["ouders"]
            assert who["burgerservicenummer"] in {parent["burgerservicenummer"] for parent in parents}
        for partner in who.get("partners", ()):
            (back,) = BY_NUMBER[partner["burgerservicenummer"]]["partners"]
            assert back["burgerservicenummer"] == who["burgerservicenummer"]
            assert partner["geboorte"] == BY_NUMBER[partner["burgerservicenummer"]]["geboorte"]


def test_addresses_are_those_of_the_bag() -> None:
    for room, who in EVERYBODY.items():
        if who["verblijfplaats"]["type"] == "Adres":
            home = TOWN.address(room // persons.ROOMS)
            assert who["verblijfplaats"]["nummeraanduidingIdentificatie"] == home.identificatie
            assert who["verblijfplaats"]["verblijfadres"]["postcode"] == home.postcode


def test_parcels_have_names_of_their_own_by_which_they_are_found() -> None:
    names = [parcels.parcel(TOWN, number)["kadastraleAanduiding"] for number in range(TOWN.addresses)]
    assert len(set(names)) == len(names)
    for number in range(TOWN.addresses):
        assert parcels.called(TOWN, *parcels.aanduiding(TOWN, number)) == [number]
        assert parcels.number(TOWN, parcels.identificatie(number)) == number
    assert parcels.called(TOWN, "ZZ", 1, None) == []
    assert parcels.number(TOWN, parcels.identificatie(TOWN.addresses)) is None


def test_who_has_a_parcel_lives_there_and_shares_make_a_whole() -> None:
    for number in range(TOWN.addresses):
        rights = parcels.rights(TOWN, number)
        assert {right["tenaamstelling"]["aandeel"]["noemer"] for right in rights} == {len(rights)}
        for right in rights:
            if right["persoon"] != parcels.ASSOCIATION:
                room = persons.number(TOWN, right["persoon"]["identificatie"])
                assert room is not None
                assert room // persons.ROOMS == number


def test_a_woz_object_is_of_an_address_a_parcel_and_who_has_it() -> None:
    for number in range(TOWN.addresses):
        found = woz_objects.woz_object(TOWN, number)
        assert woz_objects.number(TOWN, found["identificatie"]) == number
        assert found["aanduiding"]["nummeraanduidingIdentificatie"] == TOWN.address(number).identificatie
        assert found["kadastraalOnroerendeZaken"][0]["identificatie"] == parcels.identificatie(number)
        owner = found["belanghebbendeEigenaar"]
        assert owner["naam"] == parcels.owners(TOWN, number)[0]["omschrijving"]


@pytest.mark.parametrize(("registry", "key"), [(brp, "bsn"), (brk, "identificatie"), (woz, "wozobjectnummer")])
def test_what_the_municipality_keeps_has_each_key_once_and_the_planted_errors(registry: object, key: str) -> None:
    kept = registry.kept(TOWN)  # type: ignore[attr-defined]
    keys = kept.table[key].to_pylist()
    assert len(set(keys)) == len(keys)
    assert set(kept.truth["kind"].to_pylist()) == {"differs", "missing_right"}
    assert set(kept.truth["key"].to_pylist()) <= set(keys)


def test_who_is_planted_as_unknown_to_the_brp_has_a_number_that_could_be_one() -> None:
    lines = brp.kept(TOWN).truth.to_pylist()
    unknown = [line["key"] for line in lines if line["kind"] == "missing_right"]
    assert unknown
    assert all(_passes_the_elfproef(bsn) and bsn not in BY_NUMBER for bsn in unknown)
