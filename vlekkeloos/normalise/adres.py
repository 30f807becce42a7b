"""The parts of an address as NEN 5825 and the BAG tell them apart, out of how people write them.

A written house number is its digits, at most one letter, and an addition, with a space or a mark between them or not.
One letter that is not part of a longer word is the huisletter (``12A``, ``12 a-bis``), unless a hyphen stands before
it: that is how an addition is set apart (``12-A``). Letter and addition are given in capitals.

The words give the parts of values that begin with a house number, and leave a huisletter or an addition that stands
alone what it is: so ``huisletter`` compares a written ``12a`` with a column that has ``A``. An addition alone that
begins with a digit can't be told from a house number, and says nothing to ``toevoeging``.
"""

from __future__ import annotations

from vlekkeloos.normalise.word import SPACE, normaliser

#: What may stand before a house number: nothing that could be read.
_BEFORE = "^[^0-9A-Za-z]*"
#: A house number, if there is one, and the letter behind it. What follows a letter must not make it a word.
_LETTER = f"{_BEFORE}[0-9]*{SPACE}*"


@normaliser
def postcode(value: str) -> str:
    """Without spaces and in capitals: ``'1012 jw'`` is ``'1012JW'``. Source: NEN 5825."""
    return f"nullif(upper(regexp_replace({value}, '{SPACE}+', '', 'g')), '')"


@normaliser
def huisnummer(value: str) -> str:
    """The digits of a written house number: ``'0012 A-bis'`` is ``'12'``. Source: NEN 5825; Catalogus BAG."""
    return f"nullif(regexp_extract({value}, '{_BEFORE}0*([0-9]+)', 1), '')"


@normaliser
def huisletter(value: str) -> str:
    """The letter of a written house number: ``'12 a-bis'`` is ``'A'``, ``'12 II'`` has none.

    Source: NEN 5825; Catalogus BAG, the attribute huisletter: one letter.
    """
    return f"nullif(upper(regexp_extract({value}, '{_LETTER}([A-Za-z])(?:[^A-Za-z].*)?$', 1)), '')"


@normaliser
def toevoeging(value: str) -> str:
    """The addition of a written house number: ``'12 A-bis'`` is ``'BIS'``, ``'12a3'`` is ``'3'``, ``'12A'`` has none.

    Source: NEN 5825; Catalogus BAG, the attribute huisnummertoevoeging: letters and digits.
    """
    has_letter = f"regexp_matches({value}, '{_LETTER}[A-Za-z](?:[^A-Za-z].*)?$')"
    rest = (
        f"CASE WHEN {has_letter} THEN regexp_replace({value}, '{_LETTER}[A-Za-z]', '')"
        f" ELSE regexp_replace({value}, '{_BEFORE}[0-9]*', '') END"
    )
    return f"nullif(upper(regexp_replace({rest}, '[^0-9A-Za-z]', '', 'g')), '')"
