"""Scored pairs in; pairs in which a record is at most once out: the best first; of equal ones a person decides."""

from __future__ import annotations

import duckdb

from vlekkeloos.contract.linking import Link


def paired(query: duckdb.DuckDBPyConnection, words: Link, scored: str) -> None:
    """Creates the table ``links`` out of the pairs in ``scored`` and what persons said in link_labels.

    In rounds: a pair that is the best for both of its records is taken, and these records are out. If two such pairs
    share a record, which one is taken is a matter of their keys, and it is doubtful, however likely.
    """
    # weights are compared to the sixth digit: what the order of an addition does to the last ones is no difference
    query.execute(f"""
        CREATE OR REPLACE TABLE link_candidates AS
        SELECT left_key, right_key, 1.0::DOUBLE AS probability, NULL::DOUBLE AS weight,
               'infinity'::DOUBLE AS rank, FALSE AS tied FROM link_labels WHERE same
        UNION ALL
        SELECT unique_id_l, unique_id_r, match_probability, match_weight, round(match_weight, 6), FALSE
        FROM {scored} AS pairs
        WHERE NOT EXISTS (FROM link_labels AS labels
                          WHERE labels.left_key = pairs.unique_id_l AND labels.right_key = pairs.unique_id_r)
    """)
    query.execute("""
        CREATE OR REPLACE TABLE links (left_key VARCHAR, right_key VARCHAR, probability DOUBLE, weight DOUBLE,
                                       verdict VARCHAR, source VARCHAR)
    """)
    while _left_over(query):
        query.execute("""
            CREATE OR REPLACE TABLE link_best AS
            SELECT * EXCLUDE (tied), tied OR count(*) OVER (PARTITION BY left_key) > 1
                                          OR count(*) OVER (PARTITION BY right_key) > 1 AS tied
            FROM (FROM link_candidates
                  QUALIFY rank = max(rank) OVER (PARTITION BY left_key)
                      AND rank = max(rank) OVER (PARTITION BY right_key))
        """)
        # by the two keys, whichever side they are on: sides that change places get the same pairs
        order = "ORDER BY least(left_key, right_key), greatest(left_key, right_key)"
        query.execute(f"""
            CREATE OR REPLACE TABLE link_taken AS
            FROM link_best
            QUALIFY row_number() OVER (PARTITION BY left_key {order}) = 1
                AND row_number() OVER (PARTITION BY right_key {order}) = 1
        """)
        query.execute(f"""
            INSERT INTO links
            SELECT left_key, right_key, probability, weight,
                   CASE WHEN isinf(rank) OR (NOT tied AND probability >= {words.link_above})
                        THEN 'link' ELSE 'doubt' END,
                   CASE WHEN isinf(rank) THEN 'person' ELSE 'model' END
            FROM link_taken
        """)
        # what was as good as another one stays so when that one is gone
        query.execute("""
            CREATE OR REPLACE TABLE link_candidates AS
            SELECT c.* EXCLUDE (tied), c.tied OR coalesce(best.tied, FALSE) AS tied
            FROM link_candidates AS c LEFT JOIN link_best AS best USING (left_key, right_key)
            WHERE c.left_key NOT IN (SELECT left_key FROM link_taken)
              AND c.right_key NOT IN (SELECT right_key FROM link_taken)
        """)
    for table in ("link_candidates", "link_best", "link_taken"):
        query.execute(f"DROP TABLE IF EXISTS {table}")


def _left_over(query: duckdb.DuckDBPyConnection) -> bool:
    return bool(query.execute("SELECT 1 FROM link_candidates LIMIT 1").fetchall())
