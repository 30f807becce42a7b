"""A point of the town in metres of the Rijksdriehoeksstelsel in; about where that is on the globe out.

A plane that touches at the town's corner: good to some metres there, and for a fictional town that is enough.
"""

from __future__ import annotations

from vlekkeloos.sandbox.addresses import SOUTH, WEST

#: The town's corner (EPSG:4326), and the metres of a degree there.
LONGITUDE, LATITUDE = 5.314, 51.948
METRES_EAST, METRES_NORTH = 68_760.0, 111_265.0


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of x and y, to about a decimetre."""
    return round(LONGITUDE + (x - WEST) / METRES_EAST, 6), round(LATITUDE + (y - SOUTH) / METRES_NORTH, 6)
