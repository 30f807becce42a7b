"""One XML file with objects of a BAG 2.0 Extract in, Arrow batches out, read by GDAL's LVBAG driver.

The driver is fast, but silent: at XML that ends early it stops as if all was read; a date that is none, or a
field that it doesn't know, it leaves out; a wrong identification it mends. So what the driver read has to
account for every tag that was counted in the file. Only where it doesn't is the file read again, slowly, to
say which record and field is at fault.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
from pyogrio.errors import DataSourceError

from connectors import _bag_vlak, _bag_xml
from connectors._bag_census import Unpacked
from connectors._bag_schema import Layout
from vlekkeloos.errors import BadInput

BATCH = 50_000

#: The registry's name of a field, where GDAL has a name of its own.
_GDAL = {
    "huisnummertoevoeging": "huisnummerToevoeging",
    "documentdatum": "documentDatum",
    "documentnummer": "documentNummer",
    "voorkomenidentificatie": "voorkomenIdentificatie",
    "heeftAlsHoofdadres": "hoofdadresNummeraanduidingRef",
    "heeftAlsNevenadres": "nevenadresNummeraanduidingRef",
    "maaktDeelUitVan": "pandRef",
    "ligtAan": "openbareruimteRef",
    "ligtIn": "woonplaatsRef",
    "geometrie": "wkb_geometry",
}

_LISTS = ("gebruiksdoel", "heeftAlsNevenadres", "maaktDeelUitVan")

#: Of these there is one more element around the field's own: a relation holds a reference.
_RELATIONS = ("ligtAan", "ligtIn", "heeftAlsHoofdadres", "heeftAlsNevenadres", "maaktDeelUitVan")

#: Of these the geometry has one more element around it, that says whether it is a point or an area.
_POINT_OR_AREA = ("VBO", "WPL")

#: Elements of a record besides its fields: the object itself, voorkomen, Voorkomen, BeschikbaarLV.
_FRAME = 4


def batches(xml: Unpacked, layout: Layout) -> Iterator[pa.RecordBatch]:
    """The objects in the file, with the layout's schema. Raises BadInput, at the end if not before."""
    with xml.file:
        if not xml.census.whole or xml.census.suspect:
            raise _fault(xml, layout)
        _bag_xml.check_type(xml.census.type or "", layout, xml.place, xml.kept)
        if xml.census.elements:
            yield from _read(xml, layout)


def _read(xml: Unpacked, layout: Layout) -> Iterator[pa.RecordBatch]:
    areas = _bag_vlak.areas(xml.path) if layout.code == "VBO" and xml.census.areas else {}
    objects = elements = 0
    for raw in _from_gdal(xml, layout):
        batch = _in_registry_terms(raw, layout, areas, first=objects)
        objects += batch.num_rows
        elements += _elements(batch, layout)
        yield batch
    if (objects, elements) != (xml.census.objects, xml.census.elements):
        _judge(xml, layout)
    if objects != xml.census.objects:
        rule = f"{xml.census.objects} objects are in the file, {objects} of them can be read"
        raise BadInput(rule, file=xml.place, record=objects + 1, kept=xml.kept)


def _from_gdal(xml: Unpacked, layout: Layout) -> Iterator[pa.RecordBatch]:
    """GDAL's batches; whatever it warns of is a fault, for it goes on with another value than it read."""
    try:
        # LEGACY_ID: identifications as they are in the XML, without "NL.IMBAG.Pand." before them
        with pyogrio.raw.open_arrow(xml.path, use_pyarrow=True, batch_size=BATCH, LEGACY_ID="YES") as (
            _,
            reader,
        ):
            while True:
                # recorded, not raised: they come from within GDAL, and hold values that no log may have
                with warnings.catch_warnings(record=True) as warned:
                    warnings.simplefilter("always")
                    batch = next(reader, None)
                if warned:
                    raise _fault(xml, layout)
                if batch is None:
                    return
                yield batch
    except (RuntimeError, DataSourceError, IndexError, pa.ArrowException):
        raise _fault(xml, layout) from None


def _fault(xml: Unpacked, layout: Layout) -> BadInput:
    """What is wrong with a file that GDAL complains of: the first fault in it, or that GDAL can't read it."""
    try:
        _judge(xml, layout)
    except BadInput as fault:
        return fault
    return BadInput("GDAL can't read this file as it is written", file=xml.place, kept=xml.kept)


def _judge(xml: Unpacked, layout: Layout) -> None:
    """Reads the file again, slowly; raises BadInput at the first fault, if there is one."""
    with xml.path.open("rb") as stream:
        for _ in _bag_xml.records(stream, layout, xml.place, xml.kept):
            pass


def _in_registry_terms(raw: pa.RecordBatch, layout: Layout, areas: dict[int, bytes], *, first: int) -> pa.RecordBatch:
    columns = []
    for name, wanted in layout.types.items():
        column = raw.column(_GDAL.get(name, name))
        if name == "geconstateerd":
            column = pc.if_else(column, "J", "N")
        if name == "geometrie":
            column = _with_areas(column, areas, first)
        columns.append(column.cast(wanted))
    return pa.record_batch(columns, schema=layout.schema)


def _with_areas(points: Any, areas: dict[int, bytes], first: int) -> Any:
    here = {number - first: wkb for number, wkb in areas.items() if first <= number < first + len(points)}
    if not here:
        return points
    mask = pa.array([number in here for number in range(len(points))])
    return pc.replace_with_mask(points, mask, pa.array([here[n] for n in sorted(here)], pa.binary()))


def _elements(batch: pa.RecordBatch, layout: Layout) -> int:
    """How many elements of the XML, GML's aside, these records account for."""
    total: int = _FRAME * batch.num_rows
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        given = len(column) - column.null_count
        around = (name in _RELATIONS) + (name == "geometrie" and layout.code in _POINT_OR_AREA)
        total += given * around
        total += len(column.flatten()) if name in _LISTS else given
    return total
