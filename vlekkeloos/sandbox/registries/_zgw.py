"""Records by number and a request in; the page of them that a ZGW API answers, or its refusal, out.

What the Zaken and the Catalogi API have alike: pages of 100 with ``count``, ``next``, ``previous`` and ``results``;
errors as problem+json with ``code`` and ``instance``, a wrong parameter named in ``invalidParams``; a parameter that
the resource doesn't have is refused. ``name`` filters a field by its value, ``name__gt`` and the like by order.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from vlekkeloos.sandbox.registries.paging import window

PROBLEM = "application/problem+json"
SIZE = 100

Record = dict[str, Any]

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Fault(Exception):
    """An answer that is a refusal."""

    def __init__(self, answer: JSONResponse) -> None:
        self.answer = answer


@dataclass(frozen=True)
class Resource:
    """What a path of the API answers about.

    ``numbers`` are those of its records, of one zaak or zaaktype if its URL is given, and ``record`` makes one, with
    the API's URL and that of the sandbox. ``filters`` are its query parameters, each with what its value must be:
    ``text``, ``uri``, ``date``, ``boolean``. ``tests`` are the parameters that are more than a field's value, and
    ``special`` those that ``numbers`` sees to.
    """

    numbers: Callable[[Mapping[str, str]], Sequence[int]]
    record: Callable[[Request, int], Record]
    filters: Mapping[str, str]
    tests: Mapping[str, Callable[[Record, str], bool]] = field(default_factory=dict)
    special: frozenset[str] = frozenset()
    ordering: frozenset[str] = frozenset()
    paged: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, request: Request) -> JSONResponse:
        """The page that is asked for. Raises Fault."""
        asked = dict(request.query_params)
        page = _page(asked.pop("page", "1")) if self.paged else 1
        order = asked.pop("ordering", None)
        self._check(asked, order)
        numbers = self._sorted(request, self._passing(request, asked), order)
        if not self.paged:
            return JSONResponse([self.record(request, number) for number in numbers], headers=self.headers)
        seen = window(request, page=page, asked=SIZE, total=len(numbers))
        if page > 1 and not seen.numbers:
            raise Fault(fout(404, "not_found", "Niet gevonden.", "Ongeldige pagina."))
        url = request.url
        return JSONResponse(
            {
                "count": seen.total,
                "next": None if seen.last else str(url.include_query_params(page=page + 1)),
                "previous": str(url.include_query_params(page=page - 1)) if page > 1 else None,
                "results": [self.record(request, numbers[number]) for number in seen.numbers],
            },
            headers=self.headers,
        )

    def _check(self, asked: Mapping[str, str], order: str | None) -> None:
        wrong = [(name, "unknown-parameters", "Onbekende parameter.") for name in asked if name not in self.filters]
        for name, value in asked.items():
            kind = self.filters.get(name, "text")
            if kind == "uri" and not value.startswith(("http://", "https://")):
                wrong.append((name, "bad-url", "Dit is geen URL."))
            if (kind == "date" and not _is_date(value)) or (kind == "boolean" and value not in ("true", "false")):
                wrong.append((name, "invalid", "Voer een geldige waarde in."))
        if order is not None and order.removeprefix("-") not in self.ordering:
            wrong.append(("ordering", "invalid", "Voer een geldige waarde in."))
        if wrong:
            raise Fault(invalid(*wrong))

    def _passing(self, request: Request, asked: Mapping[str, str]) -> Sequence[int]:
        numbers = self.numbers(asked)
        rest = {name: value for name, value in asked.items() if name not in self.special}
        if not rest:
            return numbers
        return [number for number in numbers if self._passes(self.record(request, number), rest)]

    def _passes(self, record: Record, asked: Mapping[str, str]) -> bool:
        return all(
            self.tests[name](record, value) if name in self.tests else _fits(record, name, value)
            for name, value in asked.items()
        )

    def _sorted(self, request: Request, numbers: Sequence[int], order: str | None) -> Sequence[int]:
        """In the order that is asked for; numbers are given out in that of identificatie and of registratiedatum."""
        if order is None or order in ("identificatie", "registratiedatum"):
            return numbers
        name = order.removeprefix("-")
        return sorted(numbers, key=lambda n: self.record(request, n)[name] or "", reverse=order.startswith("-"))


def listing(path: str, resource: Resource) -> Route:
    """The route that answers a list."""

    async def endpoint(request: Request) -> JSONResponse:
        try:
            _acceptable(request, resource.headers)
            return resource.answer(request)
        except Fault as fault:
            return fault.answer

    return Route(path, endpoint)


def detail(path: str, resource: Resource, number_of: Callable[[str], int | None]) -> Route:
    """The route that answers one record, by its uuid."""

    async def endpoint(request: Request) -> JSONResponse:
        try:
            _acceptable(request, resource.headers)
        except Fault as fault:
            return fault.answer
        number = number_of(request.path_params["uuid"])
        if number is None:
            return fout(404, "not_found", "Niet gevonden.")
        return JSONResponse(resource.record(request, number), headers=resource.headers)

    return Route(path, endpoint)


def fout(status: int, code: str, title: str, detail: str = "") -> JSONResponse:
    """A refusal as the APIs tell it."""
    return JSONResponse(_fout(status, code, title, detail), status, media_type=PROBLEM)


def invalid(*wrong: tuple[str, str, str]) -> JSONResponse:
    """A refusal of parameters: the name of each, a code and a reason."""
    told = [{"name": name, "code": code, "reason": reason} for name, code, reason in wrong]
    problem = _fout(400, "invalid", "Ongeldige invoer.", "") | {"invalidParams": told}
    return JSONResponse(problem, 400, media_type=PROBLEM)


def refused(request: Request) -> JSONResponse:
    """The refusal of who has no JWT, or one that is not good."""
    if "Authorization" not in request.headers:
        return fout(401, "not_authenticated", "Authenticatiegegevens zijn niet opgegeven.")
    return fout(403, "permission_denied", "U hebt geen toestemming om deze actie uit te voeren.")


def _fout(status: int, code: str, title: str, detail: str) -> Record:
    where = f"urn:uuid:{uuid4()}"
    return {
        "type": "about:blank",
        "code": code,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": where,
    }


def _acceptable(request: Request, headers: Mapping[str, str]) -> None:
    """Raises Fault for a form that the API doesn't have, and without the coordinate system where it has one."""
    if not any(kind in request.headers.get("Accept", "*/*") for kind in ("application/json", "*/*")):
        raise Fault(fout(406, "not_acceptable", "Kan niet voldoen aan de opgegeven Accept header."))
    for name in ("Accept-Crs", "Content-Crs") if "Content-Crs" in headers else ():
        if request.headers.get(name) != headers["Content-Crs"]:
            raise Fault(fout(412 if name not in request.headers else 406, "crs-missing", f"{name} ontbreekt."))


def _page(said: str) -> int:
    if not (said.isascii() and said.isdigit() and 0 < int(said) < 1_000_000):
        raise Fault(fout(404, "not_found", "Niet gevonden.", "Ongeldige pagina."))
    return int(said)


def _fits(record: Record, name: str, value: str) -> bool:
    """Whether a field has that value, or stands so to it; text and dates in ISO 8601 are ordered alike."""
    field, _, how = name.partition("__")
    found = record.get(field)
    if how == "isnull":
        return (found is None) == (value == "true")
    if how == "in":
        return found in value.split(",")
    if how:
        return found is not None and _ORDER[how](found, value)
    if isinstance(found, list):
        return set(value.split(",")) <= set(found)
    return (str(found).lower() if isinstance(found, bool) else found) == value


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
