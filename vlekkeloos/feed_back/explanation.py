"""A discrepancy in; why the authentic source is doubted, in Dutch, out.

It is what the registry is told, unless a person says it better. The law asks for a reason ("gerede twijfel"): who
has another value, and since when that is seen.
"""

from __future__ import annotations

from vlekkeloos.lake import literal

SEEN = " Dit is gezien sinds {first_seen}, in {runs}."
DIFFERS = "Gerede twijfel over {field}: geregistreerd is {registered}, maar {believed_by} heeft {believed}." + SEEN
LACKING = "Gerede twijfel over de volledigheid: {key} staat in {believed_by}, maar niet in {source}." + SEEN
TOO_MUCH = "Gerede twijfel over het bestaan: {key} staat in {source}, maar niet in {believed_by}." + SEEN

#: What stands in a template, as SQL over a row of ``due``.
_PARTS = {
    "field": "field",
    "key": "key",
    "source": "source",
    "believed_by": "believed_by",
    "registered": "coalesce('\"' || registered || '\"', 'geen waarde')",
    "believed": "coalesce('\"' || believed || '\"', 'geen waarde')",
    "first_seen": "strftime(first_seen, '%d-%m-%Y')",
    "runs": "CASE runs_seen WHEN 1 THEN 'een vergelijking' ELSE runs_seen || ' vergelijkingen op rij' END",
}


def sql() -> str:
    """An SQL expression of the explanation, over the columns of ``drafts.due`` and ``absent``."""
    return (
        f"CASE WHEN kind = 'differs' THEN {_filled(DIFFERS)}"
        f" WHEN absent THEN {_filled(LACKING)} ELSE {_filled(TOO_MUCH)} END"
    )


def _filled(template: str) -> str:
    """The template as a concatenation of texts and columns."""
    pieces = template.replace("{", "\0").replace("}", "\0").split("\0")
    return " || ".join(f"({_PARTS[piece]})" if number % 2 else literal(piece) for number, piece in enumerate(pieces))
