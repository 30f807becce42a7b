"""What the sandbox's BRP, BRK and WOZ share: how they refuse, in problem+json, and ``fields`` of a HAL record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vlekkeloos.sandbox.registries.door import Check

#: A status to its title and its code.
_SAID = {
    400: ("De vraag is niet goed gesteld.", "paramsValidation"),
    401: ("Het is niet duidelijk wie dit vraagt.", "authentication"),
    403: ("Dit mag u niet vragen.", "autorisation"),
    404: ("Dit is er niet.", "notFound"),
    406: ("In die vorm is er geen antwoord.", "notAcceptable"),
    415: ("In die vorm kan er niet gevraagd worden.", "unsupported"),
}


class Wrong(NamedTuple):
    """What is wrong with one parameter."""

    name: str
    code: str
    reason: str


def problem(request: Request, status: int, wrong: Sequence[Wrong] = (), *, code: str | None = None) -> JSONResponse:
    """An answer that refuses, with what is wrong; none of it repeats a value that was sent."""
    title, usual = _SAID[status]
    content: dict[str, Any] = {
        "type": f"https://www.rfc-editor.org/rfc/rfc9110#status.{status}",
        "title": title,
        "status": status,
        "detail": "Het gaat om " + ", ".join(sorted({each.name for each in wrong})) + "." if wrong else title,
        "instance": str(request.url.replace(query="")),
        "code": code or usual,
    }
    if wrong:
        content["invalidParams"] = [each._asdict() for each in wrong]
    return JSONResponse(content, status, media_type="application/problem+json")


def unknown_asker(request: Request) -> Response:
    """Says that it isn't clear who asks."""
    return problem(request, 401)


def either(*checks: Check) -> Check:
    """Lets pass what any of these lets pass."""
    return lambda request: any(check(request) for check in checks)


def accepts(request: Request, media: str) -> bool:
    """Does the request accept an answer of this media type?"""
    asked = request.headers.get("accept", "*/*")
    return any(kind in asked for kind in (media, "*/*", f"{media.partition('/')[0]}/*"))


def hal(content: Mapping[str, Any], **headers: str) -> JSONResponse:
    """A HAL answer."""
    return JSONResponse(content, media_type="application/hal+json", headers={"api-version": "1.0.0", **headers})


def named(text: str | None, known: Callable[[str], bool]) -> tuple[list[str] | None, list[Wrong]]:
    """The field paths of the parameter ``fields``, None without it, and what is wrong with them."""
    if text is None:
        return None, []
    paths = text.split(",")
    wrong = [Wrong("fields", "fields", "Er is een veld bij dat niet bestaat.")] if not all(map(known, paths)) else []
    return paths, wrong


def picked(record: Mapping[str, Any], paths: Iterable[str] | None) -> dict[str, Any]:
    """Of a record what the paths lead to, and its links; without paths, all of it."""
    if paths is None:
        return dict(record)
    branches: dict[str, list[str]] = {}
    for path in paths:
        first, _, rest = path.partition(".")
        branches.setdefault(first, []).append(rest)
    found = {name: _below(record[name], rest) for name, rest in branches.items() if name in record}
    return found | ({"_links": record["_links"]} if "_links" in record else {})


def _below(value: Any, rest: list[str]) -> Any:
    if "" in rest:
        return value
    if isinstance(value, list):
        return [_below(each, rest) for each in value]
    return picked(value, rest) if isinstance(value, Mapping) else value
