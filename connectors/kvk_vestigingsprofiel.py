"""Vestigingsnummers in, the vestigingsprofiel (v1) of each in the KVK Handelsregister out.

A number that the register doesn't have gives no record.
"""

from __future__ import annotations

from pydantic import Field

from connectors import _kvk
from connectors._columns import Columns
from vlekkeloos.connector import EVERYTHING, Connection, KeyedOptions, Pulled, Wanted

COLUMNS = Columns(_kvk.addressed(_kvk.VESTIGING), ["links", "_links"], _kvk.INSIDE)


class Options(KeyedOptions):
    """``keys`` are vestigingsnummers."""

    keys: str = Field(pattern=r"^[a-z][a-z0-9_]*\.\S+$", description="<source>.<column> with the vestigingsnummers")
    geoData: bool = Field(  # noqa: N815 (KVK's own spelling)
        False, description="also where an address is, with its identificatie in the BAG"
    )


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The profiles, in the order of the keys.

    Raises RegistryRefused for a wrong key of the connection, RegistryFailed for an answer that can't be read.
    """
    path = "v1/vestigingsprofielen/{}"
    return _kvk.pull(_kvk.product(COLUMNS), path, "vestigingsnummer", options.geoData, connection, wanted)
