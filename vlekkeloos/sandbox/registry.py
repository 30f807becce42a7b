"""Municipal rows in; the table ``adressen`` in any database that SQLAlchemy reaches, out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox.addresses import GEMEENTECODE
from vlekkeloos.sandbox.mistakes import Row

TABLE = "adressen"
BATCH = 20_000

#: No primary key: that one identificatie is there twice is among the planted errors.
ADRESSEN = sa.Table(
    TABLE,
    sa.MetaData(),
    sa.Column("identificatie", sa.Text, nullable=False),
    sa.Column("huisnummer", sa.Integer),
    sa.Column("huisletter", sa.Text),
    sa.Column("huisnummertoevoeging", sa.Text),
    sa.Column("postcode", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("typeAdresseerbaarObject", sa.Text),
    sa.Column("ligtAan", sa.Text),
    sa.Column("straatnaam", sa.Text),
    sa.Column("oppervlakte", sa.Integer),
    sa.Column("wijk", sa.Text),
    sa.Column("afvalroute", sa.Text),
)


def write(url: str | sa.URL, rows: Iterable[Row]) -> int:
    """Makes the table anew with these rows (in PostgreSQL in one transaction); returns how many they were.

    Raises BadInput, and changes nothing, if the database has a table ``adressen`` that no sandbox made.
    """
    engine = sa.create_engine(url)
    try:
        with engine.begin() as database:
            _refuse_a_real_registry(database)
            ADRESSEN.drop(database, checkfirst=True)
            ADRESSEN.create(database)
            if engine.dialect.name == "postgresql" and engine.driver == "psycopg":
                return _copy(database, rows)
            return _insert(database, rows)
    finally:
        engine.dispose()


def count(url: str | sa.URL) -> int | None:
    """How many rows the table has; None if there is no such table, or no such database."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as database:
            found = database.execute(sa.select(sa.func.count()).select_from(ADRESSEN)).scalar_one()
            return int(found)
    except sa.exc.DBAPIError:
        return None
    finally:
        engine.dispose()


def _refuse_a_real_registry(database: sa.Connection) -> None:
    inspector = sa.inspect(database)
    if not inspector.has_table(TABLE):
        return
    advice = "give the sandbox a database of its own"
    if [column["name"] for column in inspector.get_columns(TABLE)] != list(Row._fields):
        raise BadInput(f"the database has a table {TABLE} that the sandbox did not make", advice=advice)
    foreign = sa.select(ADRESSEN.c.identificatie).where(ADRESSEN.c.identificatie.not_like(f"{GEMEENTECODE}%"))
    if database.execute(foreign.limit(1)).first() is not None:
        raise BadInput(f"the table {TABLE} has addresses of a real municipality", advice=advice)


def _copy(database: sa.Connection, rows: Iterable[Row]) -> int:
    """PostgreSQL's COPY, several times faster than inserts."""
    columns = ", ".join(f'"{name}"' for name in Row._fields)
    written = 0
    driver = database.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {TABLE} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            written += 1
    return written


def _insert(database: sa.Connection, rows: Iterable[Row]) -> int:
    written = 0
    for batch in _batches(rows):
        database.execute(ADRESSEN.insert(), [row._asdict() for row in batch])
        written += len(batch)
    return written


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(itertools.islice(source, BATCH)):
        yield batch
