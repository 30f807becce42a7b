"""The exchanges of persons, parcels and WOZ-waarden, run by the command against the sandbox's registries."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import pyarrow.csv as pacsv
import pyarrow.parquet as papq
import pytest

from tests.end_to_end.driver import Answer, vlekkeloos
from vlekkeloos.lake import Lake
from vlekkeloos.sandbox import persons, registries
from vlekkeloos.sandbox.registries import Town, brk, brp, woz

HOUSE = Path(__file__).parents[2]
TOWN = Town(seed=8, addresses=220)
REGISTRIES: dict[str, ModuleType] = {"brp": brp, "brk": brk, "woz": woz}
EXCHANGES = {"personen": brp, "percelen": brk, "woz_waarden": woz}
PSEUDONYM_KEY = "a key of the sandbox, nobody's secret"
PARTNERS = {
    "personen": "onderzoek_en_statistiek",
    "percelen": "beheer_openbare_ruimte",
    "woz_waarden": "waterschap",
}


@dataclass
class Done:
    """A run of one exchange: how it ended, where its lake is, and what the partner found."""

    exchange: str
    answer: Answer
    lake: Lake
    delivered: Path

    def rows(self, room: str, name: str | None = None) -> list[dict[str, Any]]:
        """The newest version of a table of the lake."""
        table = "/".join(part for part in (room, self.exchange, name) if part)
        found: list[dict[str, Any]] = self.lake.delta(self.lake.find(table)).to_pyarrow_table().to_pylist()
        return found

    @property
    def registry(self) -> str:
        """The name of the authentic source."""
        return next(name for name, module in REGISTRIES.items() if EXCHANGES[self.exchange] is module)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Done]]:
    """Each exchange, run once."""
    folder = tmp_path_factory.mktemp("runs")
    kept = folder / "kept"
    kept.mkdir()
    with registries.serve(TOWN, only=REGISTRIES) as serving:
        environment = registries.connections(serving, only=REGISTRIES)
        environment |= registries.furnish(TOWN, kept, only=REGISTRIES)
        for name, partner in PARTNERS.items():
            place = {"conn_type": "file", "extra": {"path": str(folder / "partner" / name)}}
            environment[f"AIRFLOW_CONN_PARTNER_{partner.upper()}"] = json.dumps(place)
        key = {"conn_type": "generic", "password": PSEUDONYM_KEY}
        environment["AIRFLOW_CONN_PSEUDONIEM_ONDERZOEK_EN_STATISTIEK"] = json.dumps(key)
        yield {name: _run(name, folder, environment) for name in EXCHANGES}


def _run(name: str, folder: Path, environment: dict[str, str]) -> Done:
    lake, exchanges = folder / "lake" / name, HOUSE / "exchanges"
    answer = vlekkeloos(
        "run", name, "--exchanges", exchanges, "--lake", lake, "--run-id", "r1", environment=environment
    )
    return Done(name, answer, Lake(str(lake)), folder / "partner" / name)


@pytest.fixture(params=EXCHANGES)
def done(request: pytest.FixtureRequest, runs: dict[str, Done]) -> Done:
    found = runs[request.param]
    assert found.answer.status == 0, found.answer.err
    return found


def test_exactly_what_was_planted_is_found(done: Done) -> None:
    truth = EXCHANGES[done.exchange].kept(TOWN).truth.to_pylist()
    planted = {(line["key"], line["field"] or None, line["kind"]) for line in truth}
    found = {(row["key"], row["field"], row["kind"]) for row in done.rows("discrepancies")}
    assert found == planted
    assert {kind for _, _, kind in planted} == {"differs", "missing_right"}


def test_every_record_of_the_municipality_is_looked_up_once(done: Done) -> None:
    left, right = done.rows("accepted", "gemeente"), done.rows("accepted", done.registry)
    lacking = sum(row["kind"] == "missing_right" for row in done.rows("discrepancies"))
    assert len(left) - lacking == len(right) > 200
    assert done.rows("quarantine", "gemeente") == []
    assert all(row["_unexpected"] is None for row in right)


def _released(done: Done) -> list[dict[str, Any]]:
    """What the partner finds, read as a partner reads it."""
    place = done.delivered / done.exchange
    manifest = json.loads((place / "latest.json").read_text())
    files = [place / manifest["folder"] / entry["name"] for entry in manifest["files"]]
    first = files[0]
    if first.suffix == ".parquet":
        return papq.read_table(first).to_pylist()
    return pacsv.read_csv(first).to_pylist()


def test_the_partner_gets_the_fields_of_the_contract_and_no_others(done: Done) -> None:
    fields = {
        "personen": ["burgerservicenummer", "geboortedatum", "postcode"],
        "percelen": ["identificatie", "aanduiding", "soort", "grootte"],
        "woz_waarden": ["identificatie", "waarde", "waardepeildatum"],
    }
    rows = _released(done)
    assert list(rows[0]) == fields[done.exchange]
    assert len(rows) > 200


# ── personal data ─────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_who_died_left_or_keeps_it_secret_is_told_of_and_nobody_by_number(runs: dict[str, Done]) -> None:
    told = {row["burgerservicenummer"] for row in _released(runs["personen"])}
    everybody = {
        who["burgerservicenummer"]: who
        for room in range(persons.rooms(TOWN))
        if (who := persons.person(TOWN, room)) is not None
    }
    hidden = {
        bsn
        for bsn, who in everybody.items()
        if "opschortingBijhouding" in who or "geheimhoudingPersoonsgegevens" in who
    }
    hashed = {bsn: hmac.new(PSEUDONYM_KEY.encode(), bsn.encode(), hashlib.sha256).hexdigest() for bsn in everybody}
    assert told == {hashed[bsn] for bsn in everybody if bsn not in hidden}
    assert hidden


def _numbers_in(text: str) -> set[str]:
    """The burgerservicenummers of this sandbox that a text holds."""
    return set(re.findall(r"(?<!\d)\d{9}(?!\d)", text)) & set(persons.numbers())


def test_the_search_for_numbers_finds_one_that_is_there() -> None:
    bsn = persons.numbers()[0]
    assert _numbers_in(f'{{"detail": "0{bsn} and {bsn}."}}') == {bsn}


def test_no_burgerservicenummer_is_in_what_a_run_says_of_itself(runs: dict[str, Done]) -> None:
    done = runs["personen"]
    assert "brp" in done.answer.err, "the run did say something"
    assert not _numbers_in(done.answer.out + done.answer.err)
    account = done.lake.delta(done.lake.find("runs")).to_pyarrow_table().to_pylist()
    assert len(account) > 5
    assert not _numbers_in(json.dumps(account, default=str))


def test_no_burgerservicenummer_is_in_a_report(runs: dict[str, Done]) -> None:
    folder = Path(runs["personen"].lake.url) / "reports"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".html", ".csv", ".xlsx"}
    for path in files:
        if path.suffix == ".xlsx":
            with ZipFile(path) as book:
                text = " ".join(book.read(name).decode(errors="replace") for name in book.namelist())
        else:
            text = path.read_text(encoding="utf-8")
        assert not _numbers_in(text), path.name


def test_a_run_that_the_brp_refuses_ends_with_status_3_and_tells_no_number(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with registries.serve(TOWN, only=["brp"]) as serving:
        environment = registries.furnish(TOWN, tmp_path / "kept", only=["brp"])
        wrong = json.loads(registries.connections(serving, only=["brp"])["AIRFLOW_CONN_BRP"]) | {"password": "wrong"}
        environment["AIRFLOW_CONN_BRP"] = json.dumps(wrong)
        answer = vlekkeloos(
            "run",
            "personen",
            "--exchanges",
            HOUSE / "exchanges",
            "--lake",
            tmp_path / "lake",
            environment=environment,
        )
    assert answer.status == 3
    assert "401" in answer.err
    assert not _numbers_in(answer.out + answer.err)
