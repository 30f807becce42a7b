"""What the validate stage leaves of a source that a suite judged: GX's own result, kept in the lake."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import great_expectations.expectations as gxe
import pyarrow as pa
from great_expectations import ExpectationSuite

from vlekkeloos import results
from vlekkeloos.run import Run
from vlekkeloos.scan import judge

HOSTILE = "<img src='https://example.org/x.png' onerror='document.title=1'>"
TABLE = pa.table(
    {
        "_row": pa.array([1, 2, 3, 4], pa.int64()),
        "identificatie": ["0457200000000001", "0457200000000002", "0457200000000003", None],
        "postcode": ["1382AA", HOSTILE, "kapot", "1382AB"],
        "huisnummer": pa.array([1, 2, 30_987, None], pa.int64()),
    }
)
EXPECTATIONS = (
    gxe.ExpectTableRowCountToBeBetween(min_value=3),
    gxe.ExpectColumnValuesToNotBeNull(column="identificatie"),
    gxe.ExpectColumnValuesToMatchRegex(column="postcode", regex="^[1-9][0-9]{3}[A-Z]{2}$", severity="warning"),
    gxe.ExpectColumnDistinctValuesToBeInSet(column="postcode", value_set=["1382AA", "1382AB"]),
    gxe.ExpectColumnMaxToBeBetween(column="huisnummer", max_value=9_999),
    gxe.ExpectColumnValuesToBeUnique(column="huisnummer"),
    gxe.ExpectColumnPairValuesToBeEqual(column_A="identificatie", column_B="postcode"),
)


def suite(name: str = "adressen", expectations: Any = EXPECTATIONS) -> Any:
    """A suite of which something fails for TABLE."""
    return ExpectationSuite(name=name, expectations=[one.copy() for one in expectations])


def judged(suite: Any, table: pa.Table = TABLE, result_format: Any = "SUMMARY") -> Any:
    """GX's ExpectationSuiteValidationResult of a table."""
    with duckdb.connect() as query:
        query.register("raw", table)
        return judge(suite, query, "raw", table.schema, result_format=result_format).result


def keep(run: Run, source: str, said: Any = None, table: pa.Table = TABLE) -> None:
    """Keeps what a suite says of a table as the source's validation in the run."""
    said = said or suite()
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "validation"
        folder.mkdir()
        results.write(judged(said, table), said, folder, personal=run.contract.personal)
        run.lake.keep(folder, results.place(run, source))
