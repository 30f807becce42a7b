"""Streets and addresses in; a BAG 2.0 Extract of one municipality in Kadaster's form out.

The form is that of a real delivery (*Levering*): zips within a zip within a zip, 10,000 objects an XML file,
a file without objects where there are none, inactive voorkomens apart in the Inactief zip.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import escape

from vlekkeloos.sandbox.addresses import (
    GEMEENTE,
    GEMEENTECODE,
    STREETS_A_ROW,
    WOONPLAATS,
    WOONPLAATSCODE,
    Address,
    Period,
    Street,
    pand_corners,
    woonplaats_corners,
)

#: The state that the delivery gives (*stand technische datum*); nothing in it begins later.
STAND = date(2026, 1, 8)

OBJECTS_A_FILE = 10_000

#: The object types under the names that contracts use, with the codes in Kadaster's file names.
OBJECTS = {
    "woonplaats": "WPL",
    "openbareruimte": "OPR",
    "nummeraanduiding": "NUM",
    "verblijfsobject": "VBO",
    "ligplaats": "LIG",
    "standplaats": "STA",
    "pand": "PND",
}

#: Side files: the zip's name and the letters before the object type in its members' names.
SIDES = {"Inactief": "IA", "InOnderzoek": "IO", "NietBag": "NB"}

_DAY = STAND.strftime("%d%m%Y")
_TIME = (STAND.year, STAND.month, STAND.day, 12, 48, 0)
_LEVEL = 2  # of deflate: 1 M addresses are 1.2 GB of XML

_IMBAG = "www.kadaster.nl/schemas/lvbag/imbag"
_NAMESPACES = {
    "DatatypenNEN3610": f"{_IMBAG}/datatypennen3610/v20200601",
    "Objecten": f"{_IMBAG}/objecten/v20200601",
    "gml": "http://www.opengis.net/gml/3.2",
    "Historie": f"{_IMBAG}/historie/v20200601",
    "Objecten-ref": f"{_IMBAG}/objecten-ref/v20200601",
    "nen5825": f"{_IMBAG}/nen5825/v20200601",
    "KenmerkInOnderzoek": f"{_IMBAG}/kenmerkinonderzoek/v20200601",
    "selecties-extract": "http://www.kadaster.nl/schemas/lvbag/extract-selecties/v20200601",
    "sl-bag-extract": "http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-lvc/v20200601",
    "sl": "http://www.kadaster.nl/schemas/standlevering-generiek/1.0",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xs": "http://www.w3.org/2001/XMLSchema",
}

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<sl-bag-extract:bagStand {namespaces} xsi:schemaLocation="http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-lvc/v20200601 https://developer.kadaster.nl/schemas/lvbag/extract-deelbestand-lvc/v20200601/BagvsExtractDeelbestandExtractLvc-2.1.0.xsd">
  <sl-bag-extract:bagInfo>
    <selecties-extract:Gebied-Registratief>
      <selecties-extract:Gebied-GEM>
        <selecties-extract:GemeenteCollectie>
          <selecties-extract:Gemeente>
            <selecties-extract:GemeenteIdentificatie>{gemeente}</selecties-extract:GemeenteIdentificatie>
          </selecties-extract:Gemeente>
        </selecties-extract:GemeenteCollectie>
      </selecties-extract:Gebied-GEM>
    </selecties-extract:Gebied-Registratief>
    <selecties-extract:LVC-Extract>
      <selecties-extract:StandTechnischeDatum>{stand}</selecties-extract:StandTechnischeDatum>
    </selecties-extract:LVC-Extract>
  </sl-bag-extract:bagInfo>
  <sl:standBestand>
    <sl:dataset>LVBAG</sl:dataset>
    <sl:inhoud>
      <sl:gebied>GEMEENTE</sl:gebied>
      <sl:leveringsId>0000000001</sl:leveringsId>
      <sl:objectTypen>
        <sl:objectType>{type}</sl:objectType>
      </sl:objectTypen>
    </sl:inhoud>"""  # noqa: E501 (as delivered)
_FOOT = "\n  </sl:standBestand>\n</sl-bag-extract:bagStand>"

_LEVERINGSDOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<xb:BAG-Extract-Levering xmlns:xb="http://www.kadaster.nl/schemas/lvbag/extract-levering/v20200601" xmlns:selecties-extract="http://www.kadaster.nl/schemas/lvbag/extract-selecties/v20200601">
    <xb:SelectieGegevens>
        <selecties-extract:LVC-Extract>
            <selecties-extract:StandTechnischeDatum>{STAND}</selecties-extract:StandTechnischeDatum>
        </selecties-extract:LVC-Extract>
        <selecties-extract:Gebied-Registratief>
            <selecties-extract:Gebied-GEM>
                <selecties-extract:GemeenteCollectie>
                    <selecties-extract:Gemeente>
                        <selecties-extract:GemeenteIdentificatie>{GEMEENTECODE}</selecties-extract:GemeenteIdentificatie>
                        <selecties-extract:GemeenteNaam>{GEMEENTE}</selecties-extract:GemeenteNaam>
                    </selecties-extract:Gemeente>
                </selecties-extract:GemeenteCollectie>
            </selecties-extract:Gebied-GEM>
        </selecties-extract:Gebied-Registratief>
    </xb:SelectieGegevens>
    <xb:SchemaInfo>
        <xb:naam>BagvsExtractDeelbestandExtractLvc-2.1.0.xsd</xb:naam>
        <xb:versie>20200601</xb:versie>
    </xb:SchemaInfo>
</xb:BAG-Extract-Levering>
"""

_GEM_WPL_RELATIE = f"""<?xml version="1.0" encoding="UTF-8"?>
<gwr-bestand:BAG-GWR-Deelbestand-LVC xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:gwr-bestand="www.kadaster.nl/schemas/lvbag/gem-wpl-rel/gwr-deelbestand-lvc/v20200601" xmlns:selecties-extract="http://www.kadaster.nl/schemas/lvbag/extract-selecties/v20200601" xmlns:bagtypes="www.kadaster.nl/schemas/lvbag/gem-wpl-rel/bag-types/v20200601" xmlns:gwr-product="www.kadaster.nl/schemas/lvbag/gem-wpl-rel/gwr-producten-lvc/v20200601" xmlns:DatatypenNEN3610="www.kadaster.nl/schemas/lvbag/imbag/datatypennen3610/v20200601" xsi:schemaLocation="http://www.kadaster.nl/schemas/lvbag/gem-wpl-rel/gwr-deelbestand-lvc/v20200601 https://developer.kadaster.nl/schemas/lvbag/gem-wpl-rel/gwr-deelbestand-lvc/v20200601/BagvsGwrDeelbestandLvc-2.1.0.xsd">
  <gwr-bestand:SelectieGegevens>
    <selecties-extract:StandTechnischeDatum>{STAND}</selecties-extract:StandTechnischeDatum>
  </gwr-bestand:SelectieGegevens>
  <gwr-bestand:Product>
    <gwr-product:GemeenteWoonplaatsRelatieProduct><gwr-product:GemeenteWoonplaatsRelatie><gwr-product:tijdvakgeldigheid><bagtypes:begindatumTijdvakGeldigheid>1990-01-01</bagtypes:begindatumTijdvakGeldigheid></gwr-product:tijdvakgeldigheid><gwr-product:gerelateerdeWoonplaats><gwr-product:identificatie>{WOONPLAATSCODE}</gwr-product:identificatie></gwr-product:gerelateerdeWoonplaats><gwr-product:gerelateerdeGemeente><gwr-product:identificatie>{GEMEENTECODE}</gwr-product:identificatie></gwr-product:gerelateerdeGemeente><gwr-product:status>definitief</gwr-product:status></gwr-product:GemeenteWoonplaatsRelatie></gwr-product:GemeenteWoonplaatsRelatieProduct>
  </gwr-bestand:Product>
