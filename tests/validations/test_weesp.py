"""The suites of the BAG on a delivery that Kadaster made find what docs/findings/weesp.md says, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validations.weesp import TYPES, Findings, findings

PAGE = Path(__file__).parents[2] / "docs" / "findings" / "weesp.md"


@pytest.fixture(scope="module")
def found(weesp: Path) -> dict[str, Findings]:
    return {one.object_type: one for one in findings(weesp)}


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("object_type", [name.lower() for name in TYPES])
def test_the_page_tells_each_count_and_some_objects_of_each_finding(
    found: dict[str, Findings], page: str, object_type: str
) -> None:
    one = found[object_type]
    assert one.summary in page
    assert one.table in page
    for line in one.lines:
        assert all(example in page for example in line.examples), line


@pytest.mark.parametrize("object_type", [name.lower() for name in TYPES])
def test_no_record_of_a_real_delivery_is_set_aside(found: dict[str, Findings], object_type: str) -> None:
    assert [line for line in found[object_type].lines if line.severity == "critical" and line.broken] == []
