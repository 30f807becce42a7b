"""The exchange bag_samenhang on a delivery of Kadaster finds what is counted without it, and what the page says.

The page is docs/findings/weesp.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from connectors import bag_extract
from tests.end_to_end.driver import vlekkeloos
from vlekkeloos.connector import Connection

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "findings" / "weesp.md"
#: The day of the delivery, one with objects before their address, and one on which two statuses differ.
DAYS = ["2021-10-15", "2019-12-15", "2011-02-17"]
WITHDRAWN = {
    "Naamgeving ingetrokken",
    "Verblijfsobject ingetrokken",
    "Niet gerealiseerd verblijfsobject",
    "Verblijfsobject ten onrechte opgevoerd",
}
#: The references that the suites of the exchange judge.
REFERENCES = [
    ("nummeraanduiding", "ligtAan", "openbareruimte"),
    ("nummeraanduiding", "ligtIn", "woonplaats"),
    ("openbareruimte", "ligtIn", "woonplaats"),
    ("verblijfsobject", "heeftAlsHoofdadres", "nummeraanduiding"),
    ("verblijfsobject", "heeftAlsNevenadres", "nummeraanduiding"),
    ("verblijfsobject", "maaktDeelUitVan", "pand"),
]

Tables = Callable[[str], pd.DataFrame]


@dataclass(frozen=True)
class Counts:
    """One line of the page's table: what addresses and objects said of each other on a day."""

    nummeraanduidingen: int
    verblijfsobjecten: int
    agree: int
    status_differs: int
    ligplaats: int
    standplaats: int
    nevenadres: int
    no_object: int
    no_address: int

    def line(self, day: str) -> str:
        """The line in Markdown."""
        return f"| {day} | " + " | ".join(f"{getattr(self, field.name):,}" for field in fields(self)) + " |"


@dataclass(frozen=True)
class Ran:
    """What the exchange found on a day, and where its lake is."""

    details: dict[tuple[str, str], dict[str, Any]]
    found: list[dict[str, str]]
    lake: Path

    def keys(self, kind: str) -> list[str]:
        return sorted(row["key"] for row in self.found if row["kind"] == kind)


@pytest.fixture(scope="module")
def delivered(weesp: Path) -> Tables:
    """The tables of the delivery as pandas has them, each read once."""

    @cache
    def table(name: str) -> pd.DataFrame:
        pulled = bag_extract.pull(bag_extract.Options.model_validate({"object": name}), Connection("w", str(weesp)))
        found: pd.DataFrame = pa.Table.from_batches(pulled.batches, pulled.schema).to_pandas()
        return found

    return table


