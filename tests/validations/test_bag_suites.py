"""The suites of the BAG: they can be read, say where each rule comes from, and build on each other."""

from __future__ import annotations

from pathlib import Path

import pytest

import validations
from connectors._bag_schema import layout
from validations._bag import LIFE_CYCLES
from vlekkeloos import suite
from vlekkeloos.errors import BadInput

(FOLDER,) = map(Path, validations.__path__)
FILES = sorted(FOLDER.glob("bag_*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_each_rule_says_where_it_comes_from_and_speaks_of_the_extracts_columns(file: Path) -> None:
    read = suite.load(file)
    assert read.name == file.stem
    object_type = next(name for name in LIFE_CYCLES if name.lower() == file.stem.split("_")[1])
    there = {*layout(object_type, "actief").types}
    for expectation in read.expectations:
        kwargs = expectation.configuration.kwargs
        named = [kwargs[word] for word in ("column", "column_A", "column_B") if word in kwargs]
        assert {*named, *kwargs.get("column_list", [])} <= there
        assert expectation.notes
        assert kwargs.get("object_type", object_type) in LIFE_CYCLES


@pytest.mark.parametrize("object_type", LIFE_CYCLES)
def test_a_plain_suite_needs_no_other_table_and_the_other_adds_to_it(object_type: str) -> None:
    plain = suite.load(FOLDER / f"bag_{object_type.lower()}.yaml").expectations
    assert [one for one in plain if hasattr(one, "source")] == []
    whole = FOLDER / f"bag_{object_type.lower()}_met_verwijzingen.yaml"
    if object_type != "woonplaats":
        added = suite.load(whole).expectations[len(plain) :]
        assert suite.load(whole).expectations[: len(plain)] == plain
        assert added
        assert all(hasattr(one, "source") for one in added)


@pytest.mark.parametrize(("includes", "said"), [("[gone]", "there is no suite 'gone'"), ("[mine]", "RecursionError")])
def test_what_a_suite_includes_has_to_be_there_and_not_the_suite_itself(
    tmp_path: Path, includes: str, said: str
) -> None:
    (tmp_path / "mine.yaml").write_text(f"name: mine\nincludes: {includes}\nexpectations: []\n")
    with pytest.raises(BadInput, match=said):
        suite.load(tmp_path / "mine.yaml")
