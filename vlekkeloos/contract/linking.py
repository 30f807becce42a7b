"""What a contract says of records that share no key: which pairs are looked at, how, and when a pair is one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from vlekkeloos.contract.words import Name, Share, Text, Words, listed

Kind = Literal["exact", "name", "date", "postcode", "house number"]


class BlockPart(Words):
    """A field that both records of a pair must have in common, or its first characters."""

    field: Text = Field(description="one of the fields in compare:")
    first: int | None = Field(None, ge=1, description="only so many of its first characters")


class Compared(Words):
    """How one field of two records is compared."""

    by: Kind = Field(
        "exact",
        description="exact; name: Jaro-Winkler, and the same words in another order; date: a digit wrong, day and"
        " month changed places, the year; postcode: a character wrong, the four digits; house number: without its"
        " letter, a digit wrong",
    )
    levels: list[Annotated[float, Field(gt=0, lt=1)]] | None = Field(
        None,
        min_length=1,
        description="of a name: the Jaro-Winkler similarities to tell apart, falling; left out: 0.92, 0.88, 0.7",
    )
    frequency: bool = Field(False, description="a rare value that is the same says more than a common one")
    columns: dict[Name, Text] = Field(
        default_factory=dict, description="<source>: the field's column there, if named otherwise"
    )

    @model_validator(mode="after")
    def _names_only(self) -> Self:
        if self.levels is not None and self.by != "name":
            raise ValueError("levels: only with by: name")
        if self.levels is not None and self.levels != sorted(set(self.levels), reverse=True):
            raise ValueError("levels: falling, each once, e.g. [0.92, 0.8]")
        return self


def _part(value: object) -> object:
    """``postcode`` is the whole field."""
    return {"field": value} if isinstance(value, str) else value


def _compared(value: object) -> object:
    """``name`` is a comparison without words of its own."""
    return {"by": value} if isinstance(value, str) else value


Part = Annotated[BlockPart, BeforeValidator(_part, json_schema_input_type=Text | BlockPart)]
Block = Annotated[list[Part], BeforeValidator(listed), Field(min_length=1)]


class Link(Words):
    """Instead of a key: pairs of records are judged by a model that is trained on the two sources themselves."""

    block: list[Block] = Field(
        min_length=1,
        description="only pairs that have the fields of at least one of these lists in common are looked at, e.g."
        " [postcode, huisnummer], or [{field: naam, first: 4}, geboortedatum]",
    )
    compare: dict[Text, Annotated[Compared, BeforeValidator(_compared, json_schema_input_type=Kind | Compared)]] = (
        Field(min_length=1, description="field: how it is compared")
    )
    link_above: Share = Field(0.99, description="a pair is one record from this probability on")
    doubt_above: Share = Field(0.5, description="from this probability on a person is asked; below it they differ")
    seed: int = Field(1, ge=0, description="which pairs the model is trained on, where there are too many")

    @model_validator(mode="after")
    def _band(self) -> Self:
        if self.doubt_above > self.link_above:
            raise ValueError("doubt_above: no higher than link_above:")
        return self
