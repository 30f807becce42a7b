"""An expectation that may hold for a table, before the table was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """An expectation that may hold: about which column it would be told, GX's type and kwargs, and what it is.

    Of ``expect_column_values_to_be_bsn`` the type is ``bsn`` for short. One that GX doesn't know is passed over.
    """

    column: str
    type: str
    what: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    #: It says what a standard says, rather than what was seen.
    standard: bool = True
    #: Of the candidates about one aspect of a column the first that holds is taken.
    aspect: str = "value"

    @property
    def full_type(self) -> str:
        """GX's type in full."""
        return self.type if self.type.startswith("expect_") else f"expect_column_values_to_be_{self.type}"

    @property
    def columns(self) -> list[str]:
        """The columns that it judges."""
        named = [self.kwargs[word] for word in ("column", "column_A", "column_B") if word in self.kwargs]
        return [*named, *self.kwargs.get("column_list", [])]
