"""A search as the LV BAG API has it in; the Town's objects that it finds, in the order of their keys, out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from vlekkeloos.sandbox import addresses
from vlekkeloos.sandbox import bag_objects as bag
from vlekkeloos.sandbox.addresses import WOONPLAATS, WOONPLAATSCODE, Address
from vlekkeloos.sandbox.registries.town import Town

Record = dict[str, Any]
Params = Mapping[str, str]

_HOUSE = frozenset({"huisletter", "huisnummertoevoeging", "exacteMatch"})
_TIMES = frozenset({"geldigOp", "beschikbaarOp"})
_NOW = _TIMES | {"huidig"}


class Refused(Exception):
    """A search that the contract doesn't have: parameter to what is wrong with it."""

    def __init__(self, params: Mapping[str, str]) -> None:
        super().__init__()
        self.params = params


class Search:
    """Finds objects of a Town. The past is not searched: ``geldigOp`` is taken and changes nothing."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.known: Mapping[str, list[tuple[frozenset[str], frozenset[str], Callable[[Params], list[Record]]]]] = {
            "nummeraanduiding": [
                (frozenset({"postcode", "huisnummer"}), _HOUSE | _NOW, self._numbers),
                (frozenset({"woonplaatsNaam", "openbareRuimteNaam", "huisnummer"}), _HOUSE | _NOW, self._numbers),
                (frozenset({"openbareRuimteIdentificatie"}), _NOW, self._numbers),
            ],
            "verblijfsobject": [(frozenset({"pandIdentificatie"}), _NOW, self._in_pand)],
            "openbareRuimte": [
                (frozenset({"woonplaatsNaam", "openbareRuimteNaam"}), _TIMES, self._streets),
                (frozenset({"woonplaatsIdentificatie", "openbareRuimteNaam"}), _TIMES, self._streets),
                (frozenset({"woonplaatsIdentificatie"}), _NOW, self._streets),
            ],
            "woonplaats": [(frozenset({"naam"}), _TIMES, self._woonplaats)],
            "adres": [
                (frozenset({"zoekresultaatIdentificatie"}), frozenset(), lambda params: []),
                (frozenset({"postcode", "huisnummer"}), _HOUSE, self._addresses),
                (frozenset({"adresseerbaarObjectIdentificatie"}), frozenset(), self._addresses),
                (frozenset({"woonplaatsNaam", "openbareRuimteNaam", "huisnummer"}), _HOUSE, self._addresses),
                (frozenset({"pandIdentificatie"}), frozenset(), self._addresses),
            ],
        }

    def find(self, name: str, params: Params) -> list[Record]:
        """What is found of that object type. Raises Refused."""
        asked = params.keys() - {"expand"}
        for needed, added, found in self.known[name]:
            if needed <= asked <= needed | added:
                if not params.get("huisnummer", "1").isdigit():
                    raise Refused({"huisnummer": "Waarde is geen geldige integer."})
                return found(params)
        reason = "Combinatie van parameters wordt niet ondersteund."
        raise Refused(dict.fromkeys(sorted(asked) or ["parameters"], reason))

    def _numbers(self, params: Params) -> list[Record]:
        return [bag.nummeraanduiding(address) for address in self._at(params)]

    def _addresses(self, params: Params) -> list[Record]:
        return [bag.adres(address) for address in self._at(params)]

    def _in_pand(self, params: Params) -> list[Record]:
        return [bag.verblijfsobject(address) for address in self._at(params)]

    def _streets(self, params: Params) -> list[Record]:
        if params.get("woonplaatsIdentificatie", WOONPLAATSCODE) != WOONPLAATSCODE:
            return []
        if params.get("woonplaatsNaam", WOONPLAATS) != WOONPLAATS:
            return []
        if "openbareRuimteNaam" in params:
            numbers: Iterable[int] = self._named.get(params["openbareRuimteNaam"], [])
        else:
            numbers = range(self.town.streets)
        return [bag.openbareruimte(self.town.street(number)) for number in numbers]

    def _woonplaats(self, params: Params) -> list[Record]:
        return [bag.woonplaats()] if params["naam"] == WOONPLAATS else []

    def _at(self, params: Params) -> list[Address]:
        """The addresses that the parameters fit."""
        return [address for address in self._near(params) if _fits(address, params)]

    def _near(self, params: Params) -> Iterable[Address]:
        """The addresses among which those must be: along one street, or in one pand."""
        town = self.town
        if "adresseerbaarObjectIdentificatie" in params:
            key = params["adresseerbaarObjectIdentificatie"]
            number = town.number(key, "01")
            if number is not None:
                return [town.address(number)]
            return [address for _, _, address in bag.places(town) if bag.object_of(address) == key]
        if "pandIdentificatie" in params:
            first = town.number(params["pandIdentificatie"], "10")
            along = [] if first is None else town.on_street(town.address(first).street.number)
            return [address for address in along if address.pand == params["pandIdentificatie"]]
        if "postcode" in params:
            streets = self._coded.get(params["postcode"].upper(), [])
        elif "openbareRuimteNaam" in params:
            streets = self._named.get(params["openbareRuimteNaam"], [])
        else:
            number = town.number(params["openbareRuimteIdentificatie"], "30")
            streets = [] if number is None else [number]
        along = [address for street in streets for address in town.on_street(street)]
        return along + [address for _, _, address in bag.places(town) if address.street.number in streets]

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number in range(self.town.streets):
            found.setdefault(self.town.street(number).naam, []).append(number)
        return found

    @cached_property
    def _coded(self) -> dict[str, list[int]]:
        sides = ((number, side) for number in range(self.town.streets) for side in (0, 1))
        return {addresses.postcode(number, side): [number] for number, side in sides}


def _fits(address: Address, params: Params) -> bool:
    """Is it the house that is asked for? With ``exacteMatch`` what isn't asked for may not be there either."""
    if "postcode" in params and address.postcode != params["postcode"].upper():
        return False
    if params.get("woonplaatsNaam", WOONPLAATS) != WOONPLAATS:
        return False
    if "huisnummer" in params and address.huisnummer != int(params["huisnummer"]):
        return False
    exact = params.get("exacteMatch") == "true"
    for name in ("huisletter", "huisnummertoevoeging"):
        if (exact or name in params) and (getattr(address, name) or "").upper() != params.get(name, "").upper():
            return False
    return True
