"""A seed and a day in; the StUF-BG 3.10 kennisgevingen of that day about the fictional town's persons, out.

On day 0 everybody is told of (*toevoeging*); on a later day some persons are new, move, are corrected, lose or get
something that others don't have, die, or leave. Messages are those of a real *zakenmagazijn* queue: a file each, in
a zip, not in the order in which they were sent, and one of them sent twice.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox.addresses import GEMEENTECODE, WOONPLAATS, WOONPLAATSCODE, Address, generate
from vlekkeloos.sandbox.bag_delivery import STAND, write_text_zip
from vlekkeloos.sandbox.persons import numbers

if TYPE_CHECKING:
    from vlekkeloos.sandbox import Sandbox
    from vlekkeloos.sandbox.registries import Town

#: What can happen to a person on a day.
KINDS = ("new", "moved", "corrected", "emptied", "died", "left")

_GIVEN = ["Anna", "Pieter", "Fatima", "Daan", "Zoë", "Mohammed", "Renée", "Willem", "Chloé", "Noud"]
_FAMILY = [("de", "Vries"), (None, "Bakker"), ("van den", "Berg"), (None, "Çelik"), (None, "Jansen"), ("'t", "Hart")]
_FAMILY += [(None, "Özdemir"), ("van", "Dijk"), (None, "Visser"), (None, "Łukasik")]

_NAMESPACES = (
    'xmlns:BG="http://www.egem.nl/StUF/sector/bg/0310" xmlns:StUF="http://www.egem.nl/StUF/StUF0301"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_NOTHING = 'xsi:nil="true" StUF:noValue="geenWaarde"'


class Person(NamedTuple):
    """A person as the messages have one. ``known``: as StUF's indOnvolledigeDatum says it of the birthday."""

    bsn: str
    voornamen: str
    voorvoegsel: str | None
    geslachtsnaam: str
    geslacht: str
    geboortedatum: str
    known: str
    address: Address
    overleden: str | None = None

    @property
    def geboren(self) -> str:
        """The day, month or year of birth, as far as it is known, ISO 8601."""
        year, month, day = self.geboortedatum[:4], self.geboortedatum[4:6], self.geboortedatum[6:]
        return {"V": f"{year}-{month}-{day}", "D": f"{year}-{month}", "M": year}[self.known]


class Change(NamedTuple):
    """What happened to a person, and as whom the person is known since; None of who left."""

    kind: str
    bsn: str
    now: Person | None


def connections(messages: Path, municipal: Path) -> dict[str, dict[str, Any]]:
    """The Airflow connections to the folder where messages arrive and to the municipality's own table."""
    places = {"STUF_KENNISGEVINGEN": messages, "GEMEENTE_PERSONENLIJST": municipal}
    return {name: {"conn_type": "file", "extra": {"path": str(path.absolute())}} for name, path in places.items()}


def furnish(made: Sandbox, town: Town) -> dict[str, dict[str, Any]]:
    """The department's own list and a folder with the messages of day 0, one person an address; the connections."""
    folder, municipal = made.folder / "stuf_kennisgevingen", made.folder / "personenlijst.csv"
    folder.mkdir(parents=True, exist_ok=True)
    persons = min(town.addresses, len(numbers()))
    write(folder, seed=town.seed, persons=persons)
    write_municipal(municipal, seed=town.seed, persons=persons)
    return connections(folder, municipal)


def write(folder: Path, *, seed: int, persons: int, day: int = 0, each: int = 2) -> tuple[Path, list[Change]]:
    """Writes the messages of a day (0: of everybody), with ``each`` persons of each kind; gives file and changes.

    No person is touched on two days. Raises BadInput if there are too few persons for so many days.
    """
    changes, messages = _first(seed, persons) if not day else _day(seed, persons, day, each)
    written = [_message(day, number, *message) for number, message in enumerate(messages, start=1)]
    chance = _chance(seed, f"order/{day}")
    twice = [*written, chance.choice(written)]
    chance.shuffle(twice)
    date = STAND + timedelta(days=day)
    path = folder / f"kennisgevingen-{date:%Y%m%d}.zip"
    fresh = path.with_name(path.name + ".part")
    write_text_zip(fresh, {f"npsLk01-{number:06d}.xml": text for number, text in enumerate(twice, start=1)})
    fresh.replace(path)
    return path, changes


