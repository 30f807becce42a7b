"""The forms in which registries tell an error, each read into the one form in which we do."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from connectors._problem import Problem

BSN = "999990019"


def problem(body: Any, status: int = 400) -> Problem:
    """The problem that a body tells."""
    answer = requests.Response()
    answer.status_code = status
    answer._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Problem.of(answer)


FORMS = {
    "problem+json (RFC 9457)": (
        {"type": "https://x.example/p", "title": "Out of credit", "detail": BSN, "instance": f"/a/{BSN}"},
        Problem(400, "Out of credit"),
    ),
    "problem+json with errors": (
        {"title": "Not valid", "errors": [{"detail": BSN, "pointer": "#/age"}, {"detail": BSN, "pointer": "#/a/b"}]},
        Problem(400, "Not valid", (), ("age", "a/b")),
    ),
    "Haal Centraal": (
        {
            "title": "Een of meerdere parameters zijn niet correct.",
            "detail": f"De foutieve parameter(s) zijn: {BSN}",
            "code": "paramsValidation",
            "invalidParams": [{"name": "burgerservicenummer[0]", "code": "pattern", "reason": BSN}],
        },
        Problem(
            400,
            "Een of meerdere parameters zijn niet correct.",
            ("paramsValidation", "pattern"),
            ("burgerservicenummer[0] (pattern)",),
        ),
    ),
    "ZGW": (
        {
            "type": "https://zaken.example/ref/fouten/ValidationError/",
            "code": "invalid",
            "title": "Invalid input.",
            "detail": "",
            "instance": "urn:uuid:1",
            "invalidParams": [{"name": "zaaktype", "code": "bad-url", "reason": f"https://x/{BSN}"}],
        },
        Problem(400, "Invalid input.", ("invalid", "bad-url"), ("zaaktype (bad-url)",)),
    ),
    "KVK": (
        {"fout": [{"code": "IPD0004", "omschrijving": f"Het KVK-nummer {BSN} is niet geldig."}]},
        Problem(400, "Het KVK-nummer … is niet geldig.", ("IPD0004",)),
    ),
    "HAL": (
        {"message": BSN, "_embedded": {"errors": [{"logref": "postcode", "message": BSN, "path": "/postcode"}]}},
        Problem(400, "Bad Request", ("postcode",), ("postcode (postcode)",)),
    ),
    "OData": ({"error": {"code": "BadFilter", "message": BSN}}, Problem(400, "Bad Request", ("BadFilter",))),
    "OAuth 2": (
        {"error": "invalid_scope", "error_description": BSN},
        Problem(400, "Bad Request", ("invalid_scope",)),
    ),
    "HTML": (f"<html><title>{BSN}</title></html>".encode(), Problem(400, "Bad Request")),
    "text": (BSN.encode(), Problem(400, "Bad Request")),
    "nothing": (b"", Problem(400, "Bad Request")),
    "no text at all": (b"\xff\xfe\x00", Problem(400, "Bad Request")),
    "a list": ([BSN], Problem(400, "Bad Request")),
    "words of other types": (
        {"title": 7, "code": [BSN], "invalidParams": {"name": None}, "errors": BSN, "_embedded": []},
        Problem(400, "Bad Request"),
    ),
}


@pytest.mark.parametrize(("body", "told"), FORMS.values(), ids=FORMS)
def test_each_form_is_read(body: Any, told: Problem) -> None:
    assert problem(body) == told
    assert BSN not in str(told)


def test_it_reads_as_one_line() -> None:
    assert str(Problem(400, "Niet goed", ("a", "b"), ("x (c)", "y"))) == "HTTP 400 Niet goed [a]: x (c), y"
    assert str(Problem(404, "Not Found")) == "HTTP 404 Not Found"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("BSN 999990019", "BSN …"),
        ("BSN 9999.90.019 en 1234 AB", "BSN … en … AB"),
        ("minder dan 100 records", "minder dan 100 records"),
        ("Naam 'Jansen' en \"De Vries\" bestaan niet", "Naam … en … bestaan niet"),
        ("eerste\nregel\ttweede", "eerste regel tweede"),
        ("kan foto's niet lezen, d'r is er geen", "kan foto's niet lezen, d'r is er geen"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_title_holds_nothing_that_may_be_a_value(title: str, shown: str) -> None:
    assert problem({"title": title}).title == shown


@pytest.mark.parametrize("name", [BSN, "Jansen, J.", "postcode 1234AB", "x" * 100, ""])
def test_what_is_no_name_of_a_parameter_is_not_told(name: str) -> None:
    assert problem({"invalidParams": [{"name": name}]}).names == ("…",)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 451])
def test_what_the_registry_understood_and_will_not_do_is_a_refusal(status: int) -> None:
    assert problem({}, status).refused


@pytest.mark.parametrize("status", [302, 408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_none(status: int) -> None:
    assert not problem({}, status).refused
