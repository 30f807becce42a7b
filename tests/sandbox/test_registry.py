"""The municipal registry, in SQLite and in a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from vlekkeloos import sandbox as sandboxes
from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox import registry
from vlekkeloos.sandbox.addresses import generate
from vlekkeloos.sandbox.mistakes import Row, right_row

ROWS = [right_row(address) for address in generate(1, 1_000)]


def _read(url: str) -> list[Row]:
    engine = sa.create_engine(url)
    with engine.connect() as database:
        rows = database.execute(sa.text("SELECT * FROM adressen ORDER BY identificatie")).all()
    engine.dispose()
    return [Row(*row) for row in rows]


def _run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as database:
        for statement in statements:
            database.execute(sa.text(statement))
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'adressen.sqlite'}"


@pytest.fixture
def clean_postgres(postgres: str) -> str:
    _run(postgres, "DROP TABLE IF EXISTS adressen")
    return postgres


@pytest.fixture(params=["sqlite", "clean_postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_the_rows_arrive_as_they_are(url: str) -> None:
    assert registry.write(url, ROWS) == 1_000
    assert registry.count(url) == 1_000
    assert _read(url) == ROWS


def test_writing_again_replaces_what_was_there(url: str) -> None:
    registry.write(url, ROWS)
    registry.write(url, ROWS[:10])
    assert _read(url) == ROWS[:10]


def test_an_identificatie_can_be_there_twice(url: str) -> None:
    assert registry.write(url, [ROWS[0], ROWS[0]._replace(huisnummer=99)]) == 2


def test_a_table_of_someone_else_is_left_alone(url: str) -> None:
    _run(url, "CREATE TABLE adressen (straat TEXT)", "INSERT INTO adressen VALUES ('Dam')")
    with pytest.raises(BadInput, match="did not make"):
        registry.write(url, ROWS)
    engine = sa.create_engine(url)
    with engine.connect() as database:
        assert database.execute(sa.text("SELECT straat FROM adressen")).scalar_one() == "Dam"
    engine.dispose()


def test_a_table_with_addresses_of_a_real_municipality_is_left_alone(url: str) -> None:
    registry.write(url, ROWS[:3])
    _run(url, "UPDATE adressen SET identificatie = '0457200000000001' WHERE huisnummer = 1")
    before = _read(url)
    with pytest.raises(BadInput, match="real municipality"):
        registry.write(url, ROWS)
    assert _read(url) == before


def test_a_failure_on_the_way_leaves_postgresql_as_it_was(clean_postgres: str) -> None:
    registry.write(clean_postgres, ROWS[:5])

    def failing() -> object:
        yield ROWS[0]
        raise RuntimeError("the generator stops")

    with pytest.raises(RuntimeError):
        registry.write(clean_postgres, failing())  # type: ignore[arg-type]
    assert _read(clean_postgres) == ROWS[:5]


def test_a_database_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    assert registry.count(f"sqlite:///{tmp_path / 'nowhere' / 'adressen.sqlite'}") is None


def test_both_databases_hold_the_same_municipality(tmp_path: Path, clean_postgres: str) -> None:
    small = sandboxes.make(tmp_path / "a", addresses=2_000, seed=4)
    large = sandboxes.make(tmp_path / "b", addresses=2_000, seed=4, database=clean_postgres)
    key = [(row.identificatie, row.huisnummer) for row in _read(large.database_url)]
    assert len(key) == large.counts["registry"]["rows"]
    assert sorted(_read(small.database_url), key=str) == sorted(_read(large.database_url), key=str)
