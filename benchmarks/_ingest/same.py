"""Results in, whether they are the same out: Delta tables of the registry, or folders of Parquet files.

Prints ``{"equal": …, "rows": …}``. Each column of the first is compared under the name that the other has for it,
value by value, and each row as often as it occurs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as papq
from deltalake import DeltaTable

from benchmarks._ingest.records import FIELDS, record
from connectors._bag_gdal import _GDAL
from connectors._columns import kinds
from vlekkeloos.lake import literal, quoted


def tables(seed: str, rows: str, *results: str) -> tuple[bool, int]:
    """Delta tables, each with the records of that seed; dlt writes ``adres.straat`` as ``adres__straat``."""
    names = list(kinds(FIELDS))
    with TemporaryDirectory() as folder:
        truth = f"{folder}/truth.parquet"
        columns = {name: pa.array([_at(record(int(seed), n), name) for n in range(int(rows))]) for name in names}
        papq.write_table(pa.table(columns), truth)
        counted = [_same(f"read_parquet({literal(truth)})", *_delta(result, names)) for result in results]
    return all(equal for equal, _ in counted), counted[0][1]


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[step]
    return value


def files(ours: str, theirs: str) -> tuple[bool, int]:
    """Parquet files under the same names; pyogrio's have GDAL's column names, and its types."""
    equal, rows = True, 0
    for file in sorted(Path(ours).glob("*.parquet")):
        mine, peer = (f"read_parquet({literal(str(place))})" for place in (file, Path(theirs) / file.name))
        there = {name.lower(): name for name in duckdb.sql(f"FROM {peer}").columns}
        pairs = []
        for name in duckdb.sql(f"FROM {mine}").columns:
            own, other = quoted(name), quoted(there[_GDAL.get(name, name).lower()])
            if name == "geconstateerd":
                other = f"CASE WHEN {other} THEN 'J' WHEN NOT {other} THEN 'N' END"
            pairs.append((own, other))
        rows += duckdb.sql(f"SELECT count(*) FROM {peer}").fetchall()[0][0]
        if file.stem == "verblijfsobject":
            # GDAL makes a point of one that is an area; WKB of a point has 21 bytes
            areas = f"(SELECT identificatie FROM {mine} WHERE octet_length(geometrie) <> 21)"
            mine, peer = (f"(FROM {side} WHERE identificatie NOT IN {areas})" for side in (mine, peer))
        equal = equal and _same(mine, peer, pairs)[0]
    return equal, rows


def _delta(table: str, names: list[str]) -> tuple[str, list[tuple[str, str]]]:
    delta = DeltaTable(table)
    there = {field.name for field in delta.schema().fields}
    pairs = [(quoted(n), quoted(n if n in there else n.replace(".", "__"))) for n in names]
    files = ", ".join(literal(uri.removeprefix("file://")) for uri in delta.file_uris())
    return f"read_parquet([{files}])", pairs


def _same(first: str, second: str, pairs: list[tuple[str, str]]) -> tuple[bool, int]:
    """Whether they hold the same rows, and how many the second has."""
    one = f"SELECT {', '.join(f'CAST({a} AS VARCHAR)' for a, _ in pairs)} FROM {first}"
    other = f"SELECT {', '.join(f'CAST({b} AS VARCHAR)' for _, b in pairs)} FROM {second}"
    differ = f"SELECT count(*) FROM (({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one}))"
    with duckdb.connect() as query:
        return (
            query.sql(differ).fetchall()[0][0] == 0,
            query.sql(f"SELECT count(*) FROM {second}").fetchall()[0][0],
        )


if __name__ == "__main__":
    same, rows = {"tables": tables, "files": files}[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({"equal": same, "rows": rows}))
