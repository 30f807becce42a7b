"""The lake's table in, what the rules say of it out, as a pandera schema judges a pandas frame."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks._contender import told
from benchmarks._validate.frame import frame
from benchmarks._validate.rules import (
    ADDRESS,
    BETWEEN,
    IDENTIFICATIE,
    IN_USE,
    KINDS,
    LENGTHS,
    PADDED,
    PLACES,
    POSTCODE,
    STATUS,
    verdicts,
)


def main(table: str, rows: str) -> None:
    """Reads the Parquet files, and validates lazily, so that every rule is judged."""
    import pandas as pd
    import pandera.pandas as pa

    def between(name: str, **words: Any) -> Any:
        low, high = BETWEEN[name]
        return pa.Check.in_range(low, high, name=name, **words)

    def length(name: str) -> Any:
        low, high = LENGTHS[name]
        return pa.Check.str_length(low, high, name=name)

    def aggregate(name: str, of: str) -> Any:
        low, high = BETWEEN[name]
        return pa.Check(lambda column: low <= getattr(column, of)() <= high, name=name)

    def used(records: pd.DataFrame) -> pd.Series:
        low, high = BETWEEN["oppervlakte between"]
        return (records["status"] != IN_USE) | records["oppervlakte"].between(low, high)

    def dated(records: pd.DataFrame) -> pd.Series:
        return records["eind"].isna() | (records["eind"] >= records["begin"])

    def column(*checks: Any, nullable: bool = True) -> Any:
        return pa.Column(checks=list(checks), nullable=nullable)

    # pandera's own unique= counts missing values as each other's duplicates
    once = pa.Check(lambda column: ~column.duplicated(keep=False), name="identificatie unique")
    form = pa.Check.str_matches(IDENTIFICATIE, name="identificatie form")
    padded = pa.Check(lambda column: ~column.str.contains(PADDED), name="naam not padded")
    schema = pa.DataFrameSchema(
        {
            "identificatie": column(once, form, nullable=False),
            "omschrijving": column(nullable=False),
            "naam": column(padded),
            "status": column(pa.Check.isin(STATUS, name="status in set")),
            "soort": column(pa.Check.isin(KINDS, name="soort in set")),
            "huisnummer": column(between("huisnummer between")),
            "huisletter": column(length("huisletter length")),
            "postcode": column(pa.Check.str_matches(POSTCODE, name="postcode form")),
            "straat": column(length("straat length")),
            "bouwjaar": column(between("bouwjaar between")),
            "waarde": column(aggregate("waarde mean", "mean")),
            "x": column(aggregate("x lowest", "min")),
            "y": column(aggregate("y highest", "max")),
            "woonplaats": column(pa.Check(lambda c: set(c.unique()) <= set(PLACES), name="woonplaats values")),
        },
        checks=[
            pa.Check(lambda records: 1 <= len(records) <= int(rows), name="rows"),
            pa.Check(used, name="oppervlakte between", ignore_na=False),
            pa.Check(dated, name="eind after begin", ignore_na=False),
            pa.Check(
                lambda records: ~records.duplicated(list(ADDRESS), keep=False),
                name="address unique",
                ignore_na=False,
            ),
        ],
    )

    def judge() -> dict[str, Any]:
        failed: dict[str, int] = {}
        try:
            schema.validate(frame(table), lazy=True)
        except pa.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                name = f"{error.schema.name} filled" if error.check == "not_nullable" else error.check.name
                # a rule about several columns has a case for each column of a failing row
                failed[name] = error.failure_cases["index"].nunique()
        return {"found": verdicts(failed, int(rows))}

    told(judge)


if __name__ == "__main__":
    main(*sys.argv[1:])
