"""Pull: what a registry sends is kept as it is, or refused with the file kept."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.builder import Exchange, addresses, contract
from vlekkeloos import pipeline
from vlekkeloos.errors import BadInput


def pulled(exchange: Exchange, left: pa.Table) -> list[dict[str, object]]:
    exchange.write(contract(validate={}, publish=[]))
    exchange.sides(left, addresses(("1", "1234AB", 1)))
    pipeline.pull(exchange.run(), "gemeente")
    return exchange.rows("raw/gemeente")


def test_types_that_a_delta_table_does_not_have_become_what_holds_their_values(exchange: Exchange) -> None:
    left = addresses(("1", "1234AB", 1)).append_column("klein", pa.array([200], pa.uint8()))
    left = left.append_column("groot", pa.array([2**64 - 1], pa.uint64()))
    left = left.append_column("open", pa.array([time(9, 30)], pa.time64("us"))).append_column("leeg", pa.nulls(1))
    (row,) = pulled(exchange, left)
    assert (row["klein"], row["groot"], row["leeg"]) == (200, Decimal(2**64 - 1), None)
    assert str(row["open"]).startswith("09:30:00")


@pytest.mark.parametrize("name", ["_row", "Provenance", "POSTCODE"])
def test_a_column_that_cannot_be_kept_by_its_name_is_refused_by_name(exchange: Exchange, name: str) -> None:
    with pytest.raises(BadInput, match=f"field {name}:"):
        pulled(exchange, addresses(("1", "1234AB", 1)).append_column(name, pa.array(["x"])))


def test_a_missing_column_is_named_and_the_file_is_kept(exchange: Exchange) -> None:
    with pytest.raises(BadInput, match=r"file left.parquet, field huisnummer: the column is missing"):
        pulled(exchange, addresses(("1", "1234AB", 1)).drop_columns(["huisnummer"]))
    kept = [path for path in (exchange.folder / "lake" / "rejected").rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["left.parquet"]


@pytest.mark.parametrize(
    "names",
    [
        ["in_left", "raw", "nth"],
        ["row", "value", "field"],
        ["l0", "q_left", "key"],
        ["left", "right", "order"],
        ["with space", 'with "quotes"', "with 'apostrophe'"],
    ],
)
def test_a_registry_may_name_its_columns_as_it_likes(exchange: Exchange, names: list[str]) -> None:
    rows = [("1", "1234AB", 1), ("2", "1234AC", 2)]
    exchange.write(contract(validate={}))
    extra = {name: ["a", "b"] for name in names}
    exchange.sides(addresses(*rows, **extra), addresses(rows[0], ("2", "9999ZZ", 2), **extra))
    pipeline.run_all(exchange.run())
    assert [(row["key"], row["field"]) for row in exchange.rows("discrepancies/demo")] == [("2", "postcode")]
    assert {name: exchange.rows("agreed/demo")[0][name] for name in names}.keys() == set(names)


@pytest.mark.parametrize("key", ["row", "value", "nth", "record", "key", "field"])
def test_a_key_may_be_named_as_it_likes(exchange: Exchange, key: str) -> None:
    text = contract(validate={})
    for source in text["sources"].values():
        source["key"] = key
    text["publish"][0]["fields"] = [key]
    exchange.write(text)
    left = addresses(("1", "1234AB", 1), ("2", "1234AB", 2), ("2", "1234AB", 2)).rename_columns({"id": key})
    exchange.sides(left, left.slice(0, 2))
    pipeline.run_all(exchange.run())
    assert [row["key"] for row in exchange.rows("quarantine/gemeente")] == ["2"]
    assert sorted(row[key] for row in exchange.rows("releases/afnemer")) == ["1", "2"]
