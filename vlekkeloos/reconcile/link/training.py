"""The tables link_left, link_right and link_labels in; the model, what each level says of a pair, out.

The model is Fellegi and Sunter's (1969): how often a level is found among pairs of the same record (m) and among
those of different ones (u). u is counted in pairs drawn at random, which are next to never the same record; m is
found by expectation maximisation in the pairs of each blocking rule in turn, over the fields that the rule is not
about. Two things are known in that which Splink's own EM can't be told. A pair that a person judged takes part as
what it is; Splink's m from labels counts nothing else, and as these are the doubtful pairs it would tell of doubtful
ones. And a record is at most one on the other side: a pair is different if one of its records has a better one, and
u is that of such pairs of the same blocking rule. These have more in common than pairs drawn at random, as who lives
together has an address; how much that changes in what is linked has not been measured.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from vlekkeloos.contract.linking import Link
from vlekkeloos.errors import BadInput
from vlekkeloos.reconcile.link.levels import level_of, levels
from vlekkeloos.reconcile.link.records import blocked, column, condition

#: Pairs that u is counted in, and those of one blocking rule that m is found in, about.
DRAWN = 1_000_000
#: Pairs of one blocking rule beyond which it says too little to be of use.
MOST_PAIRS = 200_000_000
#: Rounds of EM, and the change of a figure below which it has ended.
ROUNDS, ENDED = 200, 1e-6
#: What is known beforehand, as a number of pairs: no level is impossible for not having been seen.
BEFOREHAND = 1.0
#: … and what is known of different records elsewhere, in a blocking rule that has few of them.
ELSEWHERE = 100.0


@dataclass(frozen=True)
class LevelFigures:
    """One level of a field: how often it is found among the same records (m) and among different ones (u)."""

    label: str
    m: float
    u: float


@dataclass(frozen=True)
class Model:
    """What was learnt: for each field its levels, the share of all pairs that is one record, and from how much.

    ``records``: of left and right; ``pairs``: of each blocking rule; ``labels``: pairs judged the same, different.
    """

    fields: dict[str, list[LevelFigures]]
    prior: float
    records: tuple[int, int]
    pairs: list[int]
    labels: tuple[int, int]

    def told(self) -> dict[str, Any]:
        """As plain values, for JSON; the inverse of ``read``."""
        return asdict(self) | {"records": list(self.records), "labels": list(self.labels)}

    @classmethod
    def read(cls, told: dict[str, Any]) -> Model:
        """The model out of its plain values."""
        fields = {name: [LevelFigures(**level) for level in one] for name, one in told["fields"].items()}
        (left, right), (same, different) = told["records"], told["labels"]
        return cls(fields, told["prior"], (left, right), told["pairs"], (same, different))


@dataclass(frozen=True)
class Patterns:
    """Pairs counted by how alike they are: ``level`` has a row a pattern and a column a field, -1 without a value."""

    level: NDArray[np.int64]
    number: NDArray[np.float64]
    #: 1 of pairs that a person called the same, 0 of different ones, NaN of all others.
    judged: NDArray[np.float64]


def trained(query: duckdb.DuckDBPyConnection, words: Link, records: tuple[int, int]) -> Model:
    """The model of the records in link_left and link_right, and what persons said in link_labels.

    The same records, labels and words give the same model. Raises BadInput if a blocking rule holds too many pairs.
    """
    sizes = [len(levels(number, compared)) for number, compared in enumerate(words.compare.values())]
    u = _u(query, words, sizes, records)
    start = [_start(size) for size in sizes]
    found = [np.zeros(size) for size in sizes]
    weight = np.zeros(len(sizes))
    pairs, matches = [], 0.0
    for block in range(len(words.block)):
        number = _number(query, words, block)
        pairs.append(number)
        if number == 0:
            continue
        part = max(1, number // DRAWN)
        patterns = _patterns(query, words, condition(words, block), _drawn("l", words.seed, part), _score(u, start))
        free = [n for n in range(len(sizes)) if n not in blocked(words, block)]
        m, expected = _maximised(patterns, u, start, free, min(records))
        matches = max(matches, expected * part)
        for n in free:
            found[n] += m[n] * expected * part
            weight[n] += expected * part
    m = [found[n] / weight[n] if weight[n] > 0 else start[n] for n in range(len(sizes))]
    # one record is at most one record on the other side
    likely = min(max(matches, 1.0), *records) if min(records) else 0.0
    prior = likely / max(1, records[0] * records[1])
    (judged,) = query.execute("SELECT count(*) FILTER (same), count(*) FILTER (NOT same) FROM link_labels").fetchall()
    return Model(
        fields={
            name: [
                LevelFigures(level.label, _figure(m[n][place]), _figure(u[n][place]))
                for place, level in enumerate(levels(n, compared))
            ]
            for n, (name, compared) in enumerate(words.compare.items())
        },
        prior=min(max(_figure(prior), 1e-12), 0.5),
        records=records,
        pairs=pairs,
        labels=judged,
    )


def _figure(value: float) -> float:
    """To eight digits: what the order of an addition does to the last ones is no difference between two runs."""
    return float(f"{value:.8g}")


def _start(size: int) -> NDArray[np.float64]:
    """What m is thought to be beforehand: nine of ten are the same, the rest is spread over what is less alike."""
    if size == 1:
        return np.ones(1)
    return np.array([0.9, *[0.1 / (size - 1)] * (size - 1)])


def _number(query: duckdb.DuckDBPyConnection, words: Link, block: int) -> int:
    """How many pairs a blocking rule holds, without making them."""
    keys = [
        f"left({column(n)}, {part.first})" if part.first else column(n)
        for part in words.block[block]
        for n, name in enumerate(words.compare)
        if name == part.field
    ]
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    sides = [
        f"(SELECT {', '.join(f'{key} AS k{n}' for n, key in enumerate(keys))}, count(*) AS number FROM {table}"
        f" WHERE {there} GROUP BY ALL) AS {alias}"
        for table, alias in (("link_left", "l"), ("link_right", "r"))
    ]
    on = " AND ".join(f"l.k{n} = r.k{n}" for n in range(len(keys)))
    ((number,),) = query.execute(
        f"SELECT CAST(coalesce(sum(CAST(l.number AS DOUBLE) * r.number), 0) AS BIGINT)"
        f" FROM {sides[0]} JOIN {sides[1]} ON {on}"
    ).fetchall()
    if number > MOST_PAIRS:
        raise BadInput(
            f"rule {block + 1} of reconcile: link: block: has {number} pairs of records, above {MOST_PAIRS}",
            field=", ".join(part.field for part in words.block[block]),
            advice="add a field to it, so that fewer records have all of it in common",
        )
    return int(number)


def _drawn(alias: str, seed: int, part: int) -> str:
    """SQL: one of so many records, by its key and the seed."""
    return f"hash({alias}.unique_id || '/{seed}') % {part} = 0" if part > 1 else "TRUE"


def _patterns(
    query: duckdb.DuckDBPyConnection, words: Link, joined: str, drawn: str, score: str | None = None
) -> Patterns:
    """The pairs for which both conditions over l and r hold, counted.

    ``score``: SQL over the levels; a pair is judged different if either of its records has a pair that scores higher.
    """
    numbers = range(len(words.compare))
    values = ", ".join(f"l.{column(n)} AS {column(n)}_l, r.{column(n)} AS {column(n)}_r" for n in numbers)
    alike = ", ".join(f"{level_of(n, compared)} AS level_{n}" for n, compared in enumerate(words.compare.values()))
    by = ", ".join(f"level_{n}" for n in numbers)
    best = "TRUE"
    if score is not None:
        best = " AND ".join(f"score = max(score) OVER (PARTITION BY {side}_key)" for side in ("left", "right"))
    rows = query.execute(f"""
        SELECT {by}, CASE WHEN same IS NOT NULL THEN CAST(same AS INTEGER) WHEN NOT best THEN 0 END AS judged,
               count(*) AS number
        FROM (SELECT *, {best} AS best
              FROM (SELECT *, {score or "0"} AS score
                    FROM (SELECT left_key, right_key, {alike}
                          FROM (SELECT l.unique_id AS left_key, r.unique_id AS right_key, {values}
                                FROM link_left AS l JOIN link_right AS r ON {joined} WHERE {drawn}))))
        LEFT JOIN link_labels USING (left_key, right_key)
        GROUP BY ALL ORDER BY ALL
    """).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(numbers) + 2)
    return Patterns(table[:, : len(numbers)].astype(np.int64), table[:, -1], table[:, -2])


def _score(u: list[NDArray[np.float64]], start: list[NDArray[np.float64]]) -> str:
    """SQL: what the levels of a pair say together, by what is thought of m beforehand."""
    weights = [[float(weight) for weight in np.log2(start[n] / u[n])] for n in range(len(u))]
    # a list is numbered from 1: without a value, -1, it says nothing
    return " + ".join(f"coalesce({weight}[level_{n} + 1], 0)" for n, weight in enumerate(weights))


def _u(
    query: duckdb.DuckDBPyConnection, words: Link, sizes: list[int], records: tuple[int, int]
) -> list[NDArray[np.float64]]:
    """How often each level is found in pairs drawn at random."""
    # both sides by the same share, so that the pairs of left and right are those of right and left
    part = max(1, round((records[0] * records[1] / DRAWN) ** 0.5))
    drawn = f"{_drawn('l', words.seed, part)} AND {_drawn('r', words.seed, part)}"
    patterns = _patterns(query, words, "TRUE", drawn)
    return [_shares(patterns.level[:, n], patterns.number, np.full(size, 1 / size)) for n, size in enumerate(sizes)]


def _shares(
    level: NDArray[np.int64],
    number: NDArray[np.float64],
    beforehand: NDArray[np.float64],
    weight: float = BEFOREHAND,
) -> NDArray[np.float64]:
    """The share of each level among the pairs with a value on both sides."""
    there = level >= 0
    counted = np.bincount(level[there], weights=number[there], minlength=len(beforehand))
    shares: NDArray[np.float64] = (counted + weight * beforehand) / (counted.sum() + weight)
    return shares


def _maximised(
    patterns: Patterns,
    u: list[NDArray[np.float64]],
    start: list[NDArray[np.float64]],
    free: list[int],
    most: int,
) -> tuple[list[NDArray[np.float64]], float]:
    """Expectation maximisation: m of the fields in ``free``, and how many of the pairs are one record."""
    m, total = list(start), patterns.number.sum()
    matched = min(0.5, most / total)
    known = ~np.isnan(patterns.judged)
    different = np.where(patterns.judged == 0, patterns.number, 0.0)
    u = [_shares(patterns.level[:, n], different, u[n], ELSEWHERE) for n in range(len(u))]
    for _ in range(ROUNDS):
        odds = np.full(len(patterns.number), np.log(matched / (1 - matched)))
        for n in free:
            level = patterns.level[:, n]
            odds += np.where(level >= 0, np.log(m[n] / u[n])[level], 0.0)
        chance = np.where(known, patterns.judged, 1 / (1 + np.exp(-np.clip(odds, -500, 500))))
        same = chance * patterns.number
        before, matched = m, float(np.clip(same.sum() / total, 1e-9, 1 - 1e-9))
        m = [_shares(patterns.level[:, n], same, start[n]) if n in free else start[n] for n in range(len(start))]
        if max((float(np.abs(m[n] - before[n]).max()) for n in free), default=0.0) < ENDED:
            break
    return m, matched * float(total)
