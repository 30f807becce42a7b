"""A normaliser: a word with the SQL that it stands for."""

from __future__ import annotations

from collections.abc import Callable

#: What a word does: the SQL of a text in, the SQL of the normalised text out.
Normaliser = Callable[[str], str]
WORDS: dict[str, Normaliser] = {}
#: One character of white space in a regular expression, the hard space that Word and Excel leave behind too.
SPACE = r"[\s\x{0B}\x{A0}]"


def normaliser(function: Normaliser) -> Normaliser:
    """Makes a function a word of the contract, by its name."""
    assert function.__name__ not in WORDS, f"two normalisers are called {function.__name__}"
    WORDS[function.__name__] = function
    return function


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
