"""Pages as a registry gives them in, kept in the lake as they come; the whole of them, each record once, out.

A pull that breaks off goes on behind the last page that was kept. A page that changed while the others were
read is found by what it has in common with its neighbours, or by the registry's own count, and is read again.
So a record that was there all the time is there once. What a registry does within a page, or takes away and adds
between two answers, leaves no trace in any of them: a page holds what it held when it was read.
The table is the run's own, and is removed once the pull is in ``raw``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat

import duckdb
import pyarrow as pa

from vlekkeloos.connector import Page, Pulled
from vlekkeloos.errors import RegistryFailed
from vlekkeloos.lake import Lake, Ref, quoted

log = logging.getLogger(__name__)

#: Pages are kept once so many rows came in, or so many seconds went by: what a killed pull has to read again.
ROWS, SECONDS = 50_000, 5.0
#: Rows in a batch on the way from the staged pages to raw.
BATCH = 50_000
#: Rows that are put in order at once, about.
SLICE = 50_000
#: How often pages are read again before a registry is said to change faster than it can be read.
ROUNDS = 25
#: Pages that share a record each time they are read hold a record that the registry has twice: that is for
#: validate to judge. A sum that stays wrong is the registry's own fault. Chance alone doesn't repeat so often.
SAME_SHARED, SAME_SUM = 8, 3

#: Where a row was read: question, page, place on it (0: the page was empty), and the how manieth reading.
PLACE = ("_list", "_page", "_position", "_reading")
#: A page: its question and its number.
Place = tuple[int, int]
_FIELDS = [
    *(pa.field(name, pa.int64()) for name in PLACE),
    pa.field("_total", pa.int64()),
    pa.field("_size", pa.int64()),
]
#: The rows that count: of each page its last reading.
NEWEST = """
    SELECT * FROM staged WHERE _position > 0 AND (_list, _page, _reading) IN
        (SELECT (_list, _page, max(_reading)) FROM staged GROUP BY _list, _page)
