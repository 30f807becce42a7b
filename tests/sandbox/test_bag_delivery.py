"""The delivery: in Kadaster's own form, as a real delivery and GDAL's driver show it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pyogrio
import pytest
from lxml import etree

from vlekkeloos import sandbox as sandboxes
from vlekkeloos.sandbox import Sandbox
from vlekkeloos.sandbox.bag_delivery import OBJECTS

from .zips import unpacked

BAG_OBJECT = "{http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-lvc/v20200601}bagObject"
#: Children that a real object may have and ours never do.
UNUSED = {"ligtIn", "verkorteNaam", "heeftAlsNevenadres", "interior"}
ENDED = {"eindGeldigheid", "eindRegistratie", "tijdstipEindRegistratieLV"}


@pytest.fixture(scope="module")
def ours(sandbox: Sandbox) -> dict[str, bytes]:
    return unpacked(sandbox.bag_delivery)


@pytest.fixture(scope="module")
def real(weesp: Path) -> dict[str, bytes]:
    """Weesp's delivery, as if it were ours: its gemeentecode, name and day are replaced."""
    return {_as_ours(name): content for name, content in unpacked(weesp).items() if "README" not in name}


def test_the_files_have_the_names_and_nesting_of_a_real_delivery(
    ours: dict[str, bytes], real: dict[str, bytes]
) -> None:
    def of_first(files: dict[str, bytes]) -> set[str]:
        return {name for name in files if not re.search(r"-0000(0[2-9]|[1-9]\d)\.xml$", name)}

    assert of_first(ours) == of_first(real)


def test_the_leveringsdocument_is_that_of_a_real_delivery(ours: dict[str, bytes], real: dict[str, bytes]) -> None:
    name = "Leveringsdocument-BAG-Extract.xml"
    assert ours[name].decode().strip() == _as_ours(real[name].decode()).strip()


def test_a_file_without_objects_is_that_of_a_real_delivery(ours: dict[str, bytes], real: dict[str, bytes]) -> None:
    empty = [name for name in real if "Inactief" in name and "IANUM" not in name]
    assert len(empty) == 6
    for name in empty:
        assert ours[name].decode() == _as_ours(real[name].decode())


@pytest.mark.parametrize("code", OBJECTS.values())
def test_each_object_file_begins_as_in_a_real_delivery(
    code: str, ours: dict[str, bytes], real: dict[str, bytes]
) -> None:
    name = f"9998GEM08012026.zip/9998{code}08012026.zip/9998{code}08012026-000001.xml"
    assert _head(ours[name]) == _as_ours(_head(real[name]))


@pytest.mark.parametrize("code", ["WPL", "OPR", "NUM", "VBO", "PND"])
def test_objects_have_the_elements_of_a_real_delivery_in_its_order(
    code: str, ours: dict[str, bytes], real: dict[str, bytes]
) -> None:
    assert _children(ours, code) <= _children(real, code)
    found, known = _paths(ours, code), _paths(real, code)
    assert found <= known
    assert {path for path in known - found if not _unused(path, code)} == set()


def test_gdal_reads_as_many_objects_as_the_sandbox_says(sandbox: Sandbox, tmp_path: Path) -> None:
    files = unpacked(sandbox.bag_delivery)
    for name, code in OBJECTS.items():
        if sandbox.counts["bag"][name]:
            folder = _written(files, f"/9998{code}08012026.zip/", tmp_path / code)
            assert pyogrio.read_info(folder, force_feature_count=True)["features"] == sandbox.counts["bag"][name]
            assert pyogrio.read_arrow(folder)[1].num_rows == sandbox.counts["bag"][name]
    inactive = _written(files, "/9998IANUM08012026.zip/", tmp_path / "IANUM")
    _, table = pyogrio.read_arrow(inactive)
    assert table.num_rows == sandbox.counts["bag"]["nummeraanduiding_inactief"] > 0
    assert table.column("tijdstipInactief").null_count == 0
    assert table.column("tijdstipInactiefLV").null_count == 0


def test_gdal_reads_a_zip_of_the_delivery_as_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    import io
    import zipfile

    with zipfile.ZipFile(sandbox.bag_delivery) as delivery:
        levering = zipfile.ZipFile(io.BytesIO(delivery.read("9998GEM08012026.zip")))
    numbers = tmp_path / "9998NUM08012026.zip"
    numbers.write_bytes(levering.read(numbers.name))
    assert pyogrio.read_arrow(numbers)[1].num_rows == sandbox.counts["bag"]["nummeraanduiding"]


def test_no_file_has_more_than_ten_thousand_objects(ours: dict[str, bytes]) -> None:
    counts = {name: content.count(b"<sl:stand>") for name, content in ours.items()}
    numbers = [count for name, count in sorted(counts.items()) if "/9998NUM" in name]
    assert numbers[0] == 10_000
    assert len(numbers) == 2
    assert max(counts.values()) == 10_000


