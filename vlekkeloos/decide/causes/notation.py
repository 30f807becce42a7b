"""The same value, written in another way: capitals, spaces, accents, leading zeros, numbers, dates, signs."""

from vlekkeloos.decide.causes.kind import Cause, Kind
from vlekkeloos.decide.texts import Language

_WORDS: dict[str, dict[Language, str]] = {
    "capitals": {"nl": "hoofdletters", "en": "capitals"},
    "spaces": {"nl": "spaties", "en": "spaces"},
    "accents": {"nl": "accenten", "en": "accents"},
    "zeros": {"nl": "voorloopnullen", "en": "leading zeros"},
    "number": {"nl": "de schrijfwijze van een getal", "en": "how a number is written"},
    "date": {"nl": "de schrijfwijze van een datum", "en": "how a date is written"},
    "signs": {"nl": "leestekens, spaties en hoofdletters", "en": "punctuation, spaces and capitals"},
}
_NUMBER = "TRY_CAST(replace({}, ',', '.') AS DECIMAL(38, 10))"
_DATE = "try_strptime({}, ['%Y-%m-%d', '%d-%m-%Y', '%d/%m/%Y', '%Y%m%d'])"
_SIGNS = "regexp_replace(lower(strip_accents({})), '[^a-z0-9]', '', 'g')"


def _same(form: str) -> str:
    return " = ".join(form.format(f'"{side}"') for side in ("left", "right"))


def _values(cause: Cause, language: Language) -> dict[str, str]:
    return {"what": _WORDS[cause.pattern][language]}


KIND = Kind(
    name="notation",
    order=40,
    # a sign before a number is no notation: -5 is not 5
    pattern=f"""
        CASE WHEN kind <> 'differs' THEN NULL
             WHEN {_same("lower({})")} THEN 'capitals'
             WHEN {_same("regexp_replace({}, '[[:space:]]+', '', 'g')")} THEN 'spaces'
             WHEN {_same("strip_accents({})")} THEN 'accents'
             WHEN regexp_full_match("left", '[0-9]+') AND regexp_full_match("right", '[0-9]+')
                  AND {_same("ltrim({}, '0')")} THEN 'zeros'
             WHEN {_same(_NUMBER)} THEN 'number'
             WHEN length("left") BETWEEN 8 AND 10 AND {_same(_DATE)} THEN 'date'
             WHEN {_same(_SIGNS)} AND {_SIGNS.format('"left"')} <> ''
                  AND {_NUMBER.format('"left"')} IS NULL THEN 'signs' END
    """,
    texts={
        "nl": "{field} verschilt alleen in {what} ({count} keer).",
        "en": "{field} differs in {what} only ({count} times).",
    },
    values=_values,
)
