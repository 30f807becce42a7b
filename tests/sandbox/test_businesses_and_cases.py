"""The fictional businesses and zaken: well formed, the same every time, each to be had by itself."""

from __future__ import annotations

import pytest

from vlekkeloos.sandbox import businesses, cases
from vlekkeloos.sandbox.registries import Town

TOWN = Town(seed=6, addresses=300)
BUSINESSES = [businesses.business(TOWN, number) for number in range(businesses.count(TOWN))]
ZAKEN = [cases.zaak(TOWN, number) for number in range(cases.count(TOWN))]


def passes_the_elfproef(number: str) -> bool:
    """Nine digits, not all 0, whose sum with the weights 9 to 2 and -1 is a multiple of 11."""
    weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
    total = sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True))
    return total % 11 == 0 and int(number) > 0


def test_every_number_of_a_business_is_well_formed_and_its_own() -> None:
    kvk = [business.kvk_nummer for business in BUSINESSES]
    places = [place.vestigingsnummer for business in BUSINESSES for place in business.vestigingen]
    rsins = [business.rsin for business in BUSINESSES if business.rsin]
    assert {len(number) for number in kvk} == {8}
    assert {len(number) for number in places} == {12}
    # an rsin passes the same elfproef as a bsn
    assert all(passes_the_elfproef(rsin) for rsin in [*rsins, cases.ORGANISATIE])
    assert len({*kvk}) == len(kvk)
    assert len({*places}) == len(places)
    assert len({*rsins, cases.ORGANISATIE}) == len(rsins) + 1


def test_an_rsin_passes_the_elfproef_whatever_its_number() -> None:
    made = [businesses.rsin(number) for number in range(20_000)]
    assert all(passes_the_elfproef(rsin) for rsin in made)
    assert len(set(made)) == len(made)


def test_a_business_is_found_by_its_numbers_and_by_no_other() -> None:
    for business in BUSINESSES:
        assert businesses.by_kvk_nummer(TOWN, business.kvk_nummer) == business
        assert businesses.by_kvk_nummer(TOWN, f"{int(business.kvk_nummer) + 1:08}") is None
        for place in business.vestigingen:
            assert businesses.by_vestigingsnummer(TOWN, place.vestigingsnummer) == (business, place)
    after = f"{int(BUSINESSES[-1].kvk_nummer) + businesses.STEP_KVK:08}"
    assert businesses.by_kvk_nummer(TOWN, after) is None


def test_who_is_a_person_has_no_rsin() -> None:
    assert {business.rsin is None for business in BUSINESSES if business.rechtsvorm == "Eenmanszaak"} == {True}
    assert any(business.rsin for business in BUSINESSES)


def test_a_business_and_a_zaak_are_at_an_address_of_the_town() -> None:
    there = {address.identificatie for address in TOWN.all()}
    assert {place.adres.identificatie for business in BUSINESSES for place in business.vestigingen} <= there
    assert all(0 <= zaak.address < TOWN.addresses for zaak in ZAKEN)


def test_the_zaken_are_numbered_in_the_order_of_their_registration() -> None:
    numbers = [zaak.identificatie for zaak in ZAKEN]
    assert numbers == sorted(set(numbers))
    assert [zaak.registered for zaak in ZAKEN] == sorted(zaak.registered for zaak in ZAKEN)


def test_a_zaak_is_the_same_every_time_and_in_another_town_another() -> None:
    other = Town(seed=7, addresses=300)
    assert cases.zaak(Town(seed=6, addresses=300), 17) == ZAKEN[17]
    assert [cases.zaak(other, number) for number in range(50)] != ZAKEN[:50]
    with pytest.raises(IndexError):
        cases.zaak(TOWN, cases.count(TOWN))


def test_a_zaak_that_is_closed_has_a_result_and_all_its_statussen() -> None:
    assert {zaak.closed is None for zaak in ZAKEN} == {True, False}
    for zaak in ZAKEN:
        assert (zaak.closed is None) == (zaak.result is None)
        assert zaak.closed is None or (zaak.stage == len(cases.STATUSSEN) and zaak.closed > zaak.registered)


def test_who_started_a_zaak_has_a_test_bsn() -> None:
    numbers = [cases.bsn(TOWN, number) for number in range(500)]
    assert all(number.startswith("9999") and passes_the_elfproef(number) for number in numbers)
    assert len(set(numbers)) > 100


def test_a_uuid_holds_its_number_and_nothing_else_does() -> None:
    made = cases.uuid(3, 123_456)
    assert cases.number_of(3, made) == 123_456
    assert cases.number_of(4, made) is None
    assert cases.number_of(3, "geen-uuid") is None
    assert cases.number_of(3, made.replace("4000", "4001")) is None
