"""Publish: each partner gets its projection, whole, verifiable, and only what the contract lists."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pyarrow.csv as pacsv
import pyarrow.parquet as papq
import pytest

from tests.builder import Exchange, addresses, contract
from vlekkeloos import pipeline
from vlekkeloos.errors import BadInput, ContractError, Superseded

ROWS = addresses(("1", "1234AB", 1), ("2", "1234AC", 2), wijk=["Noord", "Zuid"])


def released(exchange: Exchange, **partner: Any) -> Path:
    """Runs the exchange with the partner's block changed; gives the folder that the partner sees."""
    text = contract(validate={})
    text["publish"][0] |= partner
    exchange.write(text)
    exchange.sides(ROWS, ROWS)
    pipeline.run_all(exchange.run())
    home = exchange.home / "afnemer" / "demo"
    folder: str = json.loads((home / "latest.json").read_text(encoding="utf-8"))["folder"]
    return home / folder


def test_the_partner_gets_the_listed_fields_and_rows_and_no_other(exchange: Exchange) -> None:
    folder = released(exchange, fields=["id", "wijk"], where="huisnummer > 1")
    expected = [{"id": "2", "wijk": "Zuid"}]
    assert papq.read_table(folder / "demo.parquet").to_pylist() == expected
    text = pacsv.ConvertOptions(column_types={"id": "string"})
    assert pacsv.read_csv(folder / "demo.csv", convert_options=text).to_pylist() == expected


def test_the_manifest_describes_the_files_that_are_there(exchange: Exchange) -> None:
    folder = released(exchange)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["version"], manifest["previous"], manifest["rows"]) == (1, None, 2)
    assert [field["name"] for field in manifest["schema"]] == ["id", "postcode", "huisnummer"]
    assert {entry["name"] for entry in manifest["files"]} == {"demo.parquet", "demo.csv"}
    for entry in manifest["files"]:
        content = (folder / entry["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
    assert manifest["quality"]["left_out"] == {"quarantined": 0, "undecided": 0}


def test_a_release_says_how_many_records_it_leaves_out_for_quarantine(exchange: Exchange) -> None:
    exchange.sides(addresses(("1", "1234AB", 1), ("2", "fout", 2)), addresses(("1", "1234AB", 1), ("2", "1234AB", 2)))
    pipeline.run_all(exchange.run())
    manifest = json.loads((exchange.home / "afnemer/demo/v000001/manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"] == 1
    assert manifest["quality"]["left_out"]["quarantined"] == 1


def test_a_pseudonym_is_the_keyed_hash_of_the_value(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SLEUTEL", json.dumps({"conn_type": "generic", "password": "geheim"}))
    folder = released(exchange, pseudonymise=["id"], pseudonym_key="sleutel")
    expected = {hmac.new(b"geheim", value, hashlib.sha256).hexdigest() for value in (b"1", b"2")}
    assert set(papq.read_table(folder / "demo.parquet")["id"].to_pylist()) == expected


def test_a_field_that_the_agreed_records_do_not_have_is_refused_by_name(exchange: Exchange) -> None:
    with pytest.raises(BadInput, match=r"field telefoon: partner afnemer is to get a field"):
        released(exchange, fields=["id", "telefoon"])


def test_a_where_on_another_table_is_refused(exchange: Exchange) -> None:
    with pytest.raises(BadInput, match="where can't be run"):
        released(exchange, where="id IN (SELECT id FROM read_parquet('/etc/passwd'))")


def test_the_same_run_twice_makes_one_release_and_one_delivery(exchange: Exchange) -> None:
    pipeline.run_all(exchange.run("r1"))
    pipeline.run_all(exchange.run("r1"))
    assert [path.name for path in (exchange.home / "afnemer" / "demo").glob("v*")] == ["v000001"]
    assert [row["status"] for row in exchange.rows("deliveries/demo")].count("delivered") == 1


def test_versions_count_up_and_old_releases_stay(exchange: Exchange) -> None:
    pipeline.run_all(exchange.run("r1"))
    pipeline.run_all(exchange.run("r2"))
    home = exchange.home / "afnemer" / "demo"
    assert sorted(path.name for path in home.glob("v*")) == ["v000001", "v000002"]
    assert json.loads((home / "latest.json").read_text(encoding="utf-8"))["version"] == 2


def test_an_older_run_that_goes_on_does_not_overtake_a_newer_release(exchange: Exchange) -> None:
    older = exchange.run("r1")
    for side in older.contract.sides:
        pipeline.pull(older, side)
        pipeline.validate(older, side)
    pipeline.reconcile(older)
    pipeline.run_all(exchange.run("r2"))
    with pytest.raises(Superseded, match=r"by run r2; run r1 is not released"):
        pipeline.run_all(older)
    assert json.loads((exchange.home / "afnemer/demo/latest.json").read_text(encoding="utf-8"))["run"] == "r2"


def test_a_where_cannot_add_rows_or_columns_to_the_projection(exchange: Exchange) -> None:
    with pytest.raises(ContractError, match=r"publish\.0\.where: one SQL condition"):
        released(exchange, fields=["id"], where="1=1) UNION ALL (SELECT postcode AS id FROM agreed")


def test_a_where_that_fails_on_a_record_does_not_quote_it(exchange: Exchange) -> None:
    with pytest.raises(BadInput, match="where can't be run") as refused:
        released(exchange, where="CAST(wijk AS INTEGER) > 5")
    assert "Noord" not in str(refused.value)
    runs = str(exchange.rows("runs"))
    assert "Noord" not in runs
