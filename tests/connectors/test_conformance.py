"""The check on conformance itself: it sees what is wrong, and nothing in what is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from werkzeug.datastructures import Headers

from tests.connectors.conformance import Asked, Contract, Said, Traffic
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Town

FILE = """
openapi: 3.0.3
info: {title: Things, version: "1"}
paths:
  /things/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, pattern: "^[0-9]+$"}}
    get:
      parameters:
        - {name: expand, in: query, schema: {type: boolean}}
      responses:
        "200":
          description: one
          content:
            application/hal+json:
              schema: {$ref: "#/components/schemas/Linked"}
        "404":
          description: none
          content:
            application/problem+json:
              schema: {type: object, required: [title], properties: {title: {type: string}}}
components:
  schemas:
    Thing:
      type: object
      required: [id, idd]
      properties:
        id: {type: string}
        parts: {type: array, items: {type: object, properties: {n: {type: integer}}}}
        elsewhere: {$ref: "https://example.org/other.yaml#/components/schemas/Other"}
        free: {type: object}
    Linked:
      allOf:
        - {$ref: "#/components/schemas/Thing"}
        - {type: object, properties: {_links: {type: object}}}
"""
RIGHT = b'{"id": "1", "parts": [{"n": 1}], "elsewhere": {"a": 1}, "free": {"b": 2}, "_links": {"self": {}}}'


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    file = tmp_path / "things.yaml"
    file.write_text(FILE)
    return Contract(file, "/api/v1", misspelled=["idd"])


Faults = Callable[..., list[str]]


@pytest.fixture
def faults(contract: Contract) -> Faults:
    def found(path: str = "/api/v1/things/1", body: bytes = RIGHT, status: int = 200, **query: str) -> list[str]:
        kind = "application/hal+json" if status == 200 else "application/problem+json"
        asked = Asked("get", path, tuple(query.items()), Headers({"Accept": "application/hal+json"}), None)
        return contract.faults([(asked, Said(status, Headers({"Content-Type": kind}), body))])

    return found


def test_what_is_right_has_no_faults(faults: Faults) -> None:
    assert faults() == []
    assert faults(expand="true") == []
    assert faults(status=404, body=b'{"title": "no such thing"}') == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"path": "/api/v1/others"}, "Path not found"),
        ({"path": "/api/v1/things/x"}, "request: Invalid path parameter: id"),
        ({"expand": "perhaps"}, "request: Query parameter error: expand"),
        ({"extra": "1"}, "request: parameter extra is not declared"),
        ({"body": b'{"id": 1}'}, "answer: InvalidData"),
        ({"body": b'{"id": "1", "more": 1}'}, "answer: field more is not declared"),
        ({"body": b'{"id": "1", "parts": [{"m": 1}]}'}, "answer: field parts[].m is not declared"),
        ({"status": 404, "body": b"{}"}, "answer: InvalidData"),
    ],
)
def test_what_is_wrong_is_told(faults: Faults, wrong: dict[str, object], told: str) -> None:
    assert any(told in fault for fault in faults(**wrong)), faults(**wrong)


def test_a_media_type_that_is_not_answered_may_not_be_all_that_is_accepted(contract: Contract) -> None:
    asked = Asked("get", "/api/v1/things/1", (), Headers({"Accept": "text/html"}), None)
    said = Said(200, Headers({"Content-Type": "application/hal+json"}), RIGHT)
    assert any("accepts none of application/hal+json" in fault for fault in contract.faults([(asked, said)]))


def test_traffic_is_what_came_over_the_connection(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    async def thing(request: Request) -> Response:
        return JSONResponse({"id": "1"}, media_type="application/hal+json")

    things = SimpleNamespace(PREFIX="/api/v1", routes=lambda town: [Route("/things/{id}", thing)])
    monkeypatch.setattr(registries, "registries", lambda: {"things": things})
    traffic = Traffic()
    with registries.serve(Town(), around=[traffic.middleware]) as serving:
        url = f"{serving.url}/api/v1/things/1"
        answer = requests.get(url, {"expand": "true"}, headers={"Accept": "application/hal+json"}, timeout=10)
    assert answer.json() == {"id": "1"}
    assert contract.faults(traffic) == []
    assert contract.operations(traffic) == {("GET /things/{id}", 200)}


PETS = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    post:
      requestBody:
        content:
          "application/json; charset=utf-8":
            schema: {type: object, properties: {name: {type: string}}}
      responses:
        "200":
          description: one
          content:
            "application/json; charset=utf-8":
              schema: {$ref: "#/components/schemas/Pet"}
components:
  schemas:
    Pet:
      type: object
      properties: {kind: {type: string}, friend: {$ref: "#/components/schemas/Pet"}}
      discriminator:
        propertyName: kind
        mapping: {cat: "#/components/schemas/Cat", dog: "#/components/schemas/Dog"}
    Cat:
      required: [lives]
      allOf:
        - {$ref: "#/components/schemas/Pet"}
        - {type: object, properties: {lives: {type: integer}}}
    Dog:
      allOf:
        - {$ref: "#/components/schemas/Pet"}
        - {type: object, properties: {barks: {type: boolean}}}
"""


@pytest.mark.parametrize(
    ("sent", "given", "said"),
    [
        (b"{}", b'{"kind": "cat", "lives": 9, "friend": {"kind": "dog", "barks": true}}', None),
        (b"{}", b'{"kind": "cat", "lives": 9, "barks": true}', "field barks is not declared"),
        (b"{}", b'{"kind": "cat", "friend": {"kind": "dog"}}', "is not valid under any"),
        (b"{}", b'{"kind": "cow"}', "is not valid under any"),
        (b"{}", b'{"kind": "dog", "friend": {"kind": "cat", "lives": "many"}}', "is not valid under any"),
        (b'{"nickname": "x"}', b'{"kind": "dog"}', "field nickname is not declared"),
    ],
)
def test_kinds_told_apart_by_a_field_are_held_each_to_its_own_schema(
    tmp_path: Path, sent: bytes, given: bytes, said: str | None
) -> None:
    file = tmp_path / "pets.yaml"
    file.write_text(PETS)
    headers = Headers({"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"})
    traffic = [(Asked("post", "/api/v1/pets", (), headers, sent), Said(200, headers, given))]
    faults = Contract(file, "/api/v1").faults(traffic)
    assert (faults == []) if said is None else any(said in fault for fault in faults)
