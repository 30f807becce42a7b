"""White space, which people and programs add and drop without meaning anything by it."""

from __future__ import annotations

from vlekkeloos.normalise.word import SPACE, normaliser


@normaliser
def trim(value: str) -> str:
    """Without white space before and after: ``' Dam '`` is ``'Dam'``. A convention of this project."""
    return f"nullif(regexp_replace({value}, '^{SPACE}+|{SPACE}+$', '', 'g'), '')"


@normaliser
def collapse(value: str) -> str:
    """Trimmed, with one space for white space inside: ``'de  Dam'`` is ``'de Dam'``. A convention of this project."""
    return f"nullif(trim(regexp_replace({value}, '{SPACE}+', ' ', 'g')), '')"
