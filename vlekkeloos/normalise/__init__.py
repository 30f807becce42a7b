"""What a contract's ``normalise:`` means: each word as a SQL expression over one text.

A value is compared in its normalised form; what is stored and reported is the value as it was received. Every
module in this package is loaded, so that a new file is new words and nothing else is edited: a function below
``@normaliser`` that gets the SQL of a text and gives the SQL of the normalised text. Its docstring says what the word
does, with an example, and by which rule. A text that holds nothing of what the word looks for becomes NULL: it says
as little as no text at all.

The SQL is DuckDB's, in that part of it that sqlglot carries over to Spark with the same meaning: every
``regexp_replace`` that is not anchored has the flag ``g``, no replacement refers to a group, no regular expression
looks ahead, and white space is ``word.SPACE``, for RE2 and Java disagree on what ``\\s`` is. ``unaccent`` alone needs
a function that Spark doesn't have: ``strip_accents``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

from vlekkeloos.normalise import own
from vlekkeloos.normalise.own import Own
from vlekkeloos.normalise.word import WORDS, normaliser

__all__ = ["WORDS", "Own", "normalised", "normaliser"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def normalised(value: str, words: Sequence[str | Own], folder: Path) -> str:
    """The SQL of a value in its normalised form: each word applied to its text, in the order of the contract.

    ``value`` is a SQL expression of any type; ``folder``, where the contract lies, is for one's own normalisers, of
    which those in Python must be known where the SQL runs. Raises BadInput for a list of codes that can't be read.
    """
    if not words:
        return value
    result = f"CAST({value} AS VARCHAR)"
    for word in words:
        result = WORDS[word](result) if isinstance(word, str) else own.expression(word, result, folder)
    return result
