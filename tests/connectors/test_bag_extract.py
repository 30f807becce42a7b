"""A real delivery in, and damaged ones made of it: every object arrives as the XML has it, or none does."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lxml import etree

from connectors import bag_extract
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

CODES = {
    "nummeraanduiding": "NUM",
    "verblijfsobject": "VBO",
    "pand": "PND",
    "openbareRuimte": "OPR",
    "woonplaats": "WPL",
    "ligplaats": "LIG",
    "standplaats": "STA",
}
MARKS = {"actief": "", "inactief": "IA", "nietBag": "NB", "inOnderzoek": "IO"}
#: Records of each XML file whose every value is compared.
COMPARED = 1500
OBJECTS_OF_WEESP = {"NUM": 16113, "VBO": 26085, "PND": 23091, "OPR": 593, "WPL": 3, "LIG": 167, "STA": 21}


def pulled(path: Path, object_: str, deel: str = "actief") -> pa.Table:
    options = bag_extract.Options(object=object_, deel=deel)
    result = bag_extract.pull(options, Connection(name="test", url=str(path)))
    return pa.Table.from_batches(result.batches, schema=result.schema)


def refusal(path: Path, object_: str, deel: str = "actief") -> BadInput:
    with pytest.raises(BadInput) as refused:
        pulled(path, object_, deel)
    return refused.value


def xml_files(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every XML file in a zip of zips, read with nothing of the connector's."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".zip"):
                yield from xml_files(archive.read(name))
            elif name.endswith(".xml"):
                yield name, archive.read(name)


@pytest.fixture(scope="session")
def unpacked(weesp: Path) -> dict[str, bytes]:
    return dict(xml_files(weesp.read_bytes()))


def of_type(unpacked: dict[str, bytes], mark: str, code: str) -> list[bytes]:
    pattern = re.compile(rf"0457{mark}{code}\d{{8}}-\d{{6}}\.xml")
    return [content for name, content in unpacked.items() if pattern.fullmatch(name)]


@pytest.mark.parametrize("deel", MARKS)
@pytest.mark.parametrize("object_", CODES)
def test_every_object_of_every_type_and_part_arrives(
    weesp: Path, unpacked: dict[str, bytes], object_: str, deel: str
) -> None:
    tag = rb"<sl-bag-extract:kenmerkInOnderzoek>" if deel == "inOnderzoek" else rb"<sl-bag-extract:bagObject>"
    files = of_type(unpacked, MARKS[deel], CODES[object_])
    assert files
    in_xml = sum(len(re.findall(tag, content)) for content in files)

    assert pulled(weesp, object_, deel).num_rows == in_xml
    if deel == "actief":
        assert in_xml == OBJECTS_OF_WEESP[CODES[object_]]


def test_every_relation_between_gemeente_and_woonplaats_arrives(weesp: Path, unpacked: dict[str, bytes]) -> None:
    content = unpacked["GEM-WPL-RELATIE-15102021-000001.xml"]
    table = pulled(weesp, "gemeenteWoonplaatsRelatie")
    assert table.num_rows == len(re.findall(rb"<gwr-product:GemeenteWoonplaatsRelatie>", content)) == 8211
    assert table.slice(0, 1).to_pylist() == [
        {
            "gerelateerdeWoonplaats": "1125",
            "gerelateerdeGemeente": "0893",
            "status": "definitief",
            "begindatumTijdvakGeldigheid": date(2010, 7, 23),
            "einddatumTijdvakGeldigheid": date(2010, 7, 24),
        }
    ]


def as_written(element: Any) -> dict[str, Any]:
    """A bagObject's fields as text: a reference by its relation's name, a repeated field as a list."""
    found: dict[str, list[str]] = {}
    for leaf in element.iter("{*}*"):
        if len(leaf) or leaf.prefix == "gml":
            continue
        name, parent = etree.QName(leaf).localname, etree.QName(leaf.getparent()).localname
        found.setdefault(parent if name.endswith("Ref") else name, []).append(leaf.text)
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in found.items()}


def as_text(value: Any) -> Any:
    """A value of the table as the XML writes it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, list):
        return value if len(value) > 1 else value[0]
    return value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize("deel", ["actief", "nietBag"])