@pytest.fixture(scope="module")
def ran(weesp: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """Runs the exchange as of a day, once."""

    @cache
    def run(day: str) -> Ran:
        folder = tmp_path_factory.mktemp(day)
        (folder / "partner").mkdir()
        places = {"BAG_LEVERING": weesp, "PARTNER_VEILIGHEIDSREGIO": folder / "partner"}
        connections = {
            f"AIRFLOW_CONN_{name}": json.dumps({"conn_type": "file", "extra": {"path": str(place)}})
            for name, place in places.items()
        }
        words: list[str | Path] = [
            "--exchanges",
            ROOT / "exchanges",
            "--lake",
            folder / "lake",
            "--as-of",
            day,
            "--json",
        ]
        answer = vlekkeloos("run", "bag_samenhang", *words, environment=connections)
        assert answer.status == 0, answer.err
        details = {(stage["stage"], stage["subject"]): stage["details"] for stage in answer.json["stages"]}
        lake = folder / "lake"
        shown = vlekkeloos("show", "discrepancies/bag_samenhang", "--lake", lake, "--format", "csv")
        return Ran(details, shown.rows, lake)

    return run


def on(table: pd.DataFrame, day: str) -> pd.DataFrame:
    """The voorkomens that held on a day; in this delivery none is inactive, and none of an object overlap."""
    assert table[["tijdstipInactief", "tijdstipInactiefLV", "tijdstipNietBagLV"]].isna().all(axis=None)
    then = date.fromisoformat(day)
    ended = table["eindGeldigheid"].notna() & (table["eindGeldigheid"].fillna(then) <= then)
    found = table[(table["beginGeldigheid"] <= then) & ~ended]
    assert found["identificatie"].is_unique
    return found


def beside(delivered: Tables, day: str) -> dict[str, str]:
    """Of each nummeraanduiding that isn't the main address of a verblijfsobject on a day: what it is then."""
    found: dict[str, str] = {}
    objects = {name: on(delivered(name), day) for name in ("verblijfsobject", "ligplaats", "standplaats")}
    for name in ("ligplaats", "standplaats"):
        found |= dict.fromkeys(objects[name]["heeftAlsHoofdadres"], name)
    for table in objects.values():
        found |= dict.fromkeys(table["heeftAlsNevenadres"].dropna().explode(), "nevenadres")
    alone = set(on(delivered("nummeraanduiding"), day)["identificatie"])
    alone -= set(objects["verblijfsobject"]["heeftAlsHoofdadres"])
    return {key: found.get(key, "no_object") for key in alone}


def counted(delivered: Tables, day: str) -> Counts:
    """The counts of a day, made by pandas from what the connector gives."""
    addresses, objects = on(delivered("nummeraanduiding"), day), on(delivered("verblijfsobject"), day)
    assert objects["heeftAlsHoofdadres"].is_unique
    both = addresses.merge(objects, left_on="identificatie", right_on="heeftAlsHoofdadres", suffixes=("_n", "_v"))
    assert (both["typeAdresseerbaarObject"] == "Verblijfsobject").all()
    differs = both["status_n"].isin(WITHDRAWN) != both["status_v"].isin(WITHDRAWN)
    what = Counter(beside(delivered, day).values())
    return Counts(
        nummeraanduidingen=len(addresses),
        verblijfsobjecten=len(objects),
        agree=int((~differs).sum()),
        status_differs=int(differs.sum()),
        ligplaats=what["ligplaats"],
        standplaats=what["standplaats"],
        nevenadres=what["nevenadres"],
        no_object=what["no_object"],
        no_address=int((~objects["heeftAlsHoofdadres"].isin(addresses["identificatie"])).sum()),
    )


@pytest.mark.parametrize("day", DAYS)
def test_the_exchange_finds_what_is_counted_without_it(
    ran: Callable[[str], Ran], delivered: Tables, day: str
) -> None:
    run, counts = ran(day), counted(delivered, day)
    reconciled = run.details["reconcile", ""]
    assert reconciled["records"] == {
        "nummeraanduiding": counts.nummeraanduidingen,
        "verblijfsobject": counts.verblijfsobjecten,
    }
    assert (reconciled["equal"], len(run.keys("differs"))) == (counts.agree, counts.status_differs)
    assert {row["field"] for row in run.found if row["kind"] == "differs"} <= {"status"}
    assert run.keys("missing_right") == sorted(beside(delivered, day))
    assert len(run.keys("missing_left")) == counts.no_address
    assert {row["kind"] for row in run.found} <= {"differs", "missing_left", "missing_right"}


@pytest.mark.parametrize("day", DAYS)
def test_the_page_tells_the_counts_of_the_day(delivered: Tables, day: str) -> None:
    assert counted(delivered, day).line(day) in PAGE.read_text(encoding="utf-8")


def test_the_page_names_each_finding_that_is_no_ligplaats_or_standplaats(
    ran: Callable[[str], Ran], delivered: Tables
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = [key for key, what in beside(delivered, DAYS[0]).items() if what in ("nevenadres", "no_object")]
    named += ran("2011-02-17").keys("differs") + ran("2019-12-15").keys("missing_left")[:2]
    assert [key for key in named if key not in page] == []


def test_each_address_of_a_ligplaats_or_standplaats_says_so(delivered: Tables) -> None:
    kinds = on(delivered("nummeraanduiding"), DAYS[0]).set_index("identificatie")["typeAdresseerbaarObject"]
    what = beside(delivered, DAYS[0])
    said = {key: "verblijfsobject" if name == "nevenadres" else name for key, name in what.items()}
    assert {key: kinds[key].lower() for key in what} == said


def test_one_nevenadres_is_withdrawn_though_its_object_lives(delivered: Tables) -> None:
    objects = on(delivered("verblijfsobject"), DAYS[0])
    addresses = on(delivered("nummeraanduiding"), DAYS[0]).set_index("identificatie")["status"]
    nevenadressen = objects[~objects["status"].isin(WITHDRAWN)].explode("heeftAlsNevenadres")
    wrong = nevenadressen[nevenadressen["heeftAlsNevenadres"].map(addresses).isin(WITHDRAWN)]
    assert list(zip(wrong["identificatie"], wrong["heeftAlsNevenadres"], strict=True)) == [
        ("0457010000062387", "0457200000522576")
    ]


def test_the_history_has_one_status_that_differs_and_as_many_late_addresses_as_the_page_says(
    delivered: Tables,
) -> None:
    far = date(9999, 1, 1)
    ended = [
        delivered(name).assign(end=lambda table: table["eindGeldigheid"].fillna(far))
        for name in ("nummeraanduiding", "verblijfsobject")
    ]
    both = ended[0].merge(ended[1], left_on="identificatie", right_on="heeftAlsHoofdadres", suffixes=("_n", "_v"))
    together = both[["beginGeldigheid_n", "beginGeldigheid_v"]].max(axis=1) < both[["end_n", "end_v"]].min(axis=1)
    differs = both["status_n"].isin(WITHDRAWN) != both["status_v"].isin(WITHDRAWN)
    assert both[together & differs]["identificatie_n"].tolist() == ["0457200000200736"]

    first = both.groupby("identificatie_n")[["beginGeldigheid_n", "beginGeldigheid_v"]].min()
    late = first[first["beginGeldigheid_n"] > first["beginGeldigheid_v"]]["beginGeldigheid_n"]
    page = PAGE.read_text(encoding="utf-8")
    assert int((late >= date(2011, 1, 1)).sum()) == 16
    assert f"**{(late < date(2011, 1, 1)).sum():,} more began before their address" in page
    assert f"{(late == date(2010, 9, 29)).sum():,} of these addresses begin on 2010-09-29" in page


def test_the_suites_judge_each_reference_as_counted_and_as_the_page_says(
    ran: Callable[[str], Ran], delivered: Tables
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    judged = {}
    for file in (ran(DAYS[0]).lake / "validations").rglob("result.json"):
        for result in json.loads(file.read_text(encoding="utf-8"))["results"]:
            kwargs = result["expectation_config"]["kwargs"]
            if result["expectation_config"]["type"] == "expect_column_values_to_exist_in":
                numbers = result["result"]
                there = numbers["element_count"] - numbers["missing_count"]
                judged[file.parent.name, kwargs["column"], kwargs["source"]] = there, numbers["unexpected_count"]
    counts = {}
    for name, column, other in REFERENCES:
        values = delivered(name)[column].dropna().explode()
        astray = values[~values.isin(delivered(other)["identificatie"])]
        counts[name, column, other] = values.index.nunique(), astray.index.nunique()
    assert judged == counts
    for (name, column, other), (there, lost) in counts.items():
        assert f"| {name} | {column} → {other} | {there:,} | {lost:,} |" in page


def test_the_cause_that_the_page_tells(ran: Callable[[str], Ran]) -> None:
    words: list[str | Path] = ["--exchanges", ROOT / "exchanges", "--lake", ran(DAYS[0]).lake, "--json"]
    (cause,) = vlekkeloos("causes", "bag_samenhang", *words).json["causes"]
    assert (cause["kind"], cause["count"]) == ("missing_since", 185)
    assert cause["en"].partition(":")[0] in " ".join(PAGE.read_text(encoding="utf-8").split())
