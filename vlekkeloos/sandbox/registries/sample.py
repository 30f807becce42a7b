"""A source that can be pulled from a registry of the sandbox, and which records it has then.

A registry lists its own as ``SAMPLES``: the shared tests pull each of them, whole, in pieces and with faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vlekkeloos.sandbox.registries.town import Town


@dataclass(frozen=True)
class Sample:
    """A contract's source: its ``connector``, the ``words`` of that, and the values of its ``keys:`` if it has them.

    ``there`` is the value of the column ``key`` in every record that is to be found, once for each record.
    """

    connector: str
    key: str
    there: Callable[[Town], Iterable[Any]]
    words: Mapping[str, Any] = field(default_factory=dict)
    keys: Callable[[Town], Sequence[str]] | None = None
