"""What a connector and a registry of the sandbox said to each other in, and where that breaks the contract out.

The contract is the registry's official OpenAPI file, unchanged but for what :func:`mended` says. Beside what
openapi-core checks, three things are held that OpenAPI leaves open: a request has no parameter or field that the
operation doesn't declare, it accepts a media type that the operation answers with, and an answer has no field that
its schema doesn't declare. And where a schema says by a discriminator which of others holds, that one is held.

    traffic = Traffic()
    with registries.serve(town, only=["bag_api"], around=[traffic.middleware]) as serving:
        ...
    assert Contract(file, bag_api.PREFIX).faults(traffic) == []
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema_path.readers import FilePathReader
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.paths.finders import APICallPathFinder
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.datastructures import Headers, ImmutableMultiDict

HOST = "http://sandbox"

#: The word under which a schema keeps how kinds are told apart, and what its plain part is called.
KINDS, BASE = "x-kinds", "Plain"

#: Media types that are JSON, which openapi-core reads as bytes if it isn't told.
_JSON = dict.fromkeys(("application/hal+json", "application/problem+json", "application/geo+json"), json.loads)


@dataclass(frozen=True)
class Asked:
    """A request, as openapi-core's protocol has it."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    sent: Headers
    body: bytes | None
    host_url: str = HOST

    def __post_init__(self) -> None:
        found = RequestParameters(query=ImmutableMultiDict(self.query), header=self.sent)
        object.__setattr__(self, "parameters", found)

    @property
    def content_type(self) -> str:
        return self.sent.get("Content-Type", "application/octet-stream")


@dataclass(frozen=True)
class Said:
    """An answer, as openapi-core's protocol has it."""

    status_code: int
    headers: Headers
    data: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")


class Traffic(list[tuple[Asked, Said]]):
    """Every request that came, with its answer; ``middleware`` is what hears them, around the registries."""

    @property
    def middleware(self) -> Middleware:
        return Middleware(_Listener, heard=self)


