"""A field that one side leaves empty."""

from vlekkeloos.decide.causes.kind import Cause, Kind
from vlekkeloos.decide.texts import Language


def _values(cause: Cause, language: Language) -> dict[str, str]:
    return {"side": cause.side(cause.pattern)}


KIND = Kind(
    name="one_empty",
    order=30,
    pattern="""
        CASE WHEN kind = 'differs' AND trim(coalesce("left", '')) = '' THEN 'left'
             WHEN kind = 'differs' AND trim(coalesce("right", '')) = '' THEN 'right' END
    """,
    texts={
        "nl": "{field} is leeg bij {side}, en niet bij de ander ({count} keer).",
        "en": "{field} is empty in {side}, and not in the other ({count} times).",
    },
    values=_values,
)
