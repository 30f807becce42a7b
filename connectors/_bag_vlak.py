"""An unpacked XML file of verblijfsobjecten in, the areas out of those whose geometry is an area.

A verblijfsobject has a point or, rarely, an area (Catalogus BAG 2018, geometrie van een verblijfsobject).
GDAL's driver makes the area its centroid; the registry's own geometry has to arrive.
"""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from connectors import _bag_gml

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
        found[number] = _bag_gml.wkb(etree.fromstring(wrapped, etree.XMLParser(resolve_entities=False)))
    return found
