"""The fictional truth: repeatable, valid, and in the Netherlands."""

from __future__ import annotations

import itertools
import re

from vlekkeloos.sandbox.addresses import generate, streets

POSTCODE = re.compile(r"[1-9]\d{3}(?!SA|SD|SS)[A-Z]{2}")


def test_the_same_seed_gives_the_same_addresses() -> None:
    assert list(generate(3, 500)) == list(generate(3, 500))


def test_another_seed_gives_other_addresses() -> None:
    assert list(generate(3, 500)) != list(generate(4, 500))


def test_a_larger_municipality_begins_with_the_addresses_of_a_smaller_one() -> None:
    assert list(generate(3, 2_000))[:700] == list(generate(3, 700))


def test_every_address_has_valid_identificaties_postcode_and_place() -> None:
    for address in generate(5, 20_000):
        assert re.fullmatch(r"999820\d{10}", address.identificatie)
        assert re.fullmatch(r"999801\d{10}", address.verblijfsobject)
        assert re.fullmatch(r"999830\d{10}", address.street.identificatie)
        assert POSTCODE.fullmatch(address.postcode)
        assert address.huisnummer > 0
        assert address.oppervlakte > 0
        assert 10_000 < address.x < 280_000
        assert 300_000 < address.y < 620_000


def test_no_two_addresses_are_the_same() -> None:
    whole = [(a.street.naam, a.huisnummer, a.huisletter, a.huisnummertoevoeging) for a in generate(5, 60_000)]
    assert len(set(whole)) == len(whole)
    assert len({address.identificatie for address in generate(5, 60_000)}) == 60_000


def test_the_postcodes_stay_valid_in_a_municipality_of_any_size() -> None:
    from vlekkeloos.sandbox import addresses

    # the last street of five million addresses has a number below this
    last = addresses.MOST_ADDRESSES // 30
    assert POSTCODE.fullmatch(addresses._postcode(last * 2))


def test_each_street_of_the_addresses_is_named_and_one_more() -> None:
    named = [street.identificatie for street in streets(2, 3_000)]
    used = {address.street.identificatie for address in generate(2, 3_000)}
    assert used == set(named[:-1])
    assert len(named) == len(set(named))


def test_the_voorkomens_of_an_address_follow_each_other_without_gap() -> None:
    with_history = [address for address in generate(2, 5_000) if address.earlier]
    assert len(with_history) > 500
    for address in with_history:
        *before, now = [a.period for a in (*address.earlier, address) if a.period.inactive is None]
        assert now.end is None
        for earlier, later in itertools.pairwise([*before, now]):
            assert earlier.end == later.begin
            assert earlier.begin < later.begin


def test_every_earlier_voorkomen_has_another_value_than_the_one_that_holds() -> None:
    for address in generate(2, 5_000):
        for earlier in address.earlier:
            assert earlier._replace(period=address.period) != address._replace(earlier=())


def test_some_voorkomens_were_wrong_and_made_inactive() -> None:
    inactive = [e for a in generate(2, 5_000) for e in a.earlier if e.period.inactive]
    assert inactive
    assert all(voorkomen.period.end is None for voorkomen in inactive)
