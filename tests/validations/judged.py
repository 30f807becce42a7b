"""What an expectation says of single values, by our scan and by GX on pandas."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tests.scan.equal import assert_equal, our_answer
from tests.validations.drawn import column


def refused(expectation: Any, values: list[Any], kind: pa.DataType | None = None) -> list[Any]:
    """The values that don't meet an expectation about a column ``a``; the scan and GX agree on them."""
    table = column(values, kind)
    assert_equal(expectation, table)
    _, rows = our_answer(expectation, table)
    return [values[row - 1] for row in rows]
