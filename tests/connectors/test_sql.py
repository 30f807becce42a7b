"""Tables and queries of a real PostgreSQL and of SQLite, with their types, their faults and their size."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from connectors import sql
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed, VlekkeloosError

ROWS = 120_000


def pulled(connection: Connection, **options: Any) -> pa.Table:
    result = sql.pull(sql.Options(**options), connection)
    return pa.Table.from_batches(result.batches, schema=result.schema)


def refusal(connection: Connection, **options: Any) -> VlekkeloosError:
    with pytest.raises(VlekkeloosError) as refused:
        pulled(connection, **options)
    assert connection.password is None or connection.password not in str(refused.value)
    return refused.value


@pytest.fixture(scope="session")
def database(postgres_url: str) -> Iterator[Connection]:
    """A connection as the engine makes it, without its secrets in the URL, to a database with two tables."""
    url = sa.make_url(postgres_url)
    engine = sa.create_engine(url)
    with engine.begin() as run:
        run.exec_driver_sql("""
            CREATE SCHEMA "Burgerzaken";
            CREATE TABLE "Burgerzaken"."Adressen" (
                identificatie varchar(16), "Huisnummer" integer, klein smallint, groot bigint,
                x numeric(9, 3), los numeric,
                breuk double precision, actief boolean, begin date, lokaal timestamp,
                moment timestamptz, hash bytea, kenmerk uuid, extra jsonb, doelen text[]);
            INSERT INTO "Burgerzaken"."Adressen" VALUES
                (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                ('0457200000198652', 8, 1, 9007199254740993, 130821.614, 0.1, 0.5, true, '2010-06-23',
                 '2010-11-15 13:26:11.687', '2010-11-15 13:26:11.687+01', '\\x00ff',
                 '6f1e3c9e-0000-4000-8000-000000000001', '{"bron": "é"}', '{woonfunctie,winkelfunctie}');
        """)
        run.exec_driver_sql(
            "CREATE TABLE veel AS SELECT lpad(i::text, 16, '0') AS identificatie,"
            f" CASE WHEN i > 60000 THEN i END AS laat FROM generate_series(1, {ROWS}) AS i"
        )
    yield Connection(
        "gemeente", f"postgresql+psycopg://{url.host}:{url.port}/{url.database}", url.username, url.password
    )
    engine.dispose()


EXPECTED = {
    "identificatie": (pa.string(), "0457200000198652"),
    "Huisnummer": (pa.int64(), 8),
    "klein": (pa.int64(), 1),
    "groot": (pa.int64(), 9007199254740993),
    "x": (pa.decimal128(9, 3), Decimal("130821.614")),
    "los": (pa.float64(), 0.1),
    "breuk": (pa.float64(), 0.5),
    "actief": (pa.bool_(), True),
    "begin": (pa.date32(), date(2010, 6, 23)),
    "lokaal": (pa.timestamp("us"), datetime(2010, 11, 15, 13, 26, 11, 687000)),
    "moment": (pa.timestamp("us", "UTC"), datetime(2010, 11, 15, 12, 26, 11, 687000, tzinfo=UTC)),
    "hash": (pa.binary(), b"\x00\xff"),
    "kenmerk": (pa.string(), "6f1e3c9e-0000-4000-8000-000000000001"),
    "extra": (pa.string(), '{"bron": "é"}'),
    "doelen": (pa.list_(pa.string()), ["woonfunctie", "winkelfunctie"]),
}


@pytest.mark.parametrize(
    "options", [{"table": "Burgerzaken.Adressen"}, {"query": 'SELECT * FROM "Burgerzaken"."Adressen"'}]
)
def test_a_table_and_a_query_keep_names_types_and_values(database: Connection, options: dict[str, str]) -> None:
    table = pulled(database, **options)
    assert {field.name: field.type for field in table.schema} == {k: t for k, (t, _) in EXPECTED.items()}
    empty, filled = table.to_pylist()
    assert set(empty.values()) == {None}
    assert filled == {name: value for name, (_, value) in EXPECTED.items()}


def test_a_large_table_comes_in_batches_of_one_schema_though_a_column_begins_empty(
    database: Connection,
) -> None:
    result = sql.pull(sql.Options(table="veel"), database)
    batches = list(result.batches)
    assert [batch.num_rows for batch in batches] == [50_000, 50_000, 20_000]
    assert {str(batch.schema) for batch in batches} == {str(result.schema)}
    assert result.schema.field("laat").type == pa.int64()


def test_memory_does_not_grow_with_the_table(database: Connection) -> None:
    def peak(rows: int) -> int:
        script = (
            "import resource; from connectors import sql; from vlekkeloos.connector import Connection;"
            f"c = Connection({database.name!r}, {database.url!r}, {database.login!r}, {database.password!r});"
            f"q = \"SELECT repeat('x', 200) || i AS tekst FROM generate_series(1, {rows}) i\";"
            f"assert sum(b.num_rows for b in sql.pull(sql.Options(query=q), c).batches) == {rows};"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
        )
        return int(subprocess.check_output([sys.executable, "-c", script], text=True))

    assert peak(600_000) - peak(150_000) < 40


def test_a_query_may_hold_colons_and_percents(database: Connection) -> None:
    query = "SELECT '1'::int AS een, 'a:b' AS tekst WHERE 'abc' LIKE 'a%'"
    assert pulled(database, query=query).to_pylist() == [{"een": 1, "tekst": "a:b"}]


def test_a_query_cannot_change_the_database(database: Connection) -> None:
    refusal(database, query="DELETE FROM veel RETURNING identificatie")
    assert pulled(database, query="SELECT count(*) AS n FROM veel").to_pylist() == [{"n": ROWS}]


def test_a_name_of_a_table_is_never_part_of_the_sql(database: Connection) -> None:
    refused = refusal(database, table='veel"; DROP TABLE veel; --')
    assert isinstance(refused, BadInput)
    assert pulled(database, query="SELECT count(*) AS n FROM veel").to_pylist() == [{"n": ROWS}]


def test_an_unknown_table_is_bad_input_that_names_it(database: Connection) -> None:
    refused = refusal(database, table="Burgerzaken.Onbekend")
    assert isinstance(refused, BadInput)
    assert "Burgerzaken.Onbekend" in str(refused)


def test_an_unknown_column_in_a_query_is_bad_input_that_names_it(database: Connection) -> None:
    refused = refusal(database, query="SELECT straat FROM veel")
    assert isinstance(refused, BadInput)
    assert "straat" in str(refused)


def test_two_columns_of_one_name_are_refused(database: Connection) -> None:
    assert "same name" in str(refusal(database, query="SELECT 1 AS a, 2 AS a"))


def test_a_fault_on_the_way_is_the_registry_s_failure_and_shows_no_value(database: Connection) -> None:
    number = "CASE WHEN i < 90000 THEN 1 ELSE ('0457' || i || 'x')::int END"
    query = f"SELECT {number} AS n FROM generate_series(1, 99999) i"
    refused = refusal(database, query=query)
    assert isinstance(refused, RegistryFailed)
    assert "90000" not in str(refused)


@pytest.mark.parametrize(("login", "password"), [("vlekkeloos", "not-the-password"), ("nobody", "p")])
def test_a_refused_login_is_the_registry_s_failure(database: Connection, login: str, password: str) -> None:
    wrong = Connection(database.name, database.url, login, password)
    with pytest.raises(RegistryFailed) as failed:
        pulled(wrong, table="veel")
    assert not re.search(rf"\b{re.escape(password)}\b", str(failed.value).replace("password", ""))
    assert "not-the-password" not in str(failed.value)


def test_a_host_that_is_down_is_the_registry_s_failure() -> None:
    down = Connection("gemeente", "postgresql+psycopg://127.0.0.1:1/postgres", "vlekkeloos", "geheim-woord")
    refused = refusal(down, table="veel")
    assert isinstance(refused, RegistryFailed)
    assert "gemeente" in str(refused)


@pytest.mark.parametrize("url", ["adressen", "onbekend://host/db", "postgresql+geendriver://host/db"])
def test_a_url_of_no_known_database_is_bad_input(url: str) -> None:
    assert isinstance(refusal(Connection("gemeente", url), table="t"), BadInput)


@pytest.mark.parametrize("options", [{}, {"table": "a", "query": "SELECT 1"}])
def test_exactly_one_of_table_and_query_is_required(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either table or query"):
        sql.Options(**options)


# SQLite: any value in any column.


@pytest.fixture
def sqlite(tmp_path: Path) -> Connection:
    path = tmp_path / "gemeente.sqlite"
    with sqlite3.connect(path) as made:
        made.executescript("""
            CREATE TABLE adressen (identificatie TEXT, huisnummer INTEGER, x NUMERIC(9,3), begin DATE,
                                   lokaal TIMESTAMP, actief BOOLEAN);
            INSERT INTO adressen VALUES (NULL, NULL, NULL, NULL, NULL, NULL),
                ('0457200000198652', 8, 130821.614, '2010-06-23', '2010-11-15 13:26:11.687', 1);
        """)
    made.close()
    return Connection("gemeente", f"sqlite:///{path}")


def test_sqlite_s_columns_have_the_types_they_were_declared_with(sqlite: Connection) -> None:
    table = pulled(sqlite, table="adressen")
    assert table.to_pylist()[1] == {
        "identificatie": "0457200000198652",
        "huisnummer": 8,
        "x": Decimal("130821.614"),
        "begin": date(2010, 6, 23),
        "lokaal": datetime(2010, 11, 15, 13, 26, 11, 687000),
        "actief": True,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("huisnummer", "acht"),
        ("huisnummer", 8.5),
        ("x", 1.2345),
        ("begin", "23-06-2010"),
        ("begin", 20100623),
        ("lokaal", "gisteren"),
        ("actief", "ja"),
        ("identificatie", b"\x00"),
    ],
)
def test_a_value_that_does_not_fit_its_declared_type_is_refused_with_record_and_field(
    sqlite: Connection, field: str, value: object
) -> None:
    with sqlite3.connect(sqlite.url.removeprefix("sqlite:///")) as made:
        made.execute(f"INSERT INTO adressen ({field}) VALUES (?)", [value])
    made.close()
    refused = refusal(sqlite, table="adressen")
    assert isinstance(refused, BadInput)
    assert (refused.record, refused.field) == (3, field)
    assert str(value) not in refused.rule


def test_a_query_on_sqlite_takes_a_column_s_type_from_its_first_value(sqlite: Connection) -> None:
    table = pulled(sqlite, query="SELECT huisnummer, identificatie, NULL AS leeg FROM adressen")
    assert [field.type for field in table.schema] == [pa.int64(), pa.string(), pa.string()]


def test_a_sqlite_file_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "weg.sqlite"
    assert isinstance(refusal(Connection("gemeente", f"sqlite:///{missing}"), table="t"), BadInput)
    assert not missing.exists()
