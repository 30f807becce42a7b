"""Texts in; the share that has a well-known form (a date, a URL, digits only), out, by a sample of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from vlekkeloos.lake import literal
from vlekkeloos.scan.metric import Column

#: Rows looked at: enough to tell a form that all values have from one that some do.
SAMPLE = 10_000
#: Regular expressions that Python and DuckDB read alike, the narrowest first.
FORMS: Mapping[str, str] = {
    "a UUID": r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    "a URL": r"^https?://[^ ]+$",
    "an e-mail address": r"^[^@ ]+@[^@ ]+\.[^@ ]+$",
    "a moment": r"^[0-9]{4}(-[0-9]{2}){2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$",
    "a date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "a date, perhaps incomplete": r"^[0-9]{4}(-[0-9]{2}){1,2}$",
    "digits": r"^[0-9]+$",
    "a number": r"^-?[0-9]+([.,][0-9]+)?$",
}


def shares(query: duckdb.DuckDBPyConnection, view: str, columns: Sequence[Column]) -> dict[str, dict[str, float]]:
    """By text column and form: the share of its values in a sample of the view; {} for a column without values."""
    texts = [column for column in columns if column.kind == "text"]
    if not texts:
        return {}
    counts = [
        f"count(*) FILTER (WHERE regexp_matches({column.sql}, {literal(form)})) / nullif(count({column.sql}), 0)"
        for column in texts
        for form in FORMS.values()
    ]
    # the seed makes the same sample of the same table
    sample = (
        f"(SELECT {', '.join(c.sql for c in texts)} FROM {view} USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (1))"
    )
    found = iter(query.execute(f"SELECT {', '.join(counts)} FROM {sample}").fetchall()[0])
    return {column.name: {name: share for name in FORMS if (share := next(found)) is not None} for column in texts}
