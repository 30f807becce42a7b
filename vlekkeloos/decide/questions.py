"""The last discrepancies of an exchange, laid out to be decided about: which are open, and which are meant."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from vlekkeloos import decisions
from vlekkeloos.decide import causes
from vlekkeloos.errors import BadInput, NotFound
from vlekkeloos.lake import literal
from vlekkeloos.run import Run, today


@dataclass(frozen=True)
class About:
    """Which discrepancies are meant: what each word that is given says of them.

    With ``id`` (as far as it is unique) or ``key`` it is one, also if a rule settled it. Without them it is every
    open question that is so; with ``settled`` also what a rule settled, for a person overrides a rule. ``where``
    is an SQL condition on a row of ``discrepancies/<exchange>``, ``cause`` the id of a cause.
    """

    id: str | None = None
    key: str | None = None
    field: str | None = None
    left_source: str | None = None
    right_source: str | None = None
    kind: str | None = None
    where: str | None = None
    cause: str | None = None
    settled: bool = False

    @property
    def single(self) -> bool:
        """Is one discrepancy meant?"""
        return self.id is not None or self.key is not None

    @property
    def empty(self) -> bool:
        """Does no word say which are meant?"""
        return self in (About(), About(settled=True))


@contextmanager
def opened(run: Run) -> Iterator[duckdb.DuckDBPyConnection]:
    """A query with ``discrepancies`` (the last of the exchange), ``newest`` (decisions) and ``asked``.

    ``asked`` has the columns of discrepancies and ``open``: no rule settled it, and no person did since, about the
    values as they are now (``onderzoek`` keeps it open). Raises NotFound if nothing has been compared yet.
    """
    found = run.lake.latest(run.table("discrepancies"))
    if found is None or "id" not in run.lake.schema(found).names:
        raise NotFound(f"exchange {run.exchange!r} has no discrepancies yet in {run.lake.url}; compare first")
    taken = run.lake.latest(run.table(decisions.ROOM))
    with run.lake.query(discrepancies=found, **({"decisions": taken} if taken else {})) as query:
        if taken is None:
            query.register("decisions", decisions.SCHEMA.empty_table())
        query.execute(f"""
            CREATE VIEW newest AS {decisions.newest()};
            CREATE VIEW asked AS
            SELECT d.*, d.rule IS NULL AND a.id IS NULL AS open
            FROM discrepancies d LEFT JOIN ({decisions.applying(today())}) a
              ON a.id = d.id AND a.choice <> 'onderzoek'
             AND a."left" IS NOT DISTINCT FROM d."left" AND a."right" IS NOT DISTINCT FROM d."right"
        """)
        yield query


def find_causes(run: Run, query: duckdb.DuckDBPyConnection) -> None:
    """Creates ``causes`` and ``caused``; see causes.find."""
    commit = run.lake.history(run.table("discrepancies"), limit=1)[0]
    compared = dataclasses.replace(run, run_id=commit.get("run_id", run.run_id)).recorded("reconcile")
    causes.find(query, run.exchange, compared.details.get("matched") if compared else None)


def choose(run: Run, query: duckdb.DuckDBPyConnection, about: About) -> int:
    """Creates the table ``chosen``, the rows of ``asked`` that are meant, and counts them.

    Raises BadInput for a condition that can't be read, NotFound for a cause that is not there.
    """
    conditions = [
        f"{column} = {literal(said)}"
        for column in ("key", "field", "left_source", "right_source", "kind")
        if (said := getattr(about, column)) is not None
    ]
    if about.id is not None:
        conditions.append(f"starts_with(id, {literal(about.id)})")
    if not about.single and not about.settled:
        conditions.append("open")
    if about.where is not None:
        _filtered(query, about.where)
        conditions.append("id IN (SELECT id FROM conditioned)")
    if about.cause is not None:
        find_causes(run, query)
        conditions.append(f"id IN (SELECT id FROM caused WHERE cause = {literal(_cause(query, about.cause))})")
    query.execute(f"CREATE TABLE chosen AS FROM asked WHERE {' AND '.join(conditions) or 'TRUE'}")
    return count(query, "chosen")


def meant(run: Run, query: duckdb.DuckDBPyConnection, about: About) -> int:
    """As ``choose``. Raises NotFound if none is meant, BadInput if one is meant and more are so."""
    found = choose(run, query, about)
    if found == 0:
        what = "discrepancy" if about.single else "open question"
        raise NotFound(f"no {what} among the last discrepancies of {run.exchange} is so")
    if about.single and found > 1:
        raise BadInput(
            f"{found} discrepancies are so, and one is meant",
            file=run.table("discrepancies"),
            advice="say which with --field, --left-source and --right-source, --kind, or more of the id",
        )
    return found


def count(query: duckdb.DuckDBPyConnection, rows: str) -> int:
    """The number of rows of a table, or of what follows its name."""
    ((counted,),) = query.execute(f"SELECT count(*) FROM {rows}").fetchall()
    return int(counted)


def _filtered(query: duckdb.DuckDBPyConnection, where: str) -> None:
    """Creates ``conditioned``: the ids of the discrepancies that a condition is true of."""
    try:
        # a relation takes one expression: what ends it early, or begins a statement, is no expression
        query.table("discrepancies").filter(where).select("id").create("conditioned")
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        raise BadInput(f"--where can't be read: {str(error).splitlines()[0]}") from None
    except duckdb.Error as error:
        # what arises on a row may quote it
        raise BadInput(f"--where can't be worked out: {type(error).__name__}") from None


def _cause(query: duckdb.DuckDBPyConnection, begin: str) -> str:
    found = [id for (id,) in query.execute("SELECT id FROM causes WHERE starts_with(id, ?)", [begin]).fetchall()]
    if len(found) == 1:
        return str(found[0])
    if found:
        raise BadInput(f"{len(found)} causes have an id that begins so", advice="give more of it")
    raise NotFound("no cause has that id: see vlekkeloos causes")