</gwr-bestand:BAG-GWR-Deelbestand-LVC>
"""  # noqa: E501 (as delivered)


def gemeente_woonplaats_relatie(stand: date) -> str:
    """The side file with the relation between gemeente and woonplaats, as of another day."""
    return _GEM_WPL_RELATIE.replace(STAND.isoformat(), stand.isoformat())


def file_name() -> str:
    """The name under which Kadaster would deliver it."""
    return f"BAGGEM{GEMEENTECODE}L-{_DAY}.zip"


def write(
    path: Path,
    *,
    streets: Iterable[Street],
    addresses: Iterable[Address],
    objects: Collection[str] | None = None,
) -> dict[str, int]:
    """Writes the delivery to ``path`` and says how many voorkomens of each object type it holds.

    Only the types in ``objects`` (keys of :data:`OBJECTS`; None for all) get objects, others an empty file.
    Inactive voorkomens are counted apart, as ``nummeraanduiding_inactief``. ``path`` appears when complete.
    """
    wanted = set(OBJECTS if objects is None else objects)
    with tempfile.TemporaryDirectory(prefix=".delivery-", dir=path.parent) as temporary:
        work = Path(temporary)
        counts = _write_parts(work, streets, addresses, wanted)
        sides = []
        for side, letters in SIDES.items():
            members = [work / _zip_name(letters + code) for code in OBJECTS.values()]
            sides.append(store(work / _zip_name(side), members))
        main = [work / _zip_name(code) for code in OBJECTS.values()]
        levering = store(work / f"{GEMEENTECODE}GEM{_DAY}.zip", main + sides)
        relation = work / f"GEM-WPL-RELATIE-{_DAY}.zip"
        write_text_zip(relation, {f"GEM-WPL-RELATIE-{_DAY}-000001.xml": _GEM_WPL_RELATIE})
        whole = work / path.name
        write_text_zip(whole, {"Leveringsdocument-BAG-Extract.xml": _LEVERINGSDOCUMENT})
        store(whole, [levering, relation])
        whole.replace(path)
    return counts


class _Part:
    """One zip of the delivery, with one object type, written as the objects come."""

    def __init__(self, work: Path, letters: str, wanted: bool) -> None:
        self._name = f"{GEMEENTECODE}{letters}{_DAY}"
        self._zip = zipfile.ZipFile(work / _zip_name(letters), "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._type, self._wanted = letters[-3:], wanted
        self._file: IO[bytes] | None = None
        self._files, self._buffer = 0, list[str]()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._file is None and not self._files:
            self._open()
        self._close()
        self._zip.close()

    def add(self, bag_object: str) -> None:
        """Adds one voorkomen, given as the XML of its object."""
        if not self._wanted:
            return
        if self._file is None:
            self._open()
        self._buffer.append(f"<sl:stand><sl-bag-extract:bagObject>{bag_object}</sl-bag-extract:bagObject></sl:stand>")
        self.count += 1
        if self.count % OBJECTS_A_FILE == 0:
            self._close()
        elif len(self._buffer) == 1000:
            self._flush()

    def _open(self) -> None:
        self._files += 1
        self._file = self._zip.open(_info(f"{self._name}-{self._files:06d}.xml"), "w")
        namespaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
        head = _HEAD.format(namespaces=namespaces, gemeente=GEMEENTECODE, stand=STAND, type=self._type)
        self._file.write(head.encode())

    def _flush(self) -> None:
        assert self._file is not None
        self._file.write("".join(self._buffer).encode())
        self._buffer.clear()

    def _close(self) -> None:
        if self._file is None:
            return
        self._flush()
        self._file.write(_FOOT.encode())
        self._file.close()
        self._file = None


def _write_parts(
    work: Path, streets: Iterable[Street], addresses: Iterable[Address], wanted: set[str]
) -> dict[str, int]:
    with ExitStack() as stack:
        for letters in SIDES.values():
            for code in OBJECTS.values():
                if letters + code != "IANUM":
                    stack.enter_context(_Part(work, letters + code, wanted=False))
        parts = {name: stack.enter_context(_Part(work, code, name in wanted)) for name, code in OBJECTS.items()}
        inactive = stack.enter_context(_Part(work, "IANUM", "nummeraanduiding" in wanted))
        last_row = 0
        for street in streets:
            parts["openbareruimte"].add(_openbareruimte(street))
            last_row = street.number // STREETS_A_ROW
        parts["woonplaats"].add(_woonplaats(last_row))
        last_pand = ""
        for address in addresses:
            _add(address, parts, inactive, wanted)
            if "pand" in wanted and address.pand != last_pand:
                parts["pand"].add(_pand(address))
                last_pand = address.pand
    counts = {name: part.count for name, part in parts.items()}
    return counts | {"nummeraanduiding_inactief": inactive.count}


def _add(address: Address, parts: dict[str, _Part], inactive: _Part, wanted: set[str]) -> None:
    """Adds the voorkomens of one address, and its verblijfsobject, to the parts that want them."""
    if "nummeraanduiding" in wanted:
        for voorkomen in (*address.earlier, address):
            part = inactive if voorkomen.period.inactive else parts["nummeraanduiding"]
            part.add(nummeraanduiding(voorkomen))
    if "verblijfsobject" in wanted:
        parts["verblijfsobject"].add(verblijfsobject(address))


def nummeraanduiding(address: Address) -> str:
    """The XML of a voorkomen of an address."""
    letter, addition = address.huisletter, address.huisnummertoevoeging
    return (
        '<Objecten:Nummeraanduiding><Objecten:identificatie domein="NL.IMBAG.Nummeraanduiding">'
        f"{address.identificatie}</Objecten:identificatie>"
        f"<Objecten:huisnummer>{address.huisnummer}</Objecten:huisnummer>"
        + (f"<Objecten:huisletter>{letter}</Objecten:huisletter>" if letter else "")
        + (f"<Objecten:huisnummertoevoeging>{addition}</Objecten:huisnummertoevoeging>" if addition else "")
        + f"<Objecten:postcode>{address.postcode}</Objecten:postcode>"
        "<Objecten:typeAdresseerbaarObject>Verblijfsobject</Objecten:typeAdresseerbaarObject>"
        f"<Objecten:status>{address.status}</Objecten:status>{_document(address.period.begin)}"
        f"{_voorkomen(address.period)}"
        '<Objecten:ligtAan><Objecten-ref:OpenbareRuimteRef domein="NL.IMBAG.Openbareruimte">'
        f"{address.street.identificatie}</Objecten-ref:OpenbareRuimteRef></Objecten:ligtAan>"
        "</Objecten:Nummeraanduiding>"
    )


def _openbareruimte(street: Street) -> str:
    return (
        '<Objecten:OpenbareRuimte><Objecten:identificatie domein="NL.IMBAG.Openbareruimte">'
        f"{street.identificatie}</Objecten:identificatie><Objecten:naam>{escape(street.naam)}</Objecten:naam>"
        "<Objecten:type>Weg</Objecten:type><Objecten:status>Naamgeving uitgegeven</Objecten:status>"
        f"{_document(street.begin)}"
        '<Objecten:ligtIn><Objecten-ref:WoonplaatsRef domein="NL.IMBAG.Woonplaats">'
        f"{WOONPLAATSCODE}</Objecten-ref:WoonplaatsRef></Objecten:ligtIn>"
        f"{_voorkomen(Period(1, street.begin))}</Objecten:OpenbareRuimte>"
    )


def verblijfsobject(address: Address) -> str:
    """The XML of the verblijfsobject that has this address."""
    begin = (address.earlier[0] if address.earlier else address).period.begin
    return (
        "<Objecten:Verblijfsobject><Objecten:heeftAlsHoofdadres>"
        '<Objecten-ref:NummeraanduidingRef domein="NL.IMBAG.Nummeraanduiding">'
        f"{address.identificatie}</Objecten-ref:NummeraanduidingRef></Objecten:heeftAlsHoofdadres>"
        f'{_voorkomen(Period(1, begin))}<Objecten:identificatie domein="NL.IMBAG.Verblijfsobject">'
        f"{address.verblijfsobject}</Objecten:identificatie><Objecten:geometrie><Objecten:punt>"
        '<gml:Point srsName="urn:ogc:def:crs:EPSG::28992" srsDimension="3">\n'
        f"  <gml:pos>{address.x} {address.y} 0.0</gml:pos>\n"
        "</gml:Point></Objecten:punt></Objecten:geometrie><Objecten:gebruiksdoel>woonfunctie"
        f"</Objecten:gebruiksdoel><Objecten:oppervlakte>{address.oppervlakte}</Objecten:oppervlakte>"
        f"<Objecten:status>Verblijfsobject in gebruik</Objecten:status>{_document(begin)}"
        '<Objecten:maaktDeelUitVan><Objecten-ref:PandRef domein="NL.IMBAG.Pand">'
        f"{address.pand}</Objecten-ref:PandRef></Objecten:maaktDeelUitVan></Objecten:Verblijfsobject>"
    )


def _pand(address: Address) -> str:
    begin = (address.earlier[0] if address.earlier else address).period.begin
    ring = " ".join(f"{x:.3f} {y:.3f} 0.0" for x, y in pand_corners(address))
    return (
        f'<Objecten:Pand><Objecten:identificatie domein="NL.IMBAG.Pand">{address.pand}'
        "</Objecten:identificatie>"
        f"<Objecten:geometrie>{_polygon(ring, 5, 3)}</Objecten:geometrie>"
        f"<Objecten:oorspronkelijkBouwjaar>{address.bouwjaar}</Objecten:oorspronkelijkBouwjaar>"
        f"<Objecten:status>Pand in gebruik</Objecten:status>{_document(begin)}{_voorkomen(Period(1, begin))}"
        "</Objecten:Pand>"
    )


def _woonplaats(last_row: int) -> str:
    ring = " ".join(f"{x:.1f} {y:.1f}" for x, y in woonplaats_corners(last_row))
    return (
        '<Objecten:Woonplaats><Objecten:identificatie domein="NL.IMBAG.Woonplaats">'
        f"{WOONPLAATSCODE}</Objecten:identificatie><Objecten:naam>{escape(WOONPLAATS)}</Objecten:naam>"
        f"<Objecten:geometrie><Objecten:vlak>{_polygon(ring, 5, 2)}</Objecten:vlak></Objecten:geometrie>"
        f"<Objecten:status>Woonplaats aangewezen</Objecten:status>{_document('1990-01-01')}"
        f"{_voorkomen(Period(1, '1990-01-01'))}</Objecten:Woonplaats>"
    )


def _polygon(ring: str, points: int, dimension: int) -> str:
    return (
        f'<gml:Polygon srsName="urn:ogc:def:crs:EPSG::28992" srsDimension="{dimension}">\n  <gml:exterior>\n'
        f'    <gml:LinearRing>\n      <gml:posList count="{points}">{ring}</gml:posList>\n'
        "    </gml:LinearRing>\n  </gml:exterior>\n</gml:Polygon>"
    )


def _document(day: str) -> str:
    return (
        f"<Objecten:geconstateerd>N</Objecten:geconstateerd><Objecten:documentdatum>{day}</Objecten:documentdatum>"
        f"<Objecten:documentnummer>B&amp;W-{day[:4]}</Objecten:documentnummer>"
    )


def _voorkomen(period: Period) -> str:
    """The period in XML: registered on the morning of its begin, in the LV five minutes later."""
    begin, end, inactive = period.begin, period.end, period.inactive
    ours = theirs = ""
    if end:
        ours = f"<Historie:eindRegistratie>{end}T09:10:11.000</Historie:eindRegistratie>"
        theirs = f"<Historie:tijdstipEindRegistratieLV>{end}T09:15:12.455</Historie:tijdstipEindRegistratieLV>"
    if inactive:
        ours += f"<Historie:tijdstipInactief>{inactive}T09:10:11.000</Historie:tijdstipInactief>"
        theirs += f"<Historie:tijdstipInactiefLV>{inactive}T09:15:12.455</Historie:tijdstipInactiefLV>"
    return (
        "<Objecten:voorkomen><Historie:Voorkomen><Historie:voorkomenidentificatie>"
        f"{period.number}</Historie:voorkomenidentificatie>"
        f"<Historie:beginGeldigheid>{begin}</Historie:beginGeldigheid>"
        + (f"<Historie:eindGeldigheid>{end}</Historie:eindGeldigheid>" if end else "")
        + f"<Historie:tijdstipRegistratie>{begin}T09:10:11.000</Historie:tijdstipRegistratie>{ours}"
        f"<Historie:BeschikbaarLV><Historie:tijdstipRegistratieLV>{begin}T09:15:12.455"
        f"</Historie:tijdstipRegistratieLV>{theirs}</Historie:BeschikbaarLV></Historie:Voorkomen>"
        "</Objecten:voorkomen>"
    )


def _zip_name(letters: str) -> str:
    return f"{GEMEENTECODE}{letters}{_DAY}.zip"


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def write_text_zip(path: Path, members: dict[str, str]) -> None:
    """Writes a zip of these texts, the same bytes each time."""
    with zipfile.ZipFile(path, "w") as target:
        for name, text in members.items():
            target.writestr(_info(name), text)


def store(path: Path, members: list[Path]) -> Path:
    """Puts files into a zip, new or existing, as they are: zips don't get smaller."""
    with zipfile.ZipFile(path, "a") as target:
        for member in members:
            info = _info(member.name)
            info.compress_type, info.file_size = zipfile.ZIP_STORED, member.stat().st_size
            with member.open("rb") as source, target.open(info, "w") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            member.unlink()
    return path