def municipal_rows(seed: int, persons: int) -> Iterator[dict[str, str | int | None]]:
    """What the municipality's own table has of these persons: all of it right on day 0."""
    for one in islice(people(seed), persons):
        yield {
            "bsn": one.bsn,
            "voornamen": one.voornamen,
            "voorvoegsel": one.voorvoegsel,
            "geslachtsnaam": one.geslachtsnaam,
            "geboortedatum": one.geboren,
            "postcode": one.address.postcode,
            "huisnummer": one.address.huisnummer,
        }


def write_municipal(path: Path, *, seed: int, persons: int) -> None:
    """Writes that table as CSV."""
    rows = list(municipal_rows(seed, persons))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def people(seed: int) -> Iterator[Person]:
    """The persons of the town, one an address, until the test numbers are used up."""
    for bsn, address in zip(numbers(), generate(seed, len(numbers())), strict=True):
        chance = _chance(seed, f"person/{address.number}")
        voorvoegsel, geslachtsnaam = chance.choice(_FAMILY)
        known = chance.choices("VDM", (90, 5, 5))[0]
        born = f"{chance.randint(1930, 2025)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
        yield Person(
            bsn, chance.choice(_GIVEN), voorvoegsel, geslachtsnaam, chance.choice("MV"), born, known, address
        )


def _first(seed: int, persons: int) -> tuple[list[Change], list[tuple[str, Sequence[str]]]]:
    everybody = list(islice(people(seed), persons))
    return [Change("new", one.bsn, one) for one in everybody], [("T", [_whole(one)]) for one in everybody]


