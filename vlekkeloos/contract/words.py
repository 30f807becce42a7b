"""The kinds of words that a contract is written in: names, texts, shares, numbers of runs."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _share(value: object) -> object:
    """``2%`` and ``0.02`` are the same share."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        return float(Fraction(match[1]) / 100)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("a share of the rows, e.g. 2% or 0.02")
    return value


def _runs(value: object) -> object:
    """``2 runs`` and ``2`` are the same number."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+)\s*runs?\s*", value)):
        return int(match[1])
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a number of runs, e.g. 2 runs")
    return value


def listed(value: object) -> object:
    """One word is a list of one."""
    return [value] if isinstance(value, str) else value


Share = Annotated[
    float,
    Field(ge=0, le=1),
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"},
            ],
            "description": "a share of the rows: 2% or 0.02",
        }
    ),
]
Runs = Annotated[
    int,
    Field(ge=1),
    BeforeValidator(_runs),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d+ runs?$"}],
            "description": "a number of runs: 2 runs",
        }
    ),
]


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
