"""Telephone numbers."""

from __future__ import annotations

from vlekkeloos.normalise.word import normaliser


@normaliser
def telefoon(value: str) -> str:
    """A telephone number in its international form: ``'020-123 45 67'``, ``'0031 20 1234567'`` and
    ``'+31 (0)20 1234567'`` are ``'+31201234567'``.

    A number without a 0 in front, such as ``14020`` or ``112``, stays what it is; one of another country keeps that
    country's code. Source: ITU-T E.164; Nummerplan telefoon- en ISDN-diensten, articles 1 and 2.
    """
    digits = f"regexp_replace(replace({value}, '(0)', ''), '[^0-9+]', '', 'g')"
    international = f"regexp_replace({digits}, '^00', '+')"
    return f"nullif(regexp_replace(regexp_replace({international}, '^0', '+31'), '^[+]310', '+31'), '')"
