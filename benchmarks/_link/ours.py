"""The two registers in a lake in; what we link out, and with ``labelled`` what we link when a person has answered."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import _contender
from benchmarks._link.quality import figures, opened
from benchmarks._link.words import LEFT, RIGHT, WORDS
from vlekkeloos.reconcile.link import link


def main(folder: str, labelled: str = "") -> None:
    """Links; if asked to, once more with the truth of each doubtful pair."""
    with opened(folder) as query:

        def linked() -> dict[str, Any]:
            link(query, WORDS, LEFT, RIGHT)
            first = figures(query)
            if not labelled:
                return first
            query.execute("""
                CREATE TABLE said AS
                SELECT links.left_key, links.right_key, truth.left_key IS NOT NULL AS same
                FROM links LEFT JOIN truth USING (left_key, right_key) WHERE verdict = 'doubt'
            """)
            link(query, WORDS, LEFT, RIGHT, "said")
            return {"first": first, "then": figures(query)}

        _contender.told(linked)


if __name__ == "__main__":
    main(*sys.argv[1:])
