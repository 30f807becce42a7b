"""What changed in a table since the last pull, of a real PostgreSQL and of SQLite: nothing missed, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from connectors import sql
from vlekkeloos.connector import Connection, Pulled, Wanted
from vlekkeloos.errors import BadInput

T0, T1, T2, T3 = (f"2026-01-0{day} 12:00:00.000001" for day in (1, 2, 3, 4))


class Options(sql.Options):
    """With the key, as the engine gives it."""

    key: str = "id"


@dataclass
class Register:
    """A table (id, naam, gewijzigd_op) in a database, and what a lake would have of it."""

    connection: Connection
    engine: sa.Engine
    words: dict[str, Any]
    state: dict[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    read: list[str] = field(default_factory=list)

    def run(self, *statements: str) -> None:
        with self.engine.begin() as run:
            for statement in statements:
                run.exec_driver_sql(statement)

    def now(self) -> dict[str, Any]:
        with self.engine.connect() as run:
            return {key: name for key, name in run.exec_driver_sql("SELECT id, naam FROM adressen")}

    def start(self) -> Pulled:
        return sql.pull(Options(**self.words), self.connection, Wanted(since=self.cursor))

    def end(self, result: Pulled) -> None:
        """Lays what was pulled over the state, as the engine does; a whole pull takes its place."""
        delta = pa.Table.from_batches(result.batches, schema=result.schema).to_pylist()
        if not result.delta:
            self.state = {}
        else:
            assert result.present is not None
            there = {key for batch in result.present for key in batch.column("id").to_pylist()}
            self.state = {key: name for key, name in self.state.items() if key in there}
        self.read = sorted(row["id"] for row in delta)
        self.state |= {row["id"]: row["naam"] for row in delta}
        self.cursor = result.cursor

    def pull(self) -> list[str]:
        """Pulls once more; gives the keys of the rows that were read."""
        self.end(self.start())
        return self.read


Make = Callable[..., Register]


@pytest.fixture(params=["sqlite", "postgresql"])
def register(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Make]:
    """Makes the register, with its column of that type and rows with these values in it."""
    if request.param == "sqlite":
        url = sa.make_url(f"sqlite:///{tmp_path / 'gemeente.sqlite'}")
    else:
        url = sa.make_url(request.getfixturevalue("postgres_url"))
    engine = sa.create_engine(url)

    def make(kind: str, *moments: str, **words: Any) -> Register:
        with engine.begin() as run:
            run.exec_driver_sql("DROP TABLE IF EXISTS adressen")
            run.exec_driver_sql(f"CREATE TABLE adressen (id varchar(9), naam varchar(9), gewijzigd_op {kind})")
            for number, moment in enumerate(moments, start=1):
                run.exec_driver_sql(f"INSERT INTO adressen VALUES ('{number}', 'naam {number}', {moment})")
        bare = sa.URL.create(url.drivername, host=url.host, port=url.port, database=url.database)
        connection = Connection("gemeente", bare.render_as_string(), url.username, url.password)
        what = {} if "query" in words else {"table": "adressen"}
        return Register(connection, engine, {"mode": "delta", "changed": "gewijzigd_op", **what, **words})

    yield make
    with engine.begin() as run:
        run.exec_driver_sql("DROP TABLE IF EXISTS adressen")
    engine.dispose()


QUERY = "SELECT id, naam, gewijzigd_op FROM adressen WHERE naam <> 'a:b';"


@pytest.mark.parametrize("words", [{}, {"query": QUERY}], ids=["table", "query"])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("timestamp", [f"'{moment}'" for moment in (T0, T1, T2, T3)]),
        ("date", ["'2026-01-01'", "'2026-01-02'", "'2026-01-03'", "'2026-01-04'"]),
        ("integer", ["1", "2", "10", "11"]),
        ("numeric(12, 2)", ["1.25", "2.5", "10.75", "11"]),
    ],
    ids=["timestamp", "date", "integer", "numeric"],
)
def test_what_was_changed_added_and_removed_is_noticed_and_the_rest_not_read_again(
    register: Make, kind: str, values: list[str], words: dict[str, Any]
) -> None:
    t0, t1, t2, t3 = values
    made = register(kind, t0, t0, t1, **words)
    assert made.pull() == ["1", "2", "3"]
    made.run(
        f"UPDATE adressen SET naam = 'nieuw', gewijzigd_op = {t2} WHERE id = '1'",
        f"INSERT INTO adressen VALUES ('4', 'naam 4', {t3})",
        "DELETE FROM adressen WHERE id = '2'",
    )
    # 3 is read again: it is of the instant up to which was read
    assert made.pull() == ["1", "3", "4"]
    assert made.state == made.now() == {"1": "nieuw", "3": "naam 3", "4": "naam 4"}
    assert made.pull() == ["4"]
    assert made.state == made.now()


def test_a_row_written_later_in_the_same_instant_is_not_missed(register: Make) -> None:
    made = register("timestamp", f"'{T0}'", f"'{T1}'")
    made.pull()
    made.run(
        f"INSERT INTO adressen VALUES ('3', 'naam 3', '{T1}'), ('4', 'naam 4', '{T1}')",
        f"UPDATE adressen SET naam = 'anders' WHERE gewijzigd_op = '{T1}' AND id = '2'",
    )
    assert made.pull() == ["2", "3", "4"]
    assert made.state == made.now()
    assert made.pull() == ["2", "3", "4"]
    assert made.state == made.now()


@pytest.mark.parametrize("register", ["postgresql"], indirect=True)
def test_a_moment_with_a_zone_is_the_same_instant_next_time(register: Make) -> None:
    made = register("timestamp with time zone", f"'{T0}+01'", f"'{T1}+01'", f"'{T2}+00'")
    made.pull()
    assert made.pull() == ["3"]


def test_a_row_without_a_moment_is_always_read(register: Make) -> None:
    made = register("timestamp", "NULL", f"'{T1}'", f"'{T0}'")
    assert made.pull() == ["1", "2", "3"]
    made.run("UPDATE adressen SET naam = 'nieuw' WHERE id = '1'")
    assert made.pull() == ["1", "2"]
    assert made.state == made.now()


def test_removing_the_newest_row_loses_nothing_that_comes_after(register: Make) -> None:
    made = register("timestamp", f"'{T0}'", f"'{T3}'")
    made.pull()
    made.run("DELETE FROM adressen WHERE id = '2'")
    made.pull()
    made.run(f"INSERT INTO adressen VALUES ('3', 'naam 3', '{T1}')")
    made.pull()
    assert made.state == made.now() == {"1": "naam 1", "3": "naam 3"}


def test_a_backup_that_was_put_back_is_read_whole(register: Make) -> None:
    made = register("timestamp", f"'{T0}'", f"'{T1}'")
    made.pull()
    made.run(
        f"UPDATE adressen SET naam = 'later', gewijzigd_op = '{T2}' WHERE id = '1'",
        f"UPDATE adressen SET gewijzigd_op = '{T3}' WHERE id = '2'",
    )
    made.pull()
    made.run(
        f"UPDATE adressen SET naam = 'naam 1', gewijzigd_op = '{T0}' WHERE id = '1'",
        f"UPDATE adressen SET gewijzigd_op = '{T1}' WHERE id = '2'",
    )
    assert made.pull() == ["1", "2"]
    assert made.state == made.now()


def test_a_table_that_is_emptied_and_filled_again_is_followed(register: Make) -> None:
    made = register("timestamp", f"'{T1}'")
    made.pull()
    made.run("DELETE FROM adressen")
    assert made.pull() == []
    assert made.state == {}
    made.run(f"INSERT INTO adressen VALUES ('2', 'naam 2', '{T0}')")
    made.pull()
    assert made.state == made.now() == {"2": "naam 2"}


def test_a_delta_has_the_types_of_the_whole_also_without_values(register: Make) -> None:
    for words in ({}, {"query": "SELECT * FROM adressen"}):
        made = register("integer", "5", "6", **words)
        made.run("ALTER TABLE adressen ADD COLUMN huisnummer integer")
        made.run("UPDATE adressen SET huisnummer = 8 WHERE id = '1'")
        whole = made.start()
        made.end(whole)
        delta = made.start()
        made.end(delta)
        assert (made.read, delta.schema) == (["2"], whole.schema)


@pytest.mark.parametrize(
    "words", [{"changed": "onbekend"}, {"key": "onbekend"}, {"changed": "onbekend", "query": QUERY}]
)
def test_a_column_that_is_not_there_is_refused_and_named(register: Make, words: dict[str, Any]) -> None:
    made = register("integer", "1", **words)
    with pytest.raises(BadInput, match="field onbekend: there is no such column"):
        made.pull()


def test_a_cursor_of_another_type_than_the_column_asks_for_a_full_pull(register: Make) -> None:
    made = register("integer", "1")
    made.cursor = "2026-01-01T12:00:00"
    with pytest.raises(BadInput, match=r"field gewijzigd_op: .* \(pull with mode: full\)"):
        made.pull()


@pytest.mark.parametrize("register", ["postgresql"], indirect=True)
def test_what_is_written_while_it_is_read_is_for_the_next_pull(register: Make) -> None:
    made = register("timestamp", f"'{T0}'", f"'{T1}'")
    made.pull()
    under_way = made.start()
    made.run(f"INSERT INTO adressen VALUES ('3', 'naam 3', '{T2}')", "DELETE FROM adressen WHERE id = '1'")
    made.end(under_way)
    assert made.state == {"1": "naam 1", "2": "naam 2"}
    made.pull()
    assert made.state == made.now() == {"2": "naam 2", "3": "naam 3"}


@pytest.mark.parametrize("register", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "first", "late", "overlap"),
    [
        ("timestamp", "'2026-01-01 12:00:00'", "'2026-01-01 11:59:30'", 60),
        ("date", "'2026-01-02'", "'2026-01-01'", 1),
        ("integer", "9", "8", 1),
        ("numeric(9, 1)", "9.5", "8.5", 1),
        ("double precision", "9.5", "8.5", 1),
    ],
)
def test_a_change_that_was_committed_late_is_read_with_an_overlap(
    register: Make, kind: str, first: str, late: str, overlap: int
) -> None:
    made = register(kind, first, overlap=overlap)
    with made.engine.connect() as slow:
        slow.exec_driver_sql(f"INSERT INTO adressen VALUES ('9', 'laat', {late})")
        made.pull()
        slow.commit()
    made.pull()
    assert made.state == made.now() == {"1": "naam 1", "9": "laat"}


@pytest.mark.parametrize("register", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("border", "within", "before", "overlap"),
    [
        ("2026-01-02 12:00:00.5", "2026-01-02 11:59:01", "2026-01-02 11:58:59", 60),
        ("2026-01-02T12:00:00", "2026-01-02T11:59:01", "2026-01-02T11:58:59", 60),
        ("2026-01-02", "2026-01-01", "2025-12-31", 1),
    ],
)
def test_sqlite_s_moments_and_dates_have_an_overlap_as_others_have(
    register: Make, border: str, within: str, before: str, overlap: int
) -> None:
    made = register("text", f"'{border}'", f"'{within}'", f"'{before}'", overlap=overlap)
    made.pull()
    assert made.pull() == ["1", "2"]


@pytest.mark.parametrize("register", ["sqlite"], indirect=True)
def test_an_overlap_of_a_text_that_is_no_moment_is_refused(register: Make) -> None:
    made = register("text", "'gisteren'", overlap=60)
    made.pull()
    with pytest.raises(BadInput, match="gewijzigd_op"):
        made.pull()


@pytest.mark.parametrize("register", ["postgresql"], indirect=True)
def test_keys_and_changes_of_a_large_table_come_in_batches_in_any_order(register: Make) -> None:
    made = register("integer")
    made.run("INSERT INTO adressen SELECT i, 'x', i FROM generate_series(1, 120000) i")
    made.pull()
    made.cursor = "60001"
    result = made.start()
    assert result.present is not None
    keys, changes = [b.num_rows for b in result.present], [b.num_rows for b in result.batches]
    assert (keys, changes) == ([50_000, 50_000, 20_000], [50_000, 10_000])


def test_deltas_need_the_column_that_grows() -> None:
    with pytest.raises(ValidationError, match="needs changed"):
        Options(table="adressen", mode="delta")
