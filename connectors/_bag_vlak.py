"""An unpacked XML file of verblijfsobjecten in, the areas out of those whose geometry is an area.

A verblijfsobject has a point or, rarely, an area (Catalogus BAG 2018, geometrie van een verblijfsobject).
GDAL's driver makes the area its centroid; the registry's own geometry has to arrive.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

from lxml import etree

_GML = "{http://www.opengis.net/gml/3.2}"
_OBJECT_END = re.compile(rb"</Objecten:Verblijfsobject>")
_AREA = re.compile(rb"<Objecten:vlak\b[^>]*>(.*?)</Objecten:vlak>", re.DOTALL)


def areas(path: Path) -> dict[int, bytes]:
    """The WKB polygon (two dimensions, RD New) of each area, by the number of its record counted from 0."""
    text = path.read_bytes()
    found = {}
    number, counted_to = 0, 0
    for match in _AREA.finditer(text):
        number += len(_OBJECT_END.findall(text, counted_to, match.start()))
        counted_to = match.start()
        wrapped = b'<vlak xmlns:gml="http://www.opengis.net/gml/3.2">' + match[1] + b"</vlak>"
        polygon = etree.fromstring(wrapped, etree.XMLParser(resolve_entities=False)).find(f"{_GML}Polygon")
        found[number] = _wkb(polygon)
    return found


def _wkb(polygon: Any) -> bytes:
    dimension = int(polygon.get("srsDimension", "2"))
    rings = [_ring(list_, dimension) for list_ in polygon.iter(f"{_GML}posList")]
    return struct.pack("<BII", 1, 3, len(rings)) + b"".join(rings)


def _ring(positions: Any, dimension: int) -> bytes:
    """A ring without its heights: RD New has two dimensions, and the BAG gives 0.0 for the third."""
    numbers = [float(number) for number in positions.text.split()]
    points = [xy for start in range(0, len(numbers), dimension) for xy in numbers[start : start + 2]]
    return struct.pack(f"<I{len(points)}d", len(points) // 2, *points)
