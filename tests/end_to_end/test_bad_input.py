"""Bad input, one kind a test: a clear error, the last release still served, what was received kept."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from connectors import bag_extract
from tests.builder import Exchange, addresses, contract
from tests.end_to_end.driver import Answer, vlekkeloos
from tests.end_to_end.partner import serving
from vlekkeloos import sandbox
from vlekkeloos.connector import Connection

CSV = "id;postcode;huisnummer\n1;1234AB;1\n2;1234AC;2\n"


def run(made: Exchange, *more: str, environment: dict[str, str] | None = None) -> Answer:
    return vlekkeloos(
        "run", "demo", "--exchanges", made.exchanges, "--lake", made.folder / "lake", *more, environment=environment
    )


def latest(made: Exchange) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made.home / "afnemer" / "demo" / "latest.json").read_text(encoding="utf-8"))
    return found


def kept(made: Exchange) -> list[Path]:
    return [path for path in (made.folder / "lake" / "rejected").rglob("*") if path.is_file()]


def with_left(exchange: Exchange, **source: Any) -> Exchange:
    """The exchange with another left source, after one good run."""
    text = contract(validate={})
    text["sources"]["gemeente"] = {"key": "id", **source}
    exchange.write(text)
    assert run(exchange).status == 0
    assert latest(exchange)["version"] == 1
    return exchange


@pytest.fixture
def from_csv(exchange: Exchange) -> Exchange:
    (exchange.home / "left.csv").write_text(CSV, encoding="utf-8")
    return with_left(exchange, connector="csv", url="left.csv", types={"huisnummer": "integer"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CSV.replace("1234AC", "1234AÇ").encode("latin-1"), ["left.csv", "utf-8", "byte"]),
        (
            CSV.replace(";huisnummer", "").replace(";1\n", "\n").replace(";2\n", "\n").encode(),
            ["left.csv", "huisnummer"],
        ),
        (CSV.replace(";2\n", ";twee\n").encode(), ["left.csv", "2", "huisnummer"]),
        (CSV.replace(";2\n", ";2;3\n").encode(), ["left.csv", "3"]),
        ((CSV + "2;9999ZZ;9\n").encode(), ["left.csv", "record 2 and 3", "field id", "same key"]),
    ],
    ids=["another encoding", "a missing column", "a text for a number", "a column too many", "a duplicate key"],
)
def test_a_bad_csv(from_csv: Exchange, content: bytes, said: list[str]) -> None:
    (from_csv.home / "left.csv").write_bytes(content)
    answer = run(from_csv)
    assert answer.status == 2, answer.err
    for word in said:
        assert word in answer.err
    assert latest(from_csv)["version"] == 1


def test_a_bad_file_is_kept_byte_by_byte(from_csv: Exchange) -> None:
    content = CSV.replace("1234AC", "1234AÇ").encode("latin-1")
    (from_csv.home / "left.csv").write_bytes(content)
    assert run(from_csv).status == 2
    (one,) = kept(from_csv)
    assert one.read_bytes() == content


@pytest.fixture
def from_bag(exchange: Exchange, tmp_path: Path) -> Exchange:
    town = sandbox.make(tmp_path / "town", addresses=100, errors=0)
    (exchange.home / "bag.zip").write_bytes(town.bag_delivery.read_bytes())
    pulled = bag_extract.pull(
        bag_extract.Options(object="nummeraanduiding"), Connection("bag", str(town.bag_delivery))
    )
    known: str = next(iter(pulled.batches))["identificatie"][0].as_py()
    exchange.sides(addresses((known, "1234AB", 1)), addresses())
    text = contract(validate={})
    text["sources"]["bag"] = {
        "connector": "bag_extract",
        "url": "bag.zip",
        "object": "nummeraanduiding",
        "key": "identificatie",
        "authentic": True,
    }
    text["publish"][0]["fields"] = ["identificatie", "postcode"]
    exchange.write(text)
    answer = run(exchange)
    assert answer.status == 0, answer.err
    return exchange


def remade(delivery: Path, change: Any) -> None:
    """Writes a delivery anew with ``change(name, content)`` applied to each XML file in it."""

    def inner(data: bytes, name: str) -> bytes:
        if not name.endswith(".zip"):
            return bytes(change(name, data))
        fresh = BytesIO()
        with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as new:
            for info in old.infolist():
                new.writestr(info.filename, inner(old.read(info), info.filename))
        return fresh.getvalue()

    delivery.write_bytes(inner(delivery.read_bytes(), "delivery.zip"))


def only_num(change: Any) -> Any:
    return lambda name, data: change(data) if "NUM" in name and "IA" not in name and "NB" not in name else data


def test_a_truncated_delivery(from_bag: Exchange) -> None:
    delivery = from_bag.home / "bag.zip"
    content = delivery.read_bytes()
    delivery.write_bytes(content[: len(content) // 2])
    answer = run(from_bag)
    assert answer.status == 2
    assert "bag.zip" in answer.err
    assert latest(from_bag)["version"] == 1
    assert [path.read_bytes() for path in kept(from_bag)] == [content[: len(content) // 2]]


def test_xml_that_ends_early(from_bag: Exchange) -> None:
    remade(from_bag.home / "bag.zip", only_num(lambda data: data[: len(data) * 2 // 3]))
    answer = run(from_bag)
    assert answer.status == 2
    assert "NUM" in answer.err and ".xml" in answer.err
    assert latest(from_bag)["version"] == 1
    assert len(kept(from_bag)) == 1


def test_an_unknown_object_type_in_the_xml(from_bag: Exchange) -> None:
    remade(
        from_bag.home / "bag.zip",
        only_num(lambda data: data.replace(b"Objecten:Nummeraanduiding>", b"Objecten:Kasteel>", 2)),
    )
    answer = run(from_bag)
    assert answer.status == 2
    assert "Kasteel" in answer.err
    assert latest(from_bag)["version"] == 1


def test_a_contract_with_a_typo(exchange: Exchange) -> None:
    assert run(exchange).status == 0
    file = exchange.home / "contract.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("connector: parquet", "connector: parket", 1))
    answer = run(exchange)
    assert answer.status == 2
    assert f"{file}:" in answer.err and "sources.gemeente" in answer.err
    assert latest(exchange)["version"] == 1
    assert vlekkeloos("check", "--exchanges", exchange.exchanges).status == 2


def test_a_partner_that_answers_500_gets_it_on_the_next_run_and_holds_up_nobody(
    exchange: Exchange, tmp_path: Path
) -> None:
    town = sandbox.make(tmp_path / "town", addresses=100)
    text = contract()
    text["publish"].insert(
        0, {"partner": "ver", "connector": "https", "connection": "partner_belasting", "fields": ["id"]}
    )
    exchange.write(text)
    with serving(town) as url:
        environment = sandbox.environment(town, url)
        assert run(exchange, environment=environment).status == 0
        exchange.sides(addresses(("1", "1234AB", 9)), addresses(("1", "1234AB", 9)))
        fault(url, town.partner_token)
        answer = run(exchange, environment=environment)
        assert answer.status == 3
        assert "partner ver" in answer.err and "500" in answer.err
        assert town.partner_token not in answer.err
        assert received(town)["version"] == 1
        assert latest(exchange)["version"] == 2
        fault(url, town.partner_token, times=0)
        assert run(exchange, environment=environment).status == 0
        assert received(town)["version"] == 3
    statuses = {(row["partner"], row["version"], row["status"]) for row in exchange.rows("deliveries/demo")}
    assert {("ver", version, "delivered") for version in (1, 2, 3)} <= statuses


def received(town: sandbox.Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((town.partner_folder / "demo" / "latest.json").read_text(encoding="utf-8"))
    return found


def fault(url: str, token: str, times: int = 99) -> None:
    import requests

    requests.post(
        f"{url}/_fault",
        json={"status": 500, "times": times},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    ).raise_for_status()


def test_a_registry_that_is_not_there(exchange: Exchange) -> None:
    text = contract(validate={})
    text["sources"]["gemeente"] = {
        "connector": "sql",
        "connection": "weg",
        "table": "adressen",
        "key": "id",
    }
    exchange.write(text)
    answer = run(exchange, environment={"AIRFLOW_CONN_WEG": "postgresql://piet:geheim@127.0.0.1:9/adressen"})
    assert answer.status == 3
    assert "geheim" not in answer.err + answer.out