def test_every_reference_leads_to_an_object_of_the_delivery(sandbox: Sandbox, tmp_path: Path) -> None:
    files = unpacked(sandbox.bag_delivery)
    tables = {}
    for code in ("WPL", "OPR", "NUM", "VBO", "PND"):
        folder = _written(files, f"/9998{code}08012026.zip/", tmp_path / code)
        tables[code] = pyogrio.read_arrow(folder, read_geometry=False)[1]

    def values(code: str, column: str) -> set[str]:
        return set(tables[code].column(column).to_pylist())

    assert values("OPR", "woonplaatsRef") == values("WPL", "identificatie")
    assert values("NUM", "openbareruimteRef") <= values("OPR", "identificatie")
    assert values("VBO", "hoofdadresNummeraanduidingRef") == values("NUM", "identificatie")
    panden = {pand for list_ in tables["VBO"].column("pandRef").to_pylist() for pand in list_}
    assert panden == values("PND", "identificatie")


def test_verblijfsobjecten_lie_within_their_woonplaats(sandbox: Sandbox, tmp_path: Path) -> None:
    files = unpacked(sandbox.bag_delivery)
    (west, south, east, north), inner = (
        pyogrio.read_info(_written(files, f"/9998{code}08012026.zip/", tmp_path / code), force_total_bounds=True)[
            "total_bounds"
        ]
        for code in ("WPL", "VBO")
    )
    assert west < inner[0] < inner[2] < east
    assert south < inner[1] < inner[3] < north


def test_the_same_seed_gives_the_same_delivery_byte_for_byte(tmp_path: Path) -> None:
    made = [
        sandboxes.make(tmp_path / name, addresses=300, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    digests = [hashlib.sha256(one.bag_delivery.read_bytes()).hexdigest() for one in made]
    assert digests[0] == digests[1] != digests[2]
    truths = [one.truth.read_bytes() for one in made]
    assert truths[0] == truths[1] != truths[2]


def test_a_delivery_of_one_object_type_has_empty_files_of_the_others(tmp_path: Path) -> None:
    made = sandboxes.make(tmp_path, addresses=300, objects=["nummeraanduiding"])
    filled = {
        name.rsplit("/", 1)[1] for name, content in unpacked(made.bag_delivery).items() if b"<sl:stand>" in content
    }
    assert filled == {"9998NUM08012026-000001.xml", "9998IANUM08012026-000001.xml"}


def _as_ours(text: str) -> str:
    changes = (
        ("0457", "9998"),
        ("15102021", "08012026"),
        ("2021-10-15", "2026-01-08"),
        ("Weesp", "Vlekkerdam"),
    )
    for old, new in changes:
        text = text.replace(old, new)
    return text


def _head(content: bytes) -> str:
    return content.decode().split("<sl:stand>")[0].removesuffix("\n  </sl:standBestand>\n</sl-bag-extract:bagStand>")


def _files(files: dict[str, bytes], code: str) -> list[bytes]:
    return [content for name, content in files.items() if f"/9998{code}08012026.zip/" in name]


def _children(files: dict[str, bytes], code: str) -> set[tuple[str, ...]]:
    """Every order of elements that an object of this type has."""
    found = set()
    for content in _files(files, code):
        for bag_object in etree.fromstring(content, etree.XMLParser(huge_tree=True)).iter(BAG_OBJECT):
            found.add(tuple(etree.QName(child).localname for child in bag_object[0]))
    return found


def _paths(files: dict[str, bytes], code: str) -> set[tuple[str, ...]]:
    """Every path of elements (``prefix:name attribute attribute``) within an object."""
    found: set[tuple[str, ...]] = set()

    def walk(element: etree._Element, above: tuple[str, ...]) -> None:
        name = f"{element.prefix}:{etree.QName(element).localname}"
        path = (*above, " ".join([name, *sorted(element.attrib)]))
        found.add(path)
        for child in element:
            walk(child, path)

    for content in _files(files, code):
        for bag_object in etree.fromstring(content, etree.XMLParser(huge_tree=True)).iter(BAG_OBJECT):
            walk(bag_object, ())
    return found


def _unused(path: tuple[str, ...], code: str) -> bool:
    """True for what the sandbox never has: optional elements, and history but of nummeraanduidingen."""
    names = {step.split()[0].split(":")[1] for step in path}
    area = {"vlak"} if code == "VBO" else set()
    return bool(names & (UNUSED | area | (set() if code == "NUM" else ENDED)))


def _written(files: dict[str, bytes], part: str, folder: Path) -> Path:
    folder.mkdir()
    for name, content in files.items():
        if part in name:
            (folder / name.rsplit("/", 1)[1]).write_bytes(content)
    return folder
