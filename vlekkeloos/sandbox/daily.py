"""A Town in; its addresses as an application keeps them that tells when it changed each, out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from vlekkeloos.sandbox import Sandbox
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.registries import municipal
from vlekkeloos.sandbox.registries.town import Town

FIELDS = ("postcode", "huisnummer", "huisletter", "huisnummertoevoeging", "status")
#: When the first address was entered; each following one a minute later.
BEGIN = datetime(2025, 11, 3, 8, 30)


def furnish(made: Sandbox, town: Town) -> dict[str, dict[str, Any]]:
    """The application's database, and the connection to it."""
    folder = made.folder / "adressen_dagelijks"
    folder.mkdir(parents=True, exist_ok=True)
    return {"gemeente_adressen_dagelijks": municipal.write(kept(town).table, folder / "adressen.sqlite")}


def addresses(town: Town) -> pa.Table:
    """Every address, with the BAG's own names."""
    return pa.Table.from_pylist(
        [{name: getattr(address, name) for name in ("identificatie", *FIELDS)} for address in town.all()],
        schema=pa.schema(
            [(name, pa.int64() if name == "huisnummer" else pa.string()) for name in ("identificatie", *FIELDS)]
        ),
    )


def kept(town: Town) -> Kept:
    """The application's table, with ``gewijzigd_op``, and what is wrong in it."""
    found = planted(town, addresses(town), key="identificatie", fields=FIELDS)
    moments = [BEGIN + timedelta(minutes=number) for number in range(found.table.num_rows)]
    return Kept(found.table.append_column("gewijzigd_op", pa.array(moments, pa.timestamp("us"))), found.truth)
