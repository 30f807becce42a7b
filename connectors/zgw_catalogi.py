"""A ZGW Catalogi API (1.3) in, the records of one of its resources out: how an organisation handles its cases.

A zaaktype says which statussen, resultaten and rollen a zaak of that type can have; a next version of it is another
record with the same identificatie and a later beginGeldigheid. Durations are ISO 8601 text (``P30D``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from connectors import _zgw
from connectors._zgw import Resource
from vlekkeloos.connector import EVERYTHING, Connection, History, Pulled, Wanted

#: From when until when a type counts, and from when until when the catalogus has it.
VALID = " beginGeldigheid:date eindeGeldigheid:date beginObject:date eindeObject:date"

# informatieobjecttypen of a zaaktype and zaaktypen of an informatieobjecttype are text in the file and a list in
# many a server, hence json
RESOURCES = {
    "catalogussen": Resource(
        "url domein rsin contactpersoonBeheerNaam contactpersoonBeheerTelefoonnummer contactpersoonBeheerEmailadres"
        " zaaktypen:texts besluittypen:texts informatieobjecttypen:texts naam versie begindatumVersie:date",
        filters="domein domein__in rsin rsin__in",
    ),
    "zaaktypen": Resource(
        "url identificatie omschrijving omschrijvingGeneriek vertrouwelijkheidaanduiding doel aanleiding toelichting"
        " indicatieInternOfExtern handelingInitiator onderwerp handelingBehandelaar doorlooptijd servicenorm"
        " opschortingEnAanhoudingMogelijk:boolean verlengingMogelijk:boolean verlengingstermijn trefwoorden:texts"
        " publicatieIndicatie:boolean publicatietekst verantwoordingsrelatie:texts productenOfDiensten:texts"
        " selectielijstProcestype referentieproces.naam referentieproces.link verantwoordelijke"
        " zaakobjecttypen:texts broncatalogus:json bronzaaktype:json catalogus statustypen:texts"
        " resultaattypen:texts eigenschappen:texts informatieobjecttypen:json roltypen:texts besluittypen:texts"
        " deelzaaktypen:texts gerelateerdeZaaktypen:json versiedatum:date concept:boolean" + VALID,
        filters="catalogus identificatie trefwoorden status datumGeldigheid",
        key="identificatie",
    ),
    "statustypen": Resource(
        "url omschrijving omschrijvingGeneriek statustekst zaaktype catalogus zaaktypeIdentificatie"
        " volgnummer:integer isEindstatus:boolean informeren:boolean doorlooptijd toelichting"
        " checklistitemStatustype:json eigenschappen:texts" + VALID,
        filters="zaaktype zaaktypeIdentificatie status datumGeldigheid",
        key="zaaktype",
    ),
    "resultaattypen": Resource(
        "url zaaktype zaaktypeIdentificatie omschrijving resultaattypeomschrijving omschrijvingGeneriek"
        " selectielijstklasse toelichting archiefnominatie archiefactietermijn brondatumArchiefprocedure:json"
        " procesobjectaard catalogus indicatieSpecifiek:boolean procestermijn besluittypen:texts"
        " besluittypeOmschrijving:texts informatieobjecttypen:texts informatieobjecttypeOmschrijving:texts" + VALID,
        filters="zaaktype zaaktype_identificatie status datum_geldigheid",
        key="zaaktype",
    ),
    "roltypen": Resource(
        "url zaaktype zaaktypeIdentificatie omschrijving omschrijvingGeneriek catalogus" + VALID,
        filters="zaaktype zaaktypeIdentificatie omschrijvingGeneriek status datumGeldigheid",
        key="zaaktype",
    ),
    "eigenschappen": Resource(
        "url naam catalogus definitie specificatie:json toelichting zaaktype zaaktypeIdentificatie statustype"
        + VALID,
        filters="zaaktype zaaktypeIdentificatie status datumGeldigheid",
        key="zaaktype",
    ),
    "informatieobjecttypen": Resource(
        "url catalogus omschrijving vertrouwelijkheidaanduiding concept:boolean zaaktypen:json besluittypen:texts"
        " informatieobjectcategorie trefwoord:texts omschrijvingGeneriek:json" + VALID,
        filters="catalogus status datumGeldigheid omschrijving",
    ),
    "besluittypen": Resource(
        "url catalogus zaaktypen:texts omschrijving omschrijvingGeneriek besluitcategorie reactietermijn"
        " publicatieIndicatie:boolean publicatietekst publicatietermijn toelichting informatieobjecttypen:texts"
        " concept:boolean resultaattypen:texts resultaattypenOmschrijving:texts vastgelegdIn:texts" + VALID,
        filters="catalogus zaaktypen informatieobjecttypen status omschrijving datumGeldigheid",
        key="zaaktypen",
    ),
    "zaakobjecttypen": Resource(
        "url anderObjecttype:boolean objecttype relatieOmschrijving zaaktype zaaktypeIdentificatie"
        " resultaattypen:texts statustypen:texts catalogus" + VALID,
        filters="anderObjecttype catalogus datumBeginGeldigheid datumEindeGeldigheid datumGeldigheid objecttype"
        " relatieOmschrijving zaaktype zaaktypeIdentificatie",
        key="zaaktype",
    ),
    "zaaktype-informatieobjecttypen": Resource(
        "url zaaktype zaaktypeIdentificatie catalogus informatieobjecttype volgnummer:integer richting statustype",
        filters="zaaktype informatieobjecttype richting status",
        key="zaaktype",
    ),
}


class Options(_zgw.Options):
    """``keys`` of zaaktypen are values of identificatie, of what hangs on a zaaktype the URLs of zaaktypen."""

    resource: Literal[tuple(RESOURCES)] = Field(description="what to read")  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _known(self) -> Options:
        RESOURCES[self.resource].check(self.resource, self)
        return self


def pull(options: Options, connection: Connection, wanted: Wanted = EVERYTHING) -> Pulled:
    """The records of the resource, in the order in which the API gives them.

    Raises RegistryRefused for a client that may not see them, RegistryFailed for an answer that can't be read.
    """
    return _zgw.pull(options.resource, RESOURCES[options.resource], options, connection, wanted)


def history(options: Options) -> History | None:
    """Of zaaktypen by identificatie, of which each version is a record; by URL each is one of its own."""
    by_name = options.resource == "zaaktypen" and getattr(options, "key", "url") == "identificatie"
    # eindeGeldigheid is the day on which it was abolished: from then on it doesn't hold
    return History("beginGeldigheid", "eindeGeldigheid", "beginGeldigheid") if by_name else None
