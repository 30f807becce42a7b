"""Which characters of a text count."""

from __future__ import annotations

from vlekkeloos.normalise.word import normaliser


@normaliser
def casefold(value: str) -> str:
    """In small letters: ``'Dam'`` is ``'dam'``. Source: the Unicode Standard, simple case mapping."""
    return f"lower({value})"


@normaliser
def unaccent(value: str) -> str:
    """Without accents: ``'Curaçao'`` is ``'Curacao'``. Source: the Unicode Standard, canonical decomposition."""
    return f"strip_accents({value})"


@normaliser
def cijfers(value: str) -> str:
    """Only the digits: ``'NL12.34'`` is ``'1234'``. A convention of this project."""
    return f"nullif(regexp_replace({value}, '[^0-9]', '', 'g'), '')"
