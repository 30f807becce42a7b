"""A geometry of the BAG as GML in, WKB out: two dimensions, RD New (EPSG:28992), as GDAL gives it of a Levering.

A BAG geometry is a point, a polygon with holes, or several polygons; none has arcs (Catalogus BAG 2018).
"""

from __future__ import annotations

import struct
from typing import Any

_GML = "{http://www.opengis.net/gml/3.2}"
_POLYGON, _MULTIPOLYGON = 3, 6


def wkb(geometry: Any, *, multiple: bool = False) -> bytes:
    """The WKB of an element with one geometry somewhere in it; ``multiple``: a polygon too is a multipolygon.

    Raises ValueError with the rule if there is no geometry, or its coordinates are none.
    """
    point = next(geometry.iter(f"{_GML}Point"), None)
    if point is not None:
        position = next(point.iter(f"{_GML}pos"), None)
        x, y = _points(position, point)[0]
        return struct.pack("<BIdd", 1, 1, x, y)
    polygons = [_polygon(polygon) for polygon in geometry.iter(f"{_GML}Polygon")]
    if not polygons:
        raise ValueError("there is no point or polygon in this geometry")
    if multiple or len(polygons) > 1:
        return struct.pack("<BII", 1, _MULTIPOLYGON, len(polygons)) + b"".join(polygons)
    return polygons[0]


def _polygon(polygon: Any) -> bytes:
    rings = [_points(positions, polygon) for positions in polygon.iter(f"{_GML}posList")]
    if not rings:
        raise ValueError("a polygon of this geometry has no ring")
    packed = (struct.pack(f"<I{2 * len(ring)}d", len(ring), *(n for point in ring for n in point)) for ring in rings)
    return struct.pack("<BII", 1, _POLYGON, len(rings)) + b"".join(packed)


def _points(positions: Any, shape: Any) -> list[tuple[float, float]]:
    """The points without their heights: RD New has two dimensions, and the BAG gives 0.0 for the third."""
    try:
        dimension = int(positions.get("srsDimension") or shape.get("srsDimension") or 2)
        numbers = [float(number) for number in positions.text.split()]
    except (AttributeError, ValueError):
        raise ValueError("the coordinates of this geometry are no numbers") from None
    if not numbers or len(numbers) % dimension:
        raise ValueError("the coordinates of this geometry are no whole points")
    return list(zip(numbers[::dimension], numbers[1::dimension], strict=True))
