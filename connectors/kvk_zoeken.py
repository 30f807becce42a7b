"""A search in the KVK Handelsregister (Zoeken v2) in, the vestigingen and rechtspersonen that it finds out.

The register gives the first 1000 of what a search finds: one that finds more is refused, and has to be cut up, e.g.
into one a street: ``plaats: Vlekkerdam`` with ``keys: straten.naam`` and ``by: straatnaam``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from connectors import _kvk, rest
from connectors._columns import Columns, kinds
from connectors.http import Question
from vlekkeloos.connector import EVERYTHING, Connection, KeyedOptions, Pulled, Wanted

COLUMNS = Columns(
    kinds("kvkNummer rsin vestigingsnummer naam type actief vervallenNaam")
    | kinds(
        "type straatnaam huisnummer:integer huisletter postbusnummer:integer postcode plaats",
        "adres.binnenlandsAdres",
    )
    | kinds("type straatHuisnummer postcodeWoonplaats land", "adres.buitenlandsAdres"),
    ignored=["links", "_links"],
)
#: 100 a page and 1000 in all are the most that the register gives.
API = rest.Api(
    columns=COLUMNS,
    records="resultaten",
    paging=rest.Numbered("pagina", "resultatenPerPagina", 100, total="totaal", most=1000),
    auth=_kvk.AUTH,
    headers=_kvk.HEADERS,
    passing=_kvk.PASSING,
)

#: The words that are not for searching with.
OTHERS = {"keys", "by", "inclusiefInactieveRegistraties", "type"}


class Options(KeyedOptions):
    """The words of a search, spelled as KVK does, all of which must fit; with ``keys``, one search a key."""

    kvkNummer: str | None = Field(None, pattern=r"^[0-9]{8}$", description="8 digits")  # noqa: N815 (KVK's spelling)
    rsin: str | None = Field(None, pattern=r"^[0-9]{9}$", description="9 digits")
    vestigingsnummer: str | None = Field(None, pattern=r"^[0-9]{12}$", description="12 digits")
    naam: str | None = Field(None, description="whole words of a handelsnaam or statutaire naam")
    straatnaam: str | None = Field(None, description="a street")
    plaats: str | None = Field(None, description="a place")
    postcode: str | None = Field(None, pattern=r"^[0-9]{4}[A-Za-z]{2}$", description="with a huisnummer")
    huisnummer: int | None = Field(None, ge=1, le=99999, description="with a postcode")
    type: list[Literal["hoofdvestiging", "nevenvestiging", "rechtspersoon"]] = Field(
        default_factory=list, description="what to find; left out: all three"
    )
    inclusiefInactieveRegistraties: bool = Field(False, description="also who has stopped")  # noqa: N815
    by: Literal["kvkNummer", "rsin", "vestigingsnummer", "naam", "straatnaam", "plaats"] = Field(
        "kvkNummer", description="which word the keys are"
    )

    @model_validator(mode="after")
    def _searchable(self) -> Options:
        words = self.words()
        if not words and not self.keys:
            raise ValueError("give something to search for")
        if ("postcode" in words) != ("huisnummer" in words):
            raise ValueError("KVK searches for a postcode and a huisnummer together only")
        if self.keys and self.by in words:
            raise ValueError(f"the keys are the values of {self.by}: it can't be given as well")
        return self

    def words(self) -> dict[str, str | int]:
        """The words to search with."""
        return self.model_dump(include=set(Options.model_fields) - OTHERS, exclude_none=True)


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """What the search finds, or the search for each key, in the register's order.

    Raises RegistryRefused for a search that finds more than 1000, RegistryFailed for an answer that can't be read.
    """
    params = {
        **options.words(),
        **({"type": list(options.type)} if options.type else {}),
        "inclusiefInactieveRegistraties": str(options.inclusiefInactieveRegistraties).lower(),
    }
    searches = [params] if wanted.keys is None else [{**params, options.by: key} for key in wanted.keys]
    # the register says 404 where nothing is found
    questions = [Question("v2/zoeken", search, absent=True) for search in searches]
    return rest.pull(API, connection, questions, wanted)
