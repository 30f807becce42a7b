"""A Town in; its waste containers out: as the municipality keeps them, and as the supplier who empties them does.

Both deliver a file a day, named after the day: the municipality Parquet, the supplier CSV in windows-1252.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

from vlekkeloos.sandbox import Sandbox
from vlekkeloos.sandbox.bag_delivery import STAND
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.registries.town import Town

#: What is collected, and how many litres a container of it holds.
FRACTIES = (("restafval", 5000), ("gft", 240), ("pmd", 5000), ("papier", 4000), ("glas", 3000), ("textiel", 2000))
#: A container for so many addresses.
ADDRESSES = 4
FIELDS = ("fractie", "inhoud", "nummeraanduiding", "geplaatst_op")


def furnish(made: Sandbox, town: Town) -> dict[str, dict[str, Any]]:
    """A folder in the place of the supplier's server and one in that of the bucket; the connections to them."""
    supplier, municipality = made.folder / "leverancier_afval", made.folder / "gemeente_beheer"
    for folder in (supplier / "uit", municipality):
        folder.mkdir(parents=True, exist_ok=True)
    write_supplied(town, supplier / "uit", STAND)
    write_kept(town, municipality, STAND)
    places = {"leverancier_afval": supplier, "gemeente_beheer": municipality}
    return {name: {"conn_type": "fs", "extra": {"path": str(path.absolute())}} for name, path in places.items()}


def containers(town: Town) -> pa.Table:
    """Every container that stands on the street, as it is; ``inhoud`` in litres."""
    rows = []
    for number in range(town.addresses // ADDRESSES):
        address = town.address(number * ADDRESSES)
        chance = town.chance("container", number)
        fractie, inhoud = chance.choice(FRACTIES)
        rows.append(
            {
                "containernummer": f"VLD-{number + 1:05}",
                "fractie": fractie,
                "inhoud": inhoud,
                "nummeraanduiding": address.identificatie,
                "straatnaam": address.street.naam,
                "geplaatst_op": date(2015, 1, 1) + timedelta(days=chance.randrange(4000)),
            }
        )
    return pa.Table.from_pylist(rows)


def supplied(town: Town) -> Kept:
    """What the supplier has of them, with a capital in front of each fractie, and what of that is wrong."""
    table, truth = planted(town, containers(town), key="containernummer", fields=FIELDS)
    told = pc.if_else(pc.equal(truth["field"], "fractie"), pc.utf8_capitalize(truth["left"]), truth["left"])
    return Kept(_with(table, "fractie", pc.utf8_capitalize(table["fractie"])), _with(truth, "left", told))


def write_kept(town: Town, folder: Path, day: date) -> Path:
    """The municipality's file of that day."""
    path = folder / f"containers-{day}.parquet"
    papq.write_table(containers(town), path)
    return path


def write_supplied(town: Town, folder: Path, day: date) -> Path:
    """The supplier's file of that day, with ; between fields."""
    table = supplied(town).table
    path = folder / f"containers-{day}.csv"
    pacsv.write_csv(table, path, pacsv.WriteOptions(delimiter=";", quoting_style="needed"))
    path.write_bytes(path.read_text("utf-8").encode("windows-1252"))
    return path


def _with(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)
