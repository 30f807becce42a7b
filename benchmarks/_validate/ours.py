"""A table of the lake in, what the suite says of it out, as a run validates: with every failing row."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import _contender
from benchmarks._validate.suite import FORM, suite, told
from vlekkeloos.lake import Lake
from vlekkeloos.scan import SCAN, judge


def main(lake: str, table: str, rows: str) -> None:
    """Judges, in the memory that a lake gives a query."""
    import great_expectations.expectations  # noqa: F401 - importing is not part of what is measured

    there = Lake(lake)
    ref = there.find(table)
    schema = there.schema(ref)
    with there.query(raw=ref) as query:

        def judged() -> dict[str, Any]:
            judgement = judge(suite(int(rows)), query, "raw", schema, result_format=FORM)
            said = told(judgement.result)
            asked = [one for one in judgement.result.results if one.meta["evaluated_by"] != SCAN]
            assert not asked, f"not judged by the scan: {[(one.expectation_config.notes, one.meta) for one in asked]}"
            (listed,) = query.execute(f"SELECT count(*) FROM {judgement.failures}").fetchall()[0]
            assert listed == sum(count for _, count in said["found"].values()), "not every failing row is listed"
            return said

        _contender.told(judged)


if __name__ == "__main__":
    main(*sys.argv[1:])
