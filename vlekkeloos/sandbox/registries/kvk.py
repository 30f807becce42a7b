"""The KVK Handelsregister of the sandbox: Zoeken v2, Basisprofiel v1 and Vestigingsprofiel v1.

It keeps to KVK's public documentation (developers.kvk.nl): the names of the fields, dates as YYYYMMDD, answers in
application/hal+json, errors as ``{"fout": [{"code", "omschrijving"}]}`` with KVK's IPD codes, 404 where nothing is
found, 100 results a page and 1000 of a search at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from vlekkeloos.sandbox import businesses
from vlekkeloos.sandbox.addresses import WOONPLAATS
from vlekkeloos.sandbox.businesses import Business, Vestiging
from vlekkeloos.sandbox.registries import _kvk_records, door
from vlekkeloos.sandbox.registries.paging import window
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/kvk/api"
HAL = "application/hal+json"

MOST_A_PAGE, MOST = 100, 1000

#: The words of a search that are the value of a field of what is found, and the form that they must have.
_WORDS = {
    "kvkNummer": ("kvkNummer", "[0-9]{8}"),
    "rsin": ("rsin", "[0-9]{9}"),
    "vestigingsnummer": ("vestigingsnummer", "[0-9]{12}"),
    "straatnaam": ("straatnaam", ".+"),
    "plaats": ("plaats", ".+"),
    "postcode": ("postcode", "[0-9]{4}[a-zA-Z]{2}"),
    "huisnummer": ("huisnummer", "[0-9]{1,5}"),
    "huisletter": ("huisletter", "[a-zA-Z]"),
}
_OTHERS = {"naam", "type", "inclusiefInactieveRegistraties", "pagina", "resultatenPerPagina", "postbusnummer"}
_TYPES = {"hoofdvestiging", "nevenvestiging", "rechtspersoon"}


def _straten(town: Town) -> pa.Table:
    """The names of the municipality's streets."""
    return pa.table({"naam": sorted({town.street(number).naam for number in range(town.streets)})})


