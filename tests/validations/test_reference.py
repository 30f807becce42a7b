"""What a record refers to is in the other table."""

from __future__ import annotations

from typing import Any

import great_expectations as gx
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import TEXTS, examples, our_answer
from tests.validations.beside import broken, expectation, table
from vlekkeloos.errors import BadInput
from vlekkeloos.scan import GX
from vlekkeloos.scan.tables_at_hand import at_hand

KIND = "expect_column_values_to_exist_in"
REFERS = expectation(KIND, column="a", source="pand", source_column="identificatie")
PANDEN = {"pand": table(identificatie=pa.array(["1", "2", "2", None, "é"]))}
SOME = st.one_of(st.none(), st.sampled_from(["1", "2", "3", "é", "1 "]), TEXTS)


@examples
@given(st.lists(SOME, max_size=8), st.lists(SOME, max_size=5))
def test_the_scan_says_of_texts_what_gx_says(values: list[str | None], there: list[str | None]) -> None:
    others = {"pand": table(identificatie=pa.array(there, pa.string()))}
    wrong = [number for number, one in enumerate(values, 1) if one is not None and one not in there]
    assert broken(REFERS, table(a=pa.array(values, pa.string())), others) == wrong


@examples
@given(st.lists(st.one_of(st.none(), st.lists(SOME, max_size=3)), max_size=6))
def test_the_scan_says_of_lists_what_gx_says(values: list[list[str | None] | None]) -> None:
    broken(REFERS, table(a=pa.array(values, pa.list_(pa.string()))), PANDEN)


@examples
@given(st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=8))
def test_the_scan_says_of_whole_numbers_what_gx_says(values: list[int | None]) -> None:
    wrong = [number for number, one in enumerate(values, 1) if one not in (None, 1, 2)]
    assert broken(REFERS, table(a=pa.array(values, pa.int64())), PANDEN) == wrong


def test_each_value_of_a_list_has_to_be_there() -> None:
    rows = [["1", "2"], ["1", "9"], [], None, ["9"]]
    assert broken(REFERS, table(a=pa.array(rows, pa.list_(pa.string()))), PANDEN) == [2, 5]


def test_where_gx_judges_it_has_the_other_table_too() -> None:
    result, rows = our_answer(REFERS, table(a=pa.array([1.5, None, 2.5])), others=PANDEN)
    assert result.meta["evaluated_by"] == GX
    assert rows == [1, 3]


@pytest.mark.parametrize("asked", [{"source": "gebouw"}, {"source_column": "nummer"}])
def test_another_table_or_column_that_is_not_there_is_named(asked: dict[str, Any]) -> None:
    judged = expectation(KIND, **{"column": "a", "source": "pand", "source_column": "identificatie"} | asked)
    with pytest.raises(BadInput) as refused:
        our_answer(judged, table(a=pa.array(["1"])), others=PANDEN)
    assert next(iter(asked.values())) in str(refused.value)


def test_in_plain_gx_the_other_table_is_handed_over() -> None:
    frame = table(a=pa.array(["1", "9"])).to_pandas()
    batch = gx.get_context(mode="ephemeral").data_sources.add_pandas("p").add_dataframe_asset("a")
    batch = batch.add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
    with at_hand({"pand": PANDEN["pand"].to_pandas()}):
        assert batch.validate(REFERS).result["partial_unexpected_list"] == ["9"]