"""


@dataclass
class Staging:
    """The pages of one pull of one run, in a table of their own."""

    lake: Lake
    table: str
    run_id: str
    _parts: int = field(init=False)
    _asked: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self._parts = len(self.lake.history(self.table))

    def go_on(self, asked: str) -> str | None:
        """Where an earlier try of the pull of what is ``asked`` broke off, None if it kept nothing.

        What a try kept that asked another thing is removed.
        """
        self._asked = asked
        commits = self.lake.history(self.table, limit=1)
        if not commits:
            return None
        if commits[0].get("asked") != asked:
            self.clear()
            return None
        return commits[0].get("after") or None

    @property
    def is_empty(self) -> bool:
        """True if no page was kept."""
        return self.lake.latest(self.table) is None

    def clear(self) -> None:
        """Removes what was kept."""
        self.lake.remove(self.table)
        self._parts = 0

    def keep(self, pages: Iterator[Page], schema: pa.Schema, reading: int = 0, after: str | None = None) -> None:
        """Keeps pages as they come; those that came before an error are kept too.

        A pull that breaks off goes on behind the last of them, or at ``after`` where these are pages read again.
        """
        waiting: list[Page] = []
        rows, since = 0, time.monotonic()
        try:
            for page in pages:
                waiting.append(page)
                rows += page.rows.num_rows
                if rows >= ROWS or time.monotonic() - since > SECONDS:
                    self._write(waiting, schema, reading, after)
                    waiting, rows, since = [], 0, time.monotonic()
        finally:
            if waiting:
                self._write(waiting, schema, reading, after)

    def _write(self, pages: list[Page], schema: pa.Schema, reading: int, after: str | None) -> None:
        last = pages[-1].after if after is None else after
        part, notes = f"{self.run_id}/{self._parts + 1}", {"after": last, "asked": self._asked}
        self.lake.write(self.table, _placed(pages, schema, reading), run_id=part, mode="append", notes=notes)
        # counted once it is kept: after an interruption in between, the same part is found written
        self._parts += 1

    def settle(self, pulled: Pulled, schema: pa.Schema, identity: list[str]) -> None:
        """Reads pages again until all of them are of one state of the registry.

        ``identity`` are the columns that tell records apart. Raises RegistryFailed if the registry changes
        faster than it can be read, or its pages never hold as many records as it says.
        """
        assert pulled.reread is not None, "only pages that can be asked for again are judged"
        if self.is_empty:
            return
        twice: set[Place] = set()
        before, same, begun, end = None, 0, self._readings(), self._end()
        for reading in range(begun + 1, begun + ROUNDS + 1):
            found = self._suspects(identity, twice)
            same = same + 1 if found == before else 0
            if found and found[0] == "shared" and same == SAME_SHARED:
                twice, same = twice | set(found[1]), 0
                found = self._suspects(identity, twice)
            if found is None:
                return
            if found[0] == "sum" and same == SAME_SUM:
                raise RegistryFailed("the registry's pages hold another number of records than it says it has")
            before, (_, pages) = found, found
            log.info("%d pages may have changed while they were read: reading them again", len(pages))
            self.keep(pulled.reread(pages), schema, reading, after=end)
        raise RegistryFailed("the registry changes faster than it can be read; pull at a quieter hour")

    def rows(self, query: duckdb.DuckDBPyConnection, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of all pages in their order, in ``schema``.

        One slice of the pages after the other is put in order: to sort all of them at once takes as much memory
        as there are rows.
        """
        columns = ", ".join(f"s.{quoted(name)}" for name in schema.names)
        query.execute(_SLICES.format(rows=SLICE))
        spans = (
            "SELECT slice, min(_list), max(_list), min(_page), max(_page) FROM slices GROUP BY slice ORDER BY slice"
        )
        for number, *span in query.sql(spans).fetchall():
            # the pages are said once more as bounds: files without any of them are then not read
            yield from query.sql(f"""
                SELECT {columns} FROM staged AS s JOIN slices AS n USING (_list, _page, _reading)
                WHERE n.slice = {number} AND s._position > 0
                    AND s._list BETWEEN {span[0]} AND {span[1]} AND s._page BETWEEN {span[2]} AND {span[3]}
                ORDER BY s._list, s._page, s._position
            """).to_arrow_reader(BATCH)

    @contextmanager
    def query(self, schema: pa.Schema | None = None, **tables: Ref) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection with the view ``staged`` and those tables; of ``schema`` if no page was kept."""
        kept = self.lake.latest(self.table)
        with self.lake.query(**({"staged": kept} if kept else {}), **tables) as query:
            if kept is None:
                assert schema is not None, "at least one page was kept"
                query.register("staged", pa.schema([*_FIELDS, *schema]).empty_table())
            yield query

    def _end(self) -> str:
        """Behind the last page: where a pull goes on that breaks off while pages are read again."""
        return str(self.lake.history(self.table, limit=1)[0]["after"])

    def _readings(self) -> int:
        with self.query() as query:
            return int(query.sql("SELECT coalesce(max(_reading), 0) FROM staged").fetchall()[0][0])

    def _suspects(self, identity: list[str], twice: set[Place]) -> tuple[str, list[Place]] | None:
        """The pages to read again, and the first reason found; None if all is in order.

        Reasons: shared (a record that another page has too; but not for pages that are known to have such records,
        ``twice``), state (of another total than the rest), unseen (read before a change that no total told), sum
        (the records don't add up to the total).
        """
        hashed, filled = ", ".join(map(quoted, identity)), f"{quoted(identity[0])} IS NOT NULL"
        with self.query() as query:
            query.execute(
                f"CREATE TABLE rows AS SELECT _list, _page, hash({hashed}) AS record FROM ({NEWEST}) WHERE {filled}"
            )
            query.execute(_READINGS.format(record=f"hash({hashed})"))
            query.execute(_PAGES)
            query.execute(_LISTS)
            if not twice.issuperset(shared := _places(query.sql(_SHARED))):
                return "shared", shared
            if found := _places(query.sql(_OF_ANOTHER_STATE)):
                return "state", found
            if found := _unseen(query):
                return "unseen", found
            if found := _places(query.sql(_NOT_ADDING_UP)):
                return "sum", found
        return None


def _places(found: duckdb.DuckDBPyRelation) -> list[Place]:
    return sorted(found.fetchall())


def _unseen(query: duckdb.DuckDBPyConnection) -> list[Place]:
    """The pages that were read before a list changed without another total to show for it.

    A page that differs from an earlier reading of it with the same total shows that the list changed in between.
    Of several such spans of time as few changes are supposed as explain them all.
    """
    last: dict[int, int] = {}
    for number, earlier, later in query.sql(_SPANS).fetchall():
        if earlier >= last.get(number, 0):
            last[number] = later
    moments = [(number, reading) for number, reading in last.items()]
    return sorted(
        place
        for moment in moments
        for place in query.execute(
            "SELECT _list, _page FROM pages WHERE _list = ? AND _reading < ?", moment
        ).fetchall()
    )


def _placed(pages: list[Page], schema: pa.Schema, reading: int) -> pa.Table:
    """The pages' rows with their place; an empty page is one row without values, so that it's known to be empty."""
    rows = pa.Table.from_batches([page.rows if page.rows.num_rows else _nothing(page.rows.schema) for page in pages])
    counts = [page.rows.num_rows for page in pages]
    places = pa.array(chain.from_iterable(range(1, count + 1) if count else [0] for count in counts), pa.int64())
    page_of = pa.array(chain.from_iterable(repeat(at, max(count, 1)) for at, count in enumerate(counts)), pa.int64())

    def of_each(values: Iterable[int | None]) -> pa.Array:
        return pa.array(values, pa.int64()).take(page_of)

    columns = [
        of_each(page.list for page in pages),
        of_each(page.number for page in pages),
        places,
        of_each(repeat(reading, len(pages))),
        of_each(page.total for page in pages),
        of_each(page.size for page in pages),
        *(column.cast(kind) for column, kind in zip(rows.columns, schema.types, strict=True)),
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema([*_FIELDS, *schema]))


def _nothing(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(1, kind) for kind in schema.types], schema=schema)


#: One row a page: its last reading, and in which slice of about SLICE rows it is.
_SLICES = """
    CREATE TABLE slices AS
    SELECT _list, _page, max(_reading) AS _reading,
           CAST(sum(count(*)) OVER (ORDER BY _list, _page) // {rows} AS BIGINT) AS slice
    FROM staged GROUP BY _list, _page
"""

#: One row a page and reading: what the registry said of the whole then, its rows, and the sum of their hashes.
_READINGS = """
    CREATE TABLE readings AS
    SELECT _list, _page, _reading, any_value(_total) AS total, any_value(_size) AS size,
           count(*) FILTER (_position > 0) AS count, sum({record}) FILTER (_position > 0) AS content
    FROM staged GROUP BY _list, _page, _reading
"""

#: One row a page: its last reading.
_PAGES = """
    CREATE TABLE pages AS
    FROM readings QUALIFY row_number() OVER (PARTITION BY _list, _page ORDER BY _reading DESC) = 1
"""

#: Between which readings a page changed, though the same total was told with both; in order of the later one.
_SPANS = """
    SELECT DISTINCT _list, earlier, _reading FROM (
        SELECT _list, _reading, content, lag(_reading) OVER same AS earlier, lag(content) OVER same AS was
        FROM readings WHERE total IS NOT NULL
        WINDOW same AS (PARTITION BY _list, _page, total ORDER BY _reading))
    WHERE earlier IS NOT NULL AND content IS DISTINCT FROM was
    ORDER BY _reading, earlier
"""

#: One row a question: the total that most pages of the last reading told. A slip of one answer is outvoted; a
#: registry that did change tells its new total again when the pages in doubt are read again.
_LISTS = """
    CREATE TABLE lists AS
    SELECT _list, mode(total) AS total, max(size) AS size, ceil(mode(total) / max(size)) AS pages
    FROM pages WHERE total IS NOT NULL AND size IS NOT NULL
        AND _reading = (SELECT max(p._reading) FROM pages AS p WHERE p._list = pages._list AND p.total IS NOT NULL)
    GROUP BY _list
"""

#: Pages of one question with a record in common: one of them was read before the list shifted, one after.
_SHARED = """
    SELECT DISTINCT _list, _page FROM rows WHERE (_list, record) IN
        (SELECT (_list, record) FROM rows GROUP BY _list, record HAVING min(_page) < max(_page))
"""

#: Pages that tell another total, that should be there and are not, or that should not be there and are. The pages
#: beside one that tells another total are read again too: they show whether the list is as it was before.
_OF_ANOTHER_STATE = """
    WITH others AS (
        SELECT _list, _page FROM pages JOIN lists USING (_list) WHERE pages.total <> lists.total)
    SELECT _list, _page FROM pages
    WHERE EXISTS (SELECT 1 FROM others AS o WHERE o._list = pages._list AND abs(o._page - pages._page) <= 1)
    UNION
    SELECT pages._list, pages._page FROM pages JOIN lists USING (_list)
    WHERE pages._page > lists.pages AND pages.count > 0
    UNION
    SELECT _list, due FROM (SELECT _list, unnest(range(1, CAST(pages AS BIGINT) + 1)) AS due FROM lists)
    WHERE (_list, due) NOT IN (SELECT (_list, _page) FROM pages)
"""

#: Where the records don't add up to the total: the pages that aren't full, or else all.
_NOT_ADDING_UP = """
    WITH off AS (
        SELECT _list, lists.pages, lists.size FROM pages JOIN lists USING (_list)
        GROUP BY _list, lists.pages, lists.size, lists.total HAVING sum(pages.count) <> lists.total),
    short AS (
        SELECT _list, _page FROM pages JOIN off USING (_list) WHERE pages.count <> off.size AND _page < off.pages)
    SELECT _list, _page FROM short
    UNION ALL
    SELECT _list, _page FROM pages JOIN off USING (_list) WHERE _list NOT IN (SELECT _list FROM short)
"""