@pytest.mark.parametrize("object_", CODES)
def test_every_field_has_the_value_that_the_xml_has(
    weesp: Path, unpacked: dict[str, bytes], object_: str, deel: str
) -> None:
    table = pulled(weesp, object_, deel)
    table = table.select([name for name in table.column_names if name != "geometrie"])
    number = 0
    for content in of_type(unpacked, MARKS[deel], CODES[object_]):
        first, rows = number, table.slice(number, COMPARED).to_pylist()
        for _, element in etree.iterparse(io.BytesIO(content), tag="{*}bagObject"):
            if number - first < COMPARED:
                row = rows[number - first]
                given = {name: as_text(value) for name, value in row.items() if value is not None}
                assert given == as_written(element), f"object {number} of {object_}"
            element.clear()
            number += 1


def points_of(element: Any) -> list[list[tuple[float, float]]]:
    """The rings of a GML geometry, two dimensions of each point."""
    rings = []
    for positions in element.iter("{*}posList", "{*}pos"):
        polygon = next(positions.iterancestors("{*}Polygon", "{*}Point"))
        size = int(polygon.get("srsDimension"))
        numbers = [float(text) for text in positions.text.split()]
        rings.append([(numbers[i], numbers[i + 1]) for i in range(0, len(numbers), size)])
    return rings


def points_of_wkb(wkb: bytes) -> list[list[tuple[float, float]]]:
    """The rings of a point, polygon or multipolygon in little-endian WKB."""
    stream = io.BytesIO(wkb)

    def number(form: str) -> Any:
        return struct.unpack(f"<{form}", stream.read(struct.calcsize(f"<{form}")))

    def read() -> list[list[tuple[float, float]]]:
        (_, kind) = number("BI")
        if kind == 1:
            return [[number("dd")]]
        if kind == 6:
            return [ring for _ in range(number("I")[0]) for ring in read()]
        assert kind == 3
        return [[number("dd") for _ in range(number("I")[0])] for _ in range(number("I")[0])]

    return read()


@pytest.mark.parametrize("object_", ["verblijfsobject", "pand", "woonplaats", "ligplaats", "standplaats"])
def test_the_geometry_is_that_of_the_xml_an_area_of_a_verblijfsobject_included(
    weesp: Path, unpacked: dict[str, bytes], object_: str
) -> None:
    shapes = pulled(weesp, object_)["geometrie"].to_pylist()
    number, areas = 0, 0
    for content in of_type(unpacked, "", CODES[object_]):
        for _, element in etree.iterparse(io.BytesIO(content), tag="{*}bagObject"):
            is_area = element.find("{*}Verblijfsobject/{*}geometrie/{*}vlak") is not None
            if number % 20 == 0 or is_area:
                assert points_of_wkb(shapes[number]) == points_of(element), f"object {number}"
            areas += is_area
            element.clear()
            number += 1
    if object_ == "verblijfsobject":
        assert areas == 1


