"""Two sources that share no key in; which of their records are the same, and which a person must look at, out.

What people call a match is three numbers here: the model says how likely a pair is one record, ``link_above`` from
where on that is enough, and ``doubt_above`` from where on a person is asked. What a person said of a pair is fixed.
"""

from __future__ import annotations

import duckdb

from vlekkeloos.contract.linking import Link
from vlekkeloos.decisions import DIFFERENT, SAME
from vlekkeloos.lake import literal, quoted
from vlekkeloos.reconcile.link.explain import Explained, explained
from vlekkeloos.reconcile.link.pairing import paired
from vlekkeloos.reconcile.link.records import Side, condition, prepare
from vlekkeloos.reconcile.link.scoring import scored
from vlekkeloos.reconcile.link.training import Model, trained

__all__ = ["Explained", "Model", "Side", "doubtful", "explained", "labels", "link", "shared"]


def link(query: duckdb.DuckDBPyConnection, words: Link, left: Side, right: Side, labels: str | None = None) -> Model:
    """Creates the table ``links`` and gives the model that it was made by.

    In: the views or tables of both sides, and of ``labels`` (left_key, right_key VARCHAR, same BOOLEAN; a pair once),
    the pairs that a person judged; those whose records are gone count for nothing. Out, ``links``: left_key,
    right_key VARCHAR; probability, weight DOUBLE (log2 of the odds; NULL if a person said so); verdict 'link' or
    'doubt'; source 'model' or 'person'. A key is in it at most once on its side. Of two pairs of one record that a
    person called the same, one is in it. The same input gives the same output. Raises BadInput if a side lacks a
    field, or a blocking rule has too many pairs.
    """
    records = prepare(query, words, left, "link_left"), prepare(query, words, right, "link_right")
    judged = quoted(labels) if labels else "(SELECT '' AS left_key, '' AS right_key, FALSE AS same WHERE FALSE)"
    query.execute(f"""
        CREATE OR REPLACE TABLE link_labels AS SELECT left_key, right_key, same FROM {judged}
        WHERE left_key IN (SELECT unique_id FROM link_left) AND right_key IN (SELECT unique_id FROM link_right)
    """)
    model = trained(query, words, records)
    rules = [condition(words, block) for block in range(len(words.block))]
    with scored(query, words, model, rules, above=words.doubt_above) as pairs:
        paired(query, words, pairs)
    for table in ("link_left", "link_right", "link_labels"):
        query.execute(f"DROP TABLE {table}")
    return model


def shared(left: Side, right: Side) -> tuple[str, str]:
    """Selects the records of both sides, each with ``shared_key``, by which they can be joined.

    That of a left record is its own key, and that of a right one the key of the left record that it is linked to. A
    right record without one has its own, behind the name of its source, so that it is missing on the left. Those of a
    doubtful pair are left out: until a person has said whether they are the same, neither is missing.
    """
    keys = [f"CAST({side}.{quoted(one.key)} AS VARCHAR)" for side, one in (("l", left), ("r", right))]
    doubt = "(SELECT {} FROM links WHERE verdict = 'doubt')"
    return (
        f"SELECT l.*, {keys[0]} AS shared_key FROM {quoted(left.view)} AS l"
        f" WHERE {keys[0]} NOT IN {doubt.format('left_key')}",
        f"SELECT r.*, coalesce(links.left_key, {literal(right.source + ':')} || {keys[1]}) AS shared_key"
        f" FROM {quoted(right.view)} AS r LEFT JOIN links ON links.right_key = {keys[1]}"
        f" WHERE links.verdict IS DISTINCT FROM 'doubt'",
    )


def doubtful(left: Side, right: Side) -> str:
    """Selects the doubtful pairs as discrepancies: the columns of ``found``.

    Its key is both keys, for each pair is a question of its own.
    """
    none = "CAST(NULL AS VARCHAR)"
    return f"""
        SELECT left_key || ' ~ ' || right_key AS key, {none} AS field, {literal(left.source)} AS left_source,
               {literal(right.source)} AS right_source, left_key AS left, right_key AS right, 'doubtful' AS kind,
               {none} AS rule, {none} AS choice
        FROM links WHERE verdict = 'doubt'
    """


def labels(decisions: str, as_of: str) -> str:
    """Selects what persons said of doubtful pairs out of a table of decisions: left_key, right_key, same.

    The choice is 'value', and the value SAME or DIFFERENT. Of each pair the newest one counts, until its day is past
    (``as_of``, a day as yyyy-mm-dd).
    """
    return f"""
        SELECT "left" AS left_key, "right" AS right_key, value = '{SAME}' AS same
        FROM (FROM {quoted(decisions)} WHERE kind = 'doubtful'
              QUALIFY row_number() OVER (PARTITION BY "left", "right" ORDER BY decided_at DESC, decision) = 1)
        WHERE choice = 'value' AND value IN ('{SAME}', '{DIFFERENT}')
          AND (until IS NULL OR until >= DATE {literal(as_of)})
    """
