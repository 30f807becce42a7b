"""Geometries as connectors give them: WKB, two dimensions, RD New (EPSG:28992)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely


def geometries(column: pd.Series) -> Any:
    """A numpy array of shapely geometries, None for what is missing or can't be read as WKB."""
    values = [one if isinstance(one, bytes | str) else None for one in column]
    return shapely.from_wkb(np.array(values, dtype=object), on_invalid="ignore")


def answer(column: pd.Series, met: Any) -> pd.Series:
    """What a rule says of each row of a column, as a Series of booleans."""
    return pd.Series(np.asarray(met, dtype=bool), index=column.index)
