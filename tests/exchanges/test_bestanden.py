"""Each exchange of files on servers, and of a database's changes, finds what was planted and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.end_to_end.driver import Answer, vlekkeloos
from tests.servers import ObjectStore, Sftp
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox import bag_delivery, besluiten, containers, daily
from vlekkeloos.sandbox.kept import Kept
from vlekkeloos.sandbox.registries import Town

EXCHANGES = Path(__file__).resolve().parents[2] / "exchanges"
TOWN = Town(seed=6, addresses=240)
TODAY, YESTERDAY = date(2026, 1, 8), date(2026, 1, 7)

Found = set[tuple[str, ...]]


class Runs:
    """Runs of one exchange by the command, on a lake of their own."""

    def __init__(self, exchange: str, folder: Path, **connections: dict[str, Any]) -> None:
        self.exchange, self.lake = exchange, Lake(str(folder / "lake"))
        self.partner = folder / "partner"
        self.environment = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(made) for name, made in connections.items()}

    def run(self, run_id: str = "r1") -> Answer:
        places = ["--exchanges", EXCHANGES, "--lake", self.lake.url, "--run-id", run_id, "--as-of", TODAY.isoformat()]
        return vlekkeloos("run", self.exchange, *map(str, places), environment=self.environment)

    @property
    def found(self) -> Found:
        """What the last run found."""
        rows = self.rows(f"discrepancies/{self.exchange}")
        return {tuple(row[name] or "" for name in ("key", "field", "kind", "left", "right")) for row in rows}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The newest version of a table of the lake."""
        rows: list[dict[str, Any]] = self.lake.delta(self.lake.find(table)).to_pyarrow_table().to_pylist()
        return rows

    @property
    def delivered(self) -> int:
        """How many rows the partner has of the newest release."""
        latest = json.loads((self.partner / self.exchange / "latest.json").read_text())
        rows: int = latest["files"][0]["rows"]
        return rows


def on_disk(folder: Path) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    return {"conn_type": "fs", "extra": {"path": str(folder)}}


def told(kept: Kept) -> Found:
    return {
        tuple(row[name] or "" for name in ("key", "field", "kind", "left", "right")) for row in kept.truth.to_pylist()
    }


def test_afvalcontainers_from_an_sftp_server_and_an_object_store(
    sftp: Sftp, store: ObjectStore, tmp_path: Path
) -> None:
    uit = sftp.folder / tmp_path.name / "uit"
    uit.mkdir(parents=True)
    containers.write_supplied(Town(seed=9, addresses=240), uit, YESTERDAY)
    containers.write_supplied(TOWN, uit, TODAY)
    (uit / "containers-2026-01-09.csv.part").write_bytes(b"containernummer;fra")
    store.put("beheer")
    for town, day in ((Town(seed=9, addresses=240), YESTERDAY), (TOWN, TODAY)):
        store.put(f"beheer/export/containers-{day}.parquet", containers.write_kept(town, tmp_path, day).read_bytes())
    runs = Runs(
        "afvalcontainers",
        tmp_path,
        leverancier_afval=sftp.airflow(tmp_path.name),
        gemeente_beheer=store.airflow("s3://beheer/export"),
        partner_inzamelaar=on_disk(tmp_path / "partner"),
    )
    run = runs.run()
    assert run.status == 0, run.err
    assert runs.found == told(containers.supplied(TOWN))
    assert runs.delivered == TOWN.addresses // containers.ADDRESSES


def test_adressen_archief_from_a_folder_of_xml_and_one_of_workbooks(tmp_path: Path) -> None:
    (exported := tmp_path / "xml").mkdir()
    (listed := tmp_path / "xlsx").mkdir()
    assert len(besluiten.write_exported(TOWN, exported)) > 3
    assert len(besluiten.write_listed(TOWN, listed)) > 3
    runs = Runs(
        "adressen_archief",
        tmp_path,
        archief_inventaris=on_disk(listed),
        gemeente_besluiten=on_disk(exported),
        partner_streekarchief=on_disk(tmp_path / "partner"),
    )
    run = runs.run()
    assert run.status == 0, run.err
    assert runs.found == told(besluiten.listed(TOWN))
    assert runs.delivered == TOWN.addresses


@pytest.fixture
def database(postgres_url: str) -> Iterator[tuple[sa.Engine, dict[str, Any]]]:
    """An empty database, and Airflow's connection to it."""
    url = sa.make_url(postgres_url)
    engine = sa.create_engine(url)
    yield engine, {
        "conn_type": "postgres", "host": url.host, "port": url.port, "schema": url.database,
        "login": url.username, "password": url.password,
    }  # fmt: skip
    with engine.begin() as run:
        run.exec_driver_sql("DROP TABLE IF EXISTS adressen")
    engine.dispose()


def test_adressen_dagelijks_reads_each_day_what_was_changed_and_notices_what_was_removed(
    database: tuple[sa.Engine, dict[str, Any]], tmp_path: Path
) -> None:
    engine, airflow = database
    kept = daily.kept(TOWN)
    kinds = {"huisnummer": sa.Integer, "gewijzigd_op": sa.DateTime}
    columns = [sa.Column(name, kinds.get(name, sa.Text)) for name in kept.table.column_names]
    adressen = sa.Table("adressen", sa.MetaData(), *columns)
    with engine.begin() as session:
        adressen.create(session)
        session.execute(adressen.insert(), kept.table.to_pylist())
    levering = tmp_path / bag_delivery.file_name()
    streets = map(TOWN.street, range(TOWN.streets))
    bag_delivery.write(levering, streets=streets, addresses=TOWN.all(), objects={"nummeraanduiding"})
    runs = Runs(
        "adressen_dagelijks",
        tmp_path,
        gemeente_adressen_dagelijks=airflow,
        bag_levering={"conn_type": "file", "extra": {"path": str(levering)}},
        partner_veiligheidsregio=on_disk(tmp_path / "partner"),
    )
    run = runs.run("r1")
    assert run.status == 0, run.err
    assert runs.found == told(kept)

    right = {row["identificatie"]: row for row in daily.addresses(TOWN).to_pylist()}
    wrong = [line for line in sorted(told(kept)) if line[2] == "differs"]
    mended, gone = wrong[0][0], sorted(set(right) - {line[0] for line in told(kept)})[0]
    lacking = next(line for line in sorted(told(kept)) if line[2] == "missing_left")[0]
    # two rows of the same instant
    later = daily.BEGIN.replace(year=2026, month=1, day=8)
    with engine.begin() as session:
        values = right[mended] | {"gewijzigd_op": later}
        session.execute(adressen.update().where(adressen.c.identificatie == mended).values(**values))
        session.execute(adressen.insert(), [right[lacking] | {"gewijzigd_op": later}])
        session.execute(adressen.delete().where(adressen.c.identificatie == gone))
    run = runs.run("r2")
    assert run.status == 0, run.err
    left = {line for line in told(kept) if line[0] not in (mended, lacking)}
    assert runs.found == left | {(gone, "", "missing_left", "", "")}
    with engine.connect() as session:
        there = set(session.execute(sa.select(adressen.c.identificatie)).scalars())
    assert {row["identificatie"] for row in runs.rows("raw/adressen_dagelijks/gemeente")} == there
    assert [row["key"] for row in runs.rows("deletions/adressen_dagelijks/gemeente")] == [gone]
