"""Keys that one side has more than once."""

from vlekkeloos.decide.causes.kind import Cause, Kind
from vlekkeloos.decide.texts import Language


def _values(cause: Cause, language: Language) -> dict[str, str]:
    return {"side": cause.side(cause.pattern)}


KIND = Kind(
    name="duplicates",
    order=10,
    pattern="CASE WHEN kind IN ('duplicate_left', 'duplicate_right') THEN kind END",
    texts={
        "nl": "{side} heeft {count} sleutels meer dan één keer.",
        "en": "{side} has {count} keys more than once.",
    },
    values=_values,
)