class _Listener:
    def __init__(self, app: ASGIApp, heard: Traffic) -> None:
        self.app, self.heard = app, heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        asked = Asked(
            scope["method"].lower(),
            scope["path"],
            tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            Headers([(name.decode(), value.decode()) for name, value in scope["headers"]]),
            body or None,
        )
        head: Message = {}
        parts: list[bytes] = []

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def listen(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                parts.append(message.get("body", b""))
            await send(message)

        await self.app(scope, again, listen)
        headers = Headers([(name.decode(), value.decode()) for name, value in head["headers"]])
        self.heard.append((asked, Said(head["status"], headers, b"".join(parts))))


class Contract:
    """A registry's OpenAPI file, for a registry that is served below ``prefix``.

    ``misspelled`` are names that the file requires somewhere and declares nowhere: these are not required.
    """

    def __init__(self, file: Path, prefix: str, misspelled: Collection[str] = ()) -> None:
        self.text, base = FilePathReader(str(file)).read()
        self.text = _told_apart(mended(self.text, misspelled)) | {"servers": [{"url": HOST + prefix}]}
        self.api = OpenAPI.from_dict(self.text, Config(extra_media_type_deserializers=_JSON), base_uri=base)
        self.prefix = prefix

    def faults(self, traffic: Iterable[tuple[Asked, Said]]) -> list[str]:
        """What is wrong with these requests and answers, each with its operation; empty if all is well.

        A request that was answered 4xx is meant to be wrong: of these only the answer is held.
        """
        return [fault for asked, said in traffic for fault in self._faults(asked, said)]

    def operations(self, traffic: Iterable[tuple[Asked, Said]]) -> set[tuple[str, int]]:
        """What was asked, as ``GET /panden/{identificatie}``, with the status of the answer."""
        return {(self._find(asked)["name"], said.status_code) for asked, said in traffic}

    def _faults(self, asked: Asked, said: Said) -> Iterator[str]:
        try:
            self._find(asked)
        except PathError as fault:
            yield str(fault)
            return
        where = f"{asked.method.upper()} {asked.path.removeprefix(self.prefix)} {said.status_code}"
        if said.status_code < 400:
            yield from (f"{where}: request: {fault}" for fault in self._of_request(asked))
        yield from (f"{where}: answer: {fault}" for fault in self._of_answer(asked, said))

    def _of_request(self, asked: Asked) -> Iterator[str]:
        yield from _told(lambda: self.api.validate_request(asked))
        found = self._find(asked)
        declared = {parameter["name"] for parameter in found["parameters"] if parameter["in"] == "query"}
        yield from (f"parameter {name} is not declared" for name, _ in asked.query if name not in declared)
        for kind, media in self._at(found.get("requestBody", {})).get("content", {}).items():
            if kind == asked.content_type.partition(";")[0] and asked.body:
                strangers = self._strangers(media["schema"], json.loads(asked.body), "")
                yield from (f"field {path} is not declared" for path in strangers)
        answers = (answer for status, answer in found["responses"].items() if str(status).startswith("2"))
        media = {kind for answer in answers for kind in self._at(answer).get("content", {})}
        if media and not any(accepted in asked.sent.get("Accept", "") for accepted in (*media, "*/*")):
            yield f"accepts none of {', '.join(sorted(media))}"

    def _of_answer(self, asked: Asked, said: Said) -> Iterator[str]:
        yield from _told(lambda: self.api.validate_response(asked, said))
        found = self._find(asked)["responses"]
        answer = self._at(found.get(str(said.status_code)) or found.get("default") or {})
        media = answer.get("content", {}).get(said.content_type.partition(";")[0].strip(), {})
        if "schema" in media:
            for path in self._strangers(media["schema"], json.loads(said.data), ""):
                yield f"field {path} is not declared"

    def _find(self, asked: Asked) -> dict[str, Any]:
        """The operation that is asked for, with its parameters and its name."""
        found = APICallPathFinder(self.api.spec).find(asked.method, HOST + asked.path)
        operation, item = found.operation.read_value(), found.path.read_value()
        parameters = [self._at(each) for each in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        return operation | {"parameters": parameters, "name": f"{asked.method.upper()} {found.path_result.pattern}"}

    def _at(self, part: Any) -> Any:
        """A part of the contract, with references followed."""
        while isinstance(part, dict) and "$ref" in part:
            found = self.text
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            part = found
        return part

    def _strangers(self, schema: Any, value: Any, above: str) -> Iterator[str]:
        """The fields in an answer that no part of its schema declares, by their path."""
        if isinstance(value, list):
            items = [part["items"] for part in self._parts(schema, value) if "items" in part]
            for member in value:
                yield from self._strangers({"allOf": items}, member, above + "[]")
        if not isinstance(value, dict):
            return
        parts = list(self._parts(schema, value))
        # a schema without properties declares nothing, and so forbids nothing
        declares = any("properties" in part for part in parts)
        free = any(isinstance(part.get("additionalProperties"), dict) for part in parts)
        for name, inner in value.items():
            path = f"{above}.{name}" if above else name
            schemas = [part["properties"][name] for part in parts if name in part.get("properties", {})]
            if schemas:
                yield from self._strangers({"allOf": schemas}, inner, path)
            elif declares and not free:
                yield path

    def _parts(self, schema: Any, value: Any) -> Iterator[dict[str, Any]]:
        """The schema with all it is made of: any branch may declare a field, of kinds told apart only one."""
        found = self._at(schema)
        if KINDS in found:
            name, schemas = found[KINDS]
            kind = value.get(name) if isinstance(value, dict) else None
            if kind in schemas:
                yield from self._parts({"$ref": schemas[kind]}, value)
            return
        yield found
        for word in ("allOf", "oneOf", "anyOf"):
            for part in found.get(word, ()):
                yield from self._parts(part, value)


def _told(check: Callable[[], None]) -> Iterator[str]:
    """What openapi-core has against it, down to the last cause."""
    try:
        check()
    except OpenAPIError as fault:
        causes: list[str] = []
        cause: BaseException | None = fault
        while cause is not None:
            inner = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in getattr(cause, "schema_errors", ())]
            causes.append("; ".join(inner) or str(cause))
            cause = cause.__cause__
        yield " < ".join(causes)


def mended(text: Any, misspelled: Collection[str]) -> Any:
    """The contract without references that lead out of the file, and without misspelled required names.

    What such a reference names is then free of form: the file of the ZGW Zaken API refers to that of the Catalogi
    API on the web, for what ``expand`` adds.
    """
    if isinstance(text, list):
        return [mended(each, misspelled) for each in text]
    if not isinstance(text, dict):
        return text
    if isinstance(reference := text.get("$ref"), str) and not reference.startswith("#"):
        return {"type": "object"}
    if isinstance(content := text.get("content"), dict):
        # openapi-core looks a media type up without its parameters
        text = text | {"content": {kind.partition(";")[0]: each for kind, each in content.items()}}
    found = {name: mended(each, misspelled) for name, each in text.items()}
    if isinstance(required := found.get("required"), list):
        found["required"] = [name for name in required if name not in misspelled]
        if not found["required"]:
            del found["required"]
    return found


def _told_apart(text: dict[str, Any]) -> dict[str, Any]:
    """The contract with its discriminators as plain JSON Schema, which is what gets checked.

    A schema with a discriminator becomes a choice of those that it maps to, each with its own value there. These
    are made from that schema as it was, which is kept under another name.
    """
    schemas: dict[str, Any] = text["components"]["schemas"]
    for name, schema in list(schemas.items()):
        apart = schema.get("discriminator", {})
        if "mapping" not in apart:
            continue
        field, mapping = apart["propertyName"], apart["mapping"]
        schemas[name + BASE] = {word: each for word, each in schema.items() if word != "discriminator"}
        for target in set(mapping.values()):
            kind = schemas[target.rpartition("/")[2]]
            for part in kind.get("allOf", ()):
                if part.get("$ref", "").rpartition("/")[2] == name:
                    part["$ref"] += BASE
        told = {
            value: {"type": "object", "required": [field], "properties": {field: {"enum": [value]}}}
            for value in mapping
        }
        schemas[name] = {
            "anyOf": [{"allOf": [{"$ref": mapping[value]}, only]} for value, only in told.items()],
            KINDS: (field, mapping),
        }
    return text