#: What the municipality keeps of businesses, in three places.
MUNICIPAL: dict[str, Callable[[Town], pa.Table]] = {
    "bedrijven.xlsx": businesses.bedrijven,
    "vestigingen.csv": businesses.vestigingen,
    "straten.csv": _straten,
}


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it; KVK gives out the key."""
    return {"kvk": {"conn_type": "http", "host": url, "password": door.secret("kvk")}}


def _all(town: Town) -> list[Business]:
    return [businesses.business(town, number) for number in range(businesses.count(town))]


def _vestigingen(town: Town) -> list[str]:
    return [place.vestigingsnummer for business in _all(town) for place in business.vestigingen]


SAMPLES = [
    Sample(
        "kvk_basisprofiel",
        key="kvkNummer",
        there=lambda town: [business.kvk_nummer for business in _all(town)],
        keys=lambda town: [*(business.kvk_nummer for business in _all(town)), "99999999"],
    ),
    Sample(
        "kvk_vestigingsprofiel",
        key="vestigingsnummer",
        there=_vestigingen,
        keys=lambda town: [*_vestigingen(town), "999999999999"],
    ),
    Sample(
        "kvk_zoeken",
        key="vestigingsnummer",
        there=_vestigingen,
        words={
            "plaats": WOONPLAATS,
            "type": ["hoofdvestiging", "nevenvestiging"],
            "inclusiefInactieveRegistraties": True,
        },
    ),
]


def routes(town: Town) -> list[Route]:
    """Everything it answers, for who has the key."""
    register = _Register(town)
    open_ = [
        Route("/v2/zoeken", register.zoeken),
        Route("/v1/basisprofielen/{kvkNummer}", register.basisprofiel),
        Route("/v1/basisprofielen/{kvkNummer}/eigenaar", register.eigenaar),
        Route("/v1/basisprofielen/{kvkNummer}/hoofdvestiging", register.hoofdvestiging),
        Route("/v1/basisprofielen/{kvkNummer}/vestigingen", register.vestigingen),
        Route("/v1/vestigingsprofielen/{vestigingsnummer}", register.vestigingsprofiel),
    ]
    return door.guarded(open_, door.api_key("apikey", door.secret("kvk")), _unknown_key)


class _Fault(Exception):
    def __init__(self, status: int, code: str, omschrijving: str) -> None:
        self.answer = _fault(status, code, omschrijving)


def _fault(status: int, code: str, omschrijving: str) -> JSONResponse:
    told = {"code": code, "omschrijving": omschrijving} if code else {"omschrijving": omschrijving}
    return JSONResponse({"fout": [told]}, status, media_type=HAL)


def _unknown_key(_: Request) -> JSONResponse:
    return _fault(401, "", "Geen of onjuiste apikey aangeleverd.")


def _answering(answer: Callable[[_Register, Request], dict[str, Any]]) -> Callable[[_Register, Request], Any]:
    async def endpoint(self: _Register, request: Request) -> JSONResponse:
        try:
            if not any(kind in request.headers.get("Accept", "*/*") for kind in (HAL, "*/*")):
                raise _Fault(406, "IPD1999", "Opgegeven Accept header wordt niet ondersteund.")
            return JSONResponse(answer(self, request), media_type=HAL)
        except _Fault as fault:
            return fault.answer

    return endpoint


class _Register:
    def __init__(self, town: Town) -> None:
        self.town = town

    # ── Zoeken ────────────────────────────────────────────────────────────────────────────────────────────

    @_answering
    def zoeken(self, request: Request) -> dict[str, Any]:
        """The page of what is found, with links to the pages around it."""
        asked = dict(request.query_params)
        page, size = _number(asked, "pagina", 1, 1000), _number(asked, "resultatenPerPagina", 10, MOST_A_PAGE)
        found = self._found(asked, request.query_params.getlist("type"))
        seen = window(request, page=page, asked=size, total=len(found))
        if not seen.numbers or (page - 1) * size >= MOST:
            raise _Fault(404, "IPD5200", "Er zijn geen gegevens gevonden.")
        answer: dict[str, Any] = {"pagina": page, "resultatenPerPagina": size, "totaal": seen.total}
        if page > 1:
            answer["vorige"] = str(request.url.include_query_params(pagina=page - 1))
        if not seen.last and page * size < MOST:
            answer["volgende"] = str(request.url.include_query_params(pagina=page + 1))
        results = [
            _kvk_records.result(_base(request), *found[number]) for number in seen.numbers[: MOST - (page - 1) * size]
        ]
        return answer | {"resultaten": results, "_links": {"self": {"href": str(request.url)}}}

    def _found(self, asked: dict[str, str], types: list[str]) -> list[tuple[Business, Vestiging | None]]:
        for word, value in asked.items():
            form = _WORDS[word][1] if word in _WORDS else ".+"
            if (word not in _WORDS and word not in _OTHERS) or not re.fullmatch(form, value):
                raise _Fault(400, "IPD1999", f"De volgende opgegeven parameter(s) is(zijn) ongeldig: {word}")
        if ("postcode" in asked) != ("huisnummer" in asked) or not set(asked) & ({*_WORDS, "naam"}):
            raise _Fault(400, "IPD1998", "Algemene input parameter fout.")
        if not set(types) <= _TYPES:
            raise _Fault(404, "IPD5203", "Het opgegeven type is niet valide.")
        wanted = {_WORDS[word][0]: value.lower() for word, value in asked.items() if word in _WORDS}
        words = set(asked.get("naam", "").lower().split())
        gone = asked.get("inclusiefInactieveRegistraties") == "true"
        return [
            (business, vestiging)
            for fields, business, vestiging in _index(self.town)
            if all(fields.get(name) == value for name, value in wanted.items())
            and words <= set(fields["naam"].split())
            and (gone or business.einde is None)
            and (not types or fields["type"] in types)
        ]

    # ── Basisprofiel ──────────────────────────────────────────────────────────────────────────────────────

    def _business(self, request: Request) -> Business:
        nummer = request.path_params["kvkNummer"]
        if not re.fullmatch("[0-9]{8}", nummer):
            raise _Fault(400, "IPD0004", "Het KVK-nummer is niet valide.")
        found = businesses.by_kvk_nummer(self.town, nummer)
        if found is None:
            raise _Fault(404, "IPD0005", "Het product kan niet geleverd worden voor dit KVK-nummer.")
        return found

    @_answering
    def basisprofiel(self, request: Request) -> dict[str, Any]:
        """The whole profile."""
        return _kvk_records.basisprofiel(_base(request), self._business(request), _geo(request))

    @_answering
    def eigenaar(self, request: Request) -> dict[str, Any]:
        """Who owns it."""
        return _kvk_records.eigenaar(_base(request), self._business(request))

    @_answering
    def hoofdvestiging(self, request: Request) -> dict[str, Any]:
        """Where it mainly works."""
        found = self._business(request)
        return _kvk_records.vestigingsprofiel(_base(request), found, found.vestigingen[0], _geo(request))

    @_answering
    def vestigingen(self, request: Request) -> dict[str, Any]:
        """Every place where it works."""
        return _kvk_records.vestigingen(_base(request), self._business(request))

    # ── Vestigingsprofiel ─────────────────────────────────────────────────────────────────────────────────

    @_answering
    def vestigingsprofiel(self, request: Request) -> dict[str, Any]:
        """One place where an onderneming works."""
        nummer = request.path_params["vestigingsnummer"]
        if not re.fullmatch("[0-9]{12}", nummer):
            raise _Fault(400, "IPD0006", "Het vestigingsnummer is niet valide.")
        found = businesses.by_vestigingsnummer(self.town, nummer)
        if found is None:
            raise _Fault(404, "IPD0007", "Het product kan niet geleverd worden voor dit vestigingsnummer.")
        return _kvk_records.vestigingsprofiel(_base(request), *found, _geo(request))


@lru_cache(maxsize=4)
def _index(town: Town) -> list[tuple[dict[str, str], Business, Vestiging | None]]:
    """Everything that can be found: its fields in small letters, and what it is."""
    found: list[tuple[dict[str, str], Business, Vestiging | None]] = []
    for number in range(businesses.count(town)):
        business = businesses.business(town, number)
        whose = {"kvkNummer": business.kvk_nummer} | ({} if business.rsin is None else {"rsin": business.rsin})
        for place in business.vestigingen:
            kind = "hoofdvestiging" if place.hoofd else "nevenvestiging"
            fields = whose | {"vestigingsnummer": place.vestigingsnummer, "naam": place.naam, "type": kind}
            fields |= {name: str(value) for name, value in _kvk_records.adres(place.adres).items()}
            found.append(({name: value.lower() for name, value in fields.items()} | {"type": kind}, business, place))
        if business.rsin is not None:
            found.append((whose | {"naam": business.naam.lower(), "type": "rechtspersoon"}, business, None))
    return found


def _number(asked: dict[str, str], word: str, default: int, most: int) -> int:
    said = asked.get(word, str(default))
    if not re.fullmatch("[0-9]{1,4}", said) or not 1 <= int(said) <= most:
        raise _Fault(400, "IPD1999", f"De volgende opgegeven parameter(s) is(zijn) ongeldig: {word}")
    return int(said)


def _base(request: Request) -> str:
    """The register's own URL."""
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}"


def _geo(request: Request) -> bool:
    return request.query_params.get("geoData") == "true"
