"""The contract's JSON Schema in; a page that people read, out: every word, what it means and what it may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vlekkeloos.normalise import WORDS

INTRODUCTION = """# The contract

Every word that a contract knows. Made from the code by `vlekkeloos schema --markdown`; `vlekkeloos schema` gives the
same as JSON Schema, for an editor. A contract is refused before anything runs if a word is unknown, missing or can't
be meant.
"""


#: What a part with a connector is in the contract, by the end of its model's name.
_ROLES = {"Partner": "partner", "Report": "feed_back"}


def page(schema: dict[str, Any]) -> str:
    """The reference of the contract as Markdown."""
    parts = [*_section("exchange", schema), *_sections(schema["$defs"]), *_normalisers()]
    return "\n".join([INTRODUCTION, *parts]).rstrip() + "\n"


def _sections(parts: dict[str, Any]) -> Iterator[str]:
    for name, part in parts.items():
        connector = part["properties"].get("connector", {}).get("const")
        role = next((role for ending, role in _ROLES.items() if name.endswith(ending)), "source")
        title = f"{role} with `connector: {connector}`" if connector else name
        yield from _section(title, part)


def _normalisers() -> Iterator[str]:
    yield "## Normalisers\n"
    yield "What each word of `normalise:` does. What is stored and reported is the value as it was received.\n"
    yield "| word | does |\n|---|---|"
    for word, normaliser in sorted(WORDS.items()):
        said = " ".join((normaliser.__doc__ or "").split()).replace("``", "`")
        yield f"| `{word}` | {said} |"
    yield ""


def _section(title: str, part: dict[str, Any]) -> Iterator[str]:
    yield f"## {title}\n"
    if said := part.get("description"):
        yield said.split("\n\n")[0].replace("\n", " ").replace("``", "`") + "\n"
    yield "| word | may be | |\n|---|---|---|"
    required = part.get("required", [])
    for word, about in part["properties"].items():
        default = about.get("default")
        told = [about.get("description", "")]
        told.append(
            "**required**" if word in required else f"default `{default}`" if default not in (None, {}) else ""
        )
        # what is between < and > would be taken for HTML
        yield f"| `{word}` | {_kind(about)} | {'; '.join(filter(None, told)).replace('<', '&lt;')} |"
    yield ""


def _kind(about: dict[str, Any]) -> str:  # noqa: PLR0911 - one line a form of JSON Schema
    if "const" in about:
        return f"`{about['const']}`"
    if about.get("enum") == sorted(WORDS):
        return "a [normaliser](#normalisers)"
    if "enum" in about:
        return ", ".join(f"`{one}`" for one in about["enum"])
    if "$ref" in about:
        return f"[{about['$ref'].rsplit('/', 1)[1]}](#{about['$ref'].rsplit('/', 1)[1].lower()})"
    if "discriminator" in about:
        return "see below, by its `connector`"
    if choice := about.get("anyOf") or about.get("oneOf"):
        return " or ".join(dict.fromkeys(_kind(one) for one in choice if one.get("type") != "null"))
    if about.get("type") == "array":
        return f"list of {_kind(about['items'])}"
    if "properties" in about:
        return " and ".join(f"`{word}:`" for word in about["properties"])
    if about.get("type") == "object":
        values = about.get("additionalProperties") or next(iter(about["patternProperties"].values()))
        return f"name: {_kind(values)}"
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true, false"}[about["type"]]