def test_the_xml_is_not_read_twice_when_nothing_is_wrong_with_it(
    weesp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_again: Counter[str] = Counter()
    monkeypatch.setattr("connectors._bag_gdal._judge", lambda xml, layout: read_again.update([xml.place]))
    for object_ in CODES:
        for deel in ("actief", "nietBag"):
            pulled(weesp, object_, deel)
    assert not read_again


def test_the_pull_tells_the_delivery_s_date_and_checksum(weesp: Path) -> None:
    options = bag_extract.Options(object="woonplaats")
    result = bag_extract.pull(options, Connection(name="test", url=str(weesp)))
    assert result.cursor == "2021-10-15"
    assert result.sha256 == subprocess.check_output(["sha256sum", weesp], text=True).split()[0]


def test_the_delivery_as_received_is_told_so_that_it_can_be_kept(weesp: Path) -> None:
    result = bag_extract.pull(bag_extract.Options(object="pand"), Connection(name="bag", url=str(weesp)))
    assert result.received == weesp


@pytest.mark.parametrize(
    ("object_", "deel"),
    [("pand", "inOnderzoek"), ("verblijfsobject", "inOnderzoek"), ("gemeenteWoonplaatsRelatie", "actief")],
)
def test_no_two_records_of_a_key_are_the_same_version(weesp: Path, object_: str, deel: str) -> None:
    declared = bag_extract.history(bag_extract.Options(object=object_, deel=deel))
    assert declared is not None
    table = pulled(weesp, object_, deel)
    columns = [table.column_names[0], declared.version, *declared.per]
    assert table.select(columns).group_by(columns).aggregate([]).num_rows == table.num_rows > 0


def test_the_schema_of_a_type_is_the_same_in_every_part_and_for_no_objects(weesp: Path) -> None:
    for object_ in CODES:
        schemas = {str(pulled(weesp, object_, deel).schema) for deel in ("actief", "inactief", "nietBag")}
        assert len(schemas) == 1


def test_openbareruimte_may_be_spelled_without_a_capital() -> None:
    assert bag_extract.Options(object="openbareruimte").object == "openbareRuimte"


def test_a_withdrawn_or_niet_bag_voorkomen_is_never_valid() -> None:
    declared = bag_extract.history(bag_extract.Options(object="pand"))
    assert declared is not None
    assert (declared.begin, declared.end) == ("beginGeldigheid", "eindGeldigheid")
    assert declared.version == "voorkomenidentificatie"
    assert "tijdstipInactief" in declared.annulled
    assert "tijdstipNietBagLV" in declared.annulled


@pytest.mark.parametrize(
    ("object_", "deel"),
    [("pand", "actief"), ("pand", "inOnderzoek"), ("gemeenteWoonplaatsRelatie", "actief")],
)
def test_the_columns_of_the_history_exist(object_: str, deel: str) -> None:
    options = bag_extract.Options(object=object_, deel=deel)
    declared = bag_extract.history(options)
    assert declared is not None
    columns = bag_extract.layout(object_, deel).types
    assert {declared.begin, declared.end, declared.version, *declared.annulled, *declared.per} <= set(columns)


# Deliveries of other shapes, and damaged ones, made of the real one.


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def delivery(tmp_path: Path, unpacked: dict[str, bytes]) -> Callable[..., Path]:
    """A national delivery of one small XML file with 21 standplaatsen, after ``change`` to that XML."""

    def make(
        change: Callable[[bytes], bytes] = lambda xml: xml, damage: Callable[[bytes], bytes] = lambda z: z
    ) -> Path:
        xml = change(unpacked["0457STA15102021-000001.xml"])
        inner = damage(zipped({"9999STA08102021-000001.xml": xml}))
        path = tmp_path / "lvbag-extract-nl.zip"
        path.write_bytes(zipped({"9999STA08102021.zip": inner}, zipfile.ZIP_STORED))
        return path

    return make


PLACE = "lvbag-extract-nl.zip/9999STA08102021.zip/9999STA08102021-000001.xml"


def test_a_national_delivery_with_its_type_zips_directly_in_it_is_read(delivery: Callable[..., Path]) -> None:
    assert pulled(delivery(), "standplaats").num_rows == 21


def test_files_are_read_in_the_order_of_their_numbers_and_each_once(
    tmp_path: Path, unpacked: dict[str, bytes]
) -> None:
    small = unpacked["0457STA15102021-000001.xml"]
    names = [f"9999STA08102021-{number:06d}.xml" for number in (3, 1, 2)]
    path = tmp_path / "lvbag-extract-nl.zip"
    path.write_bytes(zipped({"9999STA08102021.zip": zipped(dict.fromkeys(names, small))}))
    assert pulled(path, "standplaats").num_rows == 3 * 21


def test_a_gap_in_the_numbers_of_the_files_is_refused(tmp_path: Path, unpacked: dict[str, bytes]) -> None:
    small = unpacked["0457STA15102021-000001.xml"]
    names = [f"9999STA08102021-{number:06d}.xml" for number in (1, 3)]
    path = tmp_path / "lvbag-extract-nl.zip"
    path.write_bytes(zipped({"9999STA08102021.zip": zipped(dict.fromkeys(names, small))}))
    assert "000002" in refusal(path, "standplaats").rule


def test_a_truncated_zip_is_refused_with_the_name_of_the_file(weesp: Path, tmp_path: Path) -> None:
    path = tmp_path / "BAGGEM0457L-15102021.zip"
    path.write_bytes(weesp.read_bytes()[:1_000_000])
    refused = refusal(path, "pand")
    assert (refused.file, refused.kept) == (path.name, path)
    assert "cut short" in refused.rule


def test_a_truncated_zip_within_the_zip_is_refused_with_the_way_to_it(delivery: Callable[..., Path]) -> None:
    refused = refusal(delivery(damage=lambda inner: inner[:-30]), "standplaats")
    assert refused.file == "lvbag-extract-nl.zip/9999STA08102021.zip"
    assert "cut short" in refused.rule
    assert refused.kept is not None and refused.kept.name == "lvbag-extract-nl.zip"


def test_a_wrong_checksum_is_refused_with_the_way_to_the_file(delivery: Callable[..., Path]) -> None:
    def other_crc(inner: bytes) -> bytes:
        at = inner.rindex(b"PK\x01\x02") + 16
        return inner[:at] + bytes([inner[at] ^ 1]) + inner[at + 1 :]

    refused = refusal(delivery(damage=other_crc), "standplaats")
    assert refused.file == PLACE
    assert "checksum" in refused.rule


@pytest.mark.parametrize("keep", [0.3, 0.5, 0.9, 0.9999])
def test_xml_that_ends_early_is_refused_with_the_record_where_it_ends(
    delivery: Callable[..., Path], keep: float
) -> None:
    complete = 0

    def cut(xml: bytes) -> bytes:
        nonlocal complete
        kept = xml[: int(len(xml) * keep)]
        complete = kept.count(b"</sl-bag-extract:bagObject>")
        return kept

    refused = refusal(delivery(cut), "standplaats")
    assert (refused.file, refused.record) == (PLACE, complete + 1)
    assert "ends early" in refused.rule


def test_xml_that_ends_early_between_two_records_is_refused(delivery: Callable[..., Path]) -> None:
    def cut(xml: bytes) -> bytes:
        return b"</sl:stand>".join(xml.split(b"</sl:stand>")[:5]) + b"</sl:stand>"

    assert refusal(delivery(cut), "standplaats").record == 6


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Changes the third record (and no other) of the file."""

    def change(xml: bytes) -> bytes:
        records = xml.split(b"<sl:stand>")
        assert re.search(old, records[3])
        records[3] = re.sub(old, new, records[3], count=1)
        return b"<sl:stand>".join(records)

    return change


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (rb"documentdatum>[^<]*<", b"documentdatum>2010-13-45<", "documentdatum"),
        (rb"tijdstipRegistratie>[^<]*<", b"tijdstipRegistratie>gisteren<", "tijdstipRegistratie"),
        (rb"voorkomenidentificatie>\d+<", b"voorkomenidentificatie>1a<", "voorkomenidentificatie"),
        (rb"geconstateerd>[JN]<", b"geconstateerd>X<", "geconstateerd"),
        (rb"(identificatie [^>]*>)0(\d{15}<)", rb"\1\2", "identificatie"),
        (rb"(identificatie [^>]*>)(\d{16}<)", rb"\g<1>1\2", "identificatie"),
        (rb"(NummeraanduidingRef [^>]*>)0(\d{15}<)", rb"\1\2", "heeftAlsHoofdadres"),
        (rb"<Objecten:status>", b"<Objecten:nieuw>x</Objecten:nieuw><Objecten:status>", "nieuw"),
        (rb"<Objecten:status>", b"<Objecten:status>x</Objecten:status><Objecten:status>", "status"),
    ],
)
def test_a_value_that_gdal_would_drop_or_mend_is_refused_with_its_record_and_field(
    delivery: Callable[..., Path], old: bytes, new: bytes, field: str
) -> None:
    refused = refusal(delivery(replaced(old, new)), "standplaats")
    assert (refused.file, refused.record, refused.field) == (PLACE, 3, field)
    assert "gisteren" not in str(refused)


def test_an_unknown_object_type_within_a_file_is_refused_with_its_record(
    delivery: Callable[..., Path],
) -> None:
    change = replaced(rb"(?s)Objecten:Standplaats>(.*)Objecten:Standplaats>", rb"Objecten:Boom>\1Objecten:Boom>")
    refused = refusal(delivery(change), "standplaats")
    assert (refused.file, refused.record) == (PLACE, 3)
    assert "Standplaats" in refused.rule


@pytest.mark.parametrize("type_", [b"XYZ", b"VBO"])
def test_a_file_of_another_object_type_than_its_name_says_is_refused(
    delivery: Callable[..., Path], type_: bytes
) -> None:
    path = delivery(lambda xml: xml.replace(b"objectType>STA<", b"objectType>" + type_ + b"<"))
    refused = refusal(path, "standplaats")
    assert (refused.file, refused.field) == (PLACE, "objectType")


def test_a_geometry_that_is_none_is_refused(delivery: Callable[..., Path]) -> None:
    path = delivery(replaced(rb"(?s)<gml:posList[^>]*>[^<]*<", b"<gml:posList>nergens<"))
    refused = refusal(path, "standplaats")
    assert (refused.file, refused.record) == (PLACE, 3)


def test_a_delivery_without_the_type_asked_for_is_refused(delivery: Callable[..., Path]) -> None:
    refused = refusal(delivery(), "pand")
    assert "pand" in refused.rule
    assert refused.file == "lvbag-extract-nl.zip"


def test_a_delivery_of_mutations_is_refused_as_such(shared_data: Path) -> None:
    refused = refusal(shared_data / "bag" / "BAGNLDM-13112021-14112021.zip", "pand")
    assert "mutations" in refused.rule


def test_what_is_not_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "levering.zip"
    path.write_text("<html>De dienst is even niet beschikbaar</html>")
    assert "not a zip" in refusal(path, "pand").rule


def test_a_delivery_that_is_not_there_may_come_later(tmp_path: Path) -> None:
    with pytest.raises(RegistryFailed, match="there is no file"):
        pulled(tmp_path / "levering.zip", "pand")


def test_a_fault_in_a_side_file_is_refused_with_its_record_and_field(
    tmp_path: Path, unpacked: dict[str, bytes]
) -> None:
    xml = unpacked["0457IOOPR15102021-000001.xml"].split(b"<sl:stand>")
    xml[2] = re.sub(rb"inOnderzoek>[JN]<", b"inOnderzoek>?<", xml[2])
    path = tmp_path / "levering.zip"
    inner = zipped({"0457IOOPR15102021-000001.xml": b"<sl:stand>".join(xml)})
    path.write_bytes(zipped({"0457InOnderzoek15102021.zip": zipped({"0457IOOPR15102021.zip": inner})}))
    refused = refusal(path, "openbareRuimte", "inOnderzoek")
    assert (refused.record, refused.field) == (2, "inOnderzoek")


def test_a_zip_that_holds_itself_without_end_is_refused(tmp_path: Path) -> None:
    content = b""
    for _ in range(20):
        content = zipped({"levering.zip": content})
    path = tmp_path / "levering.zip"
    path.write_bytes(content)
    assert "deep" in refusal(path, "pand").rule


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path, unpacked: dict[str, bytes]) -> None:
    xml = unpacked["0457NUM15102021-000002.xml"]

    def peak(files: int) -> int:
        path = tmp_path / f"{files}.zip"
        names = [f"9999NUM08102021-{number:06d}.xml" for number in range(1, files + 1)]
        path.write_bytes(zipped({"9999NUM08102021.zip": zipped(dict.fromkeys(names, xml))}))
        script = (
            "import resource; from connectors import bag_extract as b; from vlekkeloos.connector import *;"
            f"p = b.pull(b.Options(object='nummeraanduiding'), Connection('t', {str(path)!r}));"
            f"assert sum(x.num_rows for x in p.batches) == {files} * 6113;"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        return int(subprocess.check_output([sys.executable, "-c", script], text=True))

    assert peak(12) - peak(2) < 40 * 1024 * (1024 if sys.platform == "darwin" else 1)
