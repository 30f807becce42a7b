"""Surnames with a prefix: ``van der Berg``, ``Berg, van der`` and ``v.d. Berg``."""

from __future__ import annotations

from vlekkeloos.normalise.spaces import collapse
from vlekkeloos.normalise.word import literal, normaliser

#: Source: BRP, Landelijke tabel 36 (Voorvoegselstabel).
VOORVOEGSELS = """
's|'t|a|aan|aan 't|aan de|aan den|aan der|aan het|aan t|af|al|am|am de|auf|auf dem|auf den|auf der|auf ter|aus|aus 'm
aus dem|aus den|aus der|aus m|ben|bij|bij 't|bij de|bij den|bij het|bij t|bin|boven d|boven d'|d|d'|da|dal|dal'|dalla
das|de|de die|de die le|de l|de l'|de la|de las|de le|de van der|deca|degli|dei|del|della|den|der|des|di|die le|do|don
dos|du|el|het|i|im|in|in 't|in de|in den|in der|in het|in t|l|l'|la|las|le|les|lo|los|of|onder|onder 't|onder de
onder den|onder het|onder t|op|op 't|op de|op den|op der|op gen|op het|op t|op ten|over|over 't|over de|over den
over het|over t|s|s'|t|te|ten|ter|tho|thoe|thor|to|toe|tot|uijt|uijt 't|uijt de|uijt den|uijt te de|uijt ten|uit
uit 't|uit de|uit den|uit het|uit t|uit te de|uit ten|unter|van|van 't|van de|van de l|van de l'|van den|van der
van gen|van het|van la|van t|van ter|van van de|ver|vom|von|von 't|von dem|von den|von der|von t|voor|voor 't|voor de
voor den|voor in 't|voor in t|vor|vor der|zu|zum|zur
"""
#: The longest first: ``van der`` is not ``van`` before a name ``der …``.
_ANY = "|".join(sorted(VOORVOEGSELS.strip().replace("\n", "|").split("|"), key=len, reverse=True))
_SHORT = "v[./ ]*(?:d|h|''?t)?[.]?"
#: How people shorten them, and what is meant.
_MEANT = (
    ("v[./ ]*d[./ ] *", "van der "),
    ("v[./ ]*h[./ ] *", "van het "),
    ("v[./ ]*''t[. ] *|v[./]t[. ] *", "van ''t "),
    ("v[. ] *", "van "),
)


@normaliser
def voorvoegsel(value: str) -> str:
    """A surname with its prefix in front, in full and in small letters: ``'Berg, van der'``, ``'v.d. Berg'`` and
    ``'Van der Berg'`` are ``'van der Berg'``.

    ``v.d.`` is read as ``van der``, which it most often is: ``van de`` and ``van den`` are other names, and stay so.
    White space is collapsed. Source: BRP, Landelijke tabel 36 (Voorvoegselstabel); the abbreviations are a convention
    of this project.
    """
    any_ = literal(_ANY)[1:-1]
    text = collapse(f"replace({value}, '\u2019', '''')")
    behind = f", ?({_SHORT}|{any_})$"
    in_front = (
        f"trim(concat(regexp_extract({text}, '(?i){behind}', 1), ' ', regexp_replace({text}, '(?i){behind}', '')))"
    )
    for short, meant in _MEANT:
        in_front = f"regexp_replace({in_front}, '(?i)^(?:{short})', '{meant}')"
    small = (
        f"concat(lower(regexp_extract({in_front}, '(?i)^((?:{any_}) )', 1)),"
        f" regexp_replace({in_front}, '(?i)^(?:{any_}) ', ''))"
    )
    # d' Ancona is written d'Ancona
    return f"nullif(replace({small}, ''' ', ''''), '')"
