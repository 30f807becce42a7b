"""What a contract's ``normalise:`` means: each word as a SQL expression over one value.

A value is compared in its normalised form; what is stored and reported is the value as it was received.
"""

from __future__ import annotations

from collections.abc import Sequence

from vlekkeloos.contract import Normaliser

#: ``{}`` is the value as text. A text with nothing in it says as little as no text at all, hence NULLIF.
EXPRESSIONS: dict[Normaliser, str] = {
    "trim": r"nullif(regexp_replace({}, '^\s+|\s+$', '', 'g'), '')",
    "collapse": r"nullif(trim(regexp_replace({}, '\s+', ' ', 'g')), '')",
    "casefold": "lower({})",
    "unaccent": "strip_accents({})",
    # NEN 5825: four digits and two capitals; people write a space between, and small letters
    "postcode": r"nullif(upper(regexp_replace({}, '\s+', '', 'g')), '')",
}


def normalised(expression: str, words: Sequence[Normaliser]) -> str:
    """The SQL expression with each normaliser applied, in the order of the contract."""
    if not words:
        return expression
    result = f"CAST({expression} AS VARCHAR)"
    for word in words:
        result = EXPRESSIONS[word].format(result)
    return result
