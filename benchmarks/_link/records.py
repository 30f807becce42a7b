"""A seed and a number in; persons in two registers that share no key, in a Delta lake, and who is who, out.

Of the ``rows`` persons on the right, of whom many live together, BOTH of a hundred are on the left too, with the
mistakes of a register that is kept by hand; the others there are persons of their own, and HOUSEMATES live with one
who is on the right only. Both registers have a key of their own.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from vlekkeloos.lake import Lake

#: Of a hundred records on the left, those of a person who is on the right too, and of others who live with one.
BOTH, HOUSEMATES = 80, 2
#: On the right, one of so many lives with the one before, and most of those have one surname.
TOGETHER, ONE_NAME = 3, 0.6
#: The names that a person is given, and those by which people call them.
CALLED = {
    "Johannes": "Jan", "Cornelis": "Kees", "Wilhelmus": "Wim", "Hendrikus": "Henk", "Petrus": "Piet",
    "Elisabeth": "Els", "Margaretha": "Greet", "Catharina": "Trees", "Johanna": "Anneke", "Wilhelmina": "Willy",
    "Theodorus": "Theo", "Gerardus": "Gerard", "Maria": "Marijke", "Adriana": "Sjaan", "Antonius": "Toon",
}  # fmt: skip
GIVEN = (
    *CALLED, "Fatima", "Mohammed", "Daan", "Emma", "Sem", "Julia", "Lucas", "Sanne", "Bram", "Lotte", "Noor", "Thijs",
    "Yara", "Finn", "Zoë", "Ruben", "Eva", "Niels", "Iris", "Joost", "Femke", "Sven", "Renée", "Koen",
)  # fmt: skip
BEFORE = ("", "", "", "van", "de", "van der", "van den", "ten", "van 't", "in 't")
BEGIN = (
    "Berg", "Bos", "Dijk", "Haan", "Heuvel", "Hof", "Horst", "Kamp", "Linde", "Meer", "Molen", "Veen", "Vliet",
    "Waal", "Wijn", "Zand", "Bakker", "Brouwer", "Jans", "Pieters", "Willems", "Oost", "Schaap", "Koster",
)  # fmt: skip
END = ("", "", "", "s", "en", "sen", "ma", "stra", "man", "mans", "huis", "hoven", "kamp", "veld", "beek", "donk")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIELDS = ("id", "voornaam", "achternaam", "geboortedatum", "postcode", "huisnummer", "plaats")
PLACES = ("Weesp", "Muiden", "Naarden", "Bussum", "Laren")


def made(rows: int, seed: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[str, str]]]:
    """Records of left and right with FIELDS, and the pairs of keys that are one person."""
    draw = random.Random(seed)  # noqa: S311 - records that are made up, not a secret
    right: list[tuple[Any, ...]] = []
    for number in range(rows):
        person = _person(draw, rows)
        if number % TOGETHER == 1:
            _, _, before, _, *address = right[-1]
            person = (person[0], before if draw.random() < ONE_NAME else person[1], person[2], *address)
        right.append((f"R{number:08d}", *person))
    order = list(range(rows))
    draw.shuffle(order)
    left, truth = [], []
    for place, number in enumerate(order):
        key, person = f"L{place:08d}", right[number][1:]
        if place % 100 < BOTH:
            left.append((key, *_as_written_down(draw, person, rows)))
            truth.append((key, right[number][0]))
        elif place % 100 < BOTH + HOUSEMATES:
            given, _, born, *_ = _person(draw, rows)
            left.append((key, given, person[1], born, *person[3:]))
        else:
            left.append((key, *_person(draw, rows)))
    return left, right, truth


def _person(draw: random.Random, rows: int) -> tuple[Any, ...]:
    # some names are common and most are not, as in life
    name = (
        draw.choice(BEGIN) + draw.choice(END) + (draw.choice(("", "", " " + draw.choice(BEGIN) + draw.choice(END))))
    )
    born = date(1930, 1, 1) + timedelta(days=int(draw.triangular(0, 34_000, 16_000)))
    # some sixteen addresses have a postcode
    code = draw.randrange(max(20, rows // 30))
    postcode = f"{1000 + code % 8999}{LETTERS[code // 26 % 26].upper()}{LETTERS[code % 26].upper()}"
    surname = " ".join((draw.choice(BEFORE), name)).strip()
    return draw.choice(GIVEN), surname, born.isoformat(), postcode, str(draw.randint(1, 60)), draw.choice(PLACES)


def _as_written_down(draw: random.Random, person: tuple[Any, ...], rows: int) -> tuple[Any, ...]:
    """A person as another register has them: most fields right, some not."""
    given, surname, born, postcode, number, place = person
    chance = draw.random
    if given in CALLED and chance() < 0.4:
        given = CALLED[given]
    elif chance() < 0.1:
        given = given[0] + "."
    if chance() < 0.1:
        surname = _typo(draw, surname)
    if " " in surname and chance() < 0.1:
        before, _, name = surname.rpartition(" ")
        surname = f"{name}, {before}"
    if chance() < 0.03:
        surname = _person(draw, rows)[1]  # married
    if chance() < 0.03:
        born = born[:5] + born[8:] + "-" + born[5:7]
    elif chance() < 0.04:
        born = _swapped(draw, born)
    elif chance() < 0.03:
        born = None
    if chance() < 0.08:
        postcode, number, place = _person(draw, rows)[3:]  # moved
    elif chance() < 0.04:
        number = _swapped(draw, number)
    elif chance() < 0.05:
        postcode = f"{postcode[:4]} {postcode[4:].lower()}"
    elif chance() < 0.03:
        postcode = None
    return given, surname, born, postcode, number, place


def _typo(draw: random.Random, text: str) -> str:
    at = draw.randrange(1, len(text))
    kind = draw.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
    return text[:at] + draw.choice(LETTERS) + text[at + 1 :]


def _swapped(draw: random.Random, text: str) -> str:
    """Two neighbouring digits that changed places, or one that is another."""
    digits = [place for place, letter in enumerate(text) if letter.isdigit()]
    at = draw.choice(digits)
    if at + 1 in digits and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + str((int(text[at]) + draw.randint(1, 9)) % 10) + text[at + 1 :]


def main(folder: str, rows: str, seed: str) -> None:
    """Writes left, right and truth into a lake, and tells how large they are."""
    left, right, truth = made(int(rows), int(seed))
    lake = Lake(folder)
    for name, records in (("left", left), ("right", right)):
        columns = zip(*records, strict=True)
        table = pa.table(
            {field: pa.array(values, pa.string()) for field, values in zip(FIELDS, columns, strict=True)}
        )
        lake.write(name, table, run_id="seed")
    keys = zip(("left_key", "right_key"), zip(*truth, strict=True), strict=True)
    lake.write("truth", pa.table({name: pa.array(values, pa.string()) for name, values in keys}), run_id="seed")
    size = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet"))
    print(json.dumps({"persons": len(truth), "mb": round(size / 1e6, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
