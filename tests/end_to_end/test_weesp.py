"""A delivery that Kadaster really made, against a copy of it with 500 known errors."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as papq
import pytest
from ruamel.yaml import YAML

from connectors import bag_extract
from tests.end_to_end.driver import vlekkeloos
from vlekkeloos.connector import Connection, Pulled
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox.plant import plant
from vlekkeloos.sandbox.score import Score, score

DAY = "2021-10-15"
FIELDS = ["postcode", "huisnummer", "huisletter", "huisnummertoevoeging", "status", "ligtAan"]
#: Object type, as the contract and as the delivery's file names have it.
TYPES = {
    "nummeraanduiding": "NUM",
    "verblijfsobject": "VBO",
    "pand": "PND",
    "openbareRuimte": "OPR",
    "woonplaats": "WPL",
    "ligplaats": "LIG",
    "standplaats": "STA",
}


def counted(delivery: Path) -> dict[str, int]:
    """How many objects the XML of each type holds, by counting their tags in the unpacked text."""
    counts: Counter[str] = Counter()

    def walk(data: bytes, name: str) -> None:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for member in archive.namelist():
                content = archive.read(member)
                if member.endswith(".zip"):
                    walk(content, member)
                elif kind := re.match(r"\d{4}([A-Z]{3})\d{8}\.zip", name):
                    counts[kind[1]] += content.count(b"<sl-bag-extract:bagObject>")

    walk(delivery.read_bytes(), "")
    return dict(counts)


def exchange(folder: Path, sources: dict[str, dict[str, object]], fields: list[str]) -> Path:
    home = folder / "exchanges" / "weesp"
    home.mkdir(parents=True)
    left, right = list(sources)[:2]
    contract = {
        "exchange": "weesp",
        "title": "Weesp tegen zichzelf",
        "classification": "openbaar",
        "sources": sources,
        "reconcile": {"left": left, "right": right, "fields": {name: {} for name in fields}, "settle": "authentic"},
        "publish": [
            {"partner": "afnemer", "connector": "folder", "url": str(folder / "afnemer"), "fields": ["identificatie"]}
        ],
    }
    with (home / "contract.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(contract, file)
    return folder / "exchanges"


def valid_now(pulled: Pulled) -> pa.Table:
    """The voorkomens that held on DAY, worked out here and not by the engine."""
    table = pa.Table.from_batches(pulled.batches, pulled.schema)
    day = pa.scalar(DAY).cast(pa.date32())
    ended = pc.fill_null(pc.less_equal(table["eindGeldigheid"].cast(pa.date32()), day), False)
    begun = pc.less_equal(table["beginGeldigheid"].cast(pa.date32()), day)
    return table.filter(pc.and_(begun, pc.invert(ended)))


@pytest.fixture(scope="module")
def outcome(weesp: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Score, list[dict[str, str]], Path]:
    folder = tmp_path_factory.mktemp("weesp")
    pulled = bag_extract.pull(bag_extract.Options(object="nummeraanduiding"), Connection("weesp", str(weesp)))
    now = valid_now(pulled).select(["identificatie", *FIELDS])
    copy, truth = plant(now, key="identificatie", fields=FIELDS, errors=500, seed=7)
    papq.write_table(copy, folder / "copy.parquet")
    pacsv.write_csv(truth, folder / "truth.csv")
    exchanges = exchange(
        folder,
        {
            "gemeente": {"connector": "parquet", "url": str(folder / "copy.parquet"), "key": "identificatie"},
            "bag": {
                "connector": "bag_extract",
                "url": str(weesp),
                "object": "nummeraanduiding",
                "key": "identificatie",
                "authentic": True,
            },
        },
        FIELDS,
    )
    lake = folder / "lake"
    ran = vlekkeloos("run", "weesp", "--exchanges", exchanges, "--lake", lake, "--as-of", DAY)
    assert ran.status == 0, ran.err
    shown = vlekkeloos("show", "discrepancies/weesp", "--lake", lake, "--format", "csv")
    return score(Lake(str(lake)), "weesp", folder / "truth.csv"), shown.rows, folder


def test_exactly_the_500_known_errors_are_found(outcome: tuple[Score, list[dict[str, str]], Path]) -> None:
    found, rows, _ = outcome
    assert (found.planted, found.found, found.right) == (500, 500, 500)
    assert (found.recall, found.precision) == (1.0, 1.0)
    assert {"key", "field", "left", "right", "kind"} <= rows[0].keys()
    assert {row["kind"] for row in rows} == {"missing_left", "missing_right", "differs"}


def test_the_release_holds_every_address_that_kadaster_delivered(
    outcome: tuple[Score, list[dict[str, str]], Path], weesp: Path
) -> None:
    _, _, folder = outcome
    latest = json.loads((folder / "afnemer" / "weesp" / "latest.json").read_text(encoding="utf-8"))
    released = papq.read_table(folder / "afnemer" / "weesp" / latest["folder"] / "weesp.parquet")
    pulled = bag_extract.pull(bag_extract.Options(object="nummeraanduiding"), Connection("weesp", str(weesp)))
    assert sorted(released["identificatie"].to_pylist()) == sorted(valid_now(pulled)["identificatie"].to_pylist())


def test_every_object_of_every_type_arrives_in_raw(weesp: Path, tmp_path: Path) -> None:
    sources = {
        name.lower(): {"connector": "bag_extract", "url": str(weesp), "object": name, "key": "identificatie"}
        for name in TYPES
    }
    exchanges = exchange(tmp_path, sources, [])
    contract = exchanges / "weesp" / "contract.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("  settle: authentic\n", ""), encoding="utf-8")
    pulled = vlekkeloos("pull", "weesp", "--exchanges", exchanges, "--lake", tmp_path / "lake", "--json")
    assert pulled.status == 0, pulled.err
    rows = {stage["subject"]: stage["details"]["rows"] for stage in pulled.json["stages"]}
    there = counted(weesp)
    assert rows == {name.lower(): there[file] for name, file in TYPES.items()}
    assert (rows["nummeraanduiding"], rows["verblijfsobject"], rows["pand"]) == (16113, 26085, 23091)
