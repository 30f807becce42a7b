"""A ZGW Zaken API (1.5) in, the records of one of its resources out: zaken, and what hangs on them.

What is left of a case system when its cases are asked for: the zaak itself, its statussen, resultaat, rollen (who:
``betrokkeneIdentificatie`` holds personal data), zaakobjecten (about what) and so on. Text that a zaak lacks is the
empty text, as the API has it; geometry is GeoJSON in EPSG:4326, longitude first.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from connectors import _zgw
from connectors._columns import kinds
from connectors._zgw import Resource
from vlekkeloos.connector import EVERYTHING, Connection, Pulled, Wanted

#: The file asks for these headers with zaken, which hold geometry, and with nothing else.
CRS = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}

#: What is certain inside the fields that hold records of their own.
GEOMETRY = kinds("type coordinates:decimal", "zaakgeometrie")
RELATED = kinds("url aardRelatie", "relevanteAndereZaken") | kinds("kenmerk bron", "kenmerken")
PROCESS = kinds("datumkenmerk identificatie objecttype registratie", "processobject")
CONTACT = kinds("emailadres functie telefoonnummer naam", "contactpersoonRol")
BETROKKENE = kinds(
    "inpBsn anpIdentificatie inpA_nummer geslachtsnaam voorvoegselGeslachtsnaam voorletters voornamen"
    " geslachtsaanduiding geboortedatum innNnpId annIdentificatie statutaireNaam innRechtsvorm bezoekadres"
    " vestigingsNummer handelsnaam kvkNummer identificatie naam isGehuisvestIn achternaam voorvoegselAchternaam",
    "betrokkeneIdentificatie",
)
OBJECT = kinds(
    "identificatie wplWoonplaatsNaam gorOpenbareRuimteNaam huisnummer:integer huisletter huisnummertoevoeging"
    " postcode",
    "objectIdentificatie",
)

RESOURCES = {
    "zaken": Resource(
        "url uuid identificatie bronorganisatie omschrijving toelichting zaaktype registratiedatum:date"
        " verantwoordelijkeOrganisatie startdatum:date einddatum:date einddatumGepland:date"
        " uiterlijkeEinddatumAfdoening:date publicatiedatum:date communicatiekanaal productenOfDiensten:texts"
        " vertrouwelijkheidaanduiding betalingsindicatie betalingsindicatieWeergave laatsteBetaaldatum:timestamp"
        " zaakgeometrie:json verlenging.reden verlenging.duur opschorting.indicatie:boolean opschorting.reden"
        " selectielijstklasse hoofdzaak deelzaken:texts relevanteAndereZaken:json eigenschappen:texts rollen:texts"
        " status zaakinformatieobjecten:texts zaakobjecten:texts kenmerken:json archiefnominatie archiefstatus"
        " archiefactiedatum:date resultaat opdrachtgevendeOrganisatie processobjectaard"
        " startdatumBewaartermijn:date processobject:json",
        inside=GEOMETRY | RELATED | PROCESS,
        filters="identificatie bronorganisatie bronorganisatie__in zaaktype archiefnominatie archiefnominatie__in"
        " archiefactiedatum archiefactiedatum__isnull archiefactiedatum__lt archiefactiedatum__gt archiefstatus"
        " archiefstatus__in startdatum startdatum__gt startdatum__gte startdatum__lt startdatum__lte"
        " registratiedatum registratiedatum__gt registratiedatum__lt einddatum einddatum__isnull einddatum__gt"
        " einddatum__lt einddatumGepland einddatumGepland__gt einddatumGepland__lt uiterlijkeEinddatumAfdoening"
        " uiterlijkeEinddatumAfdoening__gt uiterlijkeEinddatumAfdoening__lt rol__betrokkeneType"
        " rol__omschrijvingGeneriek maximaleVertrouwelijkheidaanduiding",
        key="identificatie",
        # the one order without ties: pages asked for side by side then fit together, and a new zaak comes last
        always={"ordering": "identificatie"},
        headers=CRS,
    ),
    "statussen": Resource(
        "url uuid zaak statustype datumStatusGezet:timestamp statustoelichting indicatieLaatstGezetteStatus:boolean"
        " gezetdoor zaakinformatieobjecten:texts",
        filters="zaak statustype indicatieLaatstGezetteStatus",
        key="zaak",
    ),
    "resultaten": Resource("url uuid zaak resultaattype toelichting", filters="zaak resultaattype", key="zaak"),
    "rollen": Resource(
        "url uuid zaak betrokkene betrokkeneType afwijkendeNaamBetrokkene roltype omschrijving omschrijvingGeneriek"
        " roltoelichting registratiedatum:timestamp indicatieMachtiging contactpersoonRol:json statussen:texts"
        " betrokkeneIdentificatie:json",
        inside=CONTACT | BETROKKENE,
        filters="zaak betrokkeneType roltype omschrijving omschrijvingGeneriek",
        key="zaak",
    ),
    "zaakobjecten": Resource(
        "url uuid zaak object zaakobjecttype objectType objectTypeOverige objectTypeOverigeDefinitie:json"
        " relatieomschrijving objectIdentificatie:json betrokkeneIdentificatie:json",
        inside=OBJECT | BETROKKENE,
        filters="zaak object objectType",
        key="zaak",
    ),
    "klantcontacten": Resource(
        "url uuid zaak identificatie datumtijd:timestamp kanaal onderwerp toelichting", filters="zaak", key="zaak"
    ),
    "zaakinformatieobjecten": Resource(
        "url uuid informatieobject zaak aardRelatieWeergave titel beschrijving registratiedatum:timestamp"
        " vernietigingsdatum:timestamp status",
        filters="zaak informatieobject",
        key="zaak",
        paged=False,
    ),
    "zaakcontactmomenten": Resource(
        "url uuid zaak contactmoment", filters="zaak contactmoment", key="zaak", paged=False
    ),
    "zaakverzoeken": Resource("url uuid zaak verzoek", filters="zaak verzoek", key="zaak", paged=False),
    "zaakeigenschappen": Resource(
        "url uuid zaak eigenschap naam waarde", key="{uuid}", path="zaken/{uuid}/zaakeigenschappen", paged=False
    ),
    "zaakbesluiten": Resource("url uuid besluit", key="{uuid}", path="zaken/{uuid}/besluiten", paged=False),
}


class Options(_zgw.Options):
    """``keys`` of zaken are values of identificatie, of every other resource the URLs of zaken."""

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
