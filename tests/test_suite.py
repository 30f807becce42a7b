"""Suites are read whole or refused."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from vlekkeloos import suite
from vlekkeloos.errors import BadInput

OWN = """
import great_expectations as gx
import great_expectations.expectations as gxe

class ExpectColumnValuesToBeOurs(gxe.ExpectColumnValuesToNotBeNull):
    pass

suite = gx.ExpectationSuite(name="ours", expectations=[ExpectColumnValuesToBeOurs(column="a")])
"""


@pytest.mark.parametrize(
    ("kind", "argument", "given"),
    [("between", "max_value", {"$PARAMETER": "most"}), ("in_set", "value_set", [1, {"$PARAMETER": "one"}])],
)
def test_suite_parameters_are_refused(kind: str, argument: str, given: Any, tmp_path: Path) -> None:
    kind = f"expect_column_values_to_be_{kind}"
    written = {"name": "one", "expectations": [{"type": kind, "kwargs": {"column": "a", argument: given}}]}
    file = tmp_path / "one.json"
    file.write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(BadInput, match=f"{kind} has a suite parameter as its {argument}"):
        suite.load(file)


def test_a_suite_in_python_is_read_again_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "ours.py"
    file.write_text(OWN, encoding="utf-8")
    level = logging.getLogger("great_expectations.expectations.registry").level
    for _ in range(2):
        assert suite.load(file).name == "ours"
    assert "Overwriting" not in caplog.text
    assert logging.getLogger("great_expectations.expectations.registry").level == level