def _day(seed: int, persons: int, day: int, each: int) -> tuple[list[Change], list[tuple[str, Sequence[str]]]]:
    everybody = list(islice(people(seed), persons + day * each))
    order = list(range(persons))
    _chance(seed, "days").shuffle(order)
    old_kinds = KINDS[1:]
    mine = order[(day - 1) * each * len(old_kinds) : day * each * len(old_kinds)]
    if len(mine) < each * len(old_kinds):
        raise BadInput("there are too few persons for so many days of messages")
    new = everybody[persons + (day - 1) * each :]
    changes = [Change("new", one.bsn, one) for one in new]
    messages: list[tuple[str, Sequence[str]]] = [("T", [_whole(one)]) for one in new]
    for at, number in enumerate(mine):
        was, kind = everybody[number], old_kinds[at // each]
        change = Change(kind, was.bsn, _after(kind, was, everybody[number - 1].address, day))
        changes.append(change)
        messages.append(_told(kind, was, change.now))
    return changes, messages


def _after(kind: str, was: Person, other: Address, day: int) -> Person | None:
    match kind:
        case "moved":
            return was._replace(address=other)
        case "corrected":
            return was._replace(geslachtsnaam=was.geslachtsnaam + "s")
        case "emptied":
            return was._replace(voorvoegsel=None if was.voorvoegsel else "van")
        case "died":
            return was._replace(overleden=f"{STAND + timedelta(days=day):%Y%m%d}")
        case _:
            return None


#: How a person's field is written in a message, of those that a change tells.
_FIELDS: dict[str, Callable[[Person], str]] = {
    "moved": lambda one: _address(one.address),
    "corrected": lambda one: _element("geslachtsnaam", one.geslachtsnaam),
    "emptied": lambda one: _element("voorvoegselGeslachtsnaam", one.voorvoegsel),
    "died": lambda one: _element("overlijdensdatum", one.overleden),
}


def _told(kind: str, was: Person, now: Person | None) -> tuple[str, Sequence[str]]:
    """The mutatiesoort and the objects: the key, and what changes."""
    if now is None:
        return "V", [_object("V", _key(was))]
    soort = "C" if kind == "corrected" else "W"
    return soort, [_object("W", _key(one) + _FIELDS[kind](one)) for one in (was, now)]


def _whole(one: Person) -> str:
    born = f'<BG:geboortedatum StUF:indOnvolledigeDatum="{one.known}">{one.geboortedatum}</BG:geboortedatum>'
    fields = [
        _key(one),
        '<BG:authentiek StUF:metagegeven="true">J</BG:authentiek>',
        _element("geslachtsnaam", one.geslachtsnaam),
        _element("voorvoegselGeslachtsnaam", one.voorvoegsel),
        _element("voornamen", one.voornamen),
        _element("geslachtsaanduiding", one.geslacht),
        born,
        _element("overlijdensdatum", one.overleden),
        _address(one.address),
        _element("inp.gemeenteVanInschrijving", GEMEENTECODE),
        '<BG:inp.immigratieLand xsi:nil="true" StUF:noValue="nietOndersteund"/>',
    ]
    return _object("T", "".join(fields))


def _object(soort: str, fields: str) -> str:
    return f'<BG:object StUF:entiteittype="NPS" StUF:verwerkingssoort="{soort}">{fields}</BG:object>'


def _key(one: Person) -> str:
    return _element("inp.bsn", one.bsn)


def _address(address: Address) -> str:
    fields: Iterable[tuple[str, str | int | None]] = (
        ("aoa.identificatie", address.identificatie),
        ("wpl.identificatie", WOONPLAATSCODE),
        ("wpl.woonplaatsNaam", WOONPLAATS),
        ("gor.openbareRuimteNaam", address.street.naam),
        ("gor.straatnaam", address.street.naam),
        ("aoa.postcode", address.postcode),
        ("aoa.huisnummer", address.huisnummer),
        ("aoa.huisletter", address.huisletter),
        ("aoa.huisnummertoevoeging", address.huisnummertoevoeging),
    )
    return f"<BG:verblijfsadres>{''.join(_element(*field) for field in fields)}</BG:verblijfsadres>"


def _element(name: str, value: str | int | None) -> str:
    if value is None:
        return f"<BG:{name} {_NOTHING}/>"
    return f"<BG:{name}>{escape(str(value))}</BG:{name}>"


def _message(day: int, number: int, soort: str, objects: Sequence[str]) -> str:
    date = STAND + timedelta(days=day)
    seconds, hundredths = divmod(number, 100)
    minutes, seconds = divmod(seconds, 60)
    moment = f"{date:%Y%m%d}09{minutes:02d}{seconds:02d}{hundredths:02d}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<BG:npsLk01 {_NAMESPACES}><BG:stuurgegevens>'
        "<StUF:berichtcode>Lk01</StUF:berichtcode><StUF:zender><StUF:organisatie>"
        f"{GEMEENTECODE}</StUF:organisatie><StUF:applicatie>Burgerzaken</StUF:applicatie></StUF:zender>"
        f"<StUF:ontvanger><StUF:organisatie>{GEMEENTECODE}</StUF:organisatie><StUF:applicatie>Vlekkeloos"
        f"</StUF:applicatie></StUF:ontvanger><StUF:referentienummer>{day * 100_000 + number}</StUF:referentienummer>"
        f"<StUF:tijdstipBericht>{moment}</StUF:tijdstipBericht><StUF:entiteittype>NPS</StUF:entiteittype>"
        f"</BG:stuurgegevens><BG:parameters><StUF:mutatiesoort>{soort}</StUF:mutatiesoort>"
        "<StUF:indicatorOvername>V</StUF:indicatorOvername></BG:parameters>"
        f"{''.join(objects)}</BG:npsLk01>\n"
    )


def _chance(seed: int, of: str) -> Random:
    return Random(f"{seed}/stuf/{of}")  # noqa: S311 (a sandbox has to be repeatable)
