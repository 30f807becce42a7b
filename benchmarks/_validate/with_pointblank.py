"""The lake's table in, what the rules say of it out, as pointblank interrogates a pandas frame."""

from __future__ import annotations

import sys
from collections.abc import Callable
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
    """Reads the Parquet files, and interrogates."""
    import pandas as pd
    import pointblank as pb

    def aggregate(name: str, column: str, of: str) -> Callable[[pd.DataFrame], bool]:
        low, high = BETWEEN[name]
        return lambda records: bool(low <= getattr(records[column], of)() <= high)

    def interrogated(records: pd.DataFrame) -> Any:
        return (
            pb.Validate(records)
            .row_count_match(int(rows), brief="rows")
            .col_vals_not_null("identificatie", brief="identificatie filled")
            .rows_distinct(
                "identificatie", pre=lambda all_: all_[all_["identificatie"].notna()], brief="identificatie unique"
            )
            .col_vals_regex("identificatie", IDENTIFICATIE, na_pass=True, brief="identificatie form")
            .col_vals_in_set("status", STATUS, brief="status in set")
            .col_vals_in_set("soort", KINDS, brief="soort in set")
            .col_vals_between("huisnummer", *BETWEEN["huisnummer between"], brief="huisnummer between")
            .col_vals_str_len("huisletter", *LENGTHS["huisletter length"], na_pass=True, brief="huisletter length")
            .col_vals_regex("postcode", POSTCODE, brief="postcode form")
            .col_vals_str_len("straat", *LENGTHS["straat length"], brief="straat length")
            .col_vals_between("bouwjaar", *BETWEEN["bouwjaar between"], brief="bouwjaar between")
            .col_vals_between(
                "oppervlakte",
                *BETWEEN["oppervlakte between"],
                pre=lambda all_: all_[all_["status"] == IN_USE],
                brief="oppervlakte between",
            )
            .col_vals_ge("eind", pb.col("begin"), na_pass=True, brief="eind after begin")
            .rows_distinct(list(ADDRESS), brief="address unique")
            .col_vals_regex("naam", PADDED, inverse=True, brief="naam not padded")
            .col_vals_not_null("omschrijving", brief="omschrijving filled")
            .specially(aggregate("waarde mean", "waarde", "mean"), brief="waarde mean")
            .specially(aggregate("x lowest", "x", "min"), brief="x lowest")
            .specially(aggregate("y highest", "y", "max"), brief="y highest")
            .col_vals_in_set("woonplaats", PLACES, brief="woonplaats values")
            .interrogate()
        )

    def judge() -> dict[str, Any]:
        steps = interrogated(frame(table)).validation_info
        wrong = [step.brief for step in steps if step.eval_error]
        assert not wrong, f"not judged: {wrong}"
        return {"found": verdicts({step.brief: step.n_failed for step in steps if step.n_failed}, int(rows))}

    told(judge)


if __name__ == "__main__":
    main(*sys.argv[1:])
