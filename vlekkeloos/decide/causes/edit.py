"""The same edit of many values: something added or left out, an abbreviation, two characters swapped."""

import json

from vlekkeloos.decide.causes.kind import Cause, Kind
from vlekkeloos.decide.texts import Language, quote

#: Longer texts are no names and no codes; finding what they share would take long.
_LONG = 100
#: How long what is put in the place of something else may be.
_SHORT = 12
_WHERE: dict[str, dict[Language, str]] = {
    "start": {"nl": "aan het begin", "en": "at the start"},
    "middle": {"nl": "middenin", "en": "in the middle"},
    "end": {"nl": "aan het eind", "en": "at the end"},
}


def _shared(left: str, right: str, part: str) -> str:
    """The number of characters that two texts begin (or end) with alike: how many of their parts are equal."""
    parts = " = ".join(part.format(text=text) for text in (left, right))
    return f"len(list_filter(range(1, least(length({left}), length({right})) + 1), lambda i: {parts}))"


_BEGIN = _shared('"left"', '"right"', "{text}[:i]")
_END = _shared("e.l", "e.r", "right({text}, i)")
#: What is left of both between what they begin and end with.
_MIDDLE = f"""
    SELECT b, n, e.l[:length(e.l) - n] AS gone, e.r[:length(e.r) - n] AS come FROM (
        SELECT *, {_END} AS n FROM (
            SELECT b, "left"[b + 1:] AS l, "right"[b + 1:] AS r FROM (SELECT {_BEGIN} AS b)) AS e) AS e
"""


def _values(cause: Cause, language: Language) -> dict[str, str]:
    place, *texts = json.loads(cause.pattern)
    if place == "swapped":
        return {"what": {"nl": "twee tekens verwisseld", "en": "two characters swapped"}[language]}
    gone, come = (quote(text, language) for text in texts)
    where = _WHERE[place][language]
    if not texts[0]:
        return {"what": {"nl": f"{come} toegevoegd {where}", "en": f"{come} added {where}"}[language]}
    if not texts[1]:
        return {"what": {"nl": f"{gone} weggelaten {where}", "en": f"{gone} left out {where}"}[language]}
    return {
        "what": {"nl": f"{gone} vervangen door {come} {where}", "en": f"{gone} replaced by {come} {where}"}[language]
    }


KIND = Kind(
    name="edit",
    order=60,
    # one text of the same length in the place of another is no edit that says anything: a 3 for a 7
    pattern=f"""
        CASE WHEN kind = 'differs' AND length("left") <= {_LONG} AND length("right") <= {_LONG} THEN (
            SELECT CASE
                WHEN length(gone) = 2 AND gone = reverse(come) THEN '["swapped"]'
                WHEN b + n > 0 AND length(gone) <> length(come) AND greatest(length(gone), length(come)) <= {_SHORT}
                THEN CAST(json_array(
                    CASE WHEN n = 0 THEN 'end' WHEN b = 0 THEN 'start' ELSE 'middle' END, gone, come) AS VARCHAR) END
            FROM ({_MIDDLE})) END
    """,
    texts={
        "nl": "{field}: bij {right_source} is {what}, vergeleken met {left_source} ({count} keer).",
        "en": "{field}: in {right_source} {what}, compared with {left_source} ({count} times).",
    },
    values=_values,
    spread=True,
)
