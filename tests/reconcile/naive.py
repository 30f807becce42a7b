"""Plain Python for what equality says in SQL, by the book and without looking at it."""

from __future__ import annotations

import datetime
import json
import math
import re
import struct
from fractions import Fraction
from typing import Any

from vlekkeloos.contract import FieldRule

SPACE = "\t\n\v\f\r \u00a0"
Rectangle = tuple[int, int, int, int]


def equal(left: Any, right: Any, rule: FieldRule) -> bool | None:
    """Are two values equal? None on the very edge of a tolerance, where binary fractions have no exact answer."""
    bare = FieldRule()
    if rule != bare:
        left, right = (_emptied(value, rule) for value in (left, right))
    if left is None or right is None:
        return left is right or rule.empty == "ignore"
    if _same(left, right, textual=rule.similar is not None):
        return True
    if rule.similar is not None:
        measure = jaro_winkler if rule.similar.by == "jaro_winkler" else levenshtein
        return _edge(Fraction(measure(str(left), str(right))), Fraction(rule.similar.above), more=True)
    if rule.tolerance is None:
        return False
    if rule.tolerance.by == "days":
        days = [_day(value) for value in (left, right)]
        return None not in days and abs((days[0] - days[1]).days) <= rule.tolerance.upto
    return _within(float(left), float(right), rule)


def _emptied(value: Any, rule: FieldRule) -> Any:
    if rule.normalise and value is not None:
        value = _text(value).strip(SPACE)
        if "cijfers" in rule.normalise:
            value = re.sub("[^0-9]", "", value)
    return None if value == "" else value


def _same(left: Any, right: Any, *, textual: bool = False) -> bool:
    kinds = {type(left), type(right)}
    if textual or (len(kinds) > 1 and str in kinds):
        return _text(left) == _text(right)
    if float in kinds:
        left, right = float(left), float(right)
        return left == right or (math.isnan(left) and math.isnan(right))
    if datetime.datetime in kinds:
        left, right = moment(left), moment(right)
    return bool(left == right)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def moment(day: datetime.date) -> datetime.datetime:
    """The first moment of a day; a moment itself."""
    return day if isinstance(day, datetime.datetime) else datetime.datetime(day.year, day.month, day.day)


def _day(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return moment(value).date()
    match = re.fullmatch(
        r"([0-9]{4})([0-9]{2})([0-9]{2})|([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][^\n]*)?", _text(value)
    )
    if match is None:
        return None
    try:
        return datetime.date(*(int(part) for part in match.groups() if part is not None))
    except ValueError:
        return None


def _within(left: float, right: float, rule: FieldRule) -> bool | None:
    assert rule.tolerance is not None
    if not (math.isfinite(left) and math.isfinite(right)):
        return False
    apart, upto = abs(Fraction(left) - Fraction(right)), Fraction(str(rule.tolerance.upto))
    if rule.tolerance.by == "relative":
        upto *= max(abs(Fraction(left)), abs(Fraction(right)))
    return _edge(apart, upto)


def _edge(found: Fraction, bound: Fraction, *, more: bool = False) -> bool | None:
    if found != bound and abs(found - bound) <= Fraction(1, 10**6) * max(bound, Fraction(1, 10**3)):
        return None
    return found >= bound if more else found <= bound


def jaro_winkler(left: str, right: str) -> float:
    """By the book: Jaro's share of common characters, and Winkler's boost for a common beginning above 0.7."""
    if left == right:
        return 1.0
    reach = max(max(len(left), len(right)) // 2 - 1, 0)
    taken = [False] * len(right)
    common = []
    for place, letter in enumerate(left):
        for other in range(max(0, place - reach), min(len(right), place + reach + 1)):
            if not taken[other] and right[other] == letter:
                taken[other] = True
                common.append(letter)
                break
    if not common:
        return 0.0
    there = [letter for letter, was in zip(right, taken, strict=True) if was]
    turned = sum(a != b for a, b in zip(common, there, strict=True)) // 2
    number = len(common)
    jaro = (number / len(left) + number / len(right) + (number - turned) / number) / 3
    prefix = 0
    for a, b in zip(left[:4], right[:4], strict=False):
        if a != b:
            break
        prefix += 1
    return jaro + 0.1 * prefix * (1 - jaro) if jaro > 0.7 else jaro


def levenshtein(left: str, right: str) -> float:
    """1 less the edits by the longer length, by the table of all beginnings."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return 1 - row[-1] / max(len(left), len(right), 1)


def overlap(one: Rectangle, other: Rectangle) -> float:
    """The area that two rectangles share by the area that they cover together."""
    (x, y, w, h), (u, v, a, b) = one, other
    shared = max(0, min(x + w, u + a) - max(x, u)) * max(0, min(y + h, v + b) - max(y, v))
    return shared / (w * h + a * b - shared)


def _corners(rectangle: Rectangle) -> list[tuple[float, float]]:
    x, y, w, h = rectangle
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]


def wkt(rectangle: Rectangle) -> str:
    """A rectangle as WKT."""
    return f"POLYGON (({', '.join(f'{x} {y}' for x, y in _corners(rectangle))}))"


def wkb(rectangle: Rectangle) -> str:
    """A rectangle as WKB, in hexadecimals."""
    flat = [number for corner in _corners(rectangle) for number in corner]
    return (struct.pack("<BIII", 1, 3, 1, 5) + struct.pack("<10d", *flat)).hex()


def geojson(rectangle: Rectangle) -> str:
    """A rectangle as GeoJSON."""
    return json.dumps({"type": "Polygon", "coordinates": [_corners(rectangle)]})
