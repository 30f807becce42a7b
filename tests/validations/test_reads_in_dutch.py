"""The BAG's expectations in Data Docs, and back from JSON as they were."""

from __future__ import annotations

from string import Template
from typing import Any

import pytest
from great_expectations import ExpectationSuite

from tests.validations.beside import expectation

COLUMNS = ["identificatie", "status", "begin", "nummer"]
TABLE = {"source": "pand", "source_column": "identificatie"}
SAID: list[tuple[str, dict[str, Any], str]] = [
    (
        "expect_column_values_to_be_bag_identificatie",
        {"column": "a", "object_type": "pand", "mostly": 0.9},
        "a is een BAG-identificatie van een pand, in minstens 90 % van de gevallen",
    ),
    (
        "expect_column_values_to_be_bag_status",
        {"column": "a", "object_type": "pand"},
        "a is een status die een pand in de BAG kan hebben",
    ),
    (
        "expect_bag_status_to_follow_life_cycle",
        {"column_list": COLUMNS, "object_type": "pand"},
        "identificatie, status, begin, nummer: elke status volgt op de vorige"
        " zoals de levenscyclus van een pand toelaat",
    ),
    (
        "expect_voorkomens_to_not_overlap",
        {"column_list": ["identificatie", "begin", "eind"]},
        "identificatie, begin, eind: op elke dag geldt hoogstens één voorkomen van een object",
    ),
    ("expect_column_values_to_be_bag_gebruiksdoel", {"column": "a"}, "a is een gebruiksdoel van de BAG"),
    (
        "expect_column_values_to_be_valid_geometry",
        {"column": "a", "types": ["Point", "Polygon"]},
        "a is een geldige geometrie van het type Point, Polygon",
    ),
    ("expect_column_values_to_be_in_rd_extent", {"column": "a"}, "a heeft RD-coördinaten in Nederland"),
    (
        "expect_column_pair_values_to_be_rd_coordinates",
        {"column_A": "x", "column_B": "y"},
        "x en y zijn de x en y in RD van een punt in Nederland",
    ),
    (
        "expect_column_values_to_lie_in_area",
        {"column": "a", **TABLE},
        "a ligt in een gebied van pand (identificatie)",
    ),
    ("expect_column_values_to_exist_in", {"column": "a", **TABLE}, "a komt voor in identificatie van pand"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "kwargs", "said"), SAID, ids=[kind for kind, *_ in SAID])
def test_an_expectation_reads_as_a_sentence_and_survives_json(kind: str, kwargs: dict[str, Any], said: str) -> None:
    judged = expectation(kind, **kwargs)
    (block,) = type(judged)._prescriptive_renderer(configuration=judged.configuration)
    assert Template(block.string_template["template"]).substitute(block.string_template["params"]) == said
    written = judged.configuration.to_json_dict()
    read = ExpectationSuite(name="suite", expectations=[written]).expectations[0]
    assert read.configuration.to_json_dict() == written


def test_gx_renders_the_same_for_its_own_viewer() -> None:
    kind, kwargs, said = SAID[0]
    judged = expectation(kind, **kwargs)
    judged.render()
    (content,) = judged.rendered_content
    params = {name: one["value"] for name, one in content.value.params.items()}
    assert Template(content.value.template).substitute(params) == said
