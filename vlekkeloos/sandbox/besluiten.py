"""A Town in; its decisions on addresses out: as its document system exports them, and as the archive lists them.

The system exports an XML file a year, the archive keeps a workbook a year.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from vlekkeloos.sandbox import Sandbox
from vlekkeloos.sandbox.addresses import WITHDRAWN
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.registries import municipal
from vlekkeloos.sandbox.registries.town import Town

NAMESPACE = "urn:vlekkerdam:besluiten:1"
FIELDS = ("documentdatum", "nummeraanduiding")


def furnish(made: Sandbox, town: Town) -> dict[str, dict[str, Any]]:
    """The two folders with a file a year, and the connections to them."""
    exported, listed_in = made.folder / "gemeente_besluiten", made.folder / "archief_inventaris"
    for folder in (exported, listed_in):
        folder.mkdir(parents=True, exist_ok=True)
    write_exported(town, exported)
    write_listed(town, listed_in)
    places = {"gemeente_besluiten": exported, "archief_inventaris": listed_in}
    return {name: {"conn_type": "fs", "extra": {"path": str(path.absolute())}} for name, path in places.items()}


def besluiten(town: Town) -> pa.Table:
    """The decision on each address as it now is (its brondocument), in the order of the addresses."""
    rows = []
    for address in town.all():
        rows.append(
            {
                "documentnummer": f"BAG-{address.period.begin[:4]}-{address.number + 1:06}",
                "documentdatum": address.period.begin,
                "soort": "intrekking" if address.status == WITHDRAWN else "uitgifte",
                "nummeraanduiding": address.identificatie,
                "straatnaam": address.street.naam,
                "huisnummer": address.huisnummer,
            }
        )
    return pa.Table.from_pylist(rows)


def listed(town: Town) -> Kept:
    """What the archive's lists say of them, and what of that is wrong."""
    table = besluiten(town).select(["documentnummer", "soort", *FIELDS])
    kept = planted(town, table, key="documentnummer", fields=FIELDS)
    boxes = [f"doos {number // 25 + 1}" for number in range(kept.table.num_rows)]
    return Kept(kept.table.append_column("doos", pa.array(boxes)), kept.truth)


def write_exported(town: Town, folder: Path) -> list[Path]:
    """The document system's files, one a year of ``documentdatum``."""
    return [_export(rows, folder / f"besluiten-{year}.xml") for year, rows in _by_year(besluiten(town))]


def write_listed(town: Town, folder: Path) -> list[Path]:
    """The archive's workbooks, one a year of ``documentdatum``."""
    paths = []
    for year, rows in _by_year(listed(town).table):
        municipal.write(rows, path := folder / f"inventaris-{year}.xlsx")
        paths.append(path)
    return paths


def _by_year(table: pa.Table) -> list[tuple[str, pa.Table]]:
    years = pc.utf8_slice_codeunits(table["documentdatum"], 0, 4)
    return [(year, table.filter(pc.equal(years, year))) for year in sorted(set(years.to_pylist()))]


def _export(rows: pa.Table, path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<b:Export xmlns:b="{NAMESPACE}">\n')
        file.write(f"  <b:Kop><b:aantal>{rows.num_rows}</b:aantal></b:Kop>\n")
        for row in rows.to_pylist():
            about = ("nummeraanduiding", "straatnaam", "huisnummer")
            concerns = "".join(f"<b:{name}>{escape(str(row[name]))}</b:{name}>" for name in about)
            file.write(
                f'  <b:Besluit soort="{row["soort"]}"><b:documentnummer>{row["documentnummer"]}</b:documentnummer>'
                f"<b:documentdatum>{row['documentdatum']}</b:documentdatum><b:betreft>{concerns}</b:betreft></b:Besluit>\n"
            )
        file.write("</b:Export>\n")
    return path
