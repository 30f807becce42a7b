"""Deliveries of BAG mutations, and Leveringen to go with them, made by hand for tests: in the real ones' form."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

#: The namespaces of a real delivery, mutations and Levering together.
NAMESPACES = {
    "ml": "http://www.kadaster.nl/schemas/mutatielevering-generiek/1.0",
    "mlm": "http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-mutaties-lvc/v20200601",
    "sl": "http://www.kadaster.nl/schemas/standlevering-generiek/1.0",
    "sl-bag-extract": "http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-lvc/v20200601",
    "selecties-extract": "http://www.kadaster.nl/schemas/lvbag/extract-selecties/v20200601",
    "gml": "http://www.opengis.net/gml/3.2",
    "Historie": "www.kadaster.nl/schemas/lvbag/imbag/historie/v20200601",
    "Objecten": "www.kadaster.nl/schemas/lvbag/imbag/objecten/v20200601",
    "Objecten-ref": "www.kadaster.nl/schemas/lvbag/imbag/objecten-ref/v20200601",
    "KenmerkInOnderzoek": "www.kadaster.nl/schemas/lvbag/imbag/kenmerkinonderzoek/v20200601",
    "xb": "http://www.kadaster.nl/schemas/lvbag/extract-levering/v20200601",
}
#: GDAL reads no file that names the namespace of mutations, so a Levering must not.
_STATES = [name for name in NAMESPACES if name not in ("ml", "mlm")]
XMLNS_OF_STATE = " ".join(f'xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in _STATES)
XMLNS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
NATION = "<selecties-extract:Gebied-NLD/>"


def zipped(files: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def digits(day: date) -> str:
    return day.strftime("%d%m%Y")


def area(gemeenten: Sequence[str]) -> str:
    return "".join(
        f"<selecties-extract:GemeenteIdentificatie>{code}</selecties-extract:GemeenteIdentificatie>"
        for code in gemeenten
    )


def document(dates: str, gemeenten: Sequence[str]) -> str:
    return f"<xb:BAG-Extract-Levering {XMLNS}>{dates}{area(gemeenten) or NATION}</xb:BAG-Extract-Levering>"


def state_date(day: date) -> str:
    return f"<selecties-extract:StandTechnischeDatum>{day}</selecties-extract:StandTechnischeDatum>"


def period(since: date, until: date) -> str:
    return (
        f"{state_date(until)}<selecties-extract:Mutatieperiode>"
        f"<selecties-extract:MutatiedatumVanaf>{since}</selecties-extract:MutatiedatumVanaf>"
        f"<selecties-extract:MutatiedatumTot>{until}</selecties-extract:MutatiedatumTot>"
        "</selecties-extract:Mutatieperiode>"
    )


def levering(folder: Path, day: date, objects: dict[str, list[str]], gemeenten: Sequence[str] = ()) -> Path:
    """A Levering with these objects (as XML) by the code of their type."""
    files: dict[str, bytes | str] = {"Leveringsdocument-BAG-Extract.xml": document(state_date(day), gemeenten)}
    for code, found in objects.items():
        stands = "".join(
            f"<sl:stand><sl-bag-extract:bagObject>{one}</sl-bag-extract:bagObject></sl:stand>" for one in found
        )
        xml = (
            f'<?xml version="1.0" encoding="UTF-8"?><sl-bag-extract:bagStand {XMLNS_OF_STATE}>'
            f"<sl:standBestand><sl:inhoud><sl:objectTypen><sl:objectType>{code}</sl:objectType></sl:objectTypen>"
            f"</sl:inhoud>{stands}</sl:standBestand></sl-bag-extract:bagStand>"
        )
        name = f"9999{code}{digits(day)}"
        files[f"{name}.zip"] = zipped({f"{name}-000001.xml": xml})
    path = folder / (f"BAGGEM{gemeenten[0]}L-{digits(day)}.zip" if gemeenten else f"BAGNLDL-{digits(day)}.zip")
    path.write_bytes(zipped(files))
    return path


def mutations(
    folder: Path,
    since: date,
    until: date,
    groups: Sequence[str],
    *,
    under_investigation: Sequence[str] = (),
    gemeenten: Sequence[str] = (),
    change: tuple[bytes, bytes] | None = None,
) -> Path:
    """A delivery of mutations with these groups (as XML); ``change`` replaces a pattern in their file."""
    days = f"{digits(since)}-{digits(until)}"
    files: dict[str, bytes | str] = {"Leveringsdocument-BAG-Extract.xml": document(period(since, until), gemeenten)}
    for mark, found in (("MUT", groups), ("IOMUT", under_investigation)):
        name = f"9999{mark}{days}"
        xml = of_mutations(found).encode()
        if change is not None and mark == "MUT":
            xml, done = re.subn(*change, xml, count=1, flags=re.DOTALL)
            assert done, "the pattern is there"
        files[f"{name}.zip"] = zipped({f"{name}-000001.xml": of_mutations([]), f"{name}-000002.xml": xml})
    path = folder / f"BAGNLDM-{days}.zip"
    path.write_bytes(zipped(files))
    return path


def of_mutations(groups: Sequence[str]) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><mlm:bagMutaties {XMLNS}><ml:mutatieBericht>'
        f"<ml:dataset>LVBAG</ml:dataset>{''.join(groups)}</ml:mutatieBericht></mlm:bagMutaties>"
    )


def group(*mutations: str) -> str:
    return f"<ml:mutatieGroep>{''.join(mutations)}</ml:mutatieGroep>"


def state(kind: str, object_: str) -> str:
    return f"<ml:{kind}><mlm:bagObject>{object_}</mlm:bagObject></ml:{kind}>"


def added(object_: str) -> str:
    return f"<ml:toevoeging>{state('wordt', object_)}</ml:toevoeging>"


def changed(was: str, wordt: str) -> str:
    return f"<ml:wijziging>{state('was', was)}{state('wordt', wordt)}</ml:wijziging>"


def removed(object_: str) -> str:
    return f"<ml:verwijdering>{state('was', object_)}</ml:verwijdering>"


def nummeraanduiding(
    identificatie: str,
    voorkomen: int = 1,
    *,
    huisnummer: int = 1,
    begin: str = "2020-01-01",
    end: str | None = None,
    inactive: str | None = None,
    outside: str | None = None,
) -> str:
    """One voorkomen of a nummeraanduiding, as XML; the dates are those of its history."""
    return (
        '<Objecten:Nummeraanduiding><Objecten:identificatie domein="NL.IMBAG.Nummeraanduiding">'
        f"{identificatie}</Objecten:identificatie><Objecten:huisnummer>{huisnummer}</Objecten:huisnummer>"
        "<Objecten:postcode>1234AB</Objecten:postcode><Objecten:typeAdresseerbaarObject>Verblijfsobject"
        "</Objecten:typeAdresseerbaarObject><Objecten:status>Naamgeving uitgegeven</Objecten:status>"
        "<Objecten:geconstateerd>N</Objecten:geconstateerd><Objecten:documentdatum>2020-01-01"
        "</Objecten:documentdatum><Objecten:documentnummer>1</Objecten:documentnummer>"
        f"{voorkomen_(voorkomen, begin, end, inactive, outside)}"
        '<Objecten:ligtAan><Objecten-ref:OpenbareRuimteRef domein="NL.IMBAG.Openbareruimte">9998300000000001'
        "</Objecten-ref:OpenbareRuimteRef></Objecten:ligtAan></Objecten:Nummeraanduiding>"
    )


def openbareruimte(identificatie: str, naam: str) -> str:
    """One voorkomen of an openbare ruimte, as XML."""
    return (
        '<Objecten:OpenbareRuimte><Objecten:identificatie domein="NL.IMBAG.Openbareruimte">'
        f"{identificatie}</Objecten:identificatie><Objecten:naam>{naam}</Objecten:naam><Objecten:type>Weg"
        "</Objecten:type><Objecten:status>Naamgeving uitgegeven</Objecten:status>"
        f"{voorkomen_(1, '2020-01-01')}</Objecten:OpenbareRuimte>"
    )


def voorkomen_(
    number: int, begin: str, end: str | None = None, inactive: str | None = None, outside: str | None = None
) -> str:
    return (
        "<Objecten:voorkomen><Historie:Voorkomen><Historie:voorkomenidentificatie>"
        f"{number}</Historie:voorkomenidentificatie><Historie:beginGeldigheid>{begin}</Historie:beginGeldigheid>"
        + (f"<Historie:eindGeldigheid>{end}</Historie:eindGeldigheid>" if end else "")
        + f"<Historie:tijdstipRegistratie>{begin}T09:00:00.000</Historie:tijdstipRegistratie>"
        + (f"<Historie:tijdstipInactief>{inactive}T09:00:00.000</Historie:tijdstipInactief>" if inactive else "")
        + "<Historie:BeschikbaarLV>"
        + f"<Historie:tijdstipRegistratieLV>{begin}T09:05:00.000</Historie:tijdstipRegistratieLV>"
        + (f"<Historie:tijdstipNietBagLV>{outside}T09:05:00.000</Historie:tijdstipNietBagLV>" if outside else "")
        + "</Historie:BeschikbaarLV></Historie:Voorkomen></Objecten:voorkomen>"
    )
