"""What a contract says of reconciling: which records belong together, when values are equal, and who wins."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from vlekkeloos.contract.linking import Link
from vlekkeloos.contract.words import Name, Share, Text, Words, listed
from vlekkeloos.normalise import WORDS


def _known(word: str) -> str:
    if word not in WORDS:
        raise ValueError(f"one of {', '.join(sorted(WORDS))}, or sql:, python: or codes:; {word} is none")
    return word


#: One of the normalisers that the package ``normalise`` has.
NormaliserWord = Annotated[str, AfterValidator(_known), WithJsonSchema({"enum": sorted(WORDS)})]


class OwnNormaliser(Words):
    """A normaliser of one's own: an SQL expression, a Python function, or a list of codes."""

    sql: Text | None = Field(None, description="an SQL expression over value, a text; e.g. replace(value, '.', '')")
    python: Text | None = Field(
        None, description="<file>.<function> beside the contract: a text in, a text or None out"
    )
    codes: Text | None = Field(
        None,
        description="a CSV file beside the contract with the columns from and to: a value in from becomes its to",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(word is not None for word in (self.sql, self.python, self.codes)) != 1:
            raise ValueError("exactly one of sql:, python: and codes:")
        return self


def _form(value: object) -> str:
    return "word" if isinstance(value, str) else "own"


def _normalisers(value: object) -> object:
    """One of one's own is a list of one too."""
    return [value] if isinstance(value, dict) else listed(value)


#: Told apart by their form, so that only what is wrong with the one that was meant is told.
Normaliser = Annotated[
    Annotated[NormaliserWord, Tag("word")] | Annotated[OwnNormaliser, Tag("own")], Discriminator(_form)
]
Normalisers = Annotated[
    list[Normaliser], BeforeValidator(_normalisers, json_schema_input_type=Normaliser | list[Normaliser])
]


class Similar(Words):
    """From which similarity on two texts are equal."""

    by: Literal["jaro_winkler", "levenshtein"] = Field(
        "jaro_winkler", description="levenshtein: 1 less the number of edits by the longer text's length"
    )
    above: float = Field(gt=0, le=1, description="equal from this similarity on; 1 is the same text")


class Tolerance(Words):
    """How far two values may be apart and yet be equal. Written as ``0.5``, ``1%``, ``3 days`` or ``5 m``."""

    by: Literal["absolute", "relative", "days", "metres"]
    upto: float = Field(ge=0)


def _similar(value: object) -> object:
    """``0.92`` is a Jaro-Winkler similarity."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"above": float(value)}
    return value


def _tolerance(value: object) -> object:
    """A number, or one with a unit."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"by": "absolute", "upto": float(value)}
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%|days?|m)\s*", value)):
        number, unit = Fraction(match[1]), match[2]
        by = {"%": "relative", "m": "metres"}.get(unit, "days")
        return {"by": by, "upto": float(number / 100 if unit == "%" else number)}
    raise ValueError("a number in the field's unit, or e.g. 1%, 3 days or 5 m")


class FieldRule(Words):
    """How one field is compared and settled."""

    normalise: Normalisers = Field(
        default_factory=list, description="what is done to both values before they are compared, in this order"
    )
    similar: (
        Annotated[
            Similar,
            BeforeValidator(_similar),
            WithJsonSchema(
                {
                    "anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, Similar.model_json_schema()],
                    "description": "equal from this similarity on: 0.92 (Jaro-Winkler), or by: and above:",
                }
            ),
        ]
        | None
    ) = None
    tolerance: (
        Annotated[
            Tolerance,
            BeforeValidator(_tolerance),
            WithJsonSchema(
                {
                    "anyOf": [
                        {"type": "number", "minimum": 0},
                        {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(%|days?|m)$"},
                    ],
                    "description": "equal up to this difference: 0.5, 1% of the larger, 3 days, 5 m",
                }
            ),
        ]
        | None
    ) = None
    overlap: Share | None = Field(
        None, description="areas are equal if they share this part of what they cover together"
    )
    empty: Literal["differs", "ignore"] = Field(
        "differs", description="a value on one side only: differs, or says nothing (ignore)"
    )
    keep: Name | None = Field(None, description="don't compare; take the value of this source")
    settle: Settle | None = Field(None, description="who wins for this field, if not as for the others")
    left: Text | None = Field(None, description="the field's column on the left, if named otherwise")
    right: Text | None = Field(None, description="the field's column on the right, if named otherwise")
    columns: dict[Name, Text] = Field(
        default_factory=dict, description="<source>: the field's column there, if named otherwise"
    )


class Expression(Words):
    """The value that wins, worked out."""

    sql: Text = Field(description="an SQL expression over the sources' names, each with its value of the field")


#: ``newest`` goes by the sources' ``dated:``; ``most complete`` is the longest text, or the one value that is
#: there; ``majority`` is what more than half of the sources say; a list is who has a value first.
Settle = Literal["authentic", "newest", "most complete", "majority", "person"] | Name | list[Name] | Expression


class KeyPart(Words):
    """One of the fields that records are matched by."""

    normalise: Normalisers = Field(default_factory=list, description="what is done to it before records are matched")
    columns: dict[Name, Text] = Field(
        default_factory=dict, description="<source>: the key field's column there, if named otherwise"
    )


def _parts(value: object) -> object:
    """``[postcode, huisnummer]`` are two fields without rules of their own."""
    value = listed(value)
    return {name: {} for name in value} if isinstance(value, list) else value


class Reconcile(Words):
    """Which sources are compared, how, and who wins."""

    left: Name | None = None
    right: Name | None = None
    sources: list[Name] | None = Field(
        None, min_length=2, description="instead of left and right: the sources that are compared, two or more"
    )
    pairs: Literal["authentic", "all"] = Field(
        "authentic", description="of more than two: each against the authentic one (or the first), or all pairs"
    )
    key: (
        Annotated[
            dict[Text, KeyPart],
            BeforeValidator(_parts, json_schema_input_type=Text | list[Text] | dict[Text, KeyPart]),
            Field(min_length=1),
        ]
        | None
    ) = Field(None, description="the fields that records are matched by; left out: each source's own key")
    link: Link | None = Field(None, description="instead of key:, of two sources that share none")
    fields: dict[Text, FieldRule] | None = Field(
        None, description="the fields to compare; left out: every field that the sources have in common"
    )
    settle: Settle | None = Field(
        None,
        description="authentic, newest, most complete, majority, a source, a list of sources, or sql:;"
        " left out: a person decides",
    )
    hold_above: Share = Field(1.0, description="hold before publishing if a larger share of the keys differs")

    @model_validator(mode="after")
    def _sides(self) -> Self:
        two = self.left is not None and self.right is not None
        if two == (self.sources is not None) or (self.left is None) != (self.right is None):
            raise ValueError("either left: and right:, or sources:")
        return self

    @property
    def compared(self) -> tuple[str, ...]:
        """The sources that are compared, in the contract's order."""
        if self.sources is not None:
            return tuple(self.sources)
        assert self.left is not None and self.right is not None, "one of the two ways is chosen"
        return self.left, self.right

    def rule(self, name: str) -> FieldRule:
        """The rule of a field; a field without one is compared as it is."""
        return (self.fields or {}).get(name) or FieldRule()
