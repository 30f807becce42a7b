"""Records that one side lacks since one day: a delivery that was late, cut short or of another area."""

from datetime import date

from vlekkeloos.decide.causes.kind import Cause, Kind
from vlekkeloos.decide.texts import Language, day


def _values(cause: Cause, language: Language) -> dict[str, str]:
    which, since = cause.pattern.split()
    return {"side": cause.side(which), "day": day(date.fromisoformat(since), language)}


KIND = Kind(
    name="missing_since",
    order=20,
    pattern="CASE WHEN kind IN ('missing_left', 'missing_right') THEN concat(kind, ' ', first_seen) END",
    texts={
        "nl": "{count} records ontbreken bij {side} sinds {day}: is een levering te laat of niet volledig?",
        "en": "{count} records are missing in {side} since {day}: is a delivery late, or not complete?",
    },
    values=_values,
)
