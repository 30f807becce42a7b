"""The same two values against each other at many keys: a street renamed, a code that has another meaning."""

import json

from vlekkeloos.decide.causes.kind import Cause, Kind
from vlekkeloos.decide.texts import Language, quote

#: Longer texts (geometries) are not the same by a name or a code.
_LONG = 200


def _values(cause: Cause, language: Language) -> dict[str, str]:
    left, right = json.loads(cause.pattern)
    return {"left": quote(left, language), "right": quote(right, language)}


KIND = Kind(
    name="same_pair",
    order=70,
    pattern=f"""
        CASE WHEN kind = 'differs' AND length("left") <= {_LONG} AND length("right") <= {_LONG}
        THEN CAST(json_array("left", "right") AS VARCHAR) END
    """,
    texts={
        "nl": "{field}: {left_source} heeft steeds {left} en {right_source} {right} ({count} keer).",
        "en": "{field}: {left_source} always has {left} and {right_source} {right} ({count} times).",
    },
    values=_values,
)
