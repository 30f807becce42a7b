"""The right side is the left one with the same number, or the same time, added: x + 1, a day later, a postcode on."""

from vlekkeloos.decide.causes.kind import Cause, Kind
from vlekkeloos.decide.texts import Language, plain

_NUMBER = 'round(TRY_CAST("right" AS DECIMAL(38, 10)) - TRY_CAST("left" AS DECIMAL(38, 10)), 6)'
_SECONDS = 'date_diff(\'second\', TRY_CAST("left" AS TIMESTAMP), TRY_CAST("right" AS TIMESTAMP))'
_DIGITS = "TRY_CAST({}[:4] AS INTEGER)"
#: NEN 5825: four digits and two letters, people write a space between
_POSTCODES = """regexp_full_match({}, '[0-9]{{4}} ?[A-Za-z]{{2}}')"""


def _values(cause: Cause, language: Language) -> dict[str, str]:
    unit, _, amount = cause.pattern.partition(" ")
    if unit == "seconds":
        seconds = int(amount)
        unit, amount = ("days", f"{seconds // 86400:+d}") if seconds % 86400 == 0 else ("seconds", amount)
    words: dict[str, dict[Language, str]] = {
        "number": {"nl": "", "en": ""},
        "postcode": {"nl": " in de cijfers", "en": " in the digits"},
        "days": {"nl": " dagen", "en": " days"},
        "seconds": {"nl": " seconden", "en": " seconds"},
    }
    return {"amount": plain(amount, language) + words[unit][language]}


KIND = Kind(
    name="shift",
    order=50,
    pattern=f"""
        CASE WHEN kind <> 'differs' THEN NULL
             WHEN {_NUMBER} <> 0 THEN concat('number ', printf('%+.6f', CAST({_NUMBER} AS DOUBLE)))
             WHEN {_SECONDS} <> 0 THEN concat('seconds ', printf('%+d', {_SECONDS}))
             WHEN {_POSTCODES.format('"left"')} AND {_POSTCODES.format('"right"')}
                  AND "left"[5:] = "right"[5:]
             THEN concat('postcode ', printf('%+d', {_DIGITS.format('"right"')} - {_DIGITS.format('"left"')})) END
    """,
    texts={
        "nl": "{field} is bij {right_source} steeds {amount} vergeleken met {left_source} ({count} keer).",
        "en": "{field} in {right_source} is always {amount} compared with {left_source} ({count} times).",
    },
    values=_values,
    spread=True,
)
