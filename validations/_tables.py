"""The other tables that an expectation may refer to, as views of a scan."""

from __future__ import annotations

import pyarrow as pa

from vlekkeloos.errors import BadInput
from vlekkeloos.scan.metric import Column, Scope


def column_sql(scope: Scope, source: str, column: str) -> str:
    """SQL, fit for FROM: a column of another table in a scan, as ``one``, without missing values.

    Raises BadInput if the table or the column isn't there.
    """
    table = scope.other(source)
    there = [name for name, *_ in scope.ask(f"DESCRIBE (FROM {table})")]
    if column not in there:
        raise BadInput(f"the suite speaks of a column of {source} that isn't there", field=column)
    one = Column(column, pa.null()).sql
    return f"(SELECT {one} AS one FROM {table} WHERE {one} IS NOT NULL)"
