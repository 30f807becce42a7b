"""The two registers in a lake in; what a rule without a model links out."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import _contender
from benchmarks._link.quality import figures, opened

RULES = {
    "exact": "l.voornaam = r.voornaam AND l.achternaam = r.achternaam AND l.geboortedatum = r.geboortedatum",
    "jaro_winkler": "l.geboortedatum = r.geboortedatum AND jaro_winkler_similarity("
    "lower(l.voornaam || ' ' || l.achternaam), lower(r.voornaam || ' ' || r.achternaam)) >= 0.9",
}


def main(folder: str, rule: str) -> None:
    """Links every pair that the rule holds for."""
    with opened(folder) as query:

        def linked() -> dict[str, Any]:
            query.execute(f"""
                CREATE TABLE links AS
                SELECT l.id AS left_key, r.id AS right_key, 1.0::DOUBLE AS probability, 'link' AS verdict
                FROM left_records AS l JOIN right_records AS r ON {RULES[rule]}
            """)
            return figures(query)

        _contender.told(linked)


if __name__ == "__main__":
    main(*sys.argv[1:])
